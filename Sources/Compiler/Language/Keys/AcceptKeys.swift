extension ParsedSOAPAccept {
    static let declaration = Block<ParsedSOAPAccept>(
        "`accept` as SOAP",
        "A SOAP facade: the internal side calls the operation by SOAP 1.1 or 1.2. Operations with the same path are one service; its WSDL is served at `?wsdl`, and errors are SOAP faults.",
        [
            Key(
                "soap", \.soap, .servicePath, isRequired: true, "The path of the service.",
                example: "/services/payments"),
            Key(
                "operation", \.operation, .text, isRequired: true, "The operation of the WSDL.", example: "Authorize"),
            Key(
                "contract", \.contract, .contractPath, isRequired: true,
                "The WSDL that describes the service and is served at `?wsdl`.",
                example: "routes/acme-bank/contracts/facade.wsdl"),
        ])
}

extension DiagnosticCode {
    /// 4000-4999: policies and endpoints.
    static let policies: [DiagnosticCode] = [
        DiagnosticCode("WB4001", "TLS settings on a plain URL"),
        DiagnosticCode("WB4002", "a SOAP call that is not described"),
        DiagnosticCode("WB4003", "a body for a method that has none"),
        DiagnosticCode("WB4004", "the total timeout is too short"),
        DiagnosticCode("WB4005", "two listeners have the same address"),
        DiagnosticCode("WB4006", "a header that the gateway writes itself"),
        DiagnosticCode("WB4007", "a WSDL under a protocol without SOAP"),
    ]
}

extension DiagnosticCode {
    /// 3200-3299: contracts.
    static let contracts: [DiagnosticCode] = [
        DiagnosticCode("WB3200", "a contract can't be read"),
        DiagnosticCode("WB3201", "the contract's language is not available"),
        DiagnosticCode("WB3202", "a contract is not well-formed JSON"),
        DiagnosticCode("WB3203", "a contract can't be read as XML"),
        DiagnosticCode("WB3204", "a contract does not have what is named"),
        DiagnosticCode("WB3205", "it is not said which element is meant"),
        DiagnosticCode("WB3206", "a file that a contract includes can't be read"),
        DiagnosticCode("WB3207", "a contract refers to a place outside the workspace"),
        DiagnosticCode("WB3210", "a `$ref` leads nowhere"),
        DiagnosticCode("WB3211", "a `$ref` refers to itself"),
        DiagnosticCode("WB3212", "a keyword of JSON Schema is not read"),
        DiagnosticCode("WB3213", "a schema is malformed"),
        DiagnosticCode("WB3220", "a type or element is not declared"),
        DiagnosticCode("WB3221", "a construct of XML Schema is not read"),
        DiagnosticCode("WB3222", "a name is declared twice"),
        DiagnosticCode("WB3223", "a definition is built on itself"),
        DiagnosticCode("WB3230", "a WSDL has no SOAP binding or no operations"),
        DiagnosticCode("WB3231", "a part of a WSDL is not declared"),
        DiagnosticCode("WB3232", "an operation uses SOAP encoding"),
        DiagnosticCode("WB3233", "a message's parts can't be taken as one body"),
        DiagnosticCode("WB3240", "a contract has too many problems"),
    ]
}

extension DiagnosticCode {
    /// 1100-1199: unknown, duplicate or missing keys, values of the wrong kind, what is not available yet.
    static let structure: [DiagnosticCode] = [
        DiagnosticCode("WB1101", "unknown key"),
        DiagnosticCode("WB1102", "missing key"),
        DiagnosticCode("WB1103", "wrong kind of value"),
        DiagnosticCode("WB1104", "value is not in its format"),
        DiagnosticCode("WB1105", "value is missing"),
        DiagnosticCode("WB1106", "not one of the values"),
        DiagnosticCode("WB1107", "number out of range"),
        DiagnosticCode("WB1108", "not an identifier"),
        DiagnosticCode("WB1109", "nothing in it"),
        DiagnosticCode("WB1110", "not available in this version"),
        DiagnosticCode("WB1111", "malformed reference"),
        DiagnosticCode("WB1112", "reference out of place"),
        DiagnosticCode("WB1113", "a variable is not an expression"),
        DiagnosticCode("WB1114", "not a path in the workspace"),
        DiagnosticCode("WB1115", "not a method and a path"),
        DiagnosticCode("WB1116", "not a path to call"),
        DiagnosticCode("WB1117", "keys that need or exclude each other"),
        DiagnosticCode("WB1118", "malformed code list"),
        DiagnosticCode("WB1119", "code is in the table twice"),
        DiagnosticCode("WB1120", "error row without a condition"),
        DiagnosticCode("WB1121", "rows don't nest"),
        DiagnosticCode("WB1122", "`each` without a list"),
        DiagnosticCode("WB1123", "header that the gateway writes itself"),
        DiagnosticCode("WB1124", "name that other tools read as a value"),
    ]
}

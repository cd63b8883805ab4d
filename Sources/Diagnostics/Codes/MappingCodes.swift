extension DiagnosticCode {
    /// 3300-3999: mappings, tables, rules and error tables.
    static let mappings: [DiagnosticCode] = [
        DiagnosticCode("WB3301", "the target has no such field"),
        DiagnosticCode("WB3302", "no row writes a required field"),
        DiagnosticCode("WB3303", "a list and a single value don't match"),
        DiagnosticCode("WB3304", "two rows write the same field"),
        DiagnosticCode("WB3305", "not a target path"),
        DiagnosticCode("WB3306", "`each` needs a list"),
        DiagnosticCode("WB3310", "a text never fits its field"),
        DiagnosticCode("WB3311", "an error row can never match"),
        DiagnosticCode("WB3312", "an error table ends without `otherwise`"),
        DiagnosticCode("WB3314", "`fault` in the table of a partner without SOAP"),
        DiagnosticCode("WB3315", "`partner` without `partner-code`"),
        DiagnosticCode("WB3316", "a condition is written as text"),
        DiagnosticCode("WB3317", "a list where one text is expected"),
        DiagnosticCode("WB3318", "a group of fields where one value is expected"),
        DiagnosticCode("WB3319", "a text that looks like a field"),
        DiagnosticCode("WB3320", "a group whose fields are not the target's"),
    ]
}

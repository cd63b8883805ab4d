extension DiagnosticCode {
    /// 3300-3999: mappings, tables, rules and error tables.
    static let mappings: [DiagnosticCode] = []
}

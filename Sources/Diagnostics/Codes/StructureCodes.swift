extension DiagnosticCode {
    /// 1100-1199: unknown, duplicate or missing keys, values of the wrong kind, what is not available yet.
    static let structure: [DiagnosticCode] = []
}

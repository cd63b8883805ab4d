extension DiagnosticCode {
    /// 4000-4999: policies and endpoints.
    static let policies: [DiagnosticCode] = []
}

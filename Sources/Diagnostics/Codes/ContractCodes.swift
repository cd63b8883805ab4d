extension DiagnosticCode {
    /// 3200-3299: contracts.
    static let contracts: [DiagnosticCode] = []
}

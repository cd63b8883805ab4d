extension DiagnosticCode {
    /// 5000-5999: secrets, certificates and keys.
    static let security: [DiagnosticCode] = []
}

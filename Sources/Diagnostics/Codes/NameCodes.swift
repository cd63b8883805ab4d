extension DiagnosticCode {
    /// 2000-2999: names, references and files.
    static let names: [DiagnosticCode] = []
}

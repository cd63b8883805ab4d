extension DiagnosticCode {
    /// 3000-3199: the syntax and the types of expressions.
    static let expressions: [DiagnosticCode] = []
}

public import Diagnostics

/// Turns a tree into a program.
public enum FEELCompiler {
    /// The program of an expression; nil, with diagnostics, when a name means nothing or a type cannot be right.
    ///
    /// Types are checked only where the contracts know both sides, so that an expression over an unknown body compiles.
    public static func compile(
        _ expression: FEELExpression, scope: FEELScope, into sink: inout DiagnosticSink
    ) -> FEELProgram? {
        var emitter = Emitter(expression: expression, scope: scope)
        let result = emitter.emit(expression.root)
        sink.merge(emitter.sink)
        guard !emitter.sink.hasErrors else { return nil }
        return FEELProgram(
            text: expression.text, code: emitter.code, result: result.operand, resultShape: result.shape,
            isPurePath: emitter.isPurePath(expression.root))
    }

    /// Parses and compiles a text.
    public static func compile(
        _ text: String, scope: FEELScope, at: @escaping (Range<Int>) -> SourceSpan, into sink: inout DiagnosticSink
    ) -> FEELProgram? {
        guard let expression = FEELParser.parse(text, at: at, into: &sink) else { return nil }
        return compile(expression, scope: scope, into: &sink)
    }
}

// FEEL: the expression language of DMN (OMG DMN 1.5, chapter 10.3), as rows, conditions and rules use it.
//
//     text ──Lexer──► tokens ──Parser──► FEELExpression ──FEELCompiler──► FEELProgram ──evaluate──► Value
//                                          (tree with        (names, types,     (flat instructions
//                                           byte ranges)      constants folded)  over registers)
//
// The first two steps need only the text. The compiler resolves names against a `FEELScope`, checks types where the
// contracts know them, and writes a program that reads its roots through `FEELRoots`. Both report through a
// `DiagnosticSink`, at places inside the YAML scalar. A program never fails: what cannot be computed is null, and the
// roots are told why.
public import Diagnostics

/// Reads the text of an expression.
public enum FEELParser {
    /// The deepest nesting of brackets, operators and calls.
    public static let maximumDepth = 64

    /// The longest chain of operators, dots and filters, so that it cannot exhaust the stack.
    public static let maximumLinks = 500

    /// The tree of an expression; nil, with one diagnostic, when it is not one.
    ///
    /// `at` turns a range of UTF-8 bytes of the text into its place in the file; it is kept for the compiler.
    public static func parse(
        _ text: String, at: @escaping (Range<Int>) -> SourceSpan, into sink: inout DiagnosticSink
    ) -> FEELExpression? {
        do throws(SyntaxProblem) {
            let bytes = Array(text.utf8)
            let tokens = try Lexer.tokens(of: bytes)
            guard tokens.count > 1 else {
                throw SyntaxProblem(
                    "WB3006", "expression is empty", 0..<bytes.count, "a value is expected here",
                    help: "write an expression, or `\"\"` for an empty text")
            }
            var parser = Parser(tokens: tokens, bytes: bytes)
            return FEELExpression(text: text, root: try parser.wholeExpression(), at: at)
        } catch {
            sink.add(Diagnostic(error, at: at))
            return nil
        }
    }
}

extension Diagnostic {
    init(_ problem: SyntaxProblem, at: (Range<Int>) -> SourceSpan) {
        let span = at(problem.range)
        self.init(
            problem.code, problem.title, at: span, problem.label, help: problem.help,
            fixIts: problem.replacement.map { [FixIt(replace: span, with: $0)] } ?? [])
    }
}

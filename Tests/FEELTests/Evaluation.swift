import Contracts
import Diagnostics
import Documents
import FEEL
import Testing

/// Roots made of values, for tests: slot 0 is `body`, whose fields are in scope by their names.
final class TestRoots: FEELRoots {
    var values: [Int: Value] = [:]
    var document: Document?
    var tables: [[String: String]] = []
    var problems: [FEELProblem] = []
    var loads = 0
    /// 2026-11-21T12:00:00Z.
    var now: Int64 = 1_795_262_400_000_000_000

    func load(slot: Int, path: [PathStep]) -> Value {
        loads += 1
        if slot == 0, let document { return document.value(at: path, from: document.root) }
        var value = values[slot] ?? .null
        for step in path {
            guard case .context(let context) = value else { return .null }
            value = context[step.name] ?? .null
        }
        return value
    }

    func callTable(_ index: Int, _ argument: Value, reverse: Bool) -> Value {
        guard case .string(let text) = argument else { return .null }
        if !reverse { return tables[index][text].map { .string($0) } ?? .null }
        return tables[index].first { $0.value == text }.map { .string($0.key) } ?? .null
    }

    func report(_ problem: FEELProblem) { problems.append(problem) }
}

/// An expression on its way through parser, compiler and program.
struct Evaluation {
    let sources: SourceStore
    let sink: DiagnosticSink
    let program: FEELProgram?
    let text: String

    init(_ text: String, scope: FEELScope = FEELScope()) {
        var store = SourceStore()
        let file = store.add(path: "expression", bytes: Array(text.utf8))
        var sink = DiagnosticSink()
        program = FEELCompiler.compile(
            text, scope: scope, at: { SourceSpan(file: file, start: $0.lowerBound, end: $0.upperBound) }, into: &sink)
        self.sources = store
        self.sink = sink
        self.text = text
    }

    /// `WB3101[text that is underlined]` of each diagnostic.
    var diagnostics: [String] {
        sink.sorted(in: sources).map { diagnostic in
            diagnostic.code + "[" + (diagnostic.primary.map { sources.text(of: $0.span) } ?? "") + "]"
        }
    }

    var help: String { sink.sorted(in: sources).first?.help ?? "" }

    /// The text with the first fix-it of each diagnostic made.
    var fixed: String {
        let (bytes, applied) = FixIt.applyFirst(
            of: sink.diagnostics, to: Array(text.utf8), file: FileID(index: 0))
        return applied > 0 ? String(decoding: bytes, as: UTF8.self) : ""
    }

    func value(_ roots: TestRoots = TestRoots()) -> Value {
        guard let program else {
            Issue.record("\(text) does not compile: \(diagnostics)")
            return .null
        }
        return program.evaluate(roots)
    }
}

/// The value as an expression, for comparisons in tables.
func show(_ value: Value) -> String {
    switch value {
    case .null: return "null"
    case .boolean(let value): return "\(value)"
    case .number(let number): return number.description
    case .string(let text): return "\"\(text)\""
    case .temporal(let temporal): return temporal.description
    case .list(let items): return "[" + items.map(show).joined(separator: ", ") + "]"
    case .context(let context):
        return "{" + context.entries.map { "\($0.name): \(show($0.value))" }.joined(separator: ", ") + "}"
    case .range(let range): return "\(range.lower.map(show) ?? "")..\(range.upper.map(show) ?? "")"
    }
}

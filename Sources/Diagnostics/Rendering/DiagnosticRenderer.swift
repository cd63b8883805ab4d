/// Turns diagnostics into text for one kind of reader. Diagnostics are rendered in the order given; sort them first
/// with `DiagnosticSink.sorted(in:)`.
public protocol DiagnosticRenderer: Sendable {
    func render(_ diagnostics: [Diagnostic], _ store: SourceStore) -> String
}

/// Line indexes of the files that are looked at while rendering, each built once.
struct LineIndexCache {
    private let store: SourceStore
    private var indexes: [FileID: LineIndex] = [:]

    init(_ store: SourceStore) {
        self.store = store
    }

    mutating func index(of file: FileID) -> LineIndex {
        if let index = indexes[file] { return index }
        let index = store[file].lineIndex
        indexes[file] = index
        return index
    }

    mutating func position(of span: SourceSpan) -> SourcePosition {
        index(of: span.file).position(at: Int(span.start))
    }
}

extension Sequence<Diagnostic> {
    /// `2 errors, 1 warning`, or `nil` when there is neither.
    public var summary: String? {
        var errors = 0
        var warnings = 0
        for diagnostic in self {
            switch diagnostic.severity {
            case .error: errors += 1
            case .warning: warnings += 1
            case .note: break
            }
        }
        func counted(_ count: Int, _ noun: String) -> String? {
            count == 0 ? nil : "\(count) \(noun)\(count == 1 ? "" : "s")"
        }
        let parts = [counted(errors, "error"), counted(warnings, "warning")].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

/// Where passes put their diagnostics.
public struct DiagnosticSink: Sendable {
    public private(set) var diagnostics: [Diagnostic] = []
    public private(set) var errorCount = 0

    public init() {}

    public mutating func add(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
        if diagnostic.severity == .error { errorCount += 1 }
    }

    /// Takes over everything that another sink holds, after what is already here.
    public mutating func merge(_ other: DiagnosticSink) {
        diagnostics.append(contentsOf: other.diagnostics)
        errorCount += other.errorCount
    }

    public var hasErrors: Bool { errorCount > 0 }

    public var warningCount: Int { diagnostics.count { $0.severity == .warning } }

    public var isEmpty: Bool { diagnostics.isEmpty }

    /// By file and offset, so that a run reads like the files do, whatever order the passes ran in; what has no place
    /// comes first. The same message at the same place is kept once.
    public func sorted(in store: SourceStore) -> [Diagnostic] {
        func precedes(_ a: (Int, Diagnostic), _ b: (Int, Diagnostic)) -> Bool {
            switch (a.1.primary?.span, b.1.primary?.span) {
            case (nil, nil): return a.0 < b.0
            case (nil, _): return true
            case (_, nil): return false
            case (let x?, let y?):
                if x.file != y.file {
                    let left = store[x.file].path
                    let right = store[y.file].path
                    return left == right ? x.file.index < y.file.index : left < right
                }
                if x.start != y.start { return x.start < y.start }
                if a.1.severity != b.1.severity { return a.1.severity > b.1.severity }
                if x.end != y.end { return x.end < y.end }
                return a.0 < b.0
            }
        }
        var seen = Set<Diagnostic>()
        return diagnostics.enumerated().sorted { precedes(($0.offset, $0.element), ($1.offset, $1.element)) }
            .map(\.element).filter { seen.insert($0).inserted }
    }
}

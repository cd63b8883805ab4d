public import Compiler
import Diagnostics
public import RouteGraph

/// What a call of one operation passes between its consumer and its partner, in order, with the numbers of each and where they are
/// written.
public struct PolicyListing: Sendable {
    public struct Row: Sendable, Equatable {
        /// The key in a route file, or what stands in its place.
        public var name: String
        public var numbers: String
        /// `file:line`, or nothing where nobody has written it: the defaults.
        public var place: String?
    }

    public private(set) var rows: [Row] = []

    /// All that is described, in the order in which a call meets it.
    private static let describers: [any PolicyDescriber] = [
        TimeDescriber(), IdempotencyDescriber(), DeadlineDescriber(), RateDescriber(), CacheDescriber(),
        ConcurrencyDescriber(), CircuitDescriber(), VersionDescriber(), PlaceDescriber(), ConnectionDescriber(),
        RetryDescriber(),
    ]

    public init(of operation: OperationPlan, _ compilation: Compilation) {
        guard let graph = compilation.graph else { return }
        let route = compilation.workspace.routes.first { $0.partner?.value == operation.partner }
        let subject = PolicySubject(
            operation: operation, upstream: graph.upstreams[operation.upstream], graph: graph,
            endpoint: route?.endpoint, parsed: route?.operations.first { $0.name.value == operation.name }?.value,
            workspace: compilation.workspace)
        for describer in Self.describers {
            for row in describer.rows(subject) {
                let place = row.span.map { span in
                    let file = compilation.sources[span.file]
                    return "\(file.path):\(file.lineIndex.line(at: Int(span.start)))"
                }
                rows.append(Row(name: row.name, numbers: row.numbers, place: place))
            }
        }
    }

    /// One line for each, in columns.
    public var text: [String] {
        let name = rows.map(\.name.count).max() ?? 0
        return rows.map { row in
            let start = row.name + String(repeating: " ", count: name - row.name.count + 2) + row.numbers
            return start + "  (\(row.place ?? "default"))"
        }
    }
}

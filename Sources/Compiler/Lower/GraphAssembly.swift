import Diagnostics
import RouteGraph

/// Puts what the route files gave together: operations get their numbers, paths become the router, facades become services.
struct GraphAssembly: Sendable {
    private(set) var router = Router()
    private(set) var services: [ServicePlan] = []
    private(set) var upstreams: [UpstreamPlan] = []
    private(set) var operations: [OperationPlan] = []
    /// The route files, in their order.
    private var files: [FileID] = []
    private var hasConflicts = false

    /// The router stays as it was when no route file came or went, and all accept what they accepted.
    static func make(_ context: inout CompileContext) -> GraphAssembly {
        let files = context.cache.index.routes.map(\.id)
        var assembly = GraphAssembly()
        assembly.files = files
        if let known = context.cache.assembly, known.files == files, !known.hasConflicts {
            (assembly.router, assembly.services) = (known.router, known.services)
            for file in files { assembly.add(file, &context) }
        } else {
            var paths = PathAssembly()
            for file in files {
                if let part = context.cache.routes[file] { paths.add(part.value, assembly.operations.count) }
                assembly.add(file, &context)
            }
            assembly.services = paths.facades.plans(&context)
            assembly.router = paths.router
            assembly.hasConflicts = !paths.sink.isEmpty
            context.sink.merge(paths.sink)
        }
        context.cache.drop(allBut: files)
        context.cache.assembly = assembly
        return assembly
    }

    private mutating func add(_ file: FileID, _ context: inout CompileContext) {
        guard let part = context.cache.routes[file] else { return }
        context.sink.merge(part.sink)
        context.checks += part.checks
        guard let upstream = part.value.upstream else { return }
        upstreams.append(upstream)
        var hasMoved = false
        let first = operations.count
        for operation in part.value.operations {
            guard let plan = operation.plan else { continue }
            let placed = plan.placed(at: operations.count, upstream: upstreams.count - 1)
            hasMoved = hasMoved || placed !== plan
            operations.append(placed)
        }
        // The part keeps the operations of the graph, so that the next one needs no others.
        if hasMoved { context.cache.routes[file]?.value.place(operations[first...]) }
    }
}

extension LoweredRoute {
    fileprivate mutating func place(_ plans: ArraySlice<OperationPlan>) {
        var next = plans.makeIterator()
        for index in operations.indices where operations[index].plan != nil { operations[index].plan = next.next() }
    }
}

/// What every path leads to, and partners that are described twice.
private struct PathAssembly {
    var router = Router()
    var facades = FacadeLowering()
    var sink = DiagnosticSink()
    private var accepts: [SourceSpan] = []
    private var partners: [String: SourceSpan] = [:]

    /// - Parameter first: the number of the route's first operation.
    mutating func add(_ route: LoweredRoute, _ first: Int) {
        guard let partner = route.partner else { return }
        if let first = partners[partner.value] {
            sink.add(
                Diagnostic(
                    "WB2102", "two route files describe the partner `\(partner.value)`", at: partner.span,
                    secondary: [Label(first, "the first")],
                    help: "put all operations of a partner into one file, or give the second a name of its own"))
        }
        partners[partner.value] = partner.span
        var index = first
        for operation in route.operations {
            add(operation, index)
            if operation.plan != nil { index += 1 }
        }
    }

    private mutating func add(_ operation: LoweredOperation, _ index: Int) {
        switch operation.accept {
        case .unknown(let span): accepts.append(span)
        case .service(let candidate, let span):
            accepts.append(span)
            if let candidate { facades.add(candidate, index: index, allowed: operation.allowed, &router, &sink) }
        case .path(let method, let pattern, let written, let span):
            accepts.append(span)
            do throws(RouteConflict) {
                try router.add(method: method, pattern: pattern, operation: index)
            } catch {
                switch error {
                case .duplicate(let other):
                    sink.add(
                        Diagnostic(
                            "WB2103", "two operations accept `\(written) \(pattern)`", at: span,
                            secondary: accepts.indices.contains(other) ? [Label(accepts[other], "the first")] : [],
                            help: "give each operation a path or a method of its own"))
                case .invalid(let reason):
                    sink.add(Diagnostic("WB2103", "the path cannot be matched: \(reason)", at: span))
                }
            }
        }
    }
}

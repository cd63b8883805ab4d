import Diagnostics
import FEEL
import RouteGraph

/// `cache` of an operation to its plan, and what makes no sense in it.
enum CacheLowering {
    /// - Parameter mapped: the programs of a mediated operation; nil when bytes pass through.
    static func run(
        _ operation: ParsedOperation, _ scope: ExpressionScope, _ endpoint: ParsedEndpoint,
        mapped: [FEELProgram]?, isOneWay: Bool = false, _ context: inout CompileContext
    ) -> CachePlan? {
        guard let cache = operation.cache, let ttl = cache.ttl?.value.bounded else { return nil }
        guard isSound(operation, cache, isMapped: mapped != nil, isOneWay: isOneWay, &context) else { return nil }
        var programs: [FEELProgram]?
        if !cache.key.isEmpty {
            let found = cache.key.compactMap { part($0, scope, &context) }
            guard found.count == cache.key.count else { return nil }
            programs = found
        }
        var headers: [[UInt8]] = []
        if programs == nil, let mapped {
            guard let names = headerNames(mapped) else {
                context.sink.add(
                    Diagnostic(
                        "WB4028", "the answer may depend on any header of the request", at: cache.span.firstByte,
                        "an expression of this operation reads headers by a name that is not written down",
                        help: "say what tells answers apart: `key: [ … ]`, or name the headers in the expressions"))
                return nil
            }
            headers = names
        }
        let isShared = cache.shared?.value ?? false
        if isShared, reads(RootSlot.consumer, mapped ?? []), !reads(RootSlot.consumer, programs ?? []) {
            context.sink.add(
                Diagnostic(
                    "WB4028", "the answer depends on the consumer, and is shared by all of them",
                    at: cache.shared?.span ?? cache.span.firstByte, "an expression of this operation reads `consumer`",
                    help: "leave `shared` out: each consumer has its own answers then"))
            return nil
        }
        return CachePlan(
            ttl: ttl, key: programs, headers: headers, isShared: isShared,
            bytes: cache.size?.value ?? 16 << 20, staleIfError: cache.staleIfError?.value.bounded ?? 0,
            staleWhileRevalidate: cache.staleWhileRevalidate?.value.bounded ?? 0,
            fingerprint: context.fingerprint(of: [operation.span, endpoint.span]))
    }

    private static func isSound(
        _ operation: ParsedOperation, _ cache: ParsedCache, isMapped: Bool, isOneWay: Bool,
        _ context: inout CompileContext
    ) -> Bool {
        let accept = operation.accept
        let isSafe = accept?.service == nil && ["GET", "HEAD"].contains(accept?.method.value ?? "GET")
        let place = cache.span.firstByte
        if let idempotency = operation.idempotency {
            context.sink.add(
                Diagnostic(
                    "WB4020", "an answer is kept by `cache` or by `idempotency`, not by both", at: place,
                    "for calls that only read",
                    secondary: [Label(idempotency.span.firstByte, "for calls that change something")],
                    help: "keep `idempotency` where the partner does something, `cache` where it only looks up"))
            return false
        }
        if !isSafe, cache.readOnly?.value != true {
            let how = accept?.service == nil ? "a \(accept?.method.value ?? "POST")" : "a SOAP call"
            context.sink.add(
                Diagnostic(
                    "WB4019", "\(how) may change something at the partner", at: place,
                    "a kept answer would take the call's place",
                    secondary: accept.map { [Label($0.span, "called here")] } ?? [],
                    help:
                        "if it only looks something up, say so: `cache: { …, read-only: true }`; else leave `cache` out"
                ))
            return false
        }
        if !isSafe, !isMapped {
            context.sink.add(
                Diagnostic(
                    "WB4026", "a request that passes through can't tell answers apart by its body", at: place,
                    "this operation hands the body on while it arrives",
                    secondary: accept.map { [Label($0.span, "a method with a body")] } ?? [],
                    help: "have it read whole: `request: { contract: … }` or `map`"))
            return false
        }
        if isOneWay {
            context.sink.add(
                Diagnostic(
                    "WB4029", "a one-way operation has no answer to keep", at: place, "the call itself is what matters",
                    help: "leave `cache` out"))
            return false
        }
        if isSafe, let readOnly = cache.readOnly {
            context.sink.add(
                Diagnostic(
                    "WB4029", .warning, "a \(accept?.method.value ?? "GET") only reads anyway", at: readOnly.span,
                    "says nothing here", help: "leave `read-only` out"))
        }
        return true
    }

    private static func part(
        _ expression: ParsedExpression, _ scope: ExpressionScope, _ context: inout CompileContext
    ) -> FEELProgram? {
        if case .feel(let text) = expression.content {
            guard let program = ExpressionLowering.program(text, scope.feel, &context) else { return nil }
            if program.constant == nil { return program }
        }
        context.sink.add(
            Diagnostic(
                "WB4027", "every call would have the same key", at: expression.span, "says nothing about the call",
                help: "write an expression over the request, such as `country`, without quotes"))
        return nil
    }

    private static func reads(_ slot: Int, _ programs: [FEELProgram]) -> Bool {
        programs.contains { $0.dependencies.contains { $0.slot == slot } }
    }

    /// The headers that programs read, in lower case; nil when one reads them by a name that is made at run time.
    private static func headerNames(_ programs: [FEELProgram]) -> [[UInt8]]? {
        var names: Set<String> = []
        for program in programs {
            for dependency in program.dependencies where dependency.slot == RootSlot.request {
                if dependency.path.isEmpty || dependency.path == ["headers"] { return nil }
                if dependency.path[0] == "headers" { names.insert(dependency.path[1].lowercased()) }
            }
        }
        return names.sorted().map { Array($0.utf8) }
    }

    /// All programs whose values get into the partner's request or into the answer.
    static func programs(_ call: CallPlan, _ mappings: [MappingPlan?]) -> [FEELProgram] {
        var found: [FEELProgram] = []
        func addText(_ text: TextPlan) {
            if case .program(let program) = text { found.append(program) }
        }
        func addSource(_ source: RowSource) {
            switch source {
            case .program(let program): found.append(program)
            case .list(let items): for item in items { addSource(item) }
            case .slot, .item, .index, .constant: break
            }
        }
        for piece in call.path {
            if case .expression(let program) = piece { found.append(program) }
        }
        for parameter in call.query { addText(parameter.value) }
        for header in call.headers { addText(header.value) }
        for mapping in mappings {
            for row in mapping?.rows ?? [] {
                addSource(row.source)
                if let when = row.options?.when { found.append(when) }
                if let fallback = row.options?.fallback { addSource(fallback) }
            }
        }
        return found
    }
}

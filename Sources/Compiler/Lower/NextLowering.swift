import Contracts
import Diagnostics
import Documents
import FEEL
import RouteGraph

/// `next` of an endpoint to plans: where the new version is, and what it has to do with each operation.
struct NextLowering {
    private let next: ParsedNext
    private let by: FEELProgram?
    private let isShadowed: Bool
    /// Operations whose copies would change something.
    private var unsafe: [Located<String>] = []
    private var answers: [Shape] = []
    /// Whether there is an answer of which nothing is known: any path may be in it.
    private var hasOpenAnswer = false

    /// Checks what does not depend on single operations.
    init?(_ route: ParsedRoute, _ context: inout CompileContext) {
        guard let next = route.endpoint?.next, !next.isPoisoned else { return nil }
        self.next = next
        isShadowed = (next.shadow?.value.parts ?? 0) > 0
        Self.checkNames(next, route, &context)
        Self.checkEffect(next, &context)
        by = next.by.flatMap { Self.by($0, next, route, &context) }
    }

    /// What the new version has to do with an operation; nil for nothing.
    /// - Parameter method: what the partner is called with; nil when the operation has mistakes.
    mutating func plan(
        _ name: Located<String>, method: String?, _ builder: MediationLowering, _ context: inout CompileContext
    ) -> OperationVersionPlan? {
        guard next.serves(name.value) else { return nil }
        guard let method else {
            hasOpenAnswer = true
            return nil
        }
        let isSafe = HTTPMethod(method)?.isSafe ?? false
        if isShadowed, !isSafe, next.isUnsafe?.value != true { unsafe.append(name) }
        var fields: [ComparedField] = []
        if !next.compare.isEmpty {
            let answer = builder.partnerAnswer(&context)
            if let answer, !answer.isAny { answers.append(answer) } else { hasOpenAnswer = true }
            fields = next.compare.compactMap { Self.field($0.value, in: answer) }
        }
        return OperationVersionPlan(
            by: by, isCopied: isShadowed && (isSafe || next.isUnsafe?.value == true), fields: fields,
            format: builder.site.format)
    }

    /// Says what is wrong with all operations together.
    func finish(_ context: inout CompileContext) {
        if let first = unsafe.first, let shadow = next.shadow {
            let names = unsafe.prefix(3).map { "`\($0.value)`" }.joined(separator: ", ")
            context.sink.add(
                Diagnostic(
                    "WB4031",
                    "a copy of \(names)\(unsafe.count > 3 ? " and others" : "") is done twice",
                    at: shadow.span, "the new version gets these calls as well",
                    secondary: [Label(first.span, "changes something at the partner")],
                    notes: ["the copy of a payment is a second payment, unless the new version does nothing real"],
                    help:
                        "name the others in `next: operations: […]`, or write `unsafe: true` if copies do no harm there"
                ))
        }
        guard !hasOpenAnswer else { return }
        for path in next.compare where path.value != AnswerComparison.status {
            if !answers.contains(where: { Self.field(path.value, in: $0) != nil }) { unknown(path, &context) }
        }
    }

    private func unknown(_ path: Located<String>, _ context: inout CompileContext) {
        guard path.value != "status" else {
            context.sink.add(
                Diagnostic(
                    "WB4032", "the partner's answers have no field `status`", at: path.span, "not in the contract",
                    help: "leave it out if the HTTP status is meant: it is compared in any case"))
            return
        }
        let steps = Shape.steps(of: path.value)
        let repaired = answers.lazy.compactMap { Self.repaired(steps, in: $0) }.first
        let known = answers.first?.fields.prefix(12).map(\.name).joined(separator: ", ") ?? ""
        context.sink.add(
            Diagnostic(
                "WB4032", "the partner's answers have no field `\(path.value)`", at: path.span, "not in the contract",
                help: repaired.map { "write `\($0)`" } ?? "an answer has: \(known)",
                fixIts: repaired.map { [FixIt(replace: path.span, with: $0)] } ?? []))
    }

    /// The path with each unknown step replaced by the nearest field.
    private static func repaired(_ steps: [String], in root: Shape) -> String? {
        var shape = root
        var path: [String] = []
        for step in steps {
            if shape.itemShape.isAny {
                path.append(step)
                continue
            }
            let fields = shape.fields
            guard
                let name = shape.field(named: step)?.name ?? Spelling.nearest(step, in: fields.map(\.name)),
                let field = shape.field(named: name)
            else { return nil }
            path.append(name)
            shape = field.shape
        }
        return path == steps ? nil : path.joined(separator: ".")
    }

    /// A path as it is read; nil when the answer has no such field.
    private static func field(_ path: String, in answer: Shape?) -> ComparedField? {
        guard path != AnswerComparison.status else { return nil }
        var steps = Shape.steps(of: path)
        var shape = answer.map { $0.lookup(steps: steps) } ?? .any
        if steps.first == "body", steps.count > 1, shape?.isAny ?? true {
            steps.removeFirst()
            shape = answer.map { $0.lookup(steps: steps) } ?? .any
        }
        guard let shape, !steps.isEmpty, steps.allSatisfy({ !$0.isEmpty }) else { return nil }
        var isNumber = false
        if case .number = shape.itemShape.kind { isNumber = true }
        return ComparedField(name: path, steps: steps, isNumber: isNumber)
    }

    // MARK: Checks

    private static func checkNames(_ next: ParsedNext, _ route: ParsedRoute, _ context: inout CompileContext) {
        let known = route.operations.map(\.name.value)
        for name in next.operations where !known.contains(name.value) {
            let near = Spelling.nearest(name.value, in: known)
            context.sink.add(
                Diagnostic(
                    "WB4036", "the partner has no operation `\(name.value)`", at: name.span,
                    "not below `operations` of this file",
                    help: near.map { "write `\($0)`" } ?? "it has: \(known.prefix(12).joined(separator: ", "))",
                    fixIts: near.map { [FixIt(replace: name.span, with: $0)] } ?? []))
        }
    }

    /// Keys that do nothing. A share that is written as `0%` is meant so.
    private static func checkEffect(_ next: ParsedNext, _ context: inout CompileContext) {
        guard next.split != nil || next.shadow != nil else {
            context.sink.add(
                Diagnostic(
                    "WB4030", .warning, "the new version gets no calls", at: next.span.firstByte,
                    "neither `split` nor `shadow` is written",
                    help: "write `split: 5%` for a share of the calls, `shadow: 5%` for copies of some"))
            return
        }
        func idle(_ key: String, _ span: SourceSpan?, _ other: String) {
            guard let span else { return }
            context.sink.add(
                Diagnostic(
                    "WB4034", .warning, "`\(key)` has no effect without `\(other)`", at: span, "does nothing",
                    help: "write `\(other)`, or leave `\(key)` out"))
        }
        if next.split == nil { idle("by", next.by?.span, "split") }
        if next.shadow == nil {
            idle("compare", next.compare.first?.span, "shadow")
            idle("unsafe", next.isUnsafe?.span, "shadow")
            idle("copies", next.copies?.span, "shadow")
        }
        if next.split?.value.parts == NextVersionPlan.whole, let shadow = next.shadow, shadow.value.parts > 0 {
            context.sink.add(
                Diagnostic(
                    "WB4034", .warning, "`shadow` has no effect when all calls go to the new version", at: shadow.span,
                    "no call is left to be copied", help: "make `split` smaller, or leave `shadow` out"))
        }
    }

    private static func by(
        _ expression: ParsedExpression, _ next: ParsedNext, _ route: ParsedRoute, _ context: inout CompileContext
    ) -> FEELProgram? {
        guard case .feel(let text) = expression.content else {
            sameForAll(expression.span, &context)
            return nil
        }
        // One program serves all operations, so it may name what all of them have.
        let served = route.operations.filter { next.serves($0.name.value) }.map { operation in
            operation.value.accept?.parameters.map(\.value) ?? []
        }
        let shared = (served.first ?? []).filter { name in served.allSatisfy { $0.contains(name) } }
        var scope = ExpressionScope(body: .object([]), parameters: shared)
        scope.namesParameters = false
        guard let program = ExpressionLowering.program(text, scope.feel, &context) else { return nil }
        guard program.constant == nil else {
            sameForAll(expression.span, &context)
            return nil
        }
        return program
    }

    private static func sameForAll(_ span: SourceSpan, _ context: inout CompileContext) {
        context.sink.add(
            Diagnostic(
                "WB4033", "every call would go to the same version", at: span, "says nothing about the call",
                help: "write an expression such as `consumer.name`, without quotes, or leave `by` out"))
    }
}

extension ParsedNext {
    fileprivate func serves(_ operation: String) -> Bool {
        operations.isEmpty || operations.contains { $0.value == operation }
    }

    /// Where the new version is. What is not written for it is as for the partner.
    func endpoint(
        _ endpoint: ParsedEndpoint, _ upstream: UpstreamPlan, _ context: inout CompileContext
    ) -> NextVersionPlan? {
        guard !isPoisoned, let url else { return nil }
        if let same = endpoint.places.lazy.compactMap(\.url).first(where: { $0.value == url.value }) {
            context.sink.add(
                Diagnostic(
                    "WB4035", "the new version is where the partner is", at: url.span, "the same address",
                    secondary: [Label(same.span, "as here")], help: "write the address of the new version"))
        }
        if let secure = endpoint.url, secure.value.isSecure, !url.value.isSecure {
            context.sink.add(
                Diagnostic(
                    "WB4037", "the new version would get in the clear what the partner gets by TLS", at: url.span,
                    "not encrypted", secondary: [Label(secure.span, "encrypted")], help: "write `https://`"))
        }
        var plan = NextVersionPlan(
            upstream, host: url.value.host, port: url.value.port, basePath: url.value.basePath)
        var blocked: Failure?
        if let tls {
            if url.value.isSecure {
                plan.tls = EndpointLowering.client(tls, &blocked, &context)
            } else {
                EndpointLowering.tlsWithoutEffect(tls, url.span, &context)
            }
        } else if url.value.isSecure {
            var tls = upstream.tls ?? ClientTLSPlan()
            // Another host has another name.
            if url.value.host != upstream.host { tls.serverName = nil }
            plan.tls = tls
        } else {
            plan.tls = nil
        }
        if let value = timeout?.connect?.value { plan.connectTimeout = value.bounded }
        if let value = timeout?.response?.value { plan.responseTimeout = value.bounded }
        if let value = timeout?.total?.value { plan.totalTimeout = value.bounded }
        plan.split = split?.value.parts ?? 0
        plan.shadow = shadow?.value.parts ?? 0
        if let copies { plan.copies = copies.value }
        plan.breaker = upstream.policies.breaker ?? CircuitBreakerPlan()
        plan.failuresInARow = upstream.outliers.failures
        // Without its key the new version is left alone; the current one serves.
        return blocked == nil ? plan : nil
    }
}

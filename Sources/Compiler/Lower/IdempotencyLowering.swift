import Diagnostics
import FEEL
import RouteGraph

/// `idempotency` of an operation to its plan, and what makes no sense in it.
enum IdempotencyLowering {
    /// - Parameter totalTimeout: of the partner, nanoseconds.
    static func run(
        _ operation: ParsedOperation, _ scope: ExpressionScope, _ endpoint: ParsedEndpoint,
        _ context: inout CompileContext
    ) -> IdempotencyPlan? {
        guard let idempotency = operation.idempotency, let key = idempotency.key else { return nil }
        if !context.hasStore {
            context.sink.add(
                Diagnostic(
                    "WB4022", "there is no store to keep answers in", at: idempotency.span.firstByte,
                    "answers have to survive a restart",
                    help: "add `store: { path: state/ }` to `routes/gateway.yaml`"))
        }
        if let accept = operation.accept, accept.service == nil, ["GET", "HEAD"].contains(accept.method.value) {
            context.sink.add(
                Diagnostic(
                    "WB4023", .warning, "a \(accept.method.value) needs no key: it may be made again as it is",
                    at: idempotency.span.firstByte, "keeps every answer for nothing",
                    secondary: [Label(accept.method.span, "changes nothing at the partner")],
                    help: "leave `idempotency` out; `retry` repeats it without a key"))
        }
        let keep = idempotency.keep?.value.bounded ?? 86_400_000_000_000
        let total = endpoint.timeout?.total?.value.bounded ?? UpstreamPlan.defaultTotalTimeout
        if let written = idempotency.keep, keep > 0, keep <= total {
            context.sink.add(
                Diagnostic(
                    "WB4024", "answers are kept for less time than a call may take", at: written.span, "too short",
                    help: "take more than `timeout: total`, and as long as consumers may repeat a call: `24h`"))
        }
        guard let source = source(key, scope, &context) else { return nil }
        return IdempotencyPlan(
            source: source, isRequired: idempotency.required?.value ?? true, keep: keep,
            waits: idempotency.concurrent?.value != .reject, retriesUnknown: idempotency.onUnknown?.value == .retry)
    }

    private static func source(
        _ key: ParsedExpression, _ scope: ExpressionScope, _ context: inout CompileContext
    ) -> IdempotencyPlan.Source? {
        switch key.content {
        case .feel(let text) where text.text == "header": return .header
        case .feel(let text):
            return ExpressionLowering.program(text, scope.feel, &context).map { .expression($0) }
        case .literal, .list:
            context.sink.add(
                Diagnostic(
                    "WB4021", "every call would have the same key", at: key.span, "says nothing about the call",
                    help: "write `header`, or an expression such as `request.path.paymentId`, without quotes"))
            return nil
        }
    }

    /// An operation that hands bytes on holds neither the request nor the answer as a whole.
    static func refusePassThrough(_ operation: ParsedOperation, _ context: inout CompileContext) {
        guard let idempotency = operation.idempotency else { return }
        context.sink.add(
            Diagnostic(
                "WB4025", "answers that pass through are not kept", at: idempotency.span.firstByte,
                "this operation hands bodies on while they arrive",
                help: "have them read whole: `request: { contract: … }` or `map`, or `errors`"))
    }
}

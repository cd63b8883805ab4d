import NIOCore
import RouteGraph

/// Calls to a SOAP facade: the message itself tells the operation, so it is read first.
extension ClientConnection {
    func serve(_ call: Call, _ limits: Limits) {
        switch call.head.method {
        case .post: mediate(call, limits)
        case .get, .head:
            exchange.selfAnswered()
            worker.mediator.describe(call)
            sendMediatorAnswer()
        default: answer(.methodNotAllowed("GET, HEAD, POST"))
        }
    }

    /// Finds the operation of a whole message, and whether its caller may call it.
    func dispatch(_ call: Call, _ whole: ByteBuffer) -> Failure? {
        if let failure = whole.withUnsafeReadableBytes({ worker.mediator.dispatch(call, body: $0) }) { return failure }
        call.finish(.match, at: Clock.monotonic())
        if let failure = worker.authorise(call) { return failure }
        guard let operation = call.operation else { return .notFound() }
        pool = graph?.pools[operation.upstream]
        return nil
    }
}

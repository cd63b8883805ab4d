import RouteGraph

extension Worker {
    /// The first stages of a call, in their order: match, authenticate, authorise. All are synchronous.
    /// - Returns: what refuses the call, if anything does.
    func admit(_ call: Call, _ graph: RouteGraph, peer: PeerCertificate?) -> Failure? {
        if callLog.refusesCalls {
            return .unavailable(
                "Calls cannot be recorded now, and the gateway is set to refuse them then.", retryAfter: 5)
        }
        switch graph.router.match(call) {
        case .operation(let index): call.operation = graph.operations[index]
        case .notFound: return .notFound()
        case .methodNotAllowed(let allow): return .methodNotAllowed(allow)
        }
        call.finish(.match, at: Clock.monotonic())
        guard let operation = call.operation else { return .notFound() }
        guard let consumer = authenticator.authenticate(call.head, peer: peer, graph: graph) else {
            return .unauthenticated()
        }
        call.consumer = consumer
        call.finish(.authenticate, at: Clock.monotonic())
        guard operation.allowed.contains(consumer) else { return .forbidden() }
        call.finish(.authorise, at: Clock.monotonic())
        return operation.blocked
    }
}

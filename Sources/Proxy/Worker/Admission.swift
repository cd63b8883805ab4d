import RouteGraph

extension Worker {
    /// The first stages of a call, in their order: match, authenticate, authorise. All are synchronous.
    /// - Returns: what refuses the call, if anything does.
    func admit(_ call: Call, _ graph: RouteGraph, peer: PeerCertificate?) -> Failure? {
        if callLog.refusesCalls {
            metrics.refusals.audit &+= 1
            return .unavailable(
                "Calls cannot be recorded now, and the gateway is set to refuse them then.", retryAfter: 5)
        }
        let match = graph.router.match(call)
        switch match {
        case .operation(let index): call.operation = graph.operations[index]
        case .service(let index):
            call.service = graph.services[index]
            Mediator.noteVersion(call)
        case .notFound: return .notFound()
        case .methodNotAllowed(let allow): return .methodNotAllowed(allow)
        }
        if graph.router.isAmbiguous(call, match) {
            return .malformedHTTP("The path leads to another operation once it is decoded.")
        }
        call.finish(.match, at: Clock.monotonic())
        guard let consumer = authenticator.authenticate(call.head, peer: peer, graph: graph) else {
            return .unauthenticated()
        }
        call.consumer = consumer
        call.finish(.authenticate, at: Clock.monotonic())
        // Which operation of a service is called only its message tells.
        if let service = call.service { return service.allowed.contains(consumer) ? nil : .forbidden() }
        return authorise(call)
    }

    /// Whether the known consumer may call the known operation.
    func authorise(_ call: Call) -> Failure? {
        guard let operation = call.operation, let consumer = call.consumer else { return .notFound() }
        guard operation.allowed.contains(consumer) else { return .forbidden() }
        call.finish(.authorise, at: Clock.monotonic())
        return operation.blocked
    }
}

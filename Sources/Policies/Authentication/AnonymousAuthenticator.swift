public import RouteGraph

/// Takes callers that prove nothing for the consumer that is declared `anonymous: true`, if there is one. `allow` still says
/// what it may call. A caller that presents a key is never taken for it: a wrong key stays a wrong key.
public struct AnonymousAuthenticator: Authenticator {
    public init() {}

    public func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? {
        guard head.value(of: .apiKey) == nil, head.value(of: .authorization) == nil else { return nil }
        return graph.consumers.firstIndex { $0.proof == .anonymous }
    }
}

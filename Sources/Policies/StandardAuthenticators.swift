public import RouteGraph

/// The ways in which consumers prove who they are, in the order in which they are asked. A new one is a file of its own and a
/// line here.
public struct StandardAuthenticators: Authenticator {
    private let all: [any Authenticator] = [
        APIKeyAuthenticator(),
        CertificateAuthenticator(),
        AnonymousAuthenticator(),
    ]

    public init() {}

    public func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? {
        for authenticator in all {
            if let index = authenticator.authenticate(head, peer: peer, graph: graph) { return index }
        }
        return nil
    }
}

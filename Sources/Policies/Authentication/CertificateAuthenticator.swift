public import RouteGraph

/// Knows consumers by the subject of the client certificate that the TLS handshake has verified.
public struct CertificateAuthenticator: Authenticator {
    public init() {}

    public func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? {
        guard let peer else { return nil }
        let subject = DistinguishedName.normalised(peer.subject)
        return graph.consumers.firstIndex {
            if case .certificate(let expected) = $0.proof { return DistinguishedName.normalised(expected) == subject }
            return false
        }
    }
}

/// Distinguished names as text (RFC 4514), compared without regard to the white space around separators.
enum DistinguishedName {
    static func normalised(_ text: String) -> String {
        var out = ""
        var escaped = false
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let piece = escaped ? String(part) : String(part.drop { $0 == " " })
            if !out.isEmpty { out += "," }
            out += piece
            escaped = piece.hasSuffix("\\")
        }
        return out
    }
}

import Crypto
public import RouteGraph

/// Knows consumers by an API key: `X-API-Key: …`, `Authorization: ApiKey …`, or the header that the consumer declares.
///
/// What was sent is hashed once and compared with each consumer's digest in full, so that the time taken says nothing about how
/// much of a key was right or whose key was near.
public struct APIKeyAuthenticator: Authenticator {
    public init() {}

    public func authenticate(_ head: MessageHead, peer: PeerCertificate?, graph: RouteGraph) -> Int? {
        let standard = head.value(of: .apiKey) ?? Self.authorization(head)
        let standardDigest = standard.map { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        var found: Int?
        for (index, consumer) in graph.consumers.enumerated() {
            guard case .apiKey(let expected, let header) = consumer.proof else { continue }
            if header == "x-api-key" {
                if let standardDigest, Self.equal(standardDigest, expected) { found = index }
            } else {
                var name = header
                let given = name.withUTF8 { head.value(named: $0) }
                if let given, Self.equal(SHA256.hash(data: UnsafeRawBufferPointer(given)), expected) { found = index }
            }
        }
        return found
    }

    /// The key in `Authorization: ApiKey …`; the scheme is case-insensitive (RFC 9110, section 11.1).
    private static func authorization(_ head: MessageHead) -> UnsafeBufferPointer<UInt8>? {
        guard let value = head.value(of: .authorization), value.count > 7 else { return nil }
        let scheme: StaticString = "apikey "
        for i in 0..<7 where value[i] | 0x20 != scheme.utf8Start[i] { return nil }
        return UnsafeBufferPointer(rebasing: value[7...])
    }

    private static func equal(_ digest: SHA256.Digest, _ expected: [UInt8]) -> Bool {
        guard expected.count == 32 else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(digest, expected) { difference |= a ^ b }
        return difference == 0
    }
}

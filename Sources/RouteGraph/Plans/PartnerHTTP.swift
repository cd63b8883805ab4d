/// Which version of HTTP a partner is called by.
public enum PartnerHTTP: Sendable, Equatable {
    /// By TLS both versions are offered (ALPN, RFC 7301) and the partner picks; without TLS it is HTTP/1.1.
    case automatic
    case http1
    /// HTTP/2 and nothing else: by TLS the partner has to pick it, without TLS it is known to speak it (RFC 9113, section 3.3).
    case http2
}

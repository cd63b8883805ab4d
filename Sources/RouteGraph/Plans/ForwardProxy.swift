/// An HTTP proxy that connections to a partner go through (`proxy`).
public struct ForwardProxy: Sendable, Equatable {
    public var host: String
    public var port: Int
    /// The value of `Proxy-Authorization` (RFC 9110, section 11.7.2); nil for none.
    public var authorization: Secret?

    public init(host: String, port: Int, authorization: Secret? = nil) {
        self.host = host
        self.port = port
        self.authorization = authorization
    }
}

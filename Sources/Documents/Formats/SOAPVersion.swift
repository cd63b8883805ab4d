/// A version of SOAP, told by the namespace of its envelope.
public enum SOAPVersion: String, Sendable, Hashable {
    case v11 = "1.1"
    case v12 = "1.2"

    /// The namespace of `Envelope`, `Header`, `Body` and `Fault`.
    public var envelopeNamespace: StaticString {
        switch self {
        case .v11: "http://schemas.xmlsoap.org/soap/envelope/"
        case .v12: "http://www.w3.org/2003/05/soap-envelope"
        }
    }
}

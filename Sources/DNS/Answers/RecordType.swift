/// What a question asks for (RFC 1035, section 3.2.2; RFC 3596).
public enum RecordType: UInt16, Sendable {
    case ipv4 = 1
    case ipv6 = 28
}

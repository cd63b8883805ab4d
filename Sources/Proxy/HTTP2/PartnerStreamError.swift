import RouteGraph

/// How a stream to a partner has ended before its answer was whole.
struct PartnerStreamError: Error {
    var failure: TransportFailure
    /// The partner has said that it did nothing about the request: it refused the stream, or went away before it (RFC 9113,
    /// sections 6.8 and 8.7). Such a request can be sent again whatever it does.
    var isUnprocessed = false
    /// Whether the partner has said anything about the request.
    var isAnswered = true
}

/// Why an HTTP/2 answer is refused.
enum PartnerFault: Error {
    case noHead, secondHead, statusMissing, statusMalformed, pseudoField, badName, badValue, connectionField, badLength,
        repeatedLength, lengthMismatch, bodyNotAllowed, switchingProtocols, endedInterim, trailersNotLast, afterEnd,
        ownRequest

    var reason: StaticString {
        switch self {
        case .noHead: "There is a body before the head."
        case .secondHead: "There is a second head."
        case .statusMissing: ":status is missing."
        case .statusMalformed: ":status is not three digits."
        case .pseudoField: "There is a pseudo-header field other than one :status before all fields."
        case .badName: "A field name is empty, has an upper-case letter or a byte that is not allowed."
        case .badValue: "A field value has a control character, or white space at its ends."
        case .connectionField: "There is a field that only concerns a connection of HTTP/1.1."
        case .badLength: "content-length is not a plain decimal number."
        case .repeatedLength: "content-length is sent more than once."
        case .lengthMismatch: "content-length is not the length of the body."
        case .bodyNotAllowed: "There is a body where none may be."
        case .switchingProtocols: "101 has no meaning in HTTP/2."
        case .endedInterim: "The stream ends with an interim answer."
        case .trailersNotLast: "Something follows the trailers."
        case .afterEnd: "Something follows the end of the answer."
        case .ownRequest: "The request cannot be put into HTTP/2."
        }
    }
}

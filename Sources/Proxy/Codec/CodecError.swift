import RouteGraph

/// Why a message is refused. Each case is one shape that two hops might frame or read differently, or one exceeded limit.
enum CodecError: UInt8, Error, CaseIterable {
    case notHTTP
    case bareLineFeed
    case emptyStartLine
    case badMethod
    case badTarget
    case badTargetForm
    case dotSegment
    case connectMethod
    case badVersion
    case unsupportedVersion
    case badStatus
    case switchingProtocols
    case foldedLine
    case emptyName
    case badName
    case spaceBeforeColon
    case missingColon
    case badValue
    case tooManyFields
    case headTooLarge
    case targetTooLong
    case missingHost
    case repeatedHost
    case badHost
    case hostMismatch
    case repeatedField
    case repeatedLength
    case badLength
    case lengthAndTransferCoding
    case transferCoding
    case transferCodingInVersion10
    case bodyNotAllowed
    case badConnection
    case expectation
    case chunkSize
    case chunkExtension
    case chunkEnd
    case trailer
    case trailersTooLarge

    /// The status of the answer to a request with this fault.
    var status: Int {
        switch self {
        case .headTooLarge, .tooManyFields, .trailersTooLarge: 431
        case .targetTooLong: 414
        case .unsupportedVersion: 505
        case .connectMethod: 501
        case .expectation: 417
        default: 400
        }
    }

    /// One sentence for the consumer.
    var reason: StaticString {
        switch self {
        case .notHTTP: "The bytes are no HTTP/1.1 message."
        case .bareLineFeed: "A line ends without CR LF."
        case .emptyStartLine: "The start line is empty."
        case .badMethod: "The method is not a token."
        case .badTarget: "The request target has a byte that a URI cannot have, or a broken percent-encoding."
        case .badTargetForm: "The request target is neither a path nor an absolute http URI."
        case .dotSegment: "The path has a . or .. segment, however it is encoded."
        case .connectMethod: "CONNECT is not served."
        case .badVersion: "The protocol version is malformed."
        case .unsupportedVersion: "The protocol version is neither HTTP/1.1 nor HTTP/1.0."
        case .badStatus: "The status line is malformed."
        case .switchingProtocols: "The protocol was switched without a request for it."
        case .foldedLine: "A header line begins with white space."
        case .emptyName: "A header has no name."
        case .badName: "A header name has a byte that is not allowed, or imitates another field with _ for -."
        case .spaceBeforeColon: "There is white space between a header name and its colon."
        case .missingColon: "A header line has no colon."
        case .badValue: "A header value has a control character."
        case .tooManyFields: "There are too many header fields."
        case .headTooLarge: "The head is too large."
        case .targetTooLong: "The request target is too long."
        case .missingHost: "Host is missing."
        case .repeatedHost: "Host is sent more than once."
        case .badHost: "Host is not a host name with an optional port."
        case .hostMismatch: "Host is not the authority of the request target."
        case .repeatedField: "A field that can be sent only once is sent more than once."
        case .repeatedLength: "Content-Length is sent more than once."
        case .badLength: "Content-Length is not a plain decimal number."
        case .lengthAndTransferCoding: "Content-Length and Transfer-Encoding are both sent."
        case .transferCoding: "Transfer-Encoding is not exactly chunked."
        case .transferCodingInVersion10: "Transfer-Encoding is sent in an HTTP/1.0 message."
        case .bodyNotAllowed: "The status does not permit a body, and the fields announce one."
        case .badConnection: "Connection is not a list of tokens, or names a field that goes from end to end."
        case .expectation: "Expect asks for something other than 100-continue."
        case .chunkSize: "A chunk size is malformed."
        case .chunkExtension: "A chunk extension is malformed or too long."
        case .chunkEnd: "A chunk does not end with CR LF."
        case .trailer: "A trailer field is malformed."
        case .trailersTooLarge: "The trailer section is too large."
        }
    }

    /// The failure that answers a request with this fault. The connection always ends with it.
    @inline(never)
    func failure(headerLimit: Int) -> Failure {
        switch self {
        case .headTooLarge: .headerTooLarge(headerLimit)
        case .expectation: .expectationFailed()
        default: .malformedHTTP(reason.description, status: status)
        }
    }
}

import Contracts
import Documents

/// The one place that turns a ``Failure`` into bytes: problem details (RFC 9457) in the shape that the language promises,
/// or a SOAP fault with the same fields for the callers of a facade.
enum ProblemWriter {
    /// The HTTP status that the answer has.
    static func status(_ failure: Failure, _ call: Call) -> Int {
        call.service == nil ? failure.status : SOAPFaultWriter.status(failure, call.serviceVersion)
    }

    /// Writes the body.
    static func write(_ failure: Failure, _ call: Call, into body: ByteWriter) {
        if call.service != nil { return SOAPFaultWriter.write(failure, call.serviceVersion, call, into: body) }
        body.write("{\"type\":\"urn:waybill:problem:")
        string(failure.code, body)
        body.write("\",\"title\":\"")
        string(failure.title, body)
        body.write("\",\"status\":")
        body.writeInteger(failure.status)
        if let detail = failure.detail { member("detail", detail, body) }
        member("code", failure.code, body)
        member("category", failure.category.rawValue, body)
        if let operation = call.operation {
            member("partner", operation.partner, body)
            member("operation", operation.name, body)
        }
        body.write(",\"correlationId\":\"")
        body.write(UnsafePointer(call.correlationBytes), call.correlationCount)
        body.write("\"")
        member("retry", failure.retry.rawValue, body)
        if let partnerCode = failure.partnerCode { member("partnerCode", partnerCode, body) }
        if !failure.violations.isEmpty {
            body.write(",\"errors\":[")
            for (i, violation) in failure.violations.enumerated() {
                if i > 0 { body.write(0x2C as UInt8) }
                body.write("{\"pointer\":\"")
                string(violation.pointer, body)
                body.write("\",\"keyword\":\"")
                string(violation.keyword, body)
                body.write("\",\"message\":\"")
                string(violation.message, body)
                body.write("\"}")
            }
            body.write("]")
        }
        body.write("}")
    }

    private static func member(_ name: StaticString, _ value: String, _ body: ByteWriter) {
        body.write(",\"")
        body.write(name)
        body.write("\":\"")
        string(value, body)
        body.write("\"")
    }

    private static func string(_ text: String, _ body: ByteWriter) {
        var text = text
        text.withUTF8 { p in
            guard let base = p.baseAddress else { return }
            body.writeJSONString(base, p.count)
        }
    }

    /// Status line and headers of the answer, without the final empty line.
    static func writeHead(_ failure: Failure, bodyCount: Int, _ call: Call, into head: ByteWriter) {
        StatusLine.write(status(failure, call), into: head)
        head.write("Content-Type: ")
        switch call.service.map({ _ in call.serviceVersion }) {
        case nil: head.write("application/problem+json\r\n")
        case .v11: head.write("text/xml; charset=utf-8\r\n")
        case .v12: head.write("application/soap+xml; charset=utf-8\r\n")
        }
        if let allow = failure.allow {
            head.write("Allow: ")
            head.write(allow)
            head.write("\r\n")
        }
        if failure.status == 401 { head.write("WWW-Authenticate: ApiKey realm=\"waybill\"\r\n") }
        let seconds = failure.retryAfter ?? call.retryAfter
        if seconds > 0 {
            head.write("Retry-After: ")
            head.writeInteger(seconds)
            head.write("\r\n")
        }
        if let notice = call.rateNotice { write(notice, into: head) }
        CorrelationFields.write(call, into: head)
        head.write("Content-Length: ")
        head.writeInteger(bodyCount)
        head.write("\r\n")
    }
}

extension ProblemWriter {
    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    private static func write(_ notice: RateNotice, into head: ByteWriter) {
        head.write("RateLimit-Policy: \"")
        head.write(notice.policy.rawValue)
        head.write("\";q=")
        head.writeInteger(notice.quota)
        head.write(";w=")
        head.writeInteger(notice.window)
        head.write("\r\nRateLimit: \"")
        head.write(notice.policy.rawValue)
        head.write("\";r=")
        head.writeInteger(notice.remaining)
        head.write(";t=")
        head.writeInteger(notice.reset)
        head.write("\r\n")
    }
}

/// `HTTP/1.1 <status> <reason>`.
enum StatusLine {
    static func write(_ status: Int, into head: ByteWriter) {
        switch status {
        case 200: head.write("HTTP/1.1 200 OK\r\n")
        default:
            head.write("HTTP/1.1 ")
            head.writeInteger(status)
            head.write(" ")
            head.write(reason(status))
            head.write("\r\n")
        }
    }

    static func reason(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 203: "Non-Authoritative Information"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 424: "Failed Dependency"
        case 425: "Too Early"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 451: "Unavailable For Legal Reasons"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

/// The fields that carry correlation and trace, on the way out and on the way back.
enum CorrelationFields {
    static func write(_ call: Call, into head: ByteWriter) {
        head.write("X-Correlation-ID: ")
        head.write(UnsafePointer(call.correlationBytes), call.correlationCount)
        head.write("\r\n")
        guard call.hasTrace else { return }
        head.write("traceparent: 00-")
        head.write(UnsafePointer(call.traceBytes), 32)
        head.write("-")
        head.write(UnsafePointer(call.traceBytes + 32), 16)
        head.write(call.traceFlags & 1 == 1 ? "-01\r\n" : "-00\r\n")
    }
}

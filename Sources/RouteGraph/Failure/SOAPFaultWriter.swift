import Contracts
import Documents

/// A ``Failure`` as a SOAP fault, with the fields of problem details in its detail: what a facade's callers get.
enum SOAPFaultWriter {
    /// The namespace of the elements in `detail`.
    static let namespace: StaticString = "urn:waybill:problem"

    /// Writes the body (SOAP 1.1, section 4.4; SOAP 1.2 part 1, section 5.4).
    static func write(_ failure: Failure, _ version: SOAPVersion, _ call: Call, into body: ByteWriter) {
        body.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"")
        body.write(version.envelopeNamespace)
        body.write("\"><soap:Body><soap:Fault>")
        switch version {
        case .v11:
            body.write(isCallersFault(failure) ? "<faultcode>soap:Client" : "<faultcode>soap:Server")
            body.write("</faultcode>")
            element("faultstring", failure.title, body)
            body.write("<detail>")
            problem(failure, call, body)
            body.write("</detail>")
        case .v12:
            body.write("<soap:Code><soap:Value>")
            body.write(isCallersFault(failure) ? "soap:Sender" : "soap:Receiver")
            body.write("</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">")
            text(failure.title, body)
            body.write("</soap:Text></soap:Reason><soap:Detail>")
            problem(failure, call, body)
            body.write("</soap:Detail>")
        }
        body.write("</soap:Fault></soap:Body></soap:Envelope>")
    }

    private static func problem(_ failure: Failure, _ call: Call, _ body: ByteWriter) {
        body.write("<problem xmlns=\"")
        body.write(namespace)
        body.write("\"><type>urn:waybill:problem:")
        text(failure.code, body)
        body.write("</type>")
        element("title", failure.title, body)
        body.write("<status>")
        body.writeInteger(failure.status)
        body.write("</status>")
        if let detail = failure.detail { element("detail", detail, body) }
        element("code", failure.code, body)
        element("category", failure.category.rawValue, body)
        if let operation = call.operation {
            element("partner", operation.partner, body)
            element("operation", operation.name, body)
        }
        body.write("<correlationId>")
        body.write(UnsafePointer(call.correlationBytes), call.correlationCount)
        body.write("</correlationId>")
        element("retry", failure.retry.rawValue, body)
        if let partnerCode = failure.partnerCode { element("partnerCode", partnerCode, body) }
        if !failure.violations.isEmpty {
            body.write("<errors>")
            for violation in failure.violations {
                body.write("<error>")
                element("pointer", violation.pointer, body)
                element("keyword", violation.keyword, body)
                element("message", violation.message, body)
                body.write("</error>")
            }
            body.write("</errors>")
        }
        body.write("</problem>")
    }

    private static func element(_ name: StaticString, _ value: String, _ body: ByteWriter) {
        body.write("<")
        body.write(name)
        body.write(">")
        text(value, body)
        body.write("</")
        body.write(name)
        body.write(">")
    }

    /// Text that XML cannot hold at all is left out.
    private static func text(_ value: String, _ body: ByteWriter) {
        var value = value
        let start = body.count
        let fits = value.withUTF8 { p in
            guard let base = p.baseAddress else { return true }
            return body.writeXMLText(base, p.count)
        }
        if !fits { body.truncate(to: start) }
    }

    /// Whether sending the same message again can't help.
    private static func isCallersFault(_ failure: Failure) -> Bool {
        switch failure.category {
        case .authentication, .authorization, .routing, .contract, .rule, .mapping: failure.status < 500
        default: false
        }
    }

    /// The HTTP status of a fault. What HTTP itself has a status for keeps it; the rest is 500 for SOAP 1.1 (WS-I Basic
    /// Profile 1.1, R1126), 400 or 500 for SOAP 1.2 (part 2, table 20).
    static func status(_ failure: Failure, _ version: SOAPVersion) -> Int {
        switch failure.status {
        case 401, 403, 404, 405, 408, 413, 415, 429, 431, 503: failure.status
        default: version == .v12 && isCallersFault(failure) ? 400 : 500
        }
    }
}

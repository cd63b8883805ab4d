import NIOCore
import NIOHTTP1

/// The bytes of a reply on the wire. Written by hand, because some replies are wrong on purpose.
enum MockResponse {
    /// The head, and the body that follows it.
    static func bytes(
        _ reply: MockReply, isHead: Bool, keepAlive: Bool, extraLength: Int = 0, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let body = isBodiless(reply) ? [] : reply.body
        let status = HTTPResponseStatus(statusCode: reply.status)
        var buffer = allocator.buffer(capacity: 256 + body.count)
        buffer.writeString("HTTP/1.1 \(reply.status) \(status.reasonPhrase)\r\n")
        let fields = fields(reply, length: body.count + extraLength)
        for field in fields { buffer.writeString("\(field.name): \(field.value)\r\n") }
        let namesConnection = fields.contains { $0.name.lowercased() == "connection" }
        if !keepAlive, !namesConnection { buffer.writeString("Connection: close\r\n") }
        buffer.writeString("\r\n")
        if !isHead { buffer.writeBytes(body) }
        return buffer
    }

    static func isBodiless(_ reply: MockReply) -> Bool {
        reply.status == 204 || reply.status == 304 || reply.status < 200
    }

    /// The reply's own fields, and those that it does not name: the type of its content, and the length.
    static func fields(_ reply: MockReply, length: Int) -> [(name: String, value: String)] {
        var fields = reply.headers
        let names = Set(fields.map { $0.name.lowercased() })
        if !isBodiless(reply), !reply.body.isEmpty, !names.contains("content-type") {
            let isXML = reply.body.first { !$0.isWhitespace } == UInt8(ascii: "<")
            fields.append(("Content-Type", isXML ? "text/xml; charset=utf-8" : "application/json"))
        }
        if !isBodiless(reply), !names.contains("content-length"), !names.contains("transfer-encoding") {
            fields.append(("Content-Length", "\(length)"))
        }
        return fields
    }

    /// For requests that no reply is for.
    static func unmatched(_ request: MockReceived) -> MockReply {
        let element = request.element.map { " with the element \($0)" } ?? ""
        return MockReply(
            status: 404, headers: [("Content-Type", "text/plain; charset=utf-8")],
            body: Array("the mock partner has no reply for \(request.method) \(request.path)\(element)\n".utf8))
    }

    /// SOAP 1.1, section 4.4; SOAP 1.2 part 1, section 5.4.
    static func soapFault(isVersion12: Bool) -> MockReply {
        let text = "The mock partner fails on request"
        guard isVersion12 else {
            return MockReply(
                status: 500, headers: [("Content-Type", "text/xml; charset=utf-8")],
                body: Array(
                    """
                    <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>\
                    <faultcode>soap:Server</faultcode><faultstring>\(text)</faultstring>\
                    </soap:Fault></soap:Body></soap:Envelope>
                    """.utf8))
        }
        return MockReply(
            status: 500, headers: [("Content-Type", "application/soap+xml; charset=utf-8")],
            body: Array(
                """
                <env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault>\
                <env:Code><env:Value>env:Receiver</env:Value></env:Code>\
                <env:Reason><env:Text xml:lang="en">\(text)</env:Text></env:Reason>\
                </env:Fault></env:Body></env:Envelope>
                """.utf8))
    }
}

extension UInt8 {
    fileprivate var isWhitespace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

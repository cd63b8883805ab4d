import Documents
import NIOCore
import RouteGraph

/// A request as a proxy gets it that hands requests on, and not bytes: the whole URL in the request line (RFC 9112, section 3.2.2),
/// and what proves us to the proxy.
enum ForwardedRequest {
    /// - Parameter request: begins with a whole head in origin form, as for the partner itself.
    static func absolute(_ request: ByteBuffer, _ plan: UpstreamPlan, _ proxy: ForwardProxy) -> ByteBuffer {
        let found = request.withUnsafeReadableBytes { bytes -> (target: Int, fields: Int)? in
            guard let end = ByteSearch.find([0x0D, 0x0A], in: bytes), let space = bytes[..<end].firstIndex(of: 0x20)
            else { return nil }
            return (space + 1, end + 2)
        }
        guard let found else { return request }
        var result = ByteBuffer()
        result.reserveCapacity(request.readableBytes + 256)
        request.withUnsafeReadableBytes { bytes in
            result.writeBytes(bytes.part(0, found.target))
            result.writeString("http://\(plan.hostHeader)")
            result.writeBytes(bytes.part(found.target, found.fields - found.target))
            writeAuthorization(proxy, &result)
            result.writeBytes(bytes.part(found.fields, bytes.count - found.fields))
        }
        return result
    }

    static func writeAuthorization(_ proxy: ForwardProxy, _ buffer: inout ByteBuffer) {
        guard let authorization = proxy.authorization else { return }
        buffer.writeStaticString("Proxy-Authorization: ")
        buffer.writeBytes(authorization.revealed)
        buffer.writeStaticString("\r\n")
    }
}

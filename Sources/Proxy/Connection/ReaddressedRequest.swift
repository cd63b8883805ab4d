import NIOCore
import RouteGraph

/// A request that was written for one place of a partner, for another one: `Host`, and the path of the endpoint's URL.
enum ReaddressedRequest {
    /// - Parameters:
    ///   - request: begins with a whole head in origin form, whose first field is `Host`.
    ///   - lines: more fields, each with its end of line.
    /// - Returns: nil when it is no such request.
    static func make(
        _ request: ByteBuffer, from old: UpstreamPlan, to new: UpstreamPlan, adding lines: StaticString = ""
    ) -> ByteBuffer? {
        let host = Array("Host: \(old.hostHeader)\r\n".utf8)
        let base = Array(old.basePath.utf8)
        var result = ByteBuffer()
        result.reserveCapacity(request.readableBytes + new.hostHeader.utf8.count + new.basePath.utf8.count + 64)
        let isMade = request.withUnsafeReadableBytes { bytes -> Bool in
            guard let end = ByteSearch.find([0x0D, 0x0A], in: bytes),
                let space = bytes[..<end].firstIndex(of: 0x20), space + 1 + base.count <= end,
                bytes[(space + 1)...].starts(with: base), bytes[(end + 2)...].starts(with: host)
            else { return false }
            let target = space + 1 + base.count
            let fields = end + 2 + host.count
            result.writeBytes(bytes.part(0, space + 1))
            result.writeString(new.basePath)
            // What is left of the target may be nothing at all, or a query only.
            if new.basePath.isEmpty, bytes[target] != 0x2F { result.writeStaticString("/") }
            result.writeBytes(bytes.part(target, end + 2 - target))
            result.writeStaticString("Host: ")
            result.writeString(new.hostHeader)
            result.writeStaticString("\r\n")
            result.writeStaticString(lines)
            result.writeBytes(bytes.part(fields, bytes.count - fields))
            return true
        }
        return isMade ? result : nil
    }
}

import NIOHPACK
import RouteGraph

/// The fields of a request as HTTP/2 has them: names in lower case, the start line and `Host` as pseudo-header fields, nothing that
/// only concerns a connection (RFC 9113, sections 8.2.2 and 8.3.1).
enum PartnerFields {
    static func request(_ head: MessageHead, isSecure: Bool) -> HPACKHeaders {
        var fields = HPACKHeaders()
        fields.reserveCapacity(head.fieldCount + 4)
        let method = UnsafeBufferPointer(start: head.bytes, count: head.methodCount)
        let target = UnsafeBufferPointer(start: head.bytes + head.targetStart, count: head.targetCount)
        fields.add(name: ":method", value: String(decoding: method, as: UTF8.self))
        fields.add(name: ":scheme", value: isSecure ? "https" : "http")
        if let host = head.value(of: .host) {
            fields.add(name: ":authority", value: String(decoding: host, as: UTF8.self))
        }
        fields.add(name: ":path", value: String(decoding: target, as: UTF8.self), indexing: .nonIndexable)
        for i in 0..<head.fieldCount {
            let field = head.fields[i]
            switch field.known {
            case .host, .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .expect: continue
            case .te where !isTrailers(head.value(field)): continue
            default: break
            }
            let name = head.name(field)
            if head.hasConnectionOptions, head.connectionNames(name) { continue }
            fields.add(
                name: lowerCase(name), value: String(decoding: head.value(field), as: UTF8.self),
                indexing: indexing(field.known, name))
        }
        return fields
    }

    private static func isTrailers(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = value.baseAddress else { return false }
        return ByteClasses.equals(base, value.count, "trailers")
    }

    /// What is the same in most calls is remembered by both ends. What proves who we are never is (RFC 7541, section 7.1.3), and what
    /// differs from call to call would only push the rest out.
    private static func indexing(_ known: KnownHeader, _ name: UnsafeBufferPointer<UInt8>) -> HPACKIndexing {
        switch known {
        case .authorization, .apiKey, .cookie: return .neverIndexed
        case .contentType, .accept, .te, .soapAction, .via: return .indexable
        default: break
        }
        guard let base = name.baseAddress else { return .nonIndexable }
        let isCommon =
            ByteClasses.equals(base, name.count, "user-agent")
            || ByteClasses.equals(base, name.count, "accept-encoding")
        return isCommon ? .indexable : .nonIndexable
    }

    /// Trailer fields, which are given as whole lines.
    static func trailers(_ lines: [UInt8]) -> HPACKHeaders {
        var fields = HPACKHeaders()
        for line in lines.split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: 0x3A) else { continue }
            var value = line[(colon + 1)...]
            while let last = value.last, last == 0x0D || last == 0x20 || last == 0x09 { value.removeLast() }
            while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
            let name = line[..<colon].withUnsafeBufferPointer { lowerCase($0) }
            fields.add(name: name, value: String(decoding: value, as: UTF8.self), indexing: .nonIndexable)
        }
        return fields
    }

    private static func lowerCase(_ name: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: name.count) { out in
            for i in 0..<name.count {
                let c = name[i]
                out[i] = c &- 0x41 < 26 ? c | 0x20 : c
            }
            return name.count
        }
    }
}

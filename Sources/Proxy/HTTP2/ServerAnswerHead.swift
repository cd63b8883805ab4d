import NIOHPACK
import RouteGraph

/// Turns the head of an answer into the fields of HTTP/2 (RFC 9113, section 8.3.2).
enum ServerAnswerHead {
    /// Names of the fields that the gateway knows, so that none is made for each answer.
    private static let names = KnownHeader.allCases.map { $0.name.description }

    static func fields(_ head: MessageHead) -> HPACKHeaders {
        var fields = HPACKHeaders()
        fields.reserveCapacity(head.fieldCount + 1)
        fields.add(name: ":status", value: status(head.status))
        for i in 0..<head.fieldCount {
            let field = head.fields[i]
            switch field.known {
            case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .te:
                continue
            case .other:
                fields.add(name: name(head.name(field)), value: text(head.value(field)), indexing: .nonIndexable)
            case .contentType, .server, .via:
                fields.add(name: names[Int(field.known.rawValue)], value: text(head.value(field)))
            case .setCookie:
                fields.add(
                    name: names[Int(field.known.rawValue)], value: text(head.value(field)), indexing: .neverIndexed)
            default:
                // It is another one in each answer: there is no use in remembering it.
                fields.add(
                    name: names[Int(field.known.rawValue)], value: text(head.value(field)), indexing: .nonIndexable)
            }
        }
        return fields
    }

    /// Fields of a trailer section, given as whole lines.
    static func trailers(_ lines: [UInt8]) -> HPACKHeaders {
        var fields = HPACKHeaders()
        lines.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            var start = 0
            while start < bytes.count {
                let feed = ByteClasses.find(0x0A, base, from: start, to: bytes.count)
                let colon = ByteClasses.find(0x3A, base, from: start, to: feed)
                guard feed > start, colon > start else { return }
                var from = colon + 1
                var to = feed - 1
                while from < to, base[from] == 0x20 || base[from] == 0x09 { from += 1 }
                while to > from, base[to - 1] == 0x20 || base[to - 1] == 0x09 { to -= 1 }
                fields.add(
                    name: name(UnsafeBufferPointer(start: base + start, count: colon - start)),
                    value: text(UnsafeBufferPointer(start: base + from, count: max(0, to - from))),
                    indexing: .nonIndexable)
                start = feed + 1
            }
        }
        return fields
    }

    private static func status(_ code: Int) -> String {
        switch code {
        case 200: "200"
        case 204: "204"
        case 400: "400"
        case 404: "404"
        case 500: "500"
        default: String(code)
        }
    }

    private static func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: bytes.count) { target in
            for i in 0..<bytes.count { target[i] = bytes[i] &- 0x41 < 26 ? bytes[i] | 0x20 : bytes[i] }
            return bytes.count
        }
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

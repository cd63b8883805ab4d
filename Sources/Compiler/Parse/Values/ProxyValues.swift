public import Diagnostics
import YAML

/// The proxy on the way out.
public struct ParsedProxy: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var url: Located<ParsedURL>?
    public var username: ParsedSecret?
    public var password: ParsedSecret?
    public var noProxy: [Located<ParsedNoProxy>] = []

    init(span: SourceSpan) { self.span = span }
}

/// Hosts that are reached without the proxy.
public enum ParsedNoProxy: Sendable, Equatable {
    case everything
    /// In lower case.
    case host(String)
    /// The name and all names below it, in lower case, without the first dot.
    case suffix(String)
    /// The first bits of an address; 4 bytes or 16.
    case network([UInt8], bits: Int)

    init?(text: String) {
        if text == "*" {
            self = .everything
            return
        }
        let bytes = Array(text.lowercased().utf8)
        if let slash = bytes.firstIndex(of: 0x2F) {
            guard let address = IPLiteral.bytes(String(decoding: bytes[..<slash], as: UTF8.self)) else { return nil }
            let digits = bytes[(slash + 1)...]
            guard !digits.isEmpty, digits.count <= 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let bits = Int(String(decoding: digits, as: UTF8.self)), bits <= address.count * 8
            else { return nil }
            self = .network(address, bits: bits)
            return
        }
        if let address = IPLiteral.bytes(String(decoding: bytes, as: UTF8.self)) {
            self = .network(address, bits: address.count * 8)
            return
        }
        let isSuffix = bytes.first == 0x2E
        let name = isSuffix ? bytes.dropFirst() : bytes[...]
        guard let first = name.first, first != 0x2E, first != 0x2D, name.count <= 253,
            name.allSatisfy({ Identifier.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
        else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        self = isSuffix ? .suffix(text) : .host(text)
    }

    /// Names are compared as they are written: nothing is looked up.
    func matches(_ host: String) -> Bool {
        let name = host.lowercased()
        switch self {
        case .everything: return true
        case .host(let text): return name == text
        case .suffix(let text): return name == text || name.hasSuffix("." + text)
        case .network(let network, let bits):
            guard let address = IPLiteral.bytes(name), address.count == network.count else { return false }
            for bit in 0..<bits {
                let mask = UInt8(0x80) >> UInt8(bit & 7)
                if (address[bit >> 3] ^ network[bit >> 3]) & mask != 0 { return false }
            }
            return true
        }
    }
}

/// Addresses as they are written in URLs.
enum IPLiteral {
    /// 4 bytes for a dotted address, 16 for one with colons (RFC 4291, section 2.2); nil when it is none.
    static func bytes(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return bytes.contains(0x3A) ? version6(bytes) : version4(bytes[...])
    }

    private static func version4(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var result: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
                part.count == 1 || part.first != 0x30, let number = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            result.append(number)
        }
        return result
    }

    private static func version6(_ bytes: [UInt8]) -> [UInt8]? {
        var head: [UInt8] = []
        var tail: [UInt8] = []
        var hasGap = false
        var rest = bytes[...]
        if rest.starts(with: [0x3A, 0x3A]) {
            hasGap = true
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let group = rest.prefix { $0 != 0x3A }
            var words: [UInt8]
            if group.contains(0x2E) {
                guard group.endIndex == rest.endIndex, let last = version4(group) else { return nil }
                words = last
            } else {
                guard (1...4).contains(group.count),
                    let word = UInt16(String(decoding: group, as: UTF8.self), radix: 16)
                else { return nil }
                words = [UInt8(word >> 8), UInt8(word & 0xFF)]
            }
            if hasGap { tail += words } else { head += words }
            guard head.count + tail.count <= 16 else { return nil }
            rest = rest[group.endIndex...]
            guard !rest.isEmpty else { break }
            rest = rest.dropFirst()
            if rest.first == 0x3A {
                guard !hasGap else { return nil }
                hasGap = true
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        guard hasGap ? head.count + tail.count < 16 : head.count == 16 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }
}

extension ValueType where Value == Located<ParsedNoProxy> {
    static var noProxy: ValueType {
        ValueType(.text) { node, decoder in
            decoder.value(
                node, format: "a host that needs no proxy",
                help: "write a host, `api.acme.example`, a suffix, `.corp.example`, a network, `10.0.0.0/8`, or `*`",
                ParsedNoProxy.init(text:))
        }
    }
}

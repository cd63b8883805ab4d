import Diagnostics
import YAML

/// An `http` or `https` URL of a server, with the path that all calls begin with.
public struct ParsedURL: Sendable, Equatable {
    public var isSecure: Bool
    /// Without the brackets of an IPv6 address.
    public var host: String
    public var port: Int
    /// Without a trailing slash; empty for none.
    public var basePath: String

    /// Why a text is not such a URL, in a few words.
    struct Problem: Error {
        let reason: String
    }

    static func parse(_ text: String) -> Result<ParsedURL, Problem> {
        func refuse(_ reason: String) -> Result<ParsedURL, Problem> { .failure(Problem(reason: reason)) }
        let isSecure: Bool
        let bytes = Array(text.utf8)
        let start: Int
        if bytes.starts(with: "https://".utf8) {
            (isSecure, start) = (true, 8)
        } else if bytes.starts(with: "http://".utf8) {
            (isSecure, start) = (false, 7)
        } else {
            return refuse("it does not begin with `https://`")
        }
        let slash = bytes[start...].firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? bytes.count
        let authority = bytes[start..<slash]
        guard !authority.contains(0x40) else { return refuse("credentials don't belong in it: see `authenticate`") }
        guard let address = ParsedAddress(authority, defaultPort: isSecure ? 443 : 80), address.port > 0 else {
            return refuse("its host and port can't be read")
        }
        var path = bytes[slash...]
        guard !path.contains(0x3F), !path.contains(0x23) else {
            return refuse("a query goes below `call: query`, and there are no fragments")
        }
        guard path.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return refuse("other characters than ASCII ones are written as `%` and two digits")
        }
        if path.last == 0x2F { path = path.dropLast() }
        return .success(
            ParsedURL(
                isSecure: isSecure, host: address.host, port: address.port,
                basePath: String(decoding: path, as: UTF8.self)))
    }
}

/// A host and a port.
public struct ParsedAddress: Sendable, Equatable {
    /// Without the brackets of an IPv6 address.
    public var host: String
    public var port: Int

    init?(_ bytes: ArraySlice<UInt8>, defaultPort: Int?) {
        var rest = bytes
        if rest.first == 0x5B {
            guard let end = rest.firstIndex(of: 0x5D) else { return nil }
            let inner = rest[(rest.startIndex + 1)..<end]
            guard inner.count > 1, inner.allSatisfy(Self.isIPv6) else { return nil }
            host = String(decoding: inner, as: UTF8.self)
            rest = rest[(end + 1)...]
        } else {
            let end = rest.firstIndex(of: 0x3A) ?? rest.endIndex
            let name = rest[..<end]
            guard !name.isEmpty, name.count <= 253,
                name.allSatisfy({ Identifier.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
            else { return nil }
            host = String(decoding: name, as: UTF8.self)
            rest = rest[end...]
        }
        if rest.isEmpty {
            guard let defaultPort else { return nil }
            port = defaultPort
        } else {
            let digits = rest.dropFirst()
            guard rest.first == 0x3A, !digits.isEmpty, digits.count <= 5,
                digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), number <= 65535
            else { return nil }
            port = number
        }
    }

    private static func isIPv6(_ byte: UInt8) -> Bool {
        (0x30...0x3A).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte) || byte == 0x2E
    }
}

extension ValueType where Value == Located<ParsedURL> {
    static var url: ValueType {
        ValueType(.url) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            switch ParsedURL.parse(text.value) {
            case .success(let url): return Located(url, at: text.span)
            case .failure(let problem):
                decoder.sink.add(
                    .badFormat(
                        text, format: "a URL that can be called", key: decoder.key,
                        help: "\(problem.reason); write it like `https://api.acme-bank.example/v2`"))
                return nil
            }
        }
    }
}

extension ValueType where Value == Located<ParsedAddress> {
    static var address: ValueType {
        ValueType(.address) { node, decoder in
            decoder.value(
                node, format: "an address",
                help: "write a host and a port: `0.0.0.0:8080`, `127.0.0.1:9090`, `[::]:8443`"
            ) {
                ParsedAddress(Array($0.utf8)[...], defaultPort: nil)
            }
        }
    }
}

extension ValueType where Value == Located<[UInt8]> {
    /// SHA-256 of a subject public key in Base64 (RFC 7469, section 2.4).
    static var pin: ValueType {
        ValueType(.pin) { node, decoder in
            decoder.value(
                node, format: "a pin", help: "write `sha256/` and the Base64 of the 32 bytes of the public key's digest"
            ) { text in
                guard text.utf8.starts(with: "sha256/".utf8) else { return nil }
                guard let digest = Base64.decode(text.utf8.dropFirst(7)), digest.count == 32 else { return nil }
                return digest
            }
        }
    }
}

/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let first = UInt32(bytes[index]) << 16
            let second = index + 1 < bytes.count ? UInt32(bytes[index + 1]) << 8 : 0
            let third = index + 2 < bytes.count ? UInt32(bytes[index + 2]) : 0
            let word = first | second | third
            result.append(alphabet[Int(word >> 18)])
            result.append(alphabet[Int(word >> 12 & 63)])
            result.append(index + 1 < bytes.count ? alphabet[Int(word >> 6 & 63)] : 0x3D)
            result.append(index + 2 < bytes.count ? alphabet[Int(word & 63)] : 0x3D)
            index += 3
        }
        return result
    }

    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for byte in text {
            let value: UInt32
            switch byte {
            case 0x41...0x5A: value = UInt32(byte - 0x41)
            case 0x61...0x7A: value = UInt32(byte - 0x61) + 26
            case 0x30...0x39: value = UInt32(byte - 0x30) + 52
            case 0x2B: value = 62
            case 0x2F: value = 63
            case 0x3D:
                padding += 1
                value = 0
            default: return nil
            }
            if padding > 0, byte != 0x3D { return nil }
            bits = bits << 6 | value
            count += 1
            if count % 4 == 0 {
                result += [
                    UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 8),
                    UInt8(truncatingIfNeeded: bits),
                ]
            }
        }
        guard count % 4 == 0, padding <= 2 else { return nil }
        return Array(result.dropLast(padding))
    }
}

/// Statuses that an error row or a check means: one, or a class.
public struct ParsedStatusPattern: Sendable, Equatable {
    public var range: ClosedRange<Int>

    init?(text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 3, (0x31...0x35).contains(bytes[0]) else { return nil }
        let hundreds = Int(bytes[0] - 0x30) * 100
        if bytes[1] | 0x20 == 0x78, bytes[2] | 0x20 == 0x78 {
            range = hundreds...hundreds + 99
            return
        }
        guard (0x30...0x39).contains(bytes[1]), (0x30...0x39).contains(bytes[2]) else { return nil }
        let status = hundreds + Int(bytes[1] - 0x30) * 10 + Int(bytes[2] - 0x30)
        range = status...status
    }
}

extension ValueType where Value == Located<ParsedStatusPattern> {
    static var statusPattern: ValueType {
        ValueType(.statusPattern) { node, decoder in
            decoder.value(
                node, format: "an HTTP status", help: "write one status, `429`, or a class of them, `5xx`",
                ParsedStatusPattern.init(text:))
        }
    }
}

import Foundation
import Testing

/// One case of `Tests/Fixtures/HTTP`; the format is described there.
struct HTTPCase: Sendable, CustomTestStringConvertible {
    var file: String
    var name: String
    var sent: [UInt8] = []
    var answer: [UInt8] = []
    var partnerCloses = false
    var verdicts: [String] = []

    var testDescription: String { "\(file): \(name)" }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/HTTP")

    /// All cases of one folder, in the order of file names.
    static func load(_ part: String) throws -> [HTTPCase] {
        let folder = folder.appending(path: part)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.filter { $0.hasSuffix(".txt") }.flatMap { file in
            read(try String(contentsOf: folder.appending(path: file), encoding: .utf8), file: "\(part)/\(file)")
        }
    }

    static func read(_ text: String, file: String) -> [HTTPCase] {
        var cases: [HTTPCase] = []
        var current: HTTPCase?
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard let first = line.first else { continue }
            let isRaw = line.dropFirst().first == 0x2D
            let rest = line.dropFirst(isRaw ? 3 : 2)
            switch first {
            case UInt8(ascii: "#"):
                if let current { cases.append(current) }
                current = HTTPCase(file: file, name: String(Substring(rest)))
            case UInt8(ascii: ">"): current?.sent += bytes(Array(rest)) + (isRaw ? [] : [0x0D, 0x0A])
            case UInt8(ascii: "<"): current?.answer += bytes(Array(rest)) + (isRaw ? [] : [0x0D, 0x0A])
            case UInt8(ascii: "!"): current?.partnerCloses = true
            case UInt8(ascii: "="): current?.verdicts.append(String(Substring(rest)))
            default: break
            }
        }
        if let current { cases.append(current) }
        return cases
    }

    /// Undoes the escapes.
    static func bytes(_ text: [UInt8]) -> [UInt8] {
        var at = 0
        return unescape(text, &at, nested: false)
    }

    private static func unescape(_ text: [UInt8], _ i: inout Int, nested: Bool) -> [UInt8] {
        var out: [UInt8] = []
        while i < text.count {
            let c = text[i]
            i += 1
            if nested, c == UInt8(ascii: ")") { return out }
            guard c == UInt8(ascii: "\\"), i < text.count else {
                out.append(c)
                continue
            }
            let escape = text[i]
            i += 1
            switch escape {
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "0"): out.append(0)
            case UInt8(ascii: "x"):
                out.append(UInt8(String(decoding: text[i..<i + 2], as: UTF8.self), radix: 16) ?? 0)
                i += 2
            case UInt8(ascii: "("):
                var count = 0
                while text[i] != UInt8(ascii: "*") {
                    count = count * 10 + Int(text[i] - 0x30)
                    i += 1
                }
                i += 1
                let part = unescape(text, &i, nested: true)
                for _ in 0..<count { out += part }
            default: out.append(escape)
            }
        }
        return out
    }
}

/// A message as a plain reader sees it that knows nothing of the gateway's codec: for what the gateway itself has written.
struct PlainMessage {
    var startLine: String
    var head: String
    var body: String
    /// Bytes of the message.
    var count: Int

    var status: Int { Int(startLine.dropFirst(9).prefix(3)) ?? 0 }

    /// The first message of the bytes; nil when it is not whole.
    /// - Parameter answersHead: the message has no body, whatever its head says.
    /// - Parameter atEnd: nothing follows, so a body without a length is whole.
    static func read(_ bytes: [UInt8], answersHead: Bool = false, atEnd: Bool = false) -> PlainMessage? {
        guard let end = bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else { return nil }
        let head = String(decoding: bytes[..<end.upperBound], as: UTF8.self)
        let startLine = String(head.prefix { $0 != "\r\n" })
        var message = PlainMessage(startLine: startLine, head: head, body: "", count: end.upperBound)
        let isAnswer = startLine.hasPrefix("HTTP/")
        let lower = head.lowercased()
        if isAnswer, answersHead || message.status < 200 || message.status == 204 || message.status == 304 {
            return message
        }
        if lower.contains("\r\ntransfer-encoding: chunked\r\n") {
            var at = end.upperBound
            while let line = bytes[at...].firstRange(of: [0x0D, 0x0A]) {
                guard let size = Int(String(decoding: bytes[at..<line.lowerBound], as: UTF8.self), radix: 16) else {
                    return nil
                }
                at = line.upperBound
                if size == 0 {
                    while let trailer = bytes[at...].firstRange(of: [0x0D, 0x0A]) {
                        let isLast = trailer.lowerBound == at
                        at = trailer.upperBound
                        if isLast {
                            message.count = at
                            return message
                        }
                    }
                    return nil
                }
                guard at + size + 2 <= bytes.count else { return nil }
                message.body += String(decoding: bytes[at..<at + size], as: UTF8.self)
                at += size + 2
            }
            return nil
        }
        if let field = lower.range(of: "\r\ncontent-length: ") {
            let length = Int(lower[field.upperBound...].prefix { $0.isNumber }) ?? 0
            guard end.upperBound + length <= bytes.count else { return nil }
            message.body = String(decoding: bytes[end.upperBound..<end.upperBound + length], as: UTF8.self)
            message.count += length
            return message
        }
        guard isAnswer else { return message }
        message.body = String(decoding: bytes[end.upperBound...], as: UTF8.self)
        message.count = bytes.count
        return atEnd ? message : nil
    }
}

/// Reads answers one after the other from a client's connection.
struct AnswerReader {
    private let client: RawClient
    private var bytes: [UInt8] = []
    private(set) var isAtEnd = false

    init(_ client: RawClient) { self.client = client }

    /// The next answer; nil when the connection ends, or nothing comes, before one is whole.
    mutating func next(answersHead: Bool = false) -> PlainMessage? {
        while true {
            if let message = PlainMessage.read(bytes, answersHead: answersHead, atEnd: isAtEnd) {
                bytes.removeFirst(message.count)
                return message
            }
            guard !isAtEnd, let more = client.receive() else {
                if isAtEnd { return nil }
                isAtEnd = true
                continue
            }
            if more.isEmpty { return nil }
            bytes += more
        }
    }

    /// Whether the connection ends without another byte.
    mutating func ends() -> Bool {
        guard bytes.isEmpty else { return false }
        if isAtEnd { return true }
        isAtEnd = client.receive() == nil
        return isAtEnd
    }
}

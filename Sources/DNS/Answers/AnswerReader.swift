/// Reads the answer of a DNS server. It is nobody's friend: whatever does not fit its question, or itself, counts for nothing.
enum AnswerReader {
    /// Records that are looked at, and addresses that are taken; more are left out.
    static let recordLimit = 512
    static let addressLimit = 64
    /// Names that may stand for one another, one after the other.
    static let aliasLimit = 16
    static let internet: UInt16 = 1
    static let aliasType: UInt16 = 5
    static let zoneType: UInt16 = 6

    /// What a message says about a question.
    static func read(_ message: [UInt8], name: String, type: RecordType) -> Reply {
        message.withUnsafeBufferPointer { bytes in
            guard let message = DNSMessage(bytes) else { return .failed("a malformed answer") }
            return read(message, folded(name), type)
        }
    }

    /// A name as it is compared: without its last dot, in small letters.
    static func folded(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    /// Times with the highest bit set are none (RFC 2181, section 8).
    static func time(_ seconds: UInt32) -> UInt32 { seconds > UInt32(Int32.max) ? 0 : seconds }

    private static func read(_ message: borrowing DNSMessage, _ name: String, _ type: RecordType) -> Reply {
        guard message.isAnswer else { return .failed("no answer, but a question") }
        guard !message.isCutOff else { return .failed("an answer that was cut off") }
        guard message.count(.question) == 1, let question = message.record(.question, 0), question.owner == name,
            question.type == type.rawValue, question.kind == internet
        else { return .failed("the answer to another question") }
        switch message.errorCode {
        case 0: break
        case 3: return .absent(seconds: negativeTime(message))
        case let code: return .failed("the server says error \(code)")
        }
        guard let records = AnswerRecords(message, type) else { return .failed("a malformed answer") }
        return records.resolve(name) ?? .absent(seconds: negativeTime(message))
    }

    /// How long it holds that there is nothing: the lesser of the zone's two times (RFC 2308, section 5).
    private static func negativeTime(_ message: borrowing DNSMessage) -> UInt32? {
        for index in 0..<min(message.count(.authority), recordLimit) {
            guard let record = message.record(.authority, index) else { return nil }
            // Two names of a byte at least, and five numbers.
            guard record.type == zoneType, record.data.count >= 22 else { continue }
            let minimum = record.data.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return min(record.seconds, time(minimum))
        }
        return nil
    }
}

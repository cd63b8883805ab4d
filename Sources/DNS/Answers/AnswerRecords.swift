/// The records of an answer that matter: addresses, and names that stand for others.
struct AnswerRecords {
    private struct Alias {
        var target: String
        var seconds: UInt32
    }

    private struct Addresses {
        var all: [IPAddress] = []
        var seconds = UInt32.max
    }

    private var aliases: [String: Alias] = [:]
    private var addresses: [String: Addresses] = [:]

    /// nil when a record can't be read.
    init?(_ message: borrowing DNSMessage, _ type: RecordType) {
        for index in 0..<min(message.count(.answer), AnswerReader.recordLimit) {
            guard let record = message.record(.answer, index) else { return nil }
            guard record.kind == AnswerReader.internet else { continue }
            switch record.type {
            case type.rawValue:
                guard record.data.count == (type == .ipv6 ? 16 : 4), let address = IPAddress(bytes: record.data) else {
                    return nil
                }
                guard address.isOfOneMachine else { continue }
                var known = addresses[record.owner] ?? Addresses()
                known.seconds = min(known.seconds, record.seconds)
                if known.all.count < AnswerReader.addressLimit, !known.all.contains(address) {
                    known.all.append(address)
                }
                addresses[record.owner] = known
            case AnswerReader.aliasType:
                guard let target = message.name(at: record) else { return nil }
                // A second one for the same name would be an error of the zone; the first one counts.
                if aliases[record.owner] == nil {
                    aliases[record.owner] = Alias(target: target, seconds: record.seconds)
                }
            default: continue
            }
        }
    }

    /// Follows the names from the one that was asked for. What does not hang together with it is not looked at. nil when there is
    /// nothing at the end.
    func resolve(_ name: String) -> Reply? {
        var current = name
        var seconds = UInt32.max
        for _ in 0...AnswerReader.aliasLimit {
            if let found = addresses[current] { return .addresses(found.all, seconds: min(seconds, found.seconds)) }
            guard let alias = aliases[current] else { return nil }
            seconds = min(seconds, alias.seconds)
            current = alias.target
        }
        return .failed("names that stand for one another without an end")
    }
}

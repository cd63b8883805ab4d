import DNS

/// Writes DNS messages, right ones and wrong ones.
struct MessageBuilder {
    var bytes: [UInt8] = []

    /// - Parameter flags: an answer with recursion, without an error.
    init(flags: UInt16 = 0x8180, questions: UInt16 = 1, answers: UInt16 = 0, authorities: UInt16 = 0) {
        for number in [0x1234, flags, questions, answers, authorities, 0] { add(number) }
    }

    mutating func add(_ number: UInt16) {
        bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
    }

    mutating func name(_ name: String) {
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + Array(label.utf8) }
        bytes.append(0)
    }

    mutating func question(_ name: String, _ type: UInt16 = 1, kind: UInt16 = 1) {
        self.name(name)
        add(type)
        add(kind)
    }

    mutating func record(_ name: String, _ type: UInt16, seconds: UInt32, _ data: [UInt8], kind: UInt16 = 1) {
        self.name(name)
        fields(type, seconds: seconds, data, kind: kind)
    }

    mutating func fields(_ type: UInt16, seconds: UInt32, _ data: [UInt8], kind: UInt16 = 1, length: Int? = nil) {
        add(type)
        add(kind)
        add(UInt16(seconds >> 16))
        add(UInt16(seconds & 0xFFFF))
        add(UInt16(length ?? data.count))
        bytes += data
    }

    static func encoded(_ name: String) -> [UInt8] {
        var builder = MessageBuilder()
        builder.bytes = []
        builder.name(name)
        return builder.bytes
    }

    /// The data of a zone's record (RFC 1035, section 3.3.13).
    static func zone(minimum: UInt32) -> [UInt8] {
        encoded("ns.example") + encoded("root.example") + [UInt8](repeating: 1, count: 16)
            + (0..<4).map { UInt8(truncatingIfNeeded: minimum >> UInt32(24 - $0 * 8)) }
    }
}

private let fallback = IPAddress(bytes: [0, 0, 0, 0])!

func address(_ text: String) -> IPAddress {
    IPAddress(text) ?? fallback
}

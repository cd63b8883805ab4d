import CResolv

/// A message of DNS (RFC 1035, section 4) that is taken apart. libresolv checks every length, and follows no pointer for ever.
struct DNSMessage: ~Copyable {
    enum Section: CInt {
        case question = 0
        case answer, authority
    }

    struct Record {
        /// As it is compared.
        var owner: String
        var type: UInt16
        var kind: UInt16
        var seconds: UInt32
        /// Within the message's bytes.
        var data: UnsafeBufferPointer<UInt8>
    }

    private let message: OpaquePointer
    private let header: UnsafeBufferPointer<UInt8>

    /// - Parameter bytes: outlive the message.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 12, bytes.count <= 65535, let base = bytes.baseAddress,
            let message = waybill_message_open(base, CInt(bytes.count))
        else { return nil }
        self.message = message
        header = bytes
    }

    deinit { waybill_message_close(message) }

    private func number(_ place: Int) -> Int { Int(header[place]) << 8 | Int(header[place + 1]) }

    var isAnswer: Bool { number(2) & 0xF800 == 0x8000 }
    var isCutOff: Bool { number(2) & 0x0200 != 0 }
    var errorCode: Int { number(2) & 0x000F }

    func count(_ section: Section) -> Int { number(4 + 2 * Int(section.rawValue)) }

    /// nil when there is none, or it is malformed.
    func record(_ section: Section, _ index: Int) -> Record? {
        var record = waybill_record()
        guard waybill_message_record(message, section.rawValue, CInt(index), &record) == 0, let name = record.name
        else {
            return nil
        }
        let length = record.data == nil ? 0 : Int(record.length)
        return Record(
            owner: AnswerReader.folded(String(cString: name)), type: record.type, kind: record.kind,
            seconds: AnswerReader.time(record.seconds),
            data: UnsafeBufferPointer(start: record.data, count: length))
    }

    /// The name that a record's data begin with.
    func name(at record: Record) -> String? {
        var text = [CChar](repeating: 0, count: 1025)
        guard let start = record.data.baseAddress, !record.data.isEmpty,
            waybill_message_name(message, start, &text, CInt(text.count)) == 0
        else { return nil }
        return AnswerReader.folded(
            String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}

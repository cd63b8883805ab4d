import Documents

/// Records that the audit writes about itself. They are links of the chain like any other.
enum AuditOwnRecord {
    /// The first record of each file.
    case opened(file: String, previous: String?, reason: StaticString?)
    /// An unfinished last line was cut off and kept in a side file.
    case recovered(cut: Int, side: String)
    /// Records that found no room.
    case dropped(records: UInt64)

    func line() -> [UInt8] {
        let builder = AuditLineBuilder(ByteWriter(capacity: 512))
        builder.begin()
        switch self {
        case .opened(let file, let previous, let reason):
            builder.text("type", "opened" as StaticString)
            time(builder)
            builder.text("file", file)
            builder.text("previous", previous)
            if let reason { builder.text("reason", reason) }
        case .recovered(let cut, let side):
            builder.text("type", "recovered" as StaticString)
            builder.integer("cut", cut)
            time(builder)
            builder.text("side", side)
        case .dropped(let records):
            builder.text("type", "dropped" as StaticString)
            builder.integer("records", Int(clamping: records))
            time(builder)
        }
        return Array(builder.end())
    }

    private func time(_ builder: AuditLineBuilder) {
        builder.time("time", nanoseconds: UTCTime.nowNanoseconds)
    }
}

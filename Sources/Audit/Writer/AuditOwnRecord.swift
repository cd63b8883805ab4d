/// Records that the audit writes about itself. They are links of the chain like any other.
enum AuditOwnRecord {
    /// The first record of each file.
    case opened(file: AuditFileName, previous: String?, beside: [AuditNeighbour], reason: StaticString?)
    /// An unfinished last line was cut off and kept in a side file.
    case recovered(cut: Int, side: String)
    /// Records that found no room.
    case dropped(records: UInt64)

    /// Writes the record with this builder; valid until its next line.
    func write(with builder: AuditLineBuilder) -> UnsafeRawBufferPointer {
        builder.begin()
        switch self {
        case .opened(let file, let previous, let beside, let reason):
            builder.text("type", "opened" as StaticString)
            time(builder)
            builder.text("file", file.text)
            builder.text("previous", previous)
            if file.chain > 1 { builder.integer("chain", file.chain) }
            if !beside.isEmpty {
                builder.beginList("beside")
                for neighbour in beside {
                    builder.beginObject()
                    builder.integer("chain", neighbour.chain)
                    builder.text("file", neighbour.file)
                    builder.integer("seq", Int(clamping: neighbour.link.sequence))
                    builder.text("hash", neighbour.link.hash.description)
                    builder.endObject()
                }
                builder.endList()
            }
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
        return builder.end()
    }

    private func time(_ builder: AuditLineBuilder) {
        builder.time("time", nanoseconds: UTCTime.nowNanoseconds)
    }
}

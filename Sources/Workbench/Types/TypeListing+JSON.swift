internal import Contracts
internal import Documents

extension TypeListing {
    /// The listing as JSON, one field a line.
    public var json: String {
        let out = ByteWriter()
        out.write("{\"file\":")
        quoted(path, out)
        out.write(",\"language\":")
        quoted(language.rawValue, out)
        if let part { member("part", part, out) }
        strings("facts", facts, out)
        if !partKind.isEmpty {
            member("partKind", partKind, out)
            out.write(",\"parts\":[")
            for (index, part) in parts.enumerated() {
                out.write(index == 0 ? "\n{\"name\":" : ",\n{\"name\":")
                quoted(part.name, out)
                strings("facts", part.facts, out)
                place(part.source, out)
                out.write("}")
            }
            out.write("]")
        }
        out.write(",\"messages\":[")
        for (index, section) in sections.enumerated() {
            out.write(index == 0 ? "\n{\"title\":" : ",\n{\"title\":")
            quoted(section.title, out)
            strings("facts", section.facts, out)
            out.write(",\"complete\":")
            out.write(section.isCut ? "false" : "true")
            out.write(",\"fields\":[")
            for (index, row) in section.rows.enumerated() {
                out.write(index == 0 ? "\n" : ",\n")
                write(row, out)
            }
            out.write("]}")
        }
        out.write("]}\n")
        return out.string
    }

    private func write(_ row: TypeRow, _ out: ByteWriter) {
        out.write("{\"path\":")
        quoted(row.path, out)
        member("type", row.type, out)
        out.write(",\"required\":")
        out.write(row.required ? "true" : "false")
        out.write(",\"nullable\":")
        out.write(row.nullable ? "true" : "false")
        if row.isWildcard { out.write(",\"wildcard\":true") }
        if !row.bounds.isEmpty { member("bounds", row.bounds, out) }
        if !row.note.isEmpty { member("note", row.note, out) }
        if let name = row.typeName { member("typeName", name, out) }
        place(row.source, out)
        out.write("}")
    }

    private func place(_ source: ShapeSource?, _ out: ByteWriter) {
        guard let source else { return }
        member("declaredIn", source.path, out)
        out.write(",\"line\":")
        out.writeInteger(source.line)
    }

    private func member(_ name: String, _ value: String, _ out: ByteWriter) {
        out.write(",")
        quoted(name, out)
        out.write(":")
        quoted(value, out)
    }

    private func strings(_ name: String, _ values: [String], _ out: ByteWriter) {
        guard !values.isEmpty else { return }
        out.write(",")
        quoted(name, out)
        out.write(":[")
        for (index, value) in values.enumerated() {
            if index > 0 { out.write(",") }
            quoted(value, out)
        }
        out.write("]")
    }

    private func quoted(_ text: String, _ out: ByteWriter) {
        out.write("\"")
        out.writeJSONString(text)
        out.write("\"")
    }
}

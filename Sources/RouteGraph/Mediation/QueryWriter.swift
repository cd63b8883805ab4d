internal import Documents

/// Writes query parameters behind a path, in the style that each has. A null is left out, and so is a list or an object
/// in another one, for which no style has a spelling.
struct QueryWriter {
    private let out: ByteWriter
    private var separator: UInt8 = 0x3F

    init(_ out: ByteWriter) { self.out = out }

    mutating func add(_ name: String, _ value: Value, _ style: QueryStyle) {
        switch value {
        case .null: return
        case .list(let items):
            let texts = items.compactMap(QueryWriter.text)
            if style == .exploded || style == .deepObject {
                for text in texts { pair(name, text) }
            } else {
                joined(name, texts, style)
            }
        case .context(let context) where context[""] == nil:
            let entries = context.entries.compactMap { entry in
                QueryWriter.text(entry.value).map { (entry.name, $0) }
            }
            switch style {
            case .exploded: for (field, text) in entries { pair(field, text) }
            case .deepObject: for (field, text) in entries { pair("\(name)[\(field)]", text) }
            default: joined(name, entries.flatMap { [$0.0, $0.1] }, style)
            }
        default:
            if let text = ValueWriter.text(value) { pair(name, text) }
        }
    }

    private static func text(_ value: Value) -> String? { value == .null ? nil : ValueWriter.text(value) }

    private mutating func begin(_ name: String) {
        out.write(separator)
        separator = 0x26
        encode(name)
        out.write("=")
    }

    private mutating func pair(_ name: String, _ text: String) {
        begin(name)
        encode(text)
    }

    private mutating func joined(_ name: String, _ texts: [String], _ style: QueryStyle) {
        guard !texts.isEmpty else { return }
        begin(name)
        for (index, text) in texts.enumerated() {
            if index > 0 {
                switch style {
                case .spaces: out.write("%20")
                case .pipes: out.write("%7C")
                case .tabs: out.write("%09")
                default: out.write(",")
                }
            }
            encode(text)
        }
    }

    private func encode(_ text: String) {
        var text = text
        text.withUTF8 { if let base = $0.baseAddress { out.writePercentEncoded(base, $0.count) } }
    }
}

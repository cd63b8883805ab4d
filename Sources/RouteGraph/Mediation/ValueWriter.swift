import Documents

/// Writes FEEL values as JSON or as XML text.
enum ValueWriter {
    /// False when the value can't stand where the target asks for `kind`.
    static func json(_ value: Value, _ kind: TargetKind, into out: ByteWriter) -> Bool {
        switch value {
        case .null: out.write("null")
        case .boolean(let flag):
            if kind == .string {
                out.write(flag ? "\"true\"" : "\"false\"")
            } else {
                out.write(flag ? "true" : "false")
            }
        case .number(let number):
            if kind == .string { out.write(0x22 as UInt8) }
            number.write(to: out)
            if kind == .string { out.write(0x22 as UInt8) }
        case .string(let text):
            switch kind {
            case .number:
                guard let number = Decimal(text) else { return false }
                number.write(to: out)
            case .boolean:
                guard text == "true" || text == "1" || text == "false" || text == "0" else { return false }
                out.write(text == "true" || text == "1" ? "true" : "false")
            default: string(text, out)
            }
        case .list(let items):
            out.write(0x5B as UInt8)
            for (i, item) in items.enumerated() {
                if i > 0 { out.write(0x2C as UInt8) }
                guard json(item, kind, into: out) else { return false }
            }
            out.write(0x5D as UInt8)
        case .context(let context):
            if kind != .any, let text = context[""] { return json(text, kind, into: out) }
            out.write(0x7B as UInt8)
            var first = true
            for (key, member) in context.entries {
                if !first { out.write(0x2C as UInt8) }
                first = false
                string(key, out)
                out.write(0x3A as UInt8)
                guard json(member, .any, into: out) else { return false }
            }
            out.write(0x7D as UInt8)
        default:
            guard let text = text(value) else { return false }
            string(text, out)
        }
        return true
    }

    private static func string(_ text: String, _ out: ByteWriter) {
        var text = text
        out.write(0x22 as UInt8)
        text.withUTF8 { p in
            if let base = p.baseAddress { out.writeJSONString(base, p.count) }
        }
        out.write(0x22 as UInt8)
    }

    /// False when the value has no text, or text that XML can't carry.
    static func xml(_ value: Value, attribute: Bool, into out: ByteWriter) -> Bool {
        guard var text = text(value) else { return false }
        return text.withUTF8 { p in
            guard let base = p.baseAddress else { return true }
            return attribute ? out.writeXMLAttribute(base, p.count) : out.writeXMLText(base, p.count)
        }
    }

    /// The text of a simple value; nil for lists, contexts and functions.
    static func text(_ value: Value) -> String? {
        switch value {
        case .null: ""
        case .boolean(let flag): flag ? "true" : "false"
        case .number(let number): number.description
        case .string(let text): text
        case .temporal(let temporal): temporal.description
        // The text of an element that also has attributes.
        case .context(let context): context[""].flatMap(text)
        case .list, .range: nil
        }
    }
}

internal import Contracts
internal import Documents

/// What becomes of a loaded value because the contract types it: XML, forms and query parameters hold text only, and
/// one repeated element looks like a single one.
///
/// Text that is not what the contract says is left as it is. It is worked out when a program is compiled and visits
/// only what may have to change; JSON that already has the right kind passes through.
indirect enum Coercion: Sendable {
    case none
    case number
    case boolean
    case temporal(Shape.TemporalKind)
    case list(Coercion)
    /// The text of an element with attributes.
    case text(Coercion)
    case fields([(name: String, coercion: Coercion)])

    private static let maximumDepth = 8

    init(_ shape: Shape?, depth: Int = 0) {
        guard let shape, depth < Coercion.maximumDepth else {
            self = .none
            return
        }
        switch shape.kind {
        case .any, .null, .string: self = .none
        case .number: self = .number
        case .boolean: self = .boolean
        case .temporal(let kind): self = .temporal(kind)
        case .list(let item, _, _): self = .list(Coercion(item, depth: depth + 1))
        case .object(let object):
            if let text = object.text, object.fields.allSatisfy({ $0.name.utf8.first == UInt8(ascii: "@") }) {
                self = .text(Coercion(text, depth: depth + 1))
                return
            }
            let fields = object.fields.compactMap { field -> (name: String, coercion: Coercion)? in
                let coercion = Coercion(field.shape, depth: depth + 1)
                if case .none = coercion { return nil }
                return (field.name, coercion)
            }
            self = fields.isEmpty ? .none : .fields(fields)
        }
    }

    /// The value as the contract types it.
    func apply(_ value: Value) -> Value {
        switch (self, value) {
        case (.none, _), (_, .null): return value
        case (.number, .string(let text)):
            guard let number = Decimal(Coercion.trimmed(text)) else { return value }
            return .number(number)
        case (.boolean, .string(let text)):
            switch Coercion.trimmed(text) {
            case "true", "1": return .boolean(true)
            case "false", "0": return .boolean(false)
            default: return value
            }
        case (.temporal(let kind), .string(let text)):
            return Coercion.temporal(Coercion.trimmed(text), kind).map(Value.temporal) ?? value
        case (.list(let item), .list(let values)):
            if case .none = item { return value }
            return .list(values.map { item.apply($0) })
        case (.list(let item), _): return .list([item.apply(value)])
        case (_, .list(let values)): return .list(values.map { apply($0) })
        case (.text(let coercion), .string): return coercion.apply(value)
        case (.text(let coercion), .context(let context)):
            // The attributes stay reachable; operators take the text by itself.
            guard let text = context[""] else { return value }
            var typed = context
            typed[""] = coercion.apply(text)
            return .context(typed)
        case (.fields(let fields), .context(var context)):
            for (name, coercion) in fields {
                if let old = context[name] { context[name] = coercion.apply(old) }
            }
            return .context(context)
        default: return value
        }
    }

    /// The text without XML white space around it.
    private static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else {
            return text
        }
        var bytes = text.utf8[...]
        while let byte = bytes.first, isSpace(byte) { bytes.removeFirst() }
        while let byte = bytes.last, isSpace(byte) { bytes.removeLast() }
        return String(Substring(bytes))
    }

    private static func temporal(_ text: String, _ kind: Shape.TemporalKind) -> Temporal? {
        switch kind {
        case .date: DateValue(text, allowingZone: true).map(Temporal.date)
        case .time: TimeValue(text).map(Temporal.time)
        case .dateTime: DateTimeValue(text).map(Temporal.dateTime)
        case .duration, .daysDuration, .yearsDuration: Temporal(duration: text)
        }
    }
}

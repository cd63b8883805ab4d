import Diagnostics
import YAML

extension ValueType where Value == Located<String> {
    static var text: ValueType { ValueType(.text) { $1.text($0) } }

    /// A plain name that other files and answers refer to.
    static var identifier: ValueType {
        ValueType(.identifier) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            guard Identifier.isValid(text.value) else {
                decoder.sink.add(.notAnIdentifier(text))
                return nil
            }
            return text
        }
    }
}

extension ValueType where Value == Located<String> {
    /// An identifier that is declared here.
    static var newName: ValueType {
        let identifier = ValueType.identifier
        return ValueType(identifier.kind) { node, decoder in
            guard let name = identifier.decode(node, &decoder) else { return nil }
            if case .scalar(let scalar) = node.content, !scalar.isQuoted { decoder.checkTrap(name) }
            return name
        }
    }
}

extension NodeDecoder {
    /// Warns of an unquoted name that YAML 1.1 takes for true, false or null.
    mutating func checkTrap(_ name: Located<String>) {
        guard Identifier.isTrap(name.value) else { return }
        sink.add(
            Diagnostic(
                "WB1124", .warning, "other tools don't read `\(name.value)` as a name", at: name.span,
                "a plain word here; true, false or null in YAML 1.1",
                help: "choose another name, or quote it: `\"\(name.value)\"`",
                fixIts: [FixIt(replace: name.span, with: "\"\(name.value)\"")]))
    }
}

/// What names may look like.
enum Identifier {
    /// The words that YAML 1.1 resolves (yaml.org/type/bool, yaml.org/type/null).
    static func isTrap(_ text: String) -> Bool {
        ["yes", "no", "on", "off", "y", "n", "true", "false", "null"].contains(text.lowercased())
    }

    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension ValueType where Value == Located<Bool> {
    static var boolean: ValueType {
        ValueType(.boolean) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            switch text.value {
            case "true": return Located(true, at: text.span)
            case "false": return Located(false, at: text.span)
            default:
                decoder.sink.add(.notABoolean(text, key: decoder.key))
                return nil
            }
        }
    }
}

extension Diagnostic {
    fileprivate static func notABoolean(_ text: Located<String>, key: KeyDeclaration?) -> Diagnostic {
        let meant: String? =
            switch text.value.lowercased() {
            case "yes", "on", "y", "true", "1": "true"
            case "no", "off", "n", "false", "0": "false"
            default: nil
            }
        return Diagnostic(
            "WB1104", "`\(text.value)` is neither `true` nor `false`", at: text.span,
            key.map { "`\($0.name)` takes `true` or `false`" } ?? "",
            help: meant.map { "write `\($0)`" } ?? "write `true` or `false`",
            fixIts: meant.map { [FixIt(replace: text.span, with: $0)] } ?? [])
    }
}

extension ValueType where Value == Located<Int> {
    static func integer(_ range: ClosedRange<Int>) -> ValueType {
        ValueType(.integer(range)) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            let digits = text.value.utf8
            let isNumber =
                !digits.isEmpty
                && digits.enumerated().allSatisfy {
                    (0x30...0x39).contains($0.element) || ($0.offset == 0 && $0.element == 0x2D && digits.count > 1)
                }
            guard isNumber else {
                decoder.sink.add(
                    .badFormat(
                        text, format: "a whole number", key: decoder.key,
                        help: "write \(ValueKind.integer(range).phrase)"))
                return nil
            }
            guard let value = Int(text.value), range.contains(value) else {
                decoder.sink.add(.outOfRange(text, range, key: decoder.key))
                return nil
            }
            return Located(value, at: text.span)
        }
    }

    /// Bytes, as `512`, `16KiB`, `1MiB`, `2GiB`.
    static var size: ValueType {
        ValueType(.size) { node, decoder in
            decoder.value(
                node, format: "a size",
                help: "write a whole number with a unit: `16KiB`, `1MiB`, `2GiB`; or bytes: `512B`",
                Quantity.bytes)
        }
    }
}

extension ValueType where Value == Located<Duration> {
    /// A time such as `100ms`, `5s`, `1m30s`, `24h`, `7d`.
    static var duration: ValueType {
        ValueType(.duration) { node, decoder in
            decoder.value(
                node, format: "a duration", help: "write a whole number with a unit: `100ms`, `5s`, `2m`, `24h`, `7d`",
                Quantity.duration)
        }
    }
}

extension ValueType where Value == Located<ClosedRange<Duration>> {
    /// Two durations, the lesser first: `100ms..2s`.
    static var durationRange: ValueType {
        ValueType(.durationRange) { node, decoder in
            decoder.value(
                node, format: "a range of durations", help: "write the least and the greatest: `100ms..2s`",
                Quantity.durationRange)
        }
    }
}

extension ValueType where Value == Located<Rate> {
    static var rate: ValueType {
        ValueType(.rate) { node, decoder in
            decoder.value(
                node, format: "a rate", help: "write calls per time: `100/s`, `30/m`, `1000/h`", Rate.init(text:))
        }
    }
}

extension ValueType where Value == Located<Percentage> {
    static var percentage: ValueType {
        ValueType(.percentage) { node, decoder in
            decoder.value(
                node, format: "a percentage", help: "write `20%`, from `0%` to `100%`", Percentage.init(text:))
        }
    }
}

/// One word out of some, with what it stands for.
struct Choice<Value: Sendable>: Sendable {
    let name: String
    let value: Value
    let summary: String
    let availability: Availability

    init(_ name: String, _ value: Value, _ summary: String = "", availability: Availability = .available) {
        self.name = name
        self.value = value
        self.summary = summary
        self.availability = availability
    }
}

extension ValueType {
    static func choice<Element>(_ choices: [Choice<Element>]) -> ValueType where Value == Located<Element> {
        let facts = choices.map { ChoiceDeclaration(name: $0.name, summary: $0.summary, availability: $0.availability) }
        return ValueType(.choice(facts)) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            guard let choice = choices.first(where: { $0.name == text.value }) else {
                decoder.sink.add(.notAChoice(text, of: facts, key: decoder.key))
                return nil
            }
            guard choice.availability == .available else {
                let others = choices.filter { $0.availability == .available }.map { "`\($0.name)`" }
                decoder.sink.add(
                    .notAvailable(
                        "`\(text.value)`", at: text.span,
                        help: "the ones that are: \(others.joined(separator: ", "))"))
                return nil
            }
            return Located(choice.value, at: text.span)
        }
    }
}

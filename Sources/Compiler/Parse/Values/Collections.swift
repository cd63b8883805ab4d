public import Diagnostics
import YAML

/// A value under a name that the author chose.
public struct Named<Value: Sendable>: Sendable {
    public var name: Located<String>
    public var value: Value

    public init(name: Located<String>, value: Value) {
        self.name = name
        self.value = value
    }
}

extension ValueType {
    /// A list with something in it.
    static func list<Element>(_ element: ValueType<Element>) -> ValueType where Value == [Element] {
        ValueType(.list(element.kind)) { node, decoder in
            guard let items = decoder.sequence(node) else { return nil }
            guard !items.isEmpty else {
                decoder.sink.add(.empty("an empty list", key: decoder.key, at: node.span))
                return nil
            }
            return decoder.all(items, element)
        }
    }

    /// One value, or a list of some.
    static func oneOrMore<Element>(_ element: ValueType<Element>) -> ValueType where Value == [Element] {
        ValueType(.oneOrMore(element.kind)) { node, decoder in
            guard case .sequence = node.content else { return element.decode(node, &decoder).map { [$0] } }
            return list(element).decode(node, &decoder)
        }
    }

    /// Names that the author chooses, each with a value. Values that were refused are left out.
    static func map<Element>(
        _ keys: String, of element: ValueType<Element>, areIdentifiers: Bool = false, mayBeEmpty: Bool = false
    ) -> ValueType where Value == [Named<Element>] {
        ValueType(.map(keys: keys, element.kind)) { node, decoder in
            guard let entries = decoder.mapping(node) else { return nil }
            if entries.isEmpty, !mayBeEmpty {
                decoder.sink.add(.empty("an empty block", key: decoder.key, at: node.span))
                return nil
            }
            var result: [Named<Element>] = []
            result.reserveCapacity(entries.count)
            for entry in entries {
                if areIdentifiers, !Identifier.isValid(entry.key.value) {
                    decoder.sink.add(.notAnIdentifier(entry.key))
                    continue
                }
                if areIdentifiers, !entry.keyIsQuoted { decoder.checkTrap(entry.key) }
                guard let value = decoder.under(entry.key.span, { element.decode(entry.value, &$0) }) else { continue }
                result.append(Named(name: entry.key, value: value))
            }
            return result
        }
    }

    /// A block of keys of its own.
    static func block(_ type: Value.Type = Value.self) -> ValueType where Value: ParsedBlock {
        ValueType(.block(BlockReference { Value.declaration.facts })) { $1.block($0, as: Value.self) }
    }
}

extension NodeDecoder {
    /// Decodes each item; those that were refused are left out.
    mutating func all<Element>(_ items: [YAMLNode], _ element: ValueType<Element>) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(items.count)
        for item in items {
            if let value = under(item.span.firstByte, { element.decode(item, &$0) }) { result.append(value) }
        }
        return result
    }
}

extension SourceSpan {
    /// Where a block begins: a label for the whole of a long block would underline its first line only.
    var firstByte: SourceSpan { SourceSpan(file: file, start: Int(start), end: min(Int(end), Int(start) + 1)) }
}

import Diagnostics
import YAML

/// A struct that a block of keys decodes to. It begins empty and gets each key that is there; `isPoisoned` says that
/// something in it was refused, so that later passes keep silent about what is missing.
protocol ParsedBlock: Sendable {
    init(span: SourceSpan)
    var span: SourceSpan { get set }
    var isPoisoned: Bool { get set }
    static var declaration: Block<Self> { get }
    /// Told once, when the block is a whole file.
    mutating func keep(_ references: [ParsedReference])
}

extension ParsedBlock {
    mutating func keep(_ references: [ParsedReference]) {}
}

/// The keys of one block, each tied to its field.
struct Block<Parsed: ParsedBlock>: Sendable {
    let facts: BlockDeclaration
    let keys: [Key<Parsed>]
    /// What must hold between the keys.
    let check: (@Sendable (Parsed, inout NodeDecoder) -> Bool)?

    init(
        _ name: String, _ summary: String, _ keys: [Key<Parsed>],
        check: (@Sendable (Parsed, inout NodeDecoder) -> Bool)? = nil
    ) {
        self.facts = BlockDeclaration(name, summary, keys.map(\.facts))
        self.keys = keys
        self.check = check
    }

    /// Blocks have at most 64 keys, so the ones that were seen are bits of a word.
    func index(of name: String) -> Int? {
        for index in keys.indices where keys[index].facts.name == name { return index }
        return nil
    }
}

/// One key of a block: its declaration, and the way from a YAML node into the block's field.
struct Key<Parsed: ParsedBlock>: Sendable {
    let facts: KeyDeclaration
    /// False when the value was refused. Nil for a key that this version does not run.
    let decode: (@Sendable (YAMLNode, inout Parsed, inout NodeDecoder) -> Bool)?

    init<Value>(
        _ name: String, _ field: any WritableKeyPath<Parsed, Value?> & Sendable, _ type: ValueType<Value>,
        isRequired: Bool = false, default defaultText: String? = nil, _ summary: String, example: String
    ) {
        facts = KeyDeclaration(
            name, type.kind, isRequired: isRequired, default: defaultText, summary, example: example)
        decode = { node, parsed, decoder in
            guard let value = type.decode(node, &decoder) else { return false }
            parsed[keyPath: field] = value
            return true
        }
    }

    /// A field that is empty when the key is absent.
    init<Value>(
        _ name: String, _ field: any WritableKeyPath<Parsed, Value> & Sendable, _ type: ValueType<Value>,
        isRequired: Bool = false, default defaultText: String? = nil, _ summary: String, example: String
    ) where Value: Collection {
        facts = KeyDeclaration(
            name, type.kind, isRequired: isRequired, default: defaultText, summary, example: example)
        decode = { node, parsed, decoder in
            guard let value = type.decode(node, &decoder) else { return false }
            parsed[keyPath: field] = value
            return true
        }
    }

    private init(later facts: KeyDeclaration) {
        self.facts = facts
        decode = nil
    }

    /// A key of the language that this version refuses.
    static func later(_ name: String, _ kind: ValueKind, _ summary: String, example: String) -> Key {
        Key(later: KeyDeclaration(name, kind, summary, example: example, availability: .notYet))
    }
}

/// How a value is written and what it decodes to.
struct ValueType<Value: Sendable>: Sendable {
    let kind: ValueKind
    /// Nil when the value was refused; the diagnostic has been given.
    let decode: @Sendable (YAMLNode, inout NodeDecoder) -> Value?

    init(_ kind: ValueKind, _ decode: @escaping @Sendable (YAMLNode, inout NodeDecoder) -> Value?) {
        self.kind = kind
        self.decode = decode
    }
}

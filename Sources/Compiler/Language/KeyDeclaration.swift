// One declaration per key of the language.
//
// A key is declared once, in a file of `Keys/`: its name, the type of its value, default, doc sentence and example, and
// the field that it decodes to. Decoding, "did you mean", the reference pages and the editor schema all come from that
// declaration. `KeyDeclaration` and `BlockDeclaration` are what is left of it when the field is taken away: plain facts.

/// Whether this version runs what a key asks for.
enum Availability: Sendable, Equatable {
    case available
    /// Declared and documented, refused with WB1110 when it is used.
    case notYet
}

/// All that is known about one key.
final class KeyDeclaration: Sendable {
    let name: String
    let kind: ValueKind
    let isRequired: Bool
    /// As it would be written.
    let defaultText: String?
    /// One or two sentences.
    let summary: String
    /// The value as it would be written after the key; several lines are written below it.
    let example: String
    let availability: Availability

    init(
        _ name: String, _ kind: ValueKind, isRequired: Bool = false, default defaultText: String? = nil,
        _ summary: String, example: String, availability: Availability = .available
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.defaultText = defaultText
        self.summary = summary
        self.example = example
        self.availability = availability
    }

    /// The key with its example, as YAML.
    var exampleLines: String {
        guard example.utf8.contains(0x0A) else { return "\(name): \(example)" }
        let indented = example.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "" : "  \($0)"
        }
        return "\(name):\n" + indented.joined(separator: "\n")
    }
}

/// A group of keys that stand together: a whole file, or the block below a key.
final class BlockDeclaration: Sendable {
    /// As it is called in messages: `endpoint`, `a mapping row`.
    let name: String
    let summary: String
    let keys: [KeyDeclaration]

    init(_ name: String, _ summary: String, _ keys: [KeyDeclaration]) {
        self.name = name
        self.summary = summary
        self.keys = keys
    }

    /// This block and all that it leads to, each once, in the order of the keys.
    var reachable: [BlockDeclaration] {
        var result: [BlockDeclaration] = []
        func visit(_ block: BlockDeclaration) {
            guard !result.contains(where: { $0 === block }) else { return }
            result.append(block)
            for key in block.keys { key.kind.blocks.forEach(visit) }
        }
        visit(self)
        return result
    }
}

/// A block that is looked up when needed, since blocks may hold each other.
struct BlockReference: Sendable {
    let resolve: @Sendable () -> BlockDeclaration
}

/// One of the words that a value may be.
struct ChoiceDeclaration: Sendable {
    let name: String
    let summary: String
    let availability: Availability
}

import Diagnostics
import YAML

/// Turns YAML nodes into `Parsed*` values. It never throws: what is wrong is a diagnostic in `sink`, and the value is
/// left out of a block that is marked as poisoned.
///
/// Variables are put in while decoding, so that every later pass sees plain values. A variable that the environment does
/// not give leaves its value out without a message: `references` lists every one, and whoever knows the environments
/// reports those that none gives.
struct NodeDecoder {
    var sink = DiagnosticSink()
    /// Values of `${var:…}`.
    let variables: Variables
    /// Every `${…}` of the file, in the order of reading.
    var references: [ParsedReference] = []
    /// The key whose value is being decoded: messages name it and show its example.
    private(set) var key: KeyDeclaration?
    /// Parts of the file could not be read as YAML: a key that is missing may be in them.
    var isDamaged = false
    /// Where a missing key is reported: the key that the block stands under, or the first key of the file.
    private var owner: SourceSpan?

    init(variables: Variables = Variables()) {
        self.variables = variables
    }

    /// Decodes a whole file.
    mutating func file<Parsed: ParsedBlock>(_ node: YAMLNode, as type: Parsed.Type) -> Parsed {
        let errors = sink.errorCount
        var parsed = block(node, as: type) ?? Parsed(span: node.span)
        if sink.errorCount > errors || node.isPoisoned { parsed.isPoisoned = true }
        parsed.keep(references)
        return parsed
    }

    /// Decodes a block of keys.
    mutating func block<Parsed: ParsedBlock>(_ node: YAMLNode, as type: Parsed.Type) -> Parsed? {
        guard let entries = mapping(node) else { return nil }
        let outerKey = key
        let outerOwner = owner
        let block = Parsed.declaration
        var parsed = Parsed(span: node.span)
        var seen: UInt64 = 0
        // Keys that a misspelt one probably stands for: that they are missing is no second mistake.
        var excused: UInt64 = 0
        for entry in entries {
            guard let index = block.index(of: entry.key.value) else {
                sink.add(.unknownKey(entry.key, in: block.facts))
                if let near = Spelling.nearest(entry.key.value, in: block.keys.map(\.facts.name)),
                    let meant = block.index(of: near)
                {
                    excused |= 1 << UInt64(truncatingIfNeeded: meant)
                }
                parsed.isPoisoned = true
                continue
            }
            // The reader has reported a key that is there twice.
            let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index)
            guard seen & bit == 0 else { continue }
            seen |= bit
            let declared = block.keys[index]
            guard let decode = declared.decode else {
                sink.add(.notAvailable("`\(declared.facts.name)`", at: entry.key.span))
                parsed.isPoisoned = true
                continue
            }
            key = declared.facts
            owner = entry.key.span
            if !decode(entry.value, &parsed, &self) { parsed.isPoisoned = true }
        }
        key = outerKey
        owner = outerOwner
        for (index, declared) in block.keys.enumerated()
        where declared.facts.isRequired && (seen | excused) & (1 << UInt64(truncatingIfNeeded: index)) == 0 {
            if !isDamaged {
                sink.add(
                    .missingKey(declared.facts, in: block.facts, at: owner ?? entries.first?.key.span ?? node.span))
            }
            parsed.isPoisoned = true
        }
        if !parsed.isPoisoned, let check = block.check, !check(parsed, &self) { parsed.isPoisoned = true }
        return parsed
    }

    /// Runs `body` with `span` as the place where missing keys are reported.
    mutating func under<Result>(_ span: SourceSpan, _ body: (inout NodeDecoder) -> Result) -> Result {
        let outer = owner
        owner = span
        defer { owner = outer }
        return body(&self)
    }

    /// Reports a key that only some blocks need.
    mutating func missing(_ name: String, in block: BlockDeclaration, at span: SourceSpan) {
        guard !isDamaged, let key = block.keys.first(where: { $0.name == name }) else { return }
        sink.add(.missingKey(key, in: block, at: owner ?? span))
    }

    // MARK: - Node kinds

    mutating func mapping(_ node: YAMLNode) -> [YAMLEntry]? {
        if case .mapping(let entries) = node.content { return entries }
        refuse(node)
        return nil
    }

    mutating func sequence(_ node: YAMLNode) -> [YAMLNode]? {
        if case .sequence(let items) = node.content { return items }
        refuse(node)
        return nil
    }

    /// A scalar with something in it.
    mutating func scalar(_ node: YAMLNode) -> YAMLScalar? {
        guard case .scalar(let scalar) = node.content else {
            refuse(node)
            return nil
        }
        if scalar.text.isEmpty, !scalar.isQuoted {
            refuse(node)
            return nil
        }
        return scalar
    }

    /// Reports a node that is not what the key takes; silent for one that has been reported.
    mutating func refuse(_ node: YAMLNode) {
        let found: String
        switch node.content {
        case .poisoned: return
        case .scalar(let scalar):
            if scalar.text.isEmpty, !scalar.isQuoted {
                sink.add(.missingValue(of: key, at: owner ?? node.span))
                return
            }
            found = "text"
        case .sequence: found = "a list"
        case .mapping: found = "a block of keys"
        }
        sink.add(.wrongKind(of: key, found: found, at: node.span))
    }

    // MARK: - Text

    /// The text of a scalar with its variables put in. Text with a secret in it is refused.
    mutating func text(_ node: YAMLNode) -> Located<String>? {
        guard let scalar = scalar(node) else { return nil }
        return text(scalar, at: node.span)
    }

    mutating func text(_ scalar: YAMLScalar, at span: SourceSpan) -> Located<String>? {
        guard scalar.text.utf8.contains(0x24) else { return Located(scalar.text, at: span) }
        guard let parts = ReferenceScanner.scan(scalar, at: span, into: &sink) else { return nil }
        var result = ""
        var isWhole = true
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .reference(let reference):
                references.append(reference)
                guard reference.source == .variable else {
                    sink.add(.secretOutOfPlace(reference))
                    isWhole = false
                    continue
                }
                guard let value = variables[reference.name.value] else {
                    isWhole = false
                    continue
                }
                result += value
            }
        }
        return isWhole ? Located(result, at: span) : nil
    }

    /// The text of a scalar read by `parse`, which gives nil for what is not in its format.
    mutating func value<Value>(
        _ node: YAMLNode, format: String, help: String, _ parse: (String) -> Value?
    ) -> Located<Value>? {
        guard let text = text(node) else { return nil }
        guard let value = parse(text.value) else {
            sink.add(.badFormat(text, format: format, key: key, help: help))
            return nil
        }
        return Located(value, at: text.span)
    }
}

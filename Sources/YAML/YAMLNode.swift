// YAML: a file becomes a tree that remembers where and how everything was written.
//
// libyaml reads the text and gives events; `TreeBuilder` makes nodes of them, with byte spans and scalar styles, and
// refuses what the language has no use for (anchors, tags, several documents). What libyaml itself can't read is
// explained by `SyntaxExplainer`, in the terms of whoever wrote it and with the spelling that works.

public import Diagnostics

/// One value of a YAML file, with its place.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// A diagnostic has been given here; whoever meets it stays silent.
        case poisoned
    }

    public var content: Content
    /// Without comments and trailing white space. For a block collection, from its first child to its last.
    public var span: SourceSpan
    /// Written in brackets: `[ ]` or `{ }`.
    public var isFlow: Bool

    public init(_ content: Content, span: SourceSpan, isFlow: Bool = false) {
        self.content = content
        self.span = span
        self.isFlow = isFlow
    }

    public var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    public var sequence: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    public var mapping: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    public var isPoisoned: Bool {
        if case .poisoned = content { true } else { false }
    }

    /// Nothing was written, as after `key:`.
    public var isMissing: Bool {
        if case .scalar(let scalar) = content { scalar.text.isEmpty && scalar.style == .plain } else { false }
    }

    /// The value of a key, if this is a mapping that has it.
    public subscript(key: String) -> YAMLNode? {
        mapping?.first { $0.key.value == key }?.value
    }
}

/// A key and its value; keys are always scalars.
public struct YAMLEntry: Sendable {
    public var key: Located<String>
    public var keyIsQuoted: Bool
    public var value: YAMLNode

    public init(key: Located<String>, keyIsQuoted: Bool = false, value: YAMLNode) {
        self.key = key
        self.keyIsQuoted = keyIsQuoted
        self.value = value
    }

    /// From the key's first byte to the value's last.
    public var span: SourceSpan { key.span.union(value.span) }
}

/// A text, with the way it was written.
public struct YAMLScalar: Sendable {
    public enum Style: UInt8, Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    public var text: String
    public var style: Style
    /// Only where text and file don't run in step: escapes, folded lines, block scalars.
    let map: ScalarMap?

    public init(_ text: String, style: Style = .plain) {
        self.init(text, style: style, map: nil)
    }

    init(_ text: String, style: Style, map: ScalarMap?) {
        self.text = text
        self.style = style
        self.map = map
    }

    /// Quoted is text; a block scalar is not quoted.
    public var isQuoted: Bool { style == .singleQuoted || style == .doubleQuoted }

    /// Where a byte range of `text` stands in the file; `nodeSpan` is the span of the node that holds this scalar.
    public func span(of range: Range<Int>, in nodeSpan: SourceSpan) -> SourceSpan {
        let start: Int
        let end: Int
        if let map {
            start = map.offset(of: range.lowerBound)
            end = map.end(of: range)
        } else {
            let quote = isQuoted ? 1 : 0
            start = range.lowerBound + quote
            end = range.upperBound + quote
        }
        let limit = nodeSpan.count
        return nodeSpan.sub(min(start, limit)..<min(max(start, end), limit))
    }
}

/// How much a file may hold; nothing that a person writes comes near.
public struct YAMLLimits: Sendable {
    public var depth: Int
    public var nodes: Int
    public var bytes: Int

    public init(depth: Int = 64, nodes: Int = 1_000_000, bytes: Int = 8 << 20) {
        self.depth = depth
        self.nodes = nodes
        self.bytes = bytes
    }

    public static let standard = YAMLLimits()
}

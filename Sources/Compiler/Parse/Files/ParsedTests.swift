public import Diagnostics
public import YAML

/// A `*.test.yaml` file: examples that must hold.
public struct ParsedTests: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var tests: [ParsedTest] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// One example: what is sent, what the partner gets and answers, and what comes out.
public struct ParsedTest: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var name: Located<String>?
    /// An operation of the partner that the file stands beside, or `partner.operation`.
    public var call: Located<String>?
    /// A consumer.
    public var `as`: Located<String>?
    public var send: ParsedTestRequest?
    public var partner: ParsedTestPartner?
    public var expect: ParsedTestAnswer?

    init(span: SourceSpan) { self.span = span }
}

/// What a consumer sends.
public struct ParsedTestRequest: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    /// Values of the path's parameters.
    public var path: [Named<Located<String>>] = []
    public var query: [Named<Located<String>>] = []
    public var headers: [Named<Located<String>>] = []
    public var body: YAMLNode?
    public var bodyFile: Located<String>?

    init(span: SourceSpan) { self.span = span }
}

/// The partner's part of an example.
public struct ParsedTestPartner: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    /// What it has to get: the fields that are written here.
    public var expects: YAMLNode?
    public var replies: ParsedTestAnswer?

    init(span: SourceSpan) { self.span = span }
}

/// An answer: the partner's, or the one that the consumer gets.
public struct ParsedTestAnswer: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var status: Located<Int>?
    public var headers: [Named<Located<String>>] = []
    public var body: YAMLNode?
    public var bodyFile: Located<String>?

    init(span: SourceSpan) { self.span = span }
}

extension ValueType where Value == YAMLNode {
    /// Kept as it is.
    static var document: ValueType {
        ValueType(.document) { node, decoder in
            if case .scalar(let scalar) = node.content, scalar.text.isEmpty, !scalar.isQuoted {
                decoder.refuse(node)
                return nil
            }
            return node
        }
    }
}

public import Diagnostics
import YAML

/// A file of `routes/environments/`: what one environment gives for each `${var:…}`.
public struct ParsedEnvironment: Sendable {
    public var span: SourceSpan
    public var isPoisoned = false
    public var variables: [Named<Located<String>>] = []

    /// For the decoding of the other files.
    public var values: Variables {
        Variables(
            Dictionary(variables.map { ($0.name.value, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
    }

    init(_ node: YAMLNode, _ decoder: inout NodeDecoder) {
        span = node.span
        let errors = decoder.sink.errorCount
        let type = ValueType<[Named<Located<String>>]>.map(
            "variables", of: .variableValue, areIdentifiers: true, mayBeEmpty: true)
        variables = type.decode(node, &decoder) ?? []
        isPoisoned = decoder.sink.errorCount > errors
    }

    init(empty span: SourceSpan) {
        self.span = span
    }
}

extension ValueType where Value == Located<String> {
    /// Text without references: a variable does not refer to another.
    static var variableValue: ValueType {
        ValueType(.text) { node, decoder in
            guard let scalar = decoder.scalar(node) else { return nil }
            guard scalar.text.utf8.contains(0x24) else { return Located(scalar.text, at: node.span) }
            guard let parts = ReferenceScanner.scan(scalar, at: node.span, into: &decoder.sink) else { return nil }
            var text = ""
            for part in parts {
                switch part {
                case .text(let piece): text += piece
                case .reference(let reference):
                    decoder.sink.add(
                        Diagnostic(
                            "WB1112", "a variable can't refer to something else", at: reference.span,
                            "plain text is taken here",
                            help: "write the value itself; a secret is referred to where it is used"))
                    return nil
                }
            }
            return Located(text, at: node.span)
        }
    }
}

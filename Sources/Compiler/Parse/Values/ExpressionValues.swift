public import Diagnostics
import YAML

/// A piece of FEEL text, and the way back from its bytes to the file.
public struct FEELText: Sendable {
    public var text: String
    public var span: SourceSpan
    let scalar: YAMLScalar
    let offset: Int
    let scalarSpan: SourceSpan

    init(_ scalar: YAMLScalar, at span: SourceSpan) {
        self.text = scalar.text
        self.span = span
        self.scalar = scalar
        self.offset = 0
        self.scalarSpan = span
    }

    /// A part of a scalar.
    init(_ text: String, offset: Int, of scalar: YAMLScalar, at scalarSpan: SourceSpan) {
        self.text = text
        self.scalar = scalar
        self.offset = offset
        self.scalarSpan = scalarSpan
        self.span = scalar.span(of: offset..<offset + text.utf8.count, in: scalarSpan)
    }

    /// The place of a range of `text`'s UTF-8 bytes.
    public func span(of range: Range<Int>) -> SourceSpan {
        scalar.span(of: offset + range.lowerBound..<offset + range.upperBound, in: scalarSpan)
    }
}

/// What stands in an expression's place.
public struct ParsedExpression: Sendable {
    public indirect enum Content: Sendable {
        /// A quoted scalar: text, with its variables put in.
        case literal(String)
        /// A plain or block scalar, not parsed yet.
        case feel(FEELText)
        case list([ParsedExpression])
    }

    public var content: Content
    public var span: SourceSpan
}

extension ValueType where Value == ParsedExpression {
    static var expression: ValueType {
        ValueType(.expression) { $1.expression($0) }
    }
}

extension NodeDecoder {
    mutating func expression(_ node: YAMLNode) -> ParsedExpression? {
        switch node.content {
        case .scalar(let scalar):
            if scalar.isQuoted {
                guard let text = text(scalar, at: node.span) else { return nil }
                return ParsedExpression(content: .literal(text.value), span: node.span)
            }
            guard !scalar.text.isEmpty else {
                refuse(node)
                return nil
            }
            if scalar.text.utf8.starts(with: "${".utf8) {
                sink.add(.bareReference(scalar.text, at: node.span))
                return nil
            }
            return ParsedExpression(content: .feel(FEELText(scalar, at: node.span)), span: node.span)
        case .sequence(let items):
            var list: [ParsedExpression] = []
            list.reserveCapacity(items.count)
            var isWhole = true
            for item in items {
                if let value = expression(item) { list.append(value) } else { isWhole = false }
            }
            return isWhole ? ParsedExpression(content: .list(list), span: node.span) : nil
        case .mapping, .poisoned:
            refuse(node)
            return nil
        }
    }
}

extension Diagnostic {
    fileprivate static func bareReference(_ text: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1113", "`\(text)` is not an expression", at: span, "unquoted, so this is read as FEEL",
            help: "quote it: the value of a variable is text",
            fixIts: [FixIt(replace: span, with: "\"\(text)\"")])
    }
}

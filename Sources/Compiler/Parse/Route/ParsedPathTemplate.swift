public import Diagnostics
import YAML

/// A path to call, with expressions between braces.
public struct ParsedPathTemplate: Sendable {
    public enum Part: Sendable {
        case text(Located<String>)
        case expression(FEELText)
    }

    public var parts: [Part]
    public var span: SourceSpan
}

extension ValueType where Value == ParsedPathTemplate {
    static var pathTemplate: ValueType {
        ValueType(.pathTemplate) { node, decoder in
            guard let scalar = decoder.scalar(node) else { return nil }
            return PathTemplateParser(scalar: scalar, span: node.span, bytes: Array(scalar.text.utf8)).parse(&decoder)
        }
    }
}

private struct PathTemplateParser {
    let scalar: YAMLScalar
    let span: SourceSpan
    let bytes: [UInt8]

    func parse(_ decoder: inout NodeDecoder) -> ParsedPathTemplate? {
        guard bytes.first == 0x2F else { return refuse("the path begins with `/`", 0..<min(1, bytes.count), &decoder) }
        var parts: [ParsedPathTemplate.Part] = []
        var start = 0
        var index = 0
        func text(_ end: Int) {
            guard end > start else { return }
            let range = start..<end
            parts.append(
                .text(Located(String(decoding: bytes[range], as: UTF8.self), at: scalar.span(of: range, in: span))))
        }
        while index < bytes.count {
            switch bytes[index] {
            case 0x7B:
                guard let end = closing(index) else {
                    return refuse("this `{` is not closed", index..<index + 1, &decoder)
                }
                let inner = index + 1..<end
                let feel = String(decoding: bytes[inner], as: UTF8.self)
                guard feel.utf8.contains(where: { $0 != 0x20 }) else {
                    return refuse("there is no expression between the braces", index..<end + 1, &decoder)
                }
                text(index)
                parts.append(.expression(FEELText(feel, offset: inner.lowerBound, of: scalar, at: span)))
                index = end + 1
                start = index
            case 0x7D: return refuse("this `}` closes nothing", index..<index + 1, &decoder)
            case 0x3F: return refuse("a query goes below `query:`", index..<index + 1, &decoder)
            case 0x23: return refuse("a call has no fragment", index..<index + 1, &decoder)
            case 0x21...0x7E: index += 1
            default:
                return refuse(
                    "other characters than ASCII ones are written as `%` and two digits", index..<index + 1, &decoder)
            }
        }
        text(bytes.count)
        return ParsedPathTemplate(parts: parts, span: span)
    }

    /// The brace that closes the one at `open`; braces within texts and within contexts don't count.
    private func closing(_ open: Int) -> Int? {
        var depth = 0
        var isText = false
        var index = open
        while index < bytes.count {
            switch bytes[index] {
            case 0x22: isText.toggle()
            case 0x5C where isText: index += 1
            case 0x7B where !isText: depth += 1
            case 0x7D where !isText:
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return nil
    }

    private func refuse(_ reason: String, _ range: Range<Int>, _ decoder: inout NodeDecoder) -> ParsedPathTemplate? {
        let place = range.isEmpty ? span : scalar.span(of: range, in: span)
        decoder.sink.add(
            Diagnostic(
                "WB1116", "`\(scalar.text)` is not a path to call", at: place, reason,
                help: "write a path with expressions between braces: `/v2/charges/{charge.id}`"))
        return nil
    }
}

import Diagnostics
import YAML

/// Finds the `${…}` of a scalar. `$${` stands for `${` as text.
enum ReferenceScanner {
    enum Part {
        case text(String)
        case reference(ParsedReference)
    }

    /// Nil when a reference is malformed; the diagnostic has been given.
    static func scan(_ scalar: YAMLScalar, at span: SourceSpan, into sink: inout DiagnosticSink) -> [Part]? {
        let bytes = Array(scalar.text.utf8)
        var parts: [Part] = []
        var literal: [UInt8] = []
        var isSound = true
        var index = 0
        while index < bytes.count {
            guard bytes[index] == dollar else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            if index + 2 < bytes.count, bytes[index + 1] == dollar, bytes[index + 2] == openBrace {
                literal += [dollar, openBrace]
                index += 3
                continue
            }
            guard index + 1 < bytes.count, bytes[index + 1] == openBrace else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            let end = bytes[index...].firstIndex(of: closeBrace)
            let whole = index..<(end.map { $0 + 1 } ?? bytes.count)
            guard let end, let reference = reference(bytes, index + 2..<end, whole, scalar, span) else {
                sink.add(
                    .malformedReference(
                        String(decoding: bytes[whole], as: UTF8.self), isClosed: end != nil,
                        at: scalar.span(of: whole, in: span)))
                isSound = false
                index = whole.upperBound
                continue
            }
            if !literal.isEmpty {
                parts.append(.text(String(decoding: literal, as: UTF8.self)))
                literal.removeAll(keepingCapacity: true)
            }
            parts.append(.reference(reference))
            index = whole.upperBound
        }
        if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
        return isSound ? parts : nil
    }

    private static func reference(
        _ bytes: [UInt8], _ inner: Range<Int>, _ whole: Range<Int>, _ scalar: YAMLScalar, _ span: SourceSpan
    ) -> ParsedReference? {
        guard let colon = bytes[inner].firstIndex(of: 0x3A) else { return nil }
        guard
            let source = ParsedReference.Source(
                rawValue: String(decoding: bytes[inner.lowerBound..<colon], as: UTF8.self))
        else { return nil }
        let range = colon + 1..<inner.upperBound
        let name = bytes[range]
        guard !name.isEmpty, name.allSatisfy({ $0 > 0x20 && $0 != dollar && $0 != openBrace }) else { return nil }
        return ParsedReference(
            source: source,
            name: Located(String(decoding: name, as: UTF8.self), at: scalar.span(of: range, in: span)),
            span: scalar.span(of: whole, in: span))
    }

    private static let dollar: UInt8 = 0x24
    private static let openBrace: UInt8 = 0x7B
    private static let closeBrace: UInt8 = 0x7D
}

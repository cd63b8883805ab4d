public import Diagnostics
import YAML

/// The method and path that an operation answers at.
public struct ParsedAccept: Sendable {
    public enum Segment: Sendable {
        case literal(Located<String>)
        /// `{name}`: one whole segment.
        case parameter(Located<String>)
    }

    public var method: Located<String>
    public var segments: [Segment]
    public var span: SourceSpan
    /// The operation of a SOAP facade; nil for a method and a path.
    public var service: ParsedSOAPAccept?

    /// The path as written.
    public var path: String {
        segments.map { segment in
            switch segment {
            case .literal(let text): "/\(text.value)"
            case .parameter(let name): "/{\(name.value)}"
            }
        }.joined()
    }

    /// The names of the path's parameters.
    public var parameters: [Located<String>] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }
}

/// The SOAP form of `accept`: which operation of which WSDL is called at which path.
public struct ParsedSOAPAccept: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var soap: Located<String>?
    public var operation: Located<String>?
    public var contract: ParsedContractPath?

    init(span: SourceSpan) { self.span = span }
}

extension ValueType where Value == ParsedAccept {
    /// `POST /payments/{paymentId}/authorization`, or the keys of a SOAP facade.
    static var accept: ValueType {
        let facts = BlockReference { ParsedSOAPAccept.declaration.facts }
        return ValueType(.either([.accept, .block(facts)])) { node, decoder in
            if case .mapping = node.content {
                guard let service = decoder.block(node, as: ParsedSOAPAccept.self), let path = service.soap else {
                    return nil
                }
                let post = Located("POST", at: path.span)
                let segments = path.value.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
                    ParsedAccept.Segment.literal(Located(String($0), at: path.span))
                }
                return ParsedAccept(method: post, segments: segments, span: path.span, service: service)
            }
            guard let text = decoder.text(node) else { return nil }
            return AcceptParser(text: text, node: node).parse(&decoder)
        }
    }
}

extension ValueType where Value == Located<String> {
    /// The path of a service: no parameters, since its operations share it.
    static var servicePath: ValueType {
        ValueType(.text) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            let request = Located("POST " + text.value, at: text.span)
            let parsed = AcceptParser(text: request, node: node, offset: 5).parse(&decoder)
            guard let parsed else { return nil }
            guard parsed.parameters.isEmpty else {
                decoder.sink.add(
                    Diagnostic(
                        "WB1115", "`\(text.value)` is not the path of a service", at: text.span,
                        "it has a parameter", help: "operations of a service share one fixed path: `/services/payments`"
                    ))
                return nil
            }
            return text
        }
    }
}

private struct AcceptParser {
    let text: Located<String>
    let node: YAMLNode
    /// Bytes of `text` that are not written in the file.
    var offset = 0

    func parse(_ decoder: inout NodeDecoder) -> ParsedAccept? {
        let bytes = Array(text.value.utf8)
        guard let space = bytes.firstIndex(of: 0x20) else {
            return refuse("there is no method, a space and a path", 0..<bytes.count, &decoder)
        }
        let method = String(decoding: bytes[..<space], as: UTF8.self)
        guard HTTPMethodName.all.contains(method) else {
            let upper = method.uppercased()
            guard HTTPMethodName.all.contains(upper) else {
                return refuse("`\(method)` is not a method that is accepted", 0..<space, &decoder)
            }
            let span = decoder.part(0..<space, of: text, node)
            decoder.sink.add(
                Diagnostic(
                    "WB1115", "`\(method)` is not a method", at: span, "methods are in capitals",
                    help: "write `\(upper)`", fixIts: [FixIt(replace: span, with: upper)]))
            return nil
        }
        let start = bytes[space...].firstIndex { $0 != 0x20 } ?? bytes.count
        guard start < bytes.count, bytes[start] == 0x2F else {
            return refuse("the path begins with `/`", start..<bytes.count, &decoder)
        }
        var segments: [ParsedAccept.Segment] = []
        var names: [String] = []
        var index = start
        while index < bytes.count {
            let end = bytes[(index + 1)...].firstIndex(of: 0x2F) ?? bytes.count
            let range = index + 1..<end
            index = end
            let segment = bytes[range]
            if segment.isEmpty, range.lowerBound > start + 1 || end < bytes.count {
                return refuse("a part of the path is empty", range.lowerBound - 1..<range.upperBound, &decoder)
            }
            if segment.first == 0x7B, segment.last == 0x7D, segment.count > 2 {
                let inner = range.lowerBound + 1..<range.upperBound - 1
                let name = String(decoding: bytes[inner], as: UTF8.self)
                guard isName(bytes[inner]) else {
                    return refuse("`\(name)` is not a name: letters, digits and `_`", inner, &decoder)
                }
                guard !names.contains(name) else { return refuse("`\(name)` is there twice", inner, &decoder) }
                names.append(name)
                segments.append(.parameter(Located(name, at: part(inner, decoder))))
                continue
            }
            if segment.first == 0x3A, segment.count > 1, isName(segment.dropFirst()) {
                let name = String(decoding: segment.dropFirst(), as: UTF8.self)
                return refuse("a parameter is written `{\(name)}`", range, &decoder)
            }
            if let bad = segment.firstIndex(where: { !isPathByte($0) }) {
                let reason =
                    switch bytes[bad] {
                    case 0x7B, 0x7D: "a parameter takes up a whole part of the path: `/{name}/`"
                    case 0x3F: "a query is not part of it; every one is accepted"
                    default: "this character is not allowed in a path"
                    }
                return refuse(reason, bad..<bad + 1, &decoder)
            }
            segments.append(
                .literal(Located(String(decoding: segment, as: UTF8.self), at: part(range, decoder))))
        }
        return ParsedAccept(
            method: Located(method, at: part(0..<space, decoder)), segments: segments, span: text.span)
    }

    private func part(_ range: Range<Int>, _ decoder: borrowing NodeDecoder) -> SourceSpan {
        guard offset > 0 else { return decoder.part(range, of: text, node) }
        let written = Located(String(text.value.dropFirst(offset)), at: text.span)
        return decoder.part(max(0, range.lowerBound - offset)..<max(0, range.upperBound - offset), of: written, node)
    }

    /// FEEL has to be able to name it.
    private func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, !(0x30...0x39).contains(first), bytes.count <= 64 else { return false }
        return bytes.allSatisfy { Identifier.isAlphanumeric($0) || $0 == 0x5F }
    }

    /// RFC 3986, section 3.3, without percent escapes: paths are compared byte by byte.
    private func isPathByte(_ byte: UInt8) -> Bool {
        Identifier.isAlphanumeric(byte) || "-._~!$&'()*+,;=:@".utf8.contains(byte)
    }

    private func refuse(_ reason: String, _ range: Range<Int>, _ decoder: inout NodeDecoder) -> ParsedAccept? {
        decoder.sink.add(
            Diagnostic(
                "WB1115", "`\(text.value)` is not a method and a path", at: part(range, decoder), reason,
                help: "write a method, a space and a path: `POST /payments/{paymentId}/authorization`; the methods are "
                    + HTTPMethodName.all.joined(separator: ", ")))
        return nil
    }
}

/// The methods that operations accept and calls use.
enum HTTPMethodName {
    static let all = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
}

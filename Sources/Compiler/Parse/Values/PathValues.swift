public import Diagnostics
import YAML

/// A contract file, with the part of it that is meant: `payments.wsdl#AuthorizePayment`.
public struct ParsedContractPath: Sendable {
    public var path: Located<String>
    /// After the `#`.
    public var fragment: Located<String>?
    public var span: SourceSpan
}

extension ValueType where Value == Located<String> {
    /// A file of the workspace.
    static var path: ValueType {
        ValueType(.path) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            return decoder.workspacePath(text)
        }
    }

    /// A folder or file that the gateway writes; it may be absolute.
    static var outputPath: ValueType {
        ValueType(.path) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            return text.value.utf8.first == 0x2F ? text : decoder.workspacePath(text)
        }
    }
}

extension ValueType where Value == ParsedContractPath {
    static var contractPath: ValueType {
        ValueType(.contractPath) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            let bytes = text.value.utf8
            guard let hash = bytes.firstIndex(of: 0x23) else {
                return decoder.workspacePath(text).map { ParsedContractPath(path: $0, fragment: nil, span: text.span) }
            }
            let offset = bytes.distance(from: bytes.startIndex, to: hash)
            let before = Located(String(text.value[..<hash]), at: decoder.part(0..<offset, of: text, node))
            let after = Located(
                String(text.value[bytes.index(after: hash)...]),
                at: decoder.part(offset + 1..<bytes.count, of: text, node))
            guard !after.value.isEmpty else {
                decoder.sink.add(
                    .badFormat(
                        text, format: "a path to a contract", key: decoder.key,
                        help: "name the part of the file after the `#`, or leave the `#` out"))
                return nil
            }
            return decoder.workspacePath(before).map { ParsedContractPath(path: $0, fragment: after, span: text.span) }
        }
    }
}

extension NodeDecoder {
    /// Checks that a path stays inside of the workspace; a leading `./` and a trailing `/` are taken away.
    mutating func workspacePath(_ text: Located<String>) -> Located<String>? {
        let reason: String
        var path = text.value[...]
        while path.utf8.starts(with: "./".utf8) { path = path.dropFirst(2) }
        let bytes = path.utf8
        if bytes.isEmpty {
            reason = "it is empty"
        } else if bytes.first == 0x2F {
            reason = "it begins at the root of the machine"
        } else if bytes.contains(0x5C) {
            reason = "parts of a path are separated by `/`"
        } else if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            reason = "it holds a control character"
        } else if path.split(separator: "/", omittingEmptySubsequences: false).contains("..") {
            reason = "`..` could lead out of the workspace"
        } else {
            if bytes.last == 0x2F { path = path.dropLast() }
            return Located(String(path), at: text.span)
        }
        sink.add(
            Diagnostic(
                "WB1114", "`\(text.value)` is not a path in the workspace", at: text.span, reason,
                help: "write the path from the workspace's folder, such as `routes/acme-bank/limits.rules.yaml`"))
        return nil
    }

    /// The span of a part of a text; the whole scalar when variables were put in.
    func part(_ range: Range<Int>, of text: Located<String>, _ node: YAMLNode) -> SourceSpan {
        guard case .scalar(let scalar) = node.content, scalar.text == text.value else { return text.span }
        return scalar.span(of: range, in: node.span)
    }
}

import Diagnostics
import YAML

extension ValueType where Value == ParsedSecret {
    /// Text around references to secrets; a literal is refused.
    static var secret: ValueType {
        ValueType(.secret) { node, decoder in
            guard let secret = decoder.secret(node) else { return nil }
            let holdsSecret = secret.references.contains { $0.source != .variable }
            guard holdsSecret else {
                decoder.sink.add(.secretLiteral(decoder.key, at: node.span))
                return nil
            }
            return secret
        }
    }

    /// Text that may be kept secret, such as a user name.
    static var textOrSecret: ValueType {
        ValueType(.either([.text, .secret])) { $1.secret($0) }
    }
}

extension ValueType where Value == ParsedKeySource {
    static var keySource: ValueType {
        ValueType(.keySource) { node, decoder in
            guard let scalar = decoder.scalar(node) else { return nil }
            if scalar.text.utf8.starts(with: "-----BEGIN".utf8) {
                decoder.sink.add(.secretLiteral(decoder.key, at: node.span))
                return nil
            }
            guard scalar.text.utf8.contains(0x24) else {
                return ValueType<Located<String>>.path.decode(node, &decoder).map { .path($0) }
            }
            guard let secret = decoder.secret(node) else { return nil }
            guard let literal = secret.literal else { return .secret(secret) }
            return decoder.workspacePath(Located(literal, at: node.span)).map { .path($0) }
        }
    }
}

extension NodeDecoder {
    /// Variables are put in; references to secrets stay.
    fileprivate mutating func secret(_ node: YAMLNode) -> ParsedSecret? {
        guard let scalar = scalar(node), let parts = ReferenceScanner.scan(scalar, at: node.span, into: &sink) else {
            return nil
        }
        var result: [ParsedSecret.Part] = []
        var pending = ""
        var isWhole = true
        for part in parts {
            switch part {
            case .text(let text): pending += text
            case .reference(let reference):
                references.append(reference)
                switch reference.source {
                case .variable:
                    guard let value = variables[reference.name.value] else {
                        isWhole = false
                        continue
                    }
                    pending += value
                case .vault:
                    sink.add(
                        .notAvailable(
                            "`${vault:…}`", at: reference.span,
                            help: "use `${file:…}` with a file that the vault's agent writes, or `${env:…}`"))
                    isWhole = false
                case .environment, .file:
                    if !pending.isEmpty { result.append(.text(pending)) }
                    pending = ""
                    result.append(.reference(reference))
                }
            }
        }
        if !pending.isEmpty { result.append(.text(pending)) }
        return isWhole ? ParsedSecret(parts: result, span: node.span) : nil
    }
}

import Diagnostics
import YAML

/// Names of HTTP fields (RFC 9110, section 5.6.2).
enum HeaderName {
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { Identifier.isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Fields that belong to the connection or to the framing of a message, which the gateway writes itself.
    static func isReserved(_ name: String) -> Bool {
        let reserved = [
            "connection", "content-length", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te",
            "trailer",
            "transfer-encoding", "upgrade", "expect",
        ]
        return reserved.contains(name.lowercased())
    }
}

extension ValueType where Value == Located<String> {
    static var headerName: ValueType {
        ValueType(.text) { node, decoder in
            guard let text = decoder.text(node) else { return nil }
            guard HeaderName.isValid(text.value) else {
                decoder.sink.add(.notAHeader(text))
                return nil
            }
            guard !HeaderName.isReserved(text.value) else {
                decoder.sink.add(.reservedHeader(text))
                return nil
            }
            return text
        }
    }

    static var method: ValueType {
        .choice(HTTPMethodName.all.map { Choice($0, $0) })
    }
}

extension Diagnostic {
    static func notAHeader(_ name: Located<String>) -> Diagnostic {
        Diagnostic(
            "WB1104", "`\(name.value)` is not the name of a header", at: name.span, "characters that a name can't have",
            help: "use letters, digits and `-`, such as `X-Api-Key`")
    }

    static func reservedHeader(_ name: Located<String>) -> Diagnostic {
        Diagnostic(
            "WB1123", "`\(name.value)` is written by the gateway itself", at: name.span, "belongs to the connection",
            help: "leave it out: it follows from the message and its connection")
    }

    static func belongTogether(_ key: String, _ other: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1117", "`\(key)` needs `\(other)`", at: span, "`\(other)` is missing beside it",
            help: "add `\(other)`, or leave `\(key)` out")
    }

    static func exclude(
        _ one: String, _ two: String, at span: SourceSpan, other: SourceSpan, help: String
    ) -> Diagnostic {
        Diagnostic(
            "WB1117", "\(one) and \(two) exclude each other", at: span, "can't stand here",
            secondary: [Label(other, "since this is here")],
            help: help)
    }

    static func otherwiseWithConditions(_ otherwise: Located<Bool>) -> Diagnostic {
        Diagnostic(
            "WB1117", otherwise.value ? "`otherwise` stands alone" : "`otherwise` is only ever `true`",
            at: otherwise.span,
            otherwise.value ? "this row has other conditions as well" : "says nothing",
            help: otherwise.value ? "make two rows of it" : "remove it, or write `otherwise: true` in the last row")
    }

    static func rowWithoutCondition(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB1120", "this row has no condition", at: span, "when does it match?",
            help: "add one of `fault`, `partner`, `http`, `transport`, `when`; or `otherwise: true` in the last row")
    }
}

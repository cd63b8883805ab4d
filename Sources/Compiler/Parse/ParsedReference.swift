public import Diagnostics

/// A `${source:name}` in a file.
public struct ParsedReference: Sendable, Equatable {
    public enum Source: String, Sendable, CaseIterable {
        /// A value that differs per environment.
        case variable = "var"
        /// A secret in the process's environment.
        case environment = "env"
        /// A secret in a file.
        case file
        /// A secret in a vault.
        case vault
    }

    public var source: Source
    /// The name of the variable, or the path of the file.
    public var name: Located<String>
    /// From the dollar sign to the closing brace.
    public var span: SourceSpan

    public static func == (a: ParsedReference, b: ParsedReference) -> Bool {
        a.source == b.source && a.name.value == b.name.value && a.span == b.span
    }
}

/// A value that has to stay secret: text around one or more references. The text of a user name may be all there is.
public struct ParsedSecret: Sendable {
    public enum Part: Sendable {
        case text(String)
        case reference(ParsedReference)
    }

    public var parts: [Part]
    public var span: SourceSpan

    public var references: [ParsedReference] {
        parts.compactMap { part in
            if case .reference(let reference) = part { return reference }
            return nil
        }
    }

    /// The value, when it holds no reference.
    public var literal: String? {
        switch parts.count {
        case 0: return ""
        case 1:
            if case .text(let text) = parts[0] { return text }
            return nil
        default: return nil
        }
    }
}

/// Where a private key comes from: a file of the workspace, or a secret.
public enum ParsedKeySource: Sendable {
    case path(Located<String>)
    case secret(ParsedSecret)
}

/// What an environment gives for `${var:…}`.
public struct Variables: Sendable, Hashable {
    private var values: [String: String]

    public init(_ values: [String: String] = [:]) {
        self.values = values
    }

    public subscript(_ name: String) -> String? { values[name] }
}

// Diagnostics: what the compiler says to the people who write the files.
//
// A user's mistake is a `Diagnostic` value added to an `inout DiagnosticSink`; passes never throw. A diagnostic holds
// byte spans only. The renderers turn it into text for a terminal, JSON, SARIF or GitHub annotations, with lines and
// columns from `LineIndex`. The text of a diagnostic lives next to the rule that gives it, its code in
// `DiagnosticCodes.swift`, its page under `docs/diagnostics/`.

/// How much a diagnostic matters; only `error` stops a compilation.
public enum Severity: String, Sendable, Comparable, CaseIterable {
    case error, warning, note

    private var rank: Int {
        switch self {
        case .note: 0
        case .warning: 1
        case .error: 2
        }
    }

    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}

/// A place and what is to be said about it there.
public struct Label: Hashable, Sendable {
    public var span: SourceSpan
    public var text: String

    public init(_ span: SourceSpan, _ text: String = "") {
        self.span = span
        self.text = text
    }

    public init(span: SourceSpan, text: String) {
        self.span = span
        self.text = text
    }
}

/// One message to the author of a file.
///
/// The title says what is wrong, the primary label says it at the place, `help` says what to write.
public struct Diagnostic: Hashable, Sendable {
    /// Stable for ever: `WB` and four digits.
    public var code: String
    public var severity: Severity
    public var title: String
    /// `nil` for what has no place, as an empty workspace.
    public var primary: Label?
    public var secondary: [Label]
    public var notes: [String]
    public var help: String?
    public var fixIts: [FixIt]

    public init(
        _ code: String, _ severity: Severity, _ title: String, at span: SourceSpan?, _ label: String = "",
        secondary: [Label] = [], notes: [String] = [], help: String? = nil, fixIts: [FixIt] = []
    ) {
        self.code = code
        self.severity = severity
        self.title = title
        self.primary = span.map { Label($0, label) }
        self.secondary = secondary
        self.notes = notes
        self.help = help
        self.fixIts = fixIts
    }

    /// An error.
    public init(
        _ code: String, _ title: String, at span: SourceSpan?, _ label: String = "",
        secondary: [Label] = [], notes: [String] = [], help: String? = nil, fixIts: [FixIt] = []
    ) {
        self.init(
            code, .error, title, at: span, label,
            secondary: secondary, notes: notes, help: help, fixIts: fixIts)
    }
}

public import Diagnostics
import YAML

/// A code list: `*.csv` or `*.table.yaml`.
public struct ParsedTable: Sendable {
    public var span: SourceSpan
    public var isPoisoned = false
    /// In the order of the file.
    public var rows: [Named<Located<String>>] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []
}

/// The block of a `*.table.yaml` file.
struct ParsedTableFile: Sendable, ParsedBlock {
    var span: SourceSpan
    var isPoisoned = false
    var title: Located<String>?
    var rows: [Named<Located<String>>] = []
    var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

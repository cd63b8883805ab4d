public import Documents
public import FEEL

/// What a field of the target may hold, as far as writing it is concerned.
public enum TargetKind: UInt8, Sendable {
    case any, string, number, boolean
}

/// Where a field's value comes from.
public indirect enum RowSource: Sendable {
    /// A path of the body, as the slot that the plan's ``PathIndex`` fills.
    case slot(Int)
    /// A path below the innermost `each` item; no step is the item itself.
    case item([String])
    /// Position in the innermost list, from 1.
    case index
    case program(FEELProgram)
    case constant(Value)
    case list([RowSource])
}

/// What a spelled-out row adds to its source.
public struct RowOptions: Sendable {
    public var when: FEELProgram?
    public var fallback: RowSource?
    /// Characters kept.
    public var truncate: Int?
    /// `otherwise: fail`: no value is a refusal of the call.
    public var failsWhenNull = false
    /// Length, enumeration and number limits that the compiler could not prove: checked at run time.
    public init() {}
}

/// One row of a mapping file, as it runs.
public final class RowPlan: Sendable {
    /// The target path as written, for errors and `explain`.
    public let target: String
    /// The mapping's file, which all of its rows share, and the row's line in it.
    private let file: String
    private let line: Int32
    /// File and line, for errors and `explain`.
    public var origin: String { "\(file):\(line)" }
    public let source: RowSource
    /// The source as written.
    public let text: String
    public let kind: TargetKind
    public let required: Bool
    /// nil on the fast path: the value is copied.
    public let options: RowOptions?

    public init(
        target: String, file: String, line: Int, source: RowSource, text: String, kind: TargetKind = .any,
        required: Bool = false,
        options: RowOptions? = nil
    ) {
        self.target = target
        self.file = file
        self.line = Int32(clamping: line)
        self.source = source
        self.text = text
        self.kind = kind
        self.required = required
        self.options = options
    }
}

/// One step of the output program. Byte ranges point into ``MappingPlan/constants``.
public enum MappingStep: Sendable {
    /// Writes constant bytes, which do not count as content.
    case literal(Int, Int)
    /// Writes constant bytes that are content (a literal row).
    case content(Int, Int)
    /// Writes `prefix value suffix` of a row, or nothing when its value is null.
    case field(row: Int, prefix: Range<Int>, suffix: Range<Int>)
    /// Begins a parent: what follows up to its `close` is dropped again when it brought no content.
    case open(Int, Int, close: Int)
    /// Ends a parent. A required one stays, even empty.
    case close(Int, Int, required: Bool)
    /// Repeats the steps up to `end` for each item of the row's list, with an opening and a closing for each item.
    case each(row: Int, end: Int)
}

/// A compiled mapping: an output program in the target's order over constants and rows.
public final class MappingPlan: Sendable {
    public let target: Document.Format
    public let steps: [MappingStep]
    public let rows: [RowPlan]
    public let constants: [UInt8]
    /// Body paths that the rows copy from.
    public let paths: PathIndex
    /// Whether the body is what lies in a SOAP envelope.
    public let sourceIsSOAP: Bool
    /// `tables` in call order of `FEELRoots.callTable`.
    public let tables: [LookupTable]

    public init(
        target: Document.Format, steps: [MappingStep], rows: [RowPlan], constants: [UInt8], paths: PathIndex,
        sourceIsSOAP: Bool, tables: [LookupTable]
    ) {
        self.target = target
        self.steps = steps
        self.rows = rows
        self.constants = constants
        self.paths = paths
        self.sourceIsSOAP = sourceIsSOAP
        self.tables = tables
    }
}

/// A code list (`tables:`): text to text, and back when it is one to one.
public final class LookupTable: Sendable {
    public let name: String
    public let forward: [String: String]
    public let reverse: [String: String]?

    public init(name: String, forward: [String: String], reverse: [String: String]?) {
        self.name = name
        self.forward = forward
        self.reverse = reverse
    }
}

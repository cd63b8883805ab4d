public import Documents
public import FEEL

/// What a field of the target may hold, as far as writing it is concerned.
public enum TargetKind: UInt8, Sendable {
    case any, string, number, boolean
}

/// Where a field's value comes from.
public enum RowSource: Sendable {
    /// A path of the body, as the slot that the plan's ``PathIndex`` fills.
    case slot(Int)
    /// A path below the innermost `each` item; no step is the item itself.
    case item([String])
    /// Position in the innermost list, from 1.
    case index
    case program(FEELProgram)
    indirect case constant(Value)
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
public struct RowPlan: Sendable {
    public let source: RowSource
    public let kind: TargetKind
    public let required: Bool
    /// In the mapping file, from 1.
    let line: Int32
    private let extras: Rare<RowOptions>
    /// nil on the fast path: the value is copied.
    public var options: RowOptions? { extras.wrappedValue }
    /// Whether ``options`` is nil.
    @inline(__always)
    public var isPlain: Bool { extras.isAbsent }

    public init(
        source: RowSource, kind: TargetKind = .any, required: Bool = false, line: Int, options: RowOptions? = nil
    ) {
        self.source = source
        self.kind = kind
        self.required = required
        self.line = Int32(clamping: line)
        extras = Rare(wrappedValue: options)
    }
}

/// What a row says about itself, for errors and `explain`.
public struct RowLabel: Sendable {
    /// The target path as written.
    public let target: String
    /// The source as written.
    public let text: String

    public init(target: String, text: String) {
        self.target = target
        self.text = text
    }
}

/// A range of ``MappingPlan/constants``.
public struct ConstantRange: Sendable {
    public let start: Int32
    public let end: Int32

    /// - Parameter range: what is beyond two gigabytes is left out; no mapping file is that long.
    public init(_ range: Range<Int>) {
        start = Int32(clamping: range.lowerBound)
        end = Int32(clamping: range.upperBound)
    }
}

/// One step of the output program. Byte ranges point into ``MappingPlan/constants``.
public enum MappingStep: Sendable {
    /// Writes constant bytes, which do not count as content.
    case literal(ConstantRange)
    /// Writes constant bytes that are content (a literal row).
    case content(ConstantRange)
    /// Writes `prefix value suffix` of a row, or nothing when its value is null.
    case field(row: Int32, prefix: ConstantRange, suffix: ConstantRange)
    /// Begins a parent: what follows up to its `close` is dropped again when it brought no content.
    case open(ConstantRange, close: Int32)
    /// Ends a parent. A required one stays, even empty.
    case close(ConstantRange, required: Bool)
    /// Repeats the steps up to `end` for each item of the row's list, with an opening and a closing for each item.
    case each(row: Int32, end: Int32)
}

/// A compiled mapping: an output program in the target's order over constants and rows.
public final class MappingPlan: Sendable {
    public let target: Document.Format
    public let steps: [MappingStep]
    public let rows: [RowPlan]
    /// As many as ``rows``.
    public let labels: [RowLabel]
    /// The path of the mapping file.
    private let file: String
    public let constants: [UInt8]
    /// Body paths that the rows copy from.
    public let paths: PathIndex
    /// Whether the body is what lies in a SOAP envelope.
    public let sourceIsSOAP: Bool
    /// `tables` in call order of `FEELRoots.callTable`.
    public let tables: [LookupTable]

    public init(
        target: Document.Format, file: String, steps: [MappingStep], rows: [RowPlan], labels: [RowLabel],
        constants: [UInt8], paths: PathIndex, sourceIsSOAP: Bool, tables: [LookupTable]
    ) {
        self.target = target
        self.file = file
        self.steps = steps.compact
        self.rows = rows.compact
        self.labels = labels.compact
        self.constants = constants.compact
        self.paths = paths
        self.sourceIsSOAP = sourceIsSOAP
        self.tables = tables
    }

    /// File and line of a row, for errors and `explain`.
    public func origin(ofRow index: Int) -> String { "\(file):\(rows[index].line)" }
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

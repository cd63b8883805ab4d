internal import Documents

/// Where an instruction reads a value: a register, or (below zero) a constant.
typealias Operand = Int16

/// One step of a program. `into` and the like are registers; every case is plain data, so a program is one flat array.
enum Instruction: Sendable {
    case move(into: Operand, Operand)
    /// Loads `paths[path]` from the roots.
    case load(into: Operand, path: Int16)
    /// The field `names[name]` of a value.
    case field(into: Operand, Operand, name: Int16)
    /// The field of an item if it has one of this name, else a fallback.
    case fieldOr(into: Operand, Operand, name: Int16, fallback: Operand)
    case negate(into: Operand, Operand)
    case arithmetic(ArithmeticOperator, into: Operand, Operand, Operand)
    case compare(ComparisonOperator, into: Operand, Operand, Operand)
    case and(into: Operand, Operand, Operand)
    case or(into: Operand, Operand, Operand)
    case not(into: Operand, Operand)
    /// Whether a value passes a test that is a value, a list or a range.
    case matches(into: Operand, Operand, Operand)

    case jump(Int32)
    case jumpIfTrue(Operand, Int32)
    case jumpIfFalse(Operand, Int32)
    case jumpUnlessTrue(Operand, Int32)
    case jumpIfNull(Operand, Int32)

    case list(into: Operand, first: Operand, count: Int16)
    case context(into: Operand, first: Operand, keys: Int16)
    case range(into: Operand, Operand, Operand, lowIncluded: Bool, highIncluded: Bool)
    /// Appends to the list in a register.
    case append(to: Operand, Operand)
    /// The item at a position, from 1 or from -1 backwards.
    case item(into: Operand, Operand, Operand)

    /// Makes what is iterated over a list or a range, and sets a counter to its start.
    case begin(counter: Int16, source: Operand)
    /// Moves to the next item, or jumps when there is none.
    case next(counter: Int16, source: Operand, into: Operand, end: Int32)
    /// Decides about the item of a filter; jumps when its condition was a position, which ends the filter.
    case keep(in: Operand, source: Operand, item: Operand, condition: Operand, end: Int32)

    case call(into: Operand, function: Int16, first: Operand, count: Int16)
    case table(into: Operand, index: Int16, Operand, reverse: Bool)
}

/// A path as it is loaded: from which root, along which steps, and what becomes of text that the contract types.
struct PathLoad: Sendable {
    var slot: Int
    var steps: [PathStep]
    var coercion: Coercion
}

/// A root and the path below it that a program reads.
public struct FEELDependency: Sendable, Hashable {
    public let slot: Int
    /// Names as written, attributes with their `@`.
    public let path: [String]

    public init(slot: Int, path: [String]) {
        self.slot = slot
        self.path = path
    }
}

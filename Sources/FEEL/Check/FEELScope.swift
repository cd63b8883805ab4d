public import Contracts

/// What the names of an expression can mean: roots with their slots, the fields of implicit roots, and tables.
public struct FEELScope: Sendable {
    /// A root by its name.
    public struct Variable: Sendable {
        public var slot: Int
        /// nil when nothing is known.
        public var shape: Shape?

        public init(slot: Int, shape: Shape?) {
            self.slot = slot
            self.shape = shape
        }
    }

    /// A code list as a function of one argument.
    public struct TableFunction: Sendable {
        /// What `FEELRoots.callTable` is given.
        public var index: Int
        /// Whether `name.reverse(x)` exists: the table is one to one.
        public var isReversible: Bool
        /// The values it knows, to check literal arguments and enumerations; nil when they are not known.
        public var keys: Set<String>?

        public init(index: Int, isReversible: Bool, keys: Set<String>? = nil) {
            self.index = index
            self.isReversible = isReversible
            self.keys = keys
        }
    }

    public private(set) var variables: [String: Variable] = [:]
    /// Roots whose fields are in scope by their own names: the body. Declared names come first; a root of which nothing
    /// is known takes every name that is left.
    public var implicit: [(slot: Int, shape: Shape?)] = []
    /// Tables by name.
    public var functions: [String: TableFunction] = [:]

    public init() {}

    /// Declares a root; a later one of the same name hides an earlier one.
    public mutating func add(_ name: String, _ slot: Int, shape: Shape?) {
        variables[name] = Variable(slot: slot, shape: shape)
    }

    /// All names that stand for values, for suggestions.
    var names: [String] {
        variables.keys.sorted() + implicit.flatMap { root in (root.shape?.fields ?? []).map(\.name) }
    }
}

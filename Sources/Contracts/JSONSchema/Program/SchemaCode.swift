/// One compiled schema. Index 0 of a program accepts everything, index 1 nothing.
struct SchemaCode: Sendable {
    /// Bits of `SchemaCode.Flags`.
    var flags: UInt16 = 0
    /// A bit for each kind of node that may stand here (`1 << Document.NodeKind.rawValue`).
    var kinds: UInt16 = SchemaCode.allKinds
    /// Indexes of the rules for each kind; -1 when there are none.
    var object: Int32 = -1
    var array: Int32 = -1
    var string: Int32 = -1
    var number: Int32 = -1
    /// What has to hold beside that, in this order.
    var firstOperation: Int32 = 0
    var operationCount: Int32 = 0
    /// The resource it is in, for dynamic references.
    var resource: Int32 = 0

    static let allKinds: UInt16 = 0x7F
    static let always: Int32 = 0
    static let never: Int32 = 1

    enum Flags {
        /// It asks which members or items its parts have looked at.
        static let tracks: UInt16 = 1
    }
}

/// Something that has to hold for a value, whatever its kind.
struct SchemaOperation: Sendable {
    enum Code: UInt8, Sendable {
        /// `a` holds (`$ref`, `allOf`).
        case schema
        /// One of the texts of table `a`.
        case text
        /// One of `b` constants from `a` on in the list of constants.
        case constant
        /// One, exactly one, of `b` schemas from `a` on in the lists.
        case anyOf, oneOf
        case not
        /// If `a`, then `b`, else `c`.
        case condition
        /// `a` holds when the object has the member named by constant text `b`.
        case dependent
        /// The outermost resource's schema of anchor `b`, else `a`.
        case dynamic
        /// `a` holds for each member, each item that nothing has looked at.
        case unevaluatedProperties, unevaluatedItems
    }

    var code: Code
    var a: Int32
    var b: Int32 = 0
    var c: Int32 = 0
    /// The keyword is `allOf`, not `$ref`; `const`, not `enum`.
    var isVariant = false
}

struct ObjectRules: Sendable {
    /// The table of named members, -1 when there is none.
    var table: Int32 = -1
    /// How many of the table's names must be there.
    var requiredCount: Int32 = 0
    /// For members that nothing names; -1 when the keyword is missing.
    var additional: Int32 = -1
    var names: Int32 = 0
    var least: Int32 = 0
    var most: Int32 = Int32.max
    /// Pairs of pattern and schema in the lists.
    var firstPattern: Int32 = 0
    var patternCount: Int32 = 0
    /// In the lists, for each: text of the name, count, texts of the names it needs.
    var firstDependency: Int32 = 0
    var dependencyCount: Int32 = 0
}

struct ArrayRules: Sendable {
    var least: Int32 = 0
    var most: Int32 = Int32.max
    var firstPrefix: Int32 = 0
    var prefixCount: Int32 = 0
    /// For items after the prefix; -1 when the keyword is missing.
    var items: Int32 = -1
    /// -1 when the keyword is missing.
    var contains: Int32 = -1
    var leastContained: Int32 = 1
    var mostContained: Int32 = Int32.max
    var isUnique = false
    /// Whether what `contains` matches counts as looked at (2020-12).
    var containsEvaluates = false
}

struct StringRules: Sendable {
    var least: Int32 = 0
    var most: Int32 = Int32.max
    /// Patterns in the lists.
    var firstPattern: Int32 = 0
    var patternCount: Int32 = 0
    var format = StringFormat.none
}

struct NumberRules: Sendable {
    /// Indexes of bounds; -1 when there are none.
    var minimum: Int32 = -1
    var maximum: Int32 = -1
    var divisor: Int32 = -1
    var isMinimumExclusive = false
    var isMaximumExclusive = false
    /// Only whole numbers.
    var isInteger = false
    /// `1.0` is not a whole number (draft 4).
    var isWritten = false
}

/// A bound of numbers.
struct NumberBound: Sendable {
    /// The number in 64 bits; nil for one that doesn't fit.
    var small: SmallNumber?
    var isNegative: Bool
    var exponent: Int
    /// Its digits among the program's bytes, each 0 to 9.
    var digits: Range<Int>
    /// As the schema writes it.
    var text: String
}

public import Documents

/// What a program reads from: the host binds its roots (the body, `request`, `item`…) to slots.
///
/// The host walks its document along a path and makes a value of what it finds at the end only. A step through a list
/// maps over the list; a step that finds nothing gives null.
public protocol FEELRoots: AnyObject {
    /// The value at a path below a root; no step is the root itself.
    func load(slot: Int, path: [PathStep]) -> Value
    /// The other side of a code list (a table as a function); null for a value it does not have.
    func callTable(_ index: Int, _ argument: Value, reverse: Bool) -> Value
    /// Nanoseconds since 1970-01-01T00:00:00Z: what `now()` and `today()` say.
    var now: Int64 { get }
    /// Told why something is null that should not be. Called while a program runs; the default ignores it.
    func report(_ problem: FEELProblem)
}

extension FEELRoots {
    public func report(_ problem: FEELProblem) {}
}

/// One step of a path.
public struct PathStep: Sendable, Hashable {
    /// As written, an attribute with its `@`.
    public let name: String
    /// The name to look for in UTF-8, without the `@`.
    public let bytes: [UInt8]
    public let isAttribute: Bool

    public init(_ name: String) {
        self.name = name
        self.isAttribute = name.utf8.first == UInt8(ascii: "@")
        self.bytes = isAttribute ? Array(name.utf8.dropFirst()) : Array(name.utf8)
    }
}

/// Why a part of an expression had no value when it ran. No text is made until somebody asks for it.
public struct FEELProblem: Sendable, Hashable {
    /// What went wrong.
    public enum Reason: String, Sendable, CaseIterable {
        case notANumber = "a number was expected"
        case notText = "text was expected"
        case notABoolean = "true or false was expected"
        case notAList = "a list was expected"
        case notAContext = "a value with fields was expected"
        case notATemporal = "a date, time or duration was expected"
        case differentKinds = "values of different kinds cannot be compared"
        case notArithmetic = "the operator is not defined for these values"
        case divisionByZero = "division by zero"
        case numberRange = "the number is out of range"
        case badNumber = "the text is not a number"
        case badDate = "the text is not a date, or the calendar does not have it"
        case badTime = "the text is not a time, or the day does not have it"
        case badDuration = "the text is not a duration"
        case badPosition = "the position is not in the list or text"
        case noSuchField = "there is no field of this name"
        case badPattern = "a pattern that is not a constant can only be a plain delimiter"
        case badReplacement = "the replacement has a `$` or a backslash that means nothing"
        case notAnInteger = "a whole number was expected"
        case tooManySteps = "the expression took too many steps"
    }

    public var reason: Reason
    /// UTF-8 offsets in the expression.
    public var start: UInt32
    public var end: UInt32

    public init(_ reason: Reason, start: UInt32, end: UInt32) {
        self.reason = reason
        self.start = start
        self.end = end
    }

    /// A sentence about it.
    public var description: String { reason.rawValue }
}

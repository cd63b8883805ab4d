/// All built-in functions, one entry each, in the files of this folder.
///
/// To add one, write its entry into the group it belongs to; documentation, checks and completion come from the entry.
enum Builtins {
    static let all: [Builtin] =
        conversion + text + patterns + numbers + aggregates + lists + logic + contexts + dates

    private static let byName: [String: Builtin] = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    static func named(_ name: String) -> Builtin? { byName[name] }

    static var names: [String] { all.map(\.name) }

    /// Functions of the FEEL specification and of common engines that this version does not have.
    static let unavailable: Set<String> = [
        "sort", "sqrt", "exp", "log", "stddev", "median", "mode", "context", "context put",
        "context merge", "before", "after", "meets", "met by", "overlaps", "overlaps before", "overlaps after",
        "finishes",
        "finished by", "includes", "during", "starts", "started by", "coincides", "list replace", "range", "extract",
        "partition", "random number", "last day of month", "assert", "is empty", "duplicate values", "sublist of",
    ]
}

/// A built-in function as documentation and editors show it.
public struct FEELFunction: Sendable {
    public let name: String
    /// Ways to call it, as code.
    public let usage: String
    public let doc: String
    /// Calls with what they give.
    public let examples: [(call: String, gives: String)]

    /// All of them, grouped as in the reference.
    public static var all: [FEELFunction] {
        Builtins.all.map { FEELFunction(name: $0.name, usage: $0.usage, doc: $0.doc, examples: $0.examples) }
    }
}

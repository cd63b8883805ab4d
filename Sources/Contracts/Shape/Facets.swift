/// The bounds that a contract sets on a scalar.
///
/// Numbers are kept in the contract's own spelling, because the bounds of dates are text and no digit may be lost.
public struct Facets: Sendable, Equatable {
    /// One end of a range.
    public struct Bound: Sendable, Equatable {
        public var text: String
        public var exclusive: Bool

        public init(_ text: String, exclusive: Bool = false) {
            self.text = text
            self.exclusive = exclusive
        }
    }

    /// In characters (Unicode scalars), as both JSON Schema and XML Schema count.
    public var minLength: Int?
    public var maxLength: Int?
    /// All must match. An XML Schema pattern matches the whole text, a JSON Schema pattern any part of it.
    public var patterns: [String] = []
    /// Whether `patterns` match the whole text (XML Schema).
    public var patternsAreAnchored = false
    /// The allowed values as text; empty when every value is.
    public var enumeration: [String] = []
    public var minimum: Bound?
    public var maximum: Bound?
    /// The number must be a multiple of this one (JSON Schema).
    public var multipleOf: String?
    public var totalDigits: Int?
    public var fractionDigits: Int?
    /// JSON Schema's `format`, or the XML Schema built-in type behind a string (`anyURI`, `base64Binary`, `list`…).
    public var format: String?
    /// The value a reader supposes when the field is missing.
    public var defaultValue: String?
    /// The only value allowed.
    public var fixed: String?

    public init() {}

    /// No bounds.
    public static let none = Facets()

    /// The first pattern, as most contracts have one.
    public var pattern: String? { patterns.first }

    /// The bounds of the narrower type win over these.
    func narrowed(by other: Facets) -> Facets {
        var result = self
        if let value = other.minLength { result.minLength = value }
        if let value = other.maxLength { result.maxLength = value }
        if !other.patterns.isEmpty {
            result.patterns += other.patterns.filter { !result.patterns.contains($0) }
            result.patternsAreAnchored = other.patternsAreAnchored
        }
        if !other.enumeration.isEmpty { result.enumeration = other.enumeration }
        if let value = other.minimum { result.minimum = value }
        if let value = other.maximum { result.maximum = value }
        if let value = other.multipleOf { result.multipleOf = value }
        if let value = other.totalDigits { result.totalDigits = value }
        if let value = other.fractionDigits { result.fractionDigits = value }
        if let value = other.format { result.format = value }
        if let value = other.defaultValue { result.defaultValue = value }
        if let value = other.fixed { result.fixed = value }
        return result
    }

    /// The bounds in a few words, for people: `1..35, pattern [A-Z]{3}`; empty when there are none.
    public var summary: String {
        var parts: [String] = []
        switch (minLength, maxLength) {
        case (let low?, let high?): parts.append(low == high ? "length \(low)" : "length \(low)..\(high)")
        case (let low?, nil): parts.append("length \(low)..")
        case (nil, let high?): parts.append("length ..\(high)")
        case (nil, nil): break
        }
        if let minimum { parts.append((minimum.exclusive ? "> " : ">= ") + minimum.text) }
        if let maximum { parts.append((maximum.exclusive ? "< " : "<= ") + maximum.text) }
        if let totalDigits { parts.append("\(totalDigits) digits") }
        if let fractionDigits { parts.append("\(fractionDigits) decimals") }
        if let multipleOf { parts.append("multiple of \(multipleOf)") }
        if let fixed { parts.append("always \(fixed)") }
        if !enumeration.isEmpty {
            let shown = enumeration.prefix(8).joined(separator: " | ")
            parts.append(enumeration.count > 8 ? "\(shown) | … (\(enumeration.count) values)" : shown)
        }
        for pattern in patterns { parts.append("pattern \(pattern)") }
        if let format { parts.append("format \(format)") }
        return parts.joined(separator: ", ")
    }
}

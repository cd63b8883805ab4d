/// A query parameter of the partner's call.
public struct QueryPlan: Sendable {
    public var name: String
    public var value: TextPlan
    public var style: QueryStyle

    public init(name: String, value: TextPlan, style: QueryStyle = .exploded) {
        self.name = name
        self.value = value
        self.style = style
    }
}

/// How a list or an object is written as a query parameter (OpenAPI 3.1, section 4.8.12.3).
public enum QueryStyle: String, Sendable {
    /// `id=3&id=4`; of an object its own names: `R=100&G=200`.
    case exploded
    /// `id=3,4`; of an object `color=R,100,G,200`.
    case commas
    /// `id=3%204`.
    case spaces
    /// `id=3%7C4`.
    case pipes
    /// `id=3%094`.
    case tabs
    /// `color[R]=100&color[G]=200`.
    case deepObject
}

/// One place in a message that a contract, a rule or a mapping refused.
public struct Violation: Sendable, Equatable {
    /// JSON Pointer (RFC 6901) into a JSON body, dotted path into an XML or form body.
    public var pointer: String
    /// What refused the value: the keyword of JSON Schema, the facet or rule of XML Schema, `mapping`, `header`.
    public var keyword: String
    /// A sentence for people. It names the place and what is expected there.
    public var message: String
    /// What the contract asks for, in a few words.
    public var expected: String?
    /// What stands there: its kind and size, or a short harmless value; never a long or secret one.
    public var actual: String?

    public init(
        pointer: String, keyword: String, message: String, expected: String? = nil, actual: String? = nil
    ) {
        self.pointer = pointer
        self.keyword = keyword
        self.message = message
        self.expected = expected
        self.actual = actual
    }
}

/// The fields of a JSON object or an XML element.
public struct ObjectShape: Sendable {
    /// In the contract's order, which is the order of output.
    public var fields: [Field]
    /// Whether the contract expects fields that are not named here: `additionalProperties` with a schema or `true`,
    /// `patternProperties`, no properties at all, `xs:any`, a construct that is not read. A JSON object that lists its
    /// properties and says nothing of others is not open: a path to another name is then more likely a misspelling.
    public var open: Bool
    /// Whether attributes that are not named here are allowed (`xs:anyAttribute`).
    public var openAttributes = false
    /// The text of an XML element that also has attributes, or of mixed content; nil where there is none.
    public var text: Shape?
    /// What fields that are not named must be, where the contract says so.
    public var additional: Shape?

    public init(fields: [Field], open: Bool = false, text: Shape? = nil, additional: Shape? = nil) {
        self.fields = fields
        self.open = open
        self.text = text
        self.additional = additional
    }

    /// The field of this name (`@name` for an attribute).
    public func field(named name: String) -> Field? {
        fields.first { $0.name == name }
    }
}

/// One field of an object.
public struct Field: Sendable {
    /// The member's or element's local name; `@name` for an attribute.
    public var name: String
    public var shape: Shape
    /// Whether it must be present.
    public var required: Bool
    /// The XML namespace of a qualified element or attribute; nil for JSON and for unqualified names.
    public var namespace: String?

    public init(name: String, shape: Shape, required: Bool, namespace: String? = nil) {
        self.name = name
        self.shape = shape
        self.required = required
        self.namespace = namespace
    }

    /// Whether it is an XML attribute.
    public var isAttribute: Bool { name.utf8.first == UInt8(ascii: "@") }
}

public import Contracts

/// One line of a contract's tree: a field with what the contract says of it.
public struct TypeRow: Sendable, Equatable {
    /// As a mapping writes it: `Remittance.Line[].@seq`, odd names in backticks; empty for a document that is one value.
    public var path: String
    /// `text`, `whole number`, `list of date`, …
    public var type: String
    public var required: Bool
    public var nullable: Bool
    /// Lengths, ranges, allowed values, patterns, in a few words; empty when there are none.
    public var bounds: String
    /// What the tree leaves out here and why: a type that contains itself, or fields below the depth asked for.
    public var note: String
    /// The name that the contract gives the type.
    public var typeName: String?
    /// Where the contract declares it.
    public var source: ShapeSource?
    /// Whether it stands for the fields that the contract allows without naming them.
    public var isWildcard = false
}

/// Makes the rows of a shape, in the contract's order.
struct TypeWalk {
    private(set) var rows: [TypeRow] = []
    /// Whether there were more rows than `limit`.
    private(set) var isCut = false
    private let depth: Int
    private let limit: Int

    /// - Parameters:
    ///   - depth: Levels of fields that are shown.
    ///   - limit: Rows at most.
    init(_ shape: Shape, depth: Int, limit: Int) {
        self.depth = depth
        self.limit = limit
        guard let object = shape.objectShape else {
            append("", shape, required: true, note: "")
            return
        }
        if shape.isList { append("[]", shape, required: true, note: "") }
        if let text = object.text { append("", text, required: false, note: "the text of the element itself") }
        fields(of: object, below: shape.isList ? "[]." : "", level: 1)
    }

    private mutating func fields(of object: ObjectShape, below prefix: String, level: Int) {
        guard level <= depth else { return }
        for field in object.fields {
            guard rows.count < limit else {
                isCut = true
                return
            }
            let path = TypePath.joined(prefix, field.name) + (field.shape.isList ? "[]" : "")
            let again = field.shape.reference ?? field.shape.itemShape.reference
            let nested = again == nil ? field.shape.objectShape : nil
            var note = again.map { "again \($0)" } ?? ""
            if level == depth, let nested, !nested.fields.isEmpty {
                note = nested.fields.count == 1 ? "1 field below" : "\(nested.fields.count) fields below"
            }
            append(path, field.shape, required: field.required, note: note)
            if let nested { fields(of: nested, below: path + ".", level: level + 1) }
        }
        guard object.open else { return }
        rows.append(
            TypeRow(
                path: prefix + "*", type: object.additional?.kindName ?? "anything", required: false, nullable: false,
                bounds: "", note: "any other field", isWildcard: true))
    }

    private mutating func append(_ path: String, _ shape: Shape, required: Bool, note: String) {
        var bounds: [String] = []
        if case .list(_, let low, let high) = shape.kind, low > 0 || high != nil {
            bounds.append(high == low ? "\(low) items" : "\(low)..\(high.map(String.init) ?? "") items")
        }
        let scalar = shape.itemShape.scalarShape ?? shape
        if !scalar.facets.summary.isEmpty { bounds.append(scalar.facets.summary) }
        if let value = scalar.facets.defaultValue { bounds.append("default \(value)") }
        rows.append(
            TypeRow(
                path: path, type: shape.kindName, required: required, nullable: shape.nullable && !shape.isAny,
                bounds: bounds.joined(separator: ", "), note: note, typeName: shape.itemShape.typeName,
                source: shape.source ?? shape.itemShape.source))
    }
}

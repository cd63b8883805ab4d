extension Shape {
    /// Splits a dotted path: `Debtor.Line[].@seq`, odd names in backticks. `[]` after a step is dropped, since a path
    /// walks through lists by itself.
    public static func steps(of path: String) -> [String] {
        var steps: [String] = []
        var current = ""
        var quoted = false
        var seen = false
        for scalar in path.unicodeScalars {
            switch scalar {
            case "`":
                quoted.toggle()
                seen = true
            case "." where !quoted:
                steps.append(current)
                current = ""
                seen = false
            case "[" where !quoted, "]" where !quoted:
                seen = true
            default:
                current.unicodeScalars.append(scalar)
                seen = true
            }
        }
        if seen || !current.isEmpty { steps.append(current) }
        return steps
    }

    /// The object behind this shape, lists walked through; nil for a scalar or `any`.
    public var objectShape: ObjectShape? {
        var shape = self
        for _ in 0..<16 {
            switch shape.kind {
            case .object(let object): return object
            case .list(let item, _, _): shape = item
            default: return nil
            }
        }
        return nil
    }

    /// The item of a list; the shape itself when it is no list.
    public var itemShape: Shape {
        if case .list(let item, _, _) = kind { return item }
        return self
    }

    /// Whether it is a list.
    public var isList: Bool {
        if case .list = kind { return true }
        return false
    }

    /// Whether nothing is known of it.
    public var isAny: Bool {
        if case .any = kind { return true }
        return false
    }

    /// The shape of a value that is text, number, boolean or date: itself, or the text of an element with attributes.
    public var scalarShape: Shape? {
        switch kind {
        case .boolean, .number, .string, .temporal, .null: return self
        case .object(let object): return object.text
        case .any, .list: return nil
        }
    }

    /// The fields, in the contract's order; empty for a scalar.
    public var fields: [Field] { objectShape?.fields ?? [] }

    /// The declared field of this name, lists walked through.
    public func field(named name: String) -> Field? { objectShape?.field(named: name) }

    /// The declared field at a dotted path; nil when the contract names none.
    public func field(path: String) -> Field? { field(steps: Shape.steps(of: path)) }

    /// The declared field at the end of these steps.
    public func field(steps: [String]) -> Field? {
        var shape = self
        var found: Field?
        for step in steps {
            guard let next = shape.field(named: step) else { return nil }
            found = next
            shape = next.shape
        }
        return found
    }

    /// The shape at a dotted path: `any` where the contract leaves it open, nil where it allows no such path.
    public func lookup(_ path: String) -> Shape? { lookup(steps: Shape.steps(of: path)) }

    /// The shape at the end of these steps; see `lookup(_:)`.
    public func lookup(steps: [String]) -> Shape? {
        var shape = self
        for step in steps {
            if shape.itemShape.isAny { return .any }
            guard let object = shape.objectShape else { return nil }
            if let field = object.field(named: step) {
                shape = field.shape
            } else if step.utf8.first == UInt8(ascii: "@"), object.openAttributes {
                shape = .string
            } else if object.open {
                shape = object.additional ?? .any
            } else {
                return nil
            }
        }
        return shape
    }
}

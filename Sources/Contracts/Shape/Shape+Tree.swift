extension Shape {
    /// The kind in a word or two, for tables and diagnostics: `text`, `whole number`, `list of date`.
    public var kindName: String {
        switch kind {
        case .any: return alternatives.isEmpty ? "anything" : alternatives.map(\.kindName).joined(separator: " or ")
        case .null: return "null"
        case .boolean: return "boolean"
        case .number(let integer): return integer ? "whole number" : "number"
        case .string: return "text"
        case .temporal(let kind):
            switch kind {
            case .date: return "date"
            case .time: return "time"
            case .dateTime: return "date and time"
            case .duration: return "duration"
            case .daysDuration: return "days and time duration"
            case .yearsDuration: return "years and months duration"
            }
        case .list(let item, _, _): return "list of \(item.kindName)"
        case .object(let object):
            guard let text = object.text else { return "object" }
            return object.fields.allSatisfy { $0.isAttribute } ? text.kindName : "object with text"
        }
    }

    /// Every path of the contract with its type, one a line, in the contract's order: what an analyst may write in a
    /// row.
    ///
    /// `depth` and `limit` bound what a large contract prints; a type that contains itself is named, not repeated.
    public func describeTree(depth: Int = 24, limit: Int = 5_000) -> String {
        var printer = TreePrinter(limit: limit)
        printer.root(self, depth: depth)
        return printer.text()
    }
}

private struct TreePrinter {
    private var rows: [(path: String, type: String)] = []
    private var isCut = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func root(_ shape: Shape, depth: Int) {
        guard let object = shape.objectShape else {
            add("(the whole document)", shape, required: true)
            return
        }
        if shape.isList { add("[]", shape, required: true) }
        if let text = object.text { add("(text)", text, required: false) }
        fields(object, prefix: shape.isList ? "[]." : "", depth: depth)
    }

    private mutating func fields(_ object: ObjectShape, prefix: String, depth: Int) {
        for field in object.fields {
            if rows.count >= limit {
                isCut = true
                return
            }
            let path = prefix + step(field.name) + (field.shape.isList ? "[]" : "")
            let item = field.shape.itemShape
            let repeated = field.shape.reference ?? item.reference
            add(path, field.shape, required: field.required, note: repeated.map { "as \($0), which contains itself" })
            guard repeated == nil, depth > 0, let nested = field.shape.objectShape else { continue }
            fields(nested, prefix: path + ".", depth: depth - 1)
        }
        if object.open {
            rows.append((prefix + "*", object.additional.map { "other fields: \($0.kindName)" } ?? "other fields"))
        }
    }

    private mutating func add(_ path: String, _ shape: Shape, required: Bool, note: String? = nil) {
        var type = shape.kindName
        if case .list(_, let low, let high) = shape.kind, low > 0 || high != nil {
            type += " (\(low)..\(high.map(String.init) ?? ""))"
        }
        if !required { type += ", optional" }
        if shape.nullable, !shape.isAny { type += ", or null" }
        let facets = (shape.itemShape.scalarShape ?? shape).facets.summary
        if !facets.isEmpty { type += ", \(facets)" }
        if let note { type += ", \(note)" }
        rows.append((path, type))
    }

    /// A path step, in backticks when a path could not hold it otherwise.
    private func step(_ name: String) -> String {
        let plain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "@") || byte >= 0x80
        }
        return plain && !name.isEmpty ? name : "`\(name)`"
    }

    func text() -> String {
        let width = min(60, rows.map { $0.path.count }.max() ?? 0)
        var result = ""
        for row in rows {
            let gap = String(repeating: " ", count: max(2, width - row.path.count + 2))
            result += row.path + gap + row.type + "\n"
        }
        if isCut { result += "… (more than \(limit) paths)\n" }
        return result
    }
}

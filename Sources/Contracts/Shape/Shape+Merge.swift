extension Shape {
    /// What fits both shapes (JSON Schema's `allOf`). Fields of both are kept, this one's first.
    ///
    /// A reference on either side stands for a type that is being read just now: it adds nothing to itself.
    func intersected(with other: Shape, depth: Int = 0) -> Shape {
        if other.reference != nil || other.isUnconstrained { return self }
        if reference != nil { return other }
        if isUnconstrained { return other }
        let null = nullable && other.nullable
        let facets = self.facets.narrowed(by: other.facets)
        switch (kind, other.kind) {
        case (.any, _):
            return Shape(other.kind, nullable: null, facets: facets, typeName: other.typeName, source: source)
        case (.number(let first), .number(let second)):
            return Shape(.number(integer: first || second), nullable: null, facets: facets, source: source)
        case (.object(let first), .object(let second)):
            let merged = first.intersected(with: second, depth: depth)
            return Shape(.object(merged), nullable: null, typeName: typeName ?? other.typeName, source: source)
        case (.list(let item, let low, let high), .list(let otherItem, let otherLow, let otherHigh)):
            let merged = depth < 16 ? item.intersected(with: otherItem, depth: depth + 1) : item
            let top = [high, otherHigh].compactMap { $0 }.min()
            return Shape(.list(item: merged, min: max(low, otherLow), max: top), nullable: null, source: source)
        default:
            return Shape(kind, nullable: null, facets: facets, typeName: typeName, source: source)
        }
    }

    /// What fits at least one of the shapes (JSON Schema's `oneOf` and `anyOf`, XML Schema's unions).
    static func union(of shapes: [Shape], depth: Int = 0) -> Shape {
        var null = false
        var parts: [Shape] = []
        for shape in shapes {
            if shape.reference != nil {
                parts.append(shape)
                continue
            }
            if case .null = shape.kind {
                null = true
                continue
            }
            null = null || shape.nullable
            parts.append(shape)
        }
        guard let first = parts.first else { return null ? .null : .any }
        if parts.count == 1 { return null ? first.allowingNull() : first }
        // A type that is being read just now has no fields yet to compare: it adds nothing to itself.
        let read = parts.filter { $0.reference == nil }
        guard let start = read.first else { return first }
        var result = start
        for part in read.dropFirst() { result = result.joined(with: part, depth: depth) }
        if case .any = result.kind, !read.contains(where: \.isAny) {
            let kinds = distinct(read)
            if kinds.count > 1 { result = Shape(.any, source: start.source, alternatives: kinds) }
        }
        return result.allowingNull(null)
    }

    /// One shape for each kind: those of the same kind are joined.
    private static func distinct(_ shapes: [Shape]) -> [Shape] {
        var result: [Shape] = []
        for shape in shapes.prefix(64) {
            var place: Int?
            for index in result.indices where place == nil {
                if case .any = result[index].joined(with: shape, depth: 8).kind { continue }
                place = index
            }
            if let place {
                result[place] = result[place].joined(with: shape, depth: 0)
            } else {
                result.append(shape)
            }
        }
        return result
    }

    private func joined(with other: Shape, depth: Int) -> Shape {
        if self === other { return self }
        if depth > 8 { return .any }
        let facets = self.facets.widened(by: other.facets)
        switch (kind, other.kind) {
        case (.boolean, .boolean): return Shape(.boolean, facets: facets, source: source)
        case (.string, .string): return Shape(.string, facets: facets, source: source)
        case (.number(let first), .number(let second)):
            return Shape(.number(integer: first && second), facets: facets, source: source)
        case (.temporal(let first), .temporal(let second)) where first == second:
            return Shape(.temporal(first), facets: facets, source: source)
        case (.list(let item, let low, let high), .list(let otherItem, let otherLow, let otherHigh)):
            var top: Int?
            if let high, let otherHigh { top = max(high, otherHigh) }
            let merged = Shape.union(of: [item, otherItem], depth: depth + 1)
            return Shape(.list(item: merged, min: min(low, otherLow), max: top), source: source)
        case (.object(let first), .object(let second)):
            return Shape(.object(first.joined(with: second, depth: depth)), source: source)
        default: return Shape(.any, source: source)
        }
    }

    /// Whether it says nothing at all.
    private var isUnconstrained: Bool {
        if case .any = kind { return nullable && facets == .none && alternatives.isEmpty }
        return false
    }
}

extension ObjectShape {
    /// Fields of both, this one's first; a field of both must fit both.
    func intersected(with other: ObjectShape, depth: Int) -> ObjectShape {
        // `{ "type": "object" }` beside a list of properties does not open it.
        if other.isBare { return self }
        if isBare { return other }
        var merged = self
        var places: [String: Int] = [:]
        for (index, field) in fields.enumerated() { places[field.name] = index }
        for field in other.fields {
            if let place = places[field.name] {
                merged.fields[place].required = merged.fields[place].required || field.required
                if depth < 16 {
                    merged.fields[place].shape = merged.fields[place].shape.intersected(
                        with: field.shape, depth: depth + 1)
                }
            } else {
                merged.fields.append(field)
            }
        }
        merged.open = open || other.open
        merged.openAttributes = openAttributes || other.openAttributes
        merged.additional = additional ?? other.additional
        merged.text = text ?? other.text
        return merged
    }

    /// Fields of either; required only where both require it.
    func joined(with other: ObjectShape, depth: Int) -> ObjectShape {
        var merged = self
        var places: [String: Int] = [:]
        for index in merged.fields.indices {
            places[merged.fields[index].name] = index
            if other.field(named: merged.fields[index].name) == nil { merged.fields[index].required = false }
        }
        for field in other.fields {
            if let place = places[field.name] {
                let mine = merged.fields[place]
                merged.fields[place].required = mine.required && field.required
                if mine.shape.reference == nil || mine.shape.reference != field.shape.reference {
                    merged.fields[place].shape = Shape.union(of: [mine.shape, field.shape], depth: depth + 1)
                }
            } else {
                var added = field
                added.required = false
                merged.fields.append(added)
            }
        }
        merged.open = open || other.open
        merged.openAttributes = openAttributes || other.openAttributes
        merged.additional = additional ?? other.additional
        merged.text = text ?? other.text
        return merged
    }

    private var isBare: Bool { fields.isEmpty && additional == nil && text == nil }
}

extension Facets {
    /// The bounds that hold for both: what is not the same on both sides is dropped.
    func widened(by other: Facets) -> Facets {
        var result = Facets()
        if let mine = minLength, let theirs = other.minLength { result.minLength = min(mine, theirs) }
        if let mine = maxLength, let theirs = other.maxLength { result.maxLength = max(mine, theirs) }
        if patterns == other.patterns {
            result.patterns = patterns
            result.patternsAreAnchored = patternsAreAnchored
        }
        if !enumeration.isEmpty, !other.enumeration.isEmpty {
            result.enumeration = enumeration + other.enumeration.filter { !enumeration.contains($0) }
        }
        if minimum == other.minimum { result.minimum = minimum }
        if maximum == other.maximum { result.maximum = maximum }
        if multipleOf == other.multipleOf { result.multipleOf = multipleOf }
        if totalDigits == other.totalDigits { result.totalDigits = totalDigits }
        if fractionDigits == other.fractionDigits { result.fractionDigits = fractionDigits }
        if format == other.format { result.format = format }
        if fixed == other.fixed { result.fixed = fixed }
        return result
    }
}

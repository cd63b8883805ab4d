extension XSDCompiler {
    /// The row of a simple type; one that is never looked at for a complex type.
    mutating func simpleRow(_ type: XSDType) -> XSDProgram.SimpleRow {
        var row = XSDProgram.SimpleRow()
        guard let simple = type.simple else { return row }
        row.whiteSpace = simple.whiteSpace
        var primitive = XSDPrimitive.string
        switch simple.variety {
        case .atomic(let kind):
            primitive = kind
            row.primitive = kind
            row.needsReference = kind == .qName || kind == .notation
        case .list(let item):
            row.variety = .list
            row.members = Int32(tables.members.count)
            row.memberCount = 1
            tables.members.append(Int32(item))
            row.needsReference = usesQualifiedNames(item, depth: 0)
        case .union(let members):
            row.variety = .union
            row.members = Int32(tables.members.count)
            row.memberCount = Int32(members.count)
            tables.members += members.map { Int32($0) }
            row.needsReference = members.contains { usesQualifiedNames($0, depth: 0) }
        }
        let facets = simple.facets
        // White space of a token may need more room than trimming: that is what these facets look at.
        row.minLength = UInt32(clamping: facets.minLength ?? 0)
        row.maxLength = facets.maxLength.map { UInt32(clamping: $0) } ?? .max
        row.totalDigits = facets.totalDigits.map { UInt32(clamping: $0) } ?? .max
        row.fractionDigits = facets.fractionDigits.map { UInt32(clamping: $0) } ?? .max
        if let low = facets.minimum {
            row.minimum = tables.value(XSDCompiler.normalized(low.text, .collapse), primitive)
            row.minIsExclusive = low.isExclusive
        }
        if let high = facets.maximum {
            row.maximum = tables.value(XSDCompiler.normalized(high.text, .collapse), primitive)
            row.maxIsExclusive = high.isExclusive
        }
        patterns(facets.patterns, &row, type)
        if let values = facets.enumeration { enumerate(values, simple, primitive, &row) }
        row.hasFacets =
            facets.minLength != nil || facets.maxLength != nil || facets.totalDigits != nil
            || facets.fractionDigits != nil || facets.minimum != nil || facets.maximum != nil || row.patternCount > 0
            || row.enumerationCount >= 0
        return row
    }

    private func usesQualifiedNames(_ id: Int, depth: Int) -> Bool {
        guard depth < 40, let simple = model.types[id].simple else { return depth >= 40 }
        switch simple.variety {
        case .atomic(let kind): return kind == .qName || kind == .notation
        case .list(let item): return usesQualifiedNames(item, depth: depth + 1)
        case .union(let members): return members.contains { usesQualifiedNames($0, depth: depth + 1) }
        }
    }

    private mutating func patterns(_ texts: [String], _ row: inout XSDProgram.SimpleRow, _ type: XSDType) {
        guard !texts.isEmpty else { return }
        row.patterns = Int32(tables.members.count)
        for text in texts {
            guard let pattern = tables.pattern(text) else {
                badPatterns.append((text, type.id))
                row.needsReference = true
                continue
            }
            tables.members.append(pattern)
            row.patternCount += 1
        }
    }

    private mutating func enumerate(
        _ values: [String], _ simple: XSDSimple, _ primitive: XSDPrimitive, _ row: inout XSDProgram.SimpleRow
    ) {
        row.enumeration = Int32(tables.valueCount)
        row.enumerationCount = Int32(values.count)
        switch simple.variety {
        case .atomic where primitive.isText:
            row.isSorted = true
            let texts = values.map { XSDCompiler.normalized($0, simple.whiteSpace) }
            for text in texts.sorted(by: XSDCompiler.comesBefore) { _ = tables.value(text, primitive) }
        case .atomic:
            for value in values { _ = tables.value(XSDCompiler.normalized(value, .collapse), primitive) }
        case .list: for value in values { _ = tables.value(XSDCompiler.normalized(value, .collapse), .string) }
        case .union(let members):
            for value in values {
                let kind = self.primitive(of: value, members, depth: 0)
                let space: XSDWhiteSpace = kind == .string ? .preserve : .collapse
                _ = tables.value(XSDCompiler.normalized(value, space), kind)
            }
        }
    }

    private static func comesBefore(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }
}

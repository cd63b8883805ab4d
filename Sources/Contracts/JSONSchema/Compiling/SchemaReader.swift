internal import Documents

/// Reads the keywords of one schema into rules.
struct SchemaReader {
    let compiler: SchemaCompiler
    let location: JSONSchemaSet.Location
    let schema: SchemaNode
    let dialect: JSONSchemaDialect
    let vocabulary: SchemaVocabulary

    func inside(_ schema: SchemaNode) -> Int32 { compiler.index(schema, in: location) }

    /// The value of a keyword, where the dialect has it.
    func keyword(_ name: String) -> SchemaNode? {
        guard let value = schema[name], SchemaKeywords.value(name, dialect) != nil else { return nil }
        return value
    }

    func schema(_ name: String) -> Int32? {
        guard let value = keyword(name), value.isObject || value.boolean != nil else { return nil }
        return inside(value)
    }

    func count(_ name: String) -> Int32? {
        guard let text = keyword(name)?.number, let number = ExactNumber(text), number.isInteger else { return nil }
        return number.clampedCount
    }

    // MARK: - Kinds

    private static let kinds: [String: UInt16] = [
        "null": bit(.null), "boolean": bit(.true) | bit(.false), "number": bit(.number), "integer": bit(.number),
        "string": bit(.string), "array": bit(.array), "object": bit(.object),
    ]

    private static func bit(_ kind: Document.NodeKind) -> UInt16 { 1 << UInt16(kind.rawValue) }

    private var types: [String] {
        guard let type = schema["type"] else { return [] }
        return type.string.map { [$0] } ?? type.items.compactMap(\.string)
    }

    func kinds() -> UInt16 {
        var named = types.compactMap { SchemaReader.kinds[$0] }
        // OpenAPI 3.0.3, section 4.7.24: `nullable` adds null to the type beside it, and means nothing without one.
        if dialect == .openAPI30, !named.isEmpty, schema["nullable"]?.boolean == true {
            named.append(SchemaReader.bit(.null))
        }
        return named.isEmpty ? SchemaCode.allKinds : named.reduce(0, |)
    }

    // MARK: - Constants

    /// `const` and `enum`.
    func values() {
        if let value = keyword("const") { add([value], isConst: true) }
        if let list = keyword("enum"), list.isArray { add(list.items, isConst: false) }
    }

    private func add(_ values: [SchemaNode], isConst: Bool) {
        let texts = values.compactMap(\.string)
        let first = Int32(compiler.parts.constantRoots.count)
        for value in values {
            let root = compiler.parts.pool.add(value)
            compiler.parts.constantRoots.append(root)
        }
        if texts.count == values.count, !texts.isEmpty {
            var seen: Set<String> = []
            let names = texts.filter { seen.insert($0).inserted }
            let table = table(names.map { ($0, -1, false) })
            compiler.parts.operations.append(
                SchemaOperation(code: .text, a: table, b: first, c: Int32(values.count), isVariant: isConst))
        } else {
            compiler.parts.operations.append(
                SchemaOperation(code: .constant, a: first, b: Int32(values.count), isVariant: isConst))
        }
    }

    /// A table of distinct names.
    func table(_ names: [(name: String, schema: Int32, isRequired: Bool)]) -> Int32 {
        var entries: [NameTable.Slot] = []
        for (order, entry) in names.enumerated() {
            let start = compiler.parts.pool.add(text: entry.name)
            entries.append(
                NameTable.Slot(
                    count: Int32(entry.name.utf8.count), start: start, schema: entry.schema, order: Int32(order),
                    isRequired: entry.isRequired))
        }
        // Words are loaded across the end of a name.
        let padded = compiler.parts.pool.bytes + [UInt8](repeating: 0, count: 16)
        let made = NameTable.make(entries, bytes: padded, appendingTo: &compiler.parts.slots)
        compiler.parts.tables.append(made)
        return Int32(compiler.parts.tables.count - 1)
    }

    // MARK: - Text and numbers

    func strings() -> Int32 {
        var rules = StringRules()
        var isUsed = false
        if vocabulary.validation {
            if let least = count("minLength") { (rules.least, isUsed) = (least, true) }
            if let most = count("maxLength") { (rules.most, isUsed) = (most, true) }
            if let source = keyword("pattern")?.string, let pattern = compiler.pattern(source) {
                rules.firstPattern = compiler.list([pattern])
                rules.patternCount = 1
                isUsed = true
            }
        }
        if let name = keyword("format")?.string, assertsFormats, let format = StringFormat(name: name, dialect: dialect)
        {
            rules.format = format
            isUsed = true
        }
        guard isUsed else { return -1 }
        compiler.parts.strings.append(rules)
        return Int32(compiler.parts.strings.count - 1)
    }

    private var assertsFormats: Bool {
        if compiler.options.formats == .asserted || vocabulary.formatAssertion { return true }
        return !dialect.isAtLeast(.draft201909)
    }

    func numbers() -> Int32 {
        var rules = NumberRules()
        let types = types
        var isUsed = false
        if types.contains("integer"), !types.contains("number") {
            rules.isInteger = true
            rules.isWritten = dialect == .draft4
            isUsed = true
        }
        rules.minimum = bound("minimum", "exclusiveMinimum", &rules.isMinimumExclusive, isLower: true)
        rules.maximum = bound("maximum", "exclusiveMaximum", &rules.isMaximumExclusive, isLower: false)
        if let text = keyword("multipleOf")?.number, let number = ExactNumber(text), let divisor = ExactDivisor(number)
        {
            compiler.parts.divisors.append(divisor)
            compiler.parts.divisorTexts.append(text)
            rules.divisor = Int32(compiler.parts.divisors.count - 1)
        }
        guard isUsed || rules.minimum >= 0 || rules.maximum >= 0 || rules.divisor >= 0 else { return -1 }
        compiler.parts.numbers.append(rules)
        return Int32(compiler.parts.numbers.count - 1)
    }

    /// The narrower of an inclusive and an exclusive bound.
    private func bound(_ inclusive: String, _ exclusive: String, _ isExclusive: inout Bool, isLower: Bool) -> Int32 {
        let first = keyword(inclusive)?.number
        if dialect.hasBooleanExclusives {
            isExclusive = keyword(exclusive)?.boolean == true
            return first.map(add) ?? -1
        }
        guard let second = keyword(exclusive)?.number else { return first.map(add) ?? -1 }
        guard let first else {
            isExclusive = true
            return add(second)
        }
        let order = compare(first, second)
        isExclusive = isLower ? order <= 0 : order >= 0
        return add(isExclusive ? second : first)
    }

    private func compare(_ first: String, _ second: String) -> Int {
        guard let other = ExactNumber(second) else { return -1 }
        var first = first
        return first.withUTF8 { bytes in
            other.digits.withUnsafeBufferPointer {
                NumberScan(bytes).compare(negative: other.isNegative, digits: $0, exponent: other.exponent)
            }
        }
    }

    private func add(_ text: String) -> Int32 {
        guard let number = ExactNumber(text) else { return -1 }
        var spelling = text
        let small = spelling.withUTF8 { bytes in bytes.baseAddress.flatMap { SmallNumber($0, bytes.count) } }
        let digits = compiler.parts.pool.add(digits: number.digits)
        compiler.parts.bounds.append(
            NumberBound(
                small: small, isNegative: number.isNegative, exponent: number.exponent, digits: digits, text: text))
        return Int32(compiler.parts.bounds.count - 1)
    }
}

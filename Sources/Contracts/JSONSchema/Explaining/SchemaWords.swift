internal import Documents

/// The sentences of violations. What a partner or a consumer sent is described, not quoted: it may be secret.
struct SchemaWords {
    private let program: SchemaProgram
    private let document: Document

    init(_ program: SchemaProgram, _ document: Document) {
        self.program = program
        self.document = document
    }

    // MARK: - Places

    func nameBytes(_ node: Int) -> UnsafeBufferPointer<UInt8> { document.name(node) }

    /// The JSON Pointer of a node; long names are cut.
    func pointer(_ node: Int) -> String {
        var result = ""
        var current = 0
        while current < node {
            var child = current + 1
            var position = 0
            while child < Int(document.nodes[current].next), Int(document.nodes[child].next) <= node {
                child = Int(document.nodes[child].next)
                position += 1
            }
            guard child <= node else { return result }
            result += "/"
            result +=
                document.nodes[current].kind == .array
                ? String(position) : JSONPointer.escaped(shortened(document.nameString(child)))
            current = child
        }
        return result
    }

    private func subject(_ pointer: String) -> String { pointer.isEmpty ? "the message" : "`\(pointer)`" }

    private func shortened(_ text: String, _ limit: Int = 60) -> String {
        text.unicodeScalars.count <= limit ? text : String(text.unicodeScalars.prefix(limit)) + "…"
    }

    // MARK: - Values

    /// The kind and size of what stands there.
    func description(_ node: Int) -> String {
        let n = document.nodes[node]
        switch n.kind {
        case .null: return "null"
        case .true: return "true"
        case .false: return "false"
        case .number: return number(node)
        case .string, .attribute, .element: return plural(SchemaRun.characters(document.text(node)), "character")
        case .array: return "a list of " + plural(Int(n.childCount), "item")
        case .object: return "an object of " + plural(Int(n.childCount), "member")
        }
    }

    private func number(_ node: Int) -> String {
        let scan = NumberScan(document.text(node))
        if scan.isZero { return "0" }
        let sign = scan.isNegative ? "negative " : ""
        let kind = scan.isInteger ? "whole number" : "number"
        let digits = scan.isInteger ? max(scan.exponent, 1) : max(scan.count, scan.count - scan.exponent)
        return "a \(sign)\(kind) of \(plural(digits, "digit"))"
    }

    func plural(_ count: Int, _ word: String) -> String { count == 1 ? "1 \(word)" : "\(count) \(word)s" }

    // MARK: - Names and constants

    func slots(_ table: NameTable) -> [NameTable.Slot] {
        let all = program.tables.slots[Int(table.firstSlot)...Int(table.firstSlot) + Int(table.mask)]
        return all.filter { $0.count >= 0 }.sorted { $0.order < $1.order }
    }

    func text(_ slot: NameTable.Slot) -> String {
        String(decoding: program.tables.bytes[Int(slot.start)..<Int(slot.start) + Int(slot.count)], as: UTF8.self)
    }

    func constant(_ index: Int32) -> String {
        let node = program.tables.constants[Int(index)]
        switch node.kind {
        case .null: return "null"
        case .true: return "true"
        case .false: return "false"
        case .array: return "a list"
        case .object: return "an object"
        case .number, .string, .attribute, .element:
            let start = Int(node.valueStart)
            return String(decoding: program.tables.bytes[start..<start + Int(node.valueCount)], as: UTF8.self)
        }
    }

    // MARK: - Violations

    func violation(
        _ node: Int, _ keyword: String, _ requirement: String, expected: String? = nil, actual: String? = nil
    ) -> Violation {
        let pointer = pointer(node)
        let actual = actual ?? description(node)
        return Violation(
            pointer: pointer, keyword: keyword, message: "\(subject(pointer)) \(requirement); got \(actual)",
            expected: expected, actual: actual)
    }

    func tooComplex(_ node: Int) -> Violation {
        let pointer = pointer(node)
        return Violation(
            pointer: pointer, keyword: "too-complex",
            message: "\(subject(pointer)) takes more steps to check than its size allows")
    }

    func wrongKind(_ node: Int, _ code: SchemaCode) -> Violation {
        let names = kinds(code)
        let actual = document.nodes[node].kind == .string ? "text of \(description(node))" : description(node)
        return violation(node, "type", "must be \(joined(names))", expected: joined(names), actual: actual)
    }

    private func kinds(_ code: SchemaCode) -> [String] {
        var names: [String] = []
        func has(_ kind: Document.NodeKind) -> Bool { code.kinds & (1 << UInt16(kind.rawValue)) != 0 }
        if has(.object) { names.append("an object") }
        if has(.array) { names.append("a list") }
        if has(.string) { names.append("text") }
        if has(.number) {
            let isInteger = code.number >= 0 && program.tables.numbers[Int(code.number)].isInteger
            names.append(isInteger ? "a whole number" : "a number")
        }
        if has(.true), has(.false) { names.append("true or false") }
        if has(.null) { names.append("null") }
        return names.isEmpty ? ["nothing"] : names
    }

    /// The kinds that a list of schemas allows, each once.
    func kinds(_ schemas: [Int32]) -> [String] {
        var result: [String] = []
        for schema in schemas {
            let code = program.tables.codes[Int(schema)]
            guard code.kinds != SchemaCode.allKinds else { continue }
            for name in kinds(code) where !result.contains(name) { result.append(name) }
        }
        return result
    }

    private func joined(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    func missing(_ node: Int, _ name: String, because other: String? = nil) -> Violation {
        let pointer = pointer(node) + "/" + JSONPointer.escaped(shortened(name))
        let reason = other.map { ", as `\(shortened($0))` is there" } ?? ""
        return Violation(
            pointer: pointer, keyword: other == nil ? "required" : "dependentRequired",
            message: "`\(pointer)` is missing\(reason)", expected: "`\(shortened(name))`", actual: "nothing")
    }

    func unexpected(_ node: Int, _ keyword: String, names: [String]) -> Violation {
        let pointer = pointer(node)
        let listed = names.prefix(5).map { "`\(shortened($0, 30))`" }
        let more = names.count > 5 ? " or \(names.count - 5) others" : ""
        let known = listed.isEmpty ? "" : "; known here: " + listed.joined(separator: ", ") + more
        return Violation(
            pointer: pointer, keyword: keyword, message: "`\(pointer)` is not expected here\(known)",
            expected: "nothing", actual: description(node))
    }

    func tooShort(_ node: Int, _ rules: StringRules, _ count: Int) -> Violation {
        let least = "at least " + plural(Int(rules.least), "character")
        return violation(node, "minLength", "must have \(least)", expected: least)
    }

    func tooLong(_ node: Int, _ rules: StringRules, _ count: Int) -> Violation {
        let most = "at most " + plural(Int(rules.most), "character")
        return violation(node, "maxLength", "must have \(most)", expected: most)
    }

    func noMatch(_ node: Int, _ pattern: Int) -> Violation {
        let text = shortened(program.patternTexts[pattern], 80)
        return violation(node, "pattern", "must match `\(text)`", expected: text)
    }

    func outside(_ node: Int, _ rules: NumberRules, isLower: Bool) -> Violation {
        let bound = program.bounds[Int(isLower ? rules.minimum : rules.maximum)].text
        let isExclusive = isLower ? rules.isMinimumExclusive : rules.isMaximumExclusive
        let relation = isLower ? (isExclusive ? "above" : "at least") : (isExclusive ? "below" : "at most")
        let word = isLower ? "inimum" : "aximum"
        let keyword = isExclusive ? "exclusiveM" + word : "m" + word
        let expected = "\(relation) \(shortened(bound, 40))"
        return violation(node, keyword, "must be \(expected)", expected: expected)
    }

    func count(_ node: Int, _ keyword: String, _ bound: Int, _ word: String) -> Violation {
        let expected = (keyword.hasPrefix("min") ? "at least " : "at most ") + plural(bound, word)
        return violation(node, keyword, "must have \(expected)", expected: expected)
    }

    func contained(_ node: Int, _ rules: ArrayRules, _ count: Int) -> Violation {
        let isLow = count < Int(rules.leastContained)
        let bound = Int(isLow ? rules.leastContained : rules.mostContained)
        let keyword = isLow ? (bound == 1 ? "contains" : "minContains") : "maxContains"
        let expected = (isLow ? "at least " : "at most ") + plural(bound, "item") + " of the kind it must contain"
        return violation(
            node, keyword, "must have \(expected)", expected: expected, actual: "\(count) of them")
    }

    func notListed(_ node: Int, _ operation: SchemaOperation) -> Violation {
        let first = Int(operation.code == .text ? operation.b : operation.a)
        let count = Int(operation.code == .text ? operation.c : operation.b)
        let shown = (first..<first + min(count, 5)).map { "`\(shortened(constant(program.constantRoots[$0]), 40))`" }
        if operation.isVariant {
            return violation(node, "const", "must be \(shown.first ?? "nothing")", expected: shown.first)
        }
        let list = shown.joined(separator: ", ") + (count > 5 ? " or \(count - 5) others" : "")
        return violation(node, "enum", "must be one of \(list)", expected: list)
    }

    // MARK: - Alternatives

    func several(_ node: Int, _ count: Int, of total: Int) -> Violation {
        let pointer = pointer(node)
        return Violation(
            pointer: pointer, keyword: "oneOf",
            message: "\(subject(pointer)) fits \(count) of \(total) alternatives; exactly one must fit",
            expected: "exactly one of \(total) alternatives", actual: "\(count) that fit")
    }

    func none(_ node: Int, _ keyword: String, count: Int, kinds: [String]) -> Violation {
        let actual = document.nodes[node].kind == .string ? "text of \(description(node))" : description(node)
        let expected = kinds.isEmpty ? "one of \(count) alternatives" : joined(kinds)
        return violation(
            node, keyword, "fits none of \(count) alternatives: must be \(expected)", expected: expected,
            actual: actual)
    }

    func nearest(_ node: Int, _ keyword: String, number: Int, of count: Int) -> Violation {
        let pointer = pointer(node)
        let which = count == 1 ? "" : "; the nearest is number \(number)"
        return Violation(
            pointer: pointer, keyword: keyword,
            message: "\(subject(pointer)) fits none of \(plural(count, "alternative"))\(which)",
            expected: "one of \(plural(count, "alternative"))", actual: description(node))
    }
}

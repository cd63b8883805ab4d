internal import Documents
internal import Patterns

/// Says why a document was refused: walks it once more, through what failed only.
///
/// It allocates as it likes, as an invalid message has left the fast way already, but it takes no more steps than the
/// check itself was allowed.
struct SchemaExplainer {
    var run: SchemaRun
    let words: SchemaWords
    let limit: Int
    private(set) var found: [Violation] = []
    /// Of each alternative that is tried: whether its kind or a constant in it is wrong already.
    private var penalty = 0
    /// The value that alternatives are tried for; -1 outside of them.
    private var judged = -1
    private var depth = 0

    init(_ run: SchemaRun, _ document: Document, limit: Int) {
        self.run = run
        words = SchemaWords(run.program, document)
        self.limit = limit
    }

    mutating func explain(root: Int32, at node: Int) -> [Violation] {
        explain(root, node, tracks: false)
        if run.isExhausted || found.isEmpty { return [words.tooComplex(node)] + found.prefix(limit - 1) }
        return found
    }

    private mutating func explain(_ schema: Int32, _ node: Int, tracks: Bool) {
        let mark = run.scratch.log.count
        guard found.count < limit, depth < 400, !run.isExhausted else { return }
        if run.check(schema, node, tracks: tracks) { return }
        run.forget(mark)
        guard !run.isExhausted else { return }
        if schema == SchemaCode.never {
            add(words.violation(node, "false schema", "must not be here"))
            return
        }
        depth += 1
        let code = run.tables.codes[Int(schema)]
        let kind = run.nodes[node].kind
        let asks = code.flags & SchemaCode.Flags.tracks != 0
        if code.kinds & (1 << UInt16(kind.rawValue)) == 0 {
            if node == judged { penalty += 1000 }
            add(words.wrongKind(node, code))
        } else {
            switch kind {
            case .string: if code.string >= 0 { text(run.tables.strings[Int(code.string)], node) }
            case .number: if code.number >= 0 { number(run.tables.numbers[Int(code.number)], node) }
            case .object:
                if code.object >= 0 { object(run.tables.objects[Int(code.object)], node, tracks: tracks || asks) }
            case .array:
                if code.array >= 0 { array(run.tables.arrays[Int(code.array)], node, tracks: tracks || asks) }
            case .null, .true, .false, .element, .attribute: break
            }
            operations(code, node, from: mark, tracks: tracks || asks)
        }
        if asks, !tracks { run.forget(mark) }
        depth -= 1
    }

    private mutating func add(_ violation: Violation) {
        guard found.count < limit, !found.contains(violation) else { return }
        found.append(violation)
    }

    // MARK: - Scalars

    private mutating func text(_ rules: StringRules, _ node: Int) {
        let text = run.string(node)
        let count = SchemaRun.characters(text)
        if count < Int(rules.least) { add(words.tooShort(node, rules, count)) }
        if count > Int(rules.most) { add(words.tooLong(node, rules, count)) }
        for place in Int(rules.firstPattern)..<Int(rules.firstPattern + rules.patternCount) {
            let pattern = Int(run.tables.lists[place])
            if !run.program.patterns[pattern].matches(text) { add(words.noMatch(node, pattern)) }
        }
        if rules.format != .none, !rules.format.accepts(text) {
            add(words.violation(node, "format", "must be \(rules.format.title)", expected: rules.format.name))
        }
    }

    private mutating func number(_ rules: NumberRules, _ node: Int) {
        let scan = NumberScan(run.string(node))
        if rules.isInteger, !run.isInteger(rules, scan) {
            if node == judged { penalty += 1000 }
            add(words.violation(node, "type", "must be a whole number", expected: "a whole number"))
        }
        if rules.minimum >= 0 {
            let order = run.compare(scan, Int(rules.minimum))
            if order < 0 || order == 0 && rules.isMinimumExclusive { add(words.outside(node, rules, isLower: true)) }
        }
        if rules.maximum >= 0 {
            let order = run.compare(scan, Int(rules.maximum))
            if order > 0 || order == 0 && rules.isMaximumExclusive { add(words.outside(node, rules, isLower: false)) }
        }
        if rules.divisor >= 0, !run.program.tables.divisors[Int(rules.divisor)].divides(scan) {
            let text = run.program.divisorTexts[Int(rules.divisor)]
            add(words.violation(node, "multipleOf", "must be a multiple of \(text)", expected: "a multiple of \(text)"))
        }
    }

    // MARK: - Objects

    private mutating func object(_ rules: ObjectRules, _ node: Int, tracks: Bool) {
        let count = Int(run.nodes[node].childCount)
        if count < Int(rules.least) { add(words.count(node, "minProperties", Int(rules.least), "member")) }
        if count > Int(rules.most) { add(words.count(node, "maxProperties", Int(rules.most), "member")) }
        missing(rules, node)
        var child = node + 1
        while child < Int(run.nodes[node].next) {
            defer { child = Int(run.nodes[child].next) }
            var isKnown = false
            if rules.names != SchemaCode.always, !run.checkName(rules.names, child) {
                add(words.violation(child, "propertyNames", "has a name that is not allowed"))
            }
            if let slot = slot(rules.table, child), slot.schema >= 0 {
                isKnown = true
                // A constant that differs tells that another alternative is meant.
                let before = found.count
                explain(slot.schema, child, tracks: false)
                if found.count > before, found[before].keyword == "const" || found[before].keyword == "enum" {
                    penalty += 100
                }
            }
            patterns(rules, child, &isKnown)
            if !isKnown, rules.additional >= 0 {
                if rules.additional == SchemaCode.never {
                    add(words.unexpected(child, "additionalProperties", names: names(rules.table)))
                } else {
                    explain(rules.additional, child, tracks: false)
                }
                isKnown = true
            }
            if tracks, isKnown { run.scratch.log.append(Int32(truncatingIfNeeded: child)) }
        }
        dependencies(rules, node)
    }

    private mutating func patterns(_ rules: ObjectRules, _ child: Int, _ isKnown: inout Bool) {
        let name = words.nameBytes(child)
        for pair in 0..<Int(rules.patternCount) {
            let place = Int(rules.firstPattern) + pair * 2
            guard run.program.patterns[Int(run.tables.lists[place])].matches(name) else { continue }
            isKnown = true
            explain(run.tables.lists[place + 1], child, tracks: false)
        }
    }

    private func slot(_ table: Int32, _ child: Int) -> NameTable.Slot? {
        guard table >= 0, let slots = run.tables.slots.baseAddress, let texts = run.tables.bytes.baseAddress,
            let name = words.nameBytes(child).baseAddress
        else { return nil }
        return run.tables.tables[Int(table)].find(name, words.nameBytes(child).count, slots, texts)?.pointee
    }

    private func names(_ table: Int32) -> [String] {
        guard table >= 0 else { return [] }
        return words.slots(run.tables.tables[Int(table)]).filter { $0.schema >= 0 }.map { words.text($0) }
    }

    private mutating func missing(_ rules: ObjectRules, _ node: Int) {
        guard rules.requiredCount > 0, rules.table >= 0 else { return }
        var seen: Set<Int32> = []
        var child = node + 1
        while child < Int(run.nodes[node].next) {
            if let slot = slot(rules.table, child) { seen.insert(slot.order) }
            child = Int(run.nodes[child].next)
        }
        for slot in words.slots(run.tables.tables[Int(rules.table)])
        where slot.isRequired && !seen.contains(slot.order) {
            add(words.missing(node, words.text(slot)))
        }
    }

    private mutating func dependencies(_ rules: ObjectRules, _ node: Int) {
        var place = Int(rules.firstDependency)
        for _ in 0..<Int(rules.dependencyCount) {
            let count = Int(run.tables.lists[place + 1])
            let name = run.tables.lists[place]
            if run.member(node, named: name) >= 0 {
                for index in place + 2..<place + 2 + count where run.member(node, named: run.tables.lists[index]) < 0 {
                    add(words.missing(node, words.constant(run.tables.lists[index]), because: words.constant(name)))
                }
            }
            place += 2 + count
        }
    }

    // MARK: - Arrays

    private mutating func array(_ rules: ArrayRules, _ node: Int, tracks: Bool) {
        let count = Int(run.nodes[node].childCount)
        if count < Int(rules.least) { add(words.count(node, "minItems", Int(rules.least), "item")) }
        if count > Int(rules.most) { add(words.count(node, "maxItems", Int(rules.most), "item")) }
        var position = 0
        var contained = 0
        var child = node + 1
        while child < Int(run.nodes[node].next) {
            var isKnown = true
            if position < Int(rules.prefixCount) {
                explain(run.tables.lists[Int(rules.firstPrefix) + position], child, tracks: false)
            } else if rules.items == SchemaCode.never {
                add(words.unexpected(child, rules.prefixCount > 0 ? "additionalItems" : "items", names: []))
            } else if rules.items >= 0 {
                explain(rules.items, child, tracks: false)
            } else {
                isKnown = false
            }
            if rules.contains >= 0, run.check(rules.contains, child, tracks: false) {
                contained += 1
                isKnown = isKnown || rules.containsEvaluates
            }
            if tracks, isKnown { run.scratch.log.append(Int32(truncatingIfNeeded: child)) }
            position += 1
            child = Int(run.nodes[child].next)
        }
        if rules.contains >= 0, contained < Int(rules.leastContained) || contained > Int(rules.mostContained) {
            add(words.contained(node, rules, contained))
        }
        if rules.isUnique, count > 1 {
            let repeated = run.repeated(node)
            if repeated >= 0, !run.isExhausted {
                add(words.violation(repeated, "uniqueItems", "must not be equal to an earlier item of its list"))
            }
        }
    }

    // MARK: - Operations

    private mutating func operations(_ code: SchemaCode, _ node: Int, from start: Int, tracks: Bool) {
        for index in Int(code.firstOperation)..<Int(code.firstOperation + code.operationCount) {
            let operation = run.tables.operations[index]
            switch operation.code {
            case .schema: explain(operation.a, node, tracks: tracks)
            case .text: if !run.isListed(operation, node) { add(words.notListed(node, operation)) }
            case .constant: if !run.isConstant(operation, node) { add(words.notListed(node, operation)) }
            case .anyOf: alternatives(operation, node, tracks: tracks)
            case .oneOf:
                let mark = run.scratch.log.count
                let count = run.matches(operation, node, tracks: tracks, atMost: Int.max)
                if count > 1 {
                    add(words.several(node, count, of: Int(operation.b)))
                } else if count == 0 {
                    run.forget(mark)
                    alternatives(operation, node, tracks: tracks)
                }
            case .not:
                if run.check(operation.a, node, tracks: false) {
                    add(words.violation(node, "not", "must not be what the contract rules out here"))
                }
            case .condition:
                let mark = run.scratch.log.count
                if run.check(operation.a, node, tracks: tracks) {
                    explain(operation.b, node, tracks: tracks)
                } else {
                    run.forget(mark)
                    explain(operation.c, node, tracks: tracks)
                }
            case .dependent:
                if run.nodes[node].kind == .object, run.member(node, named: operation.b) >= 0 {
                    explain(operation.a, node, tracks: tracks)
                }
            case .dynamic: explain(run.target(operation), node, tracks: tracks)
            case .unevaluatedProperties:
                if run.nodes[node].kind == .object { rest(operation, node, from: start) }
            case .unevaluatedItems:
                if run.nodes[node].kind == .array { rest(operation, node, from: start) }
            }
        }
    }

    private mutating func rest(_ operation: SchemaOperation, _ node: Int, from start: Int) {
        let seen = Set(run.scratch.log[min(start, run.scratch.log.count)...])
        guard !seen.contains(-1) else { return }
        let keyword = operation.code == .unevaluatedItems ? "unevaluatedItems" : "unevaluatedProperties"
        var child = node + 1
        while child < Int(run.nodes[node].next) {
            if !seen.contains(Int32(truncatingIfNeeded: child)) {
                if operation.a == SchemaCode.never {
                    add(words.unexpected(child, keyword, names: []))
                } else {
                    explain(operation.a, child, tracks: false)
                }
            }
            child = Int(run.nodes[child].next)
        }
        run.scratch.log.append(-1)
    }

    /// None of the alternatives fits: the one that is nearest is explained.
    private mutating func alternatives(_ operation: SchemaOperation, _ node: Int, tracks: Bool) {
        let mark = run.scratch.log.count
        if operation.code == .anyOf, run.matches(operation, node, tracks: tracks, atMost: Int.max) > 0 { return }
        run.forget(mark)
        let outer = found
        let outerPenalty = penalty
        let outerJudged = judged
        judged = node
        var best: (violations: [Violation], score: Int, number: Int)?
        for number in 0..<Int(operation.b) {
            found = []
            penalty = 0
            explain(run.tables.lists[Int(operation.a) + number], node, tracks: false)
            guard !run.isExhausted else { break }
            let score = penalty + found.count
            if !found.isEmpty, score < best?.score ?? Int.max { best = (found, score, number + 1) }
        }
        found = outer
        penalty = outerPenalty
        judged = outerJudged
        let keyword = operation.code == .anyOf ? "anyOf" : "oneOf"
        let count = Int(operation.b)
        guard let best else { return }
        let tops = best.violations.filter { $0.keyword == "type" && $0.pointer == words.pointer(node) }
        if !tops.isEmpty, count > 1 {
            if node == judged { penalty += 1000 }
            let kinds = words.kinds((0..<count).map { run.tables.lists[Int(operation.a) + $0] })
            add(words.none(node, keyword, count: count, kinds: kinds))
            return
        }
        add(words.nearest(node, keyword, number: best.number, of: count))
        for violation in best.violations { add(violation) }
    }
}

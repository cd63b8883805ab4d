internal import Contracts
internal import Diagnostics
internal import Documents

/// Operators and choices, with the checks of their operands.
extension Emitter {
    // MARK: Arithmetic

    mutating func negation(_ operand: FEELNode, _ node: FEELNode, _ into: Operand?) -> Typed {
        let mark = code.mark
        let value = emit(operand)
        code.release(to: mark)
        if let kind = value.kind, !(kind == .number || kind.isTemporal) {
            sink.add(.wrongKind(kind, wanted: "a number", at: expression.span(operand), by: "`-`"))
            return poison(into)
        }
        if let constant = constant(value), !sink.hasErrors {
            var problem: FEELProblem.Reason?
            return folded(Operators.negate(constant, &problem), problem, node, into)
        }
        let target = target(into)
        code.emit(.negate(into: target, value.operand), node.range)
        return Typed(target, Emitter.plain(value.kind))
    }

    mutating func arithmetic(
        _ operation: ArithmeticOperator, _ left: FEELNode, _ right: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let mark = code.mark
        let a = emit(left)
        let b = emit(right)
        code.release(to: mark)
        if let x = a.kind, let y = b.kind, !Emitter.isDefined(operation, x, y) {
            sink.add(.undefinedOperator(operation, x, left, y, right, in: expression))
            return poison(into)
        }
        if let x = constant(a), let y = constant(b), !sink.hasErrors {
            var problem: FEELProblem.Reason?
            return folded(Operators.arithmetic(operation, x, y, &problem), problem, node, into)
        }
        let target = target(into)
        code.emit(.arithmetic(operation, into: target, a.operand, b.operand), node.range)
        return Typed(target, Emitter.result(operation, a.kind, b.kind))
    }

    /// A shape with nothing but its kind.
    static func plain(_ kind: KnownKind?) -> Shape? {
        switch kind {
        case .text: .string
        case .number: .number
        case .boolean: .boolean
        case .temporal(let kind): .temporal(kind)
        case .context, nil: nil
        }
    }

    private static func isDefined(_ operation: ArithmeticOperator, _ left: KnownKind, _ right: KnownKind) -> Bool {
        switch (left, right) {
        case (.number, .number): true
        case (.text, .text): operation == .add
        case (.temporal, .temporal): operation != .power && operation != .multiply
        case (.temporal, .number): operation == .multiply || operation == .divide
        case (.number, .temporal): operation == .multiply
        default: false
        }
    }

    private static func result(_ operation: ArithmeticOperator, _ left: KnownKind?, _ right: KnownKind?) -> Shape? {
        switch (left, right) {
        case (.number?, .number?): return .number
        case (.text?, .text?): return .string
        case (.temporal(let kind)?, .number?): return .temporal(kind)
        case (.temporal(let a)?, .temporal(let b)?):
            let instants: [Shape.TemporalKind] = [.date, .time, .dateTime]
            if operation == .divide { return .number }
            if instants.contains(a), instants.contains(b) { return .temporal(.daysDuration) }
            return instants.contains(b) ? .temporal(b) : .temporal(a)
        default: return nil
        }
    }

    // MARK: Comparison

    mutating func comparison(
        _ operation: ComparisonOperator, _ left: FEELNode, _ right: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let mark = code.mark
        let a = emit(left)
        let b = emit(right)
        code.release(to: mark)
        checkComparable(a, left, b, right, node)
        if operation == .equal || operation == .notEqual { checkEnumeration(a, left, b, right) }
        if let x = constant(a), let y = constant(b), !sink.hasErrors {
            var problem: FEELProblem.Reason?
            return folded(Operators.compare(operation, x, y, &problem), problem, node, into)
        }
        let target = target(into)
        code.emit(.compare(operation, into: target, a.operand, b.operand), node.range)
        return Typed(target, .boolean)
    }

    /// Reports a comparison of values that can never be compared.
    mutating func checkComparable(
        _ left: Typed, _ leftNode: FEELNode, _ right: Typed, _ rightNode: FEELNode, _ node: FEELNode
    ) {
        guard let a = left.kind, let b = right.kind, !a.compares(with: b) else { return }
        sink.add(.incomparable(a, leftNode, b, rightNode, in: expression))
    }

    /// Reports an equality that the enumerations of the contract rule out.
    mutating func checkEnumeration(_ left: Typed, _ leftNode: FEELNode, _ right: Typed, _ rightNode: FEELNode) {
        guard left.kind == .text, right.kind == .text else { return }
        if case .string(let text)? = constant(right) {
            checkAllowed(text, rightNode, by: left)
        } else if case .string(let text)? = constant(left) {
            checkAllowed(text, leftNode, by: right)
        }
    }

    private mutating func checkAllowed(_ text: String, _ node: FEELNode, by other: Typed) {
        guard constant(other) == nil, let shape = other.shape?.scalarShape else { return }
        let allowed = shape.facets.enumeration
        guard !allowed.isEmpty, !allowed.contains(text) else { return }
        sink.add(.neverEqual(text, allowed: allowed, source: shape.source, at: expression.span(node)))
    }

    mutating func between(
        _ value: FEELNode, _ low: FEELNode, _ high: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let target = target(into)
        let mark = code.mark
        let v = emit(value)
        let a = emit(low)
        let b = emit(high)
        checkComparable(v, value, a, low, node)
        checkComparable(v, value, b, high, node)
        let first = code.register()
        let second = code.register()
        code.emit(.compare(.greaterOrEqual, into: first, v.operand, a.operand), node.range)
        code.emit(.compare(.lessOrEqual, into: second, v.operand, b.operand), node.range)
        code.emit(.and(into: target, first, second), node.range)
        code.release(to: mark)
        return Typed(target, .boolean)
    }

    // MARK: in

    mutating func membership(_ value: FEELNode, _ tests: [FEELTest], _ node: FEELNode, _ into: Operand?) -> Typed {
        let target = target(into)
        let mark = code.mark
        let v = emit(value)
        anyOf(tests, v, value, node, target)
        code.release(to: mark)
        return Typed(target, .boolean)
    }

    /// Whether one of the tests passes.
    private mutating func anyOf(
        _ tests: [FEELTest], _ value: Typed, _ valueNode: FEELNode, _ node: FEELNode, _ target: Operand
    ) {
        var ends: [CodeBuilder.Jump] = []
        for (offset, test) in tests.enumerated() {
            let mark = code.mark
            let result = offset == 0 ? target : code.register()
            self.test(test, value, valueNode, node, result)
            if offset > 0 { code.emit(.or(into: target, target, result), node.range) }
            if offset < tests.count - 1 { ends.append(code.emitJump(node.range) { .jumpIfTrue(target, $0) }) }
            code.release(to: mark)
        }
        code.land(ends)
    }

    private mutating func test(
        _ test: FEELTest, _ value: Typed, _ valueNode: FEELNode, _ node: FEELNode, _ target: Operand
    ) {
        switch test {
        case .comparison(let operation, let other):
            let b = emit(other)
            checkComparable(value, valueNode, b, other, node)
            if operation == .equal || operation == .notEqual { checkEnumeration(value, valueNode, b, other) }
            code.emit(.compare(operation, into: target, value.operand, b.operand), other.range)
        case .not(let tests):
            anyOf(tests, value, valueNode, node, target)
            code.emit(.not(into: target, target), node.range)
        case .value(let other):
            if case .name(let name) = other.kind, scope.variables[name] == nil, let table = scope.functions[name] {
                // `x in table`: whether the code list knows the value.
                code.table(table.index)
                code.emit(
                    .table(into: target, index: Int16(clamping: table.index), value.operand, reverse: false),
                    other.range)
                code.emit(.compare(.notEqual, into: target, target, code.constant(.null)), other.range)
                return
            }
            let b = emit(other)
            checkTest(value, valueNode, b, other, node)
            code.emit(.matches(into: target, value.operand, b.operand), other.range)
        }
    }

    /// A test that is a list literal is checked item by item, a range by its ends, anything else as an equality.
    private mutating func checkTest(
        _ value: Typed, _ valueNode: FEELNode, _ test: Typed, _ other: FEELNode, _ node: FEELNode
    ) {
        switch other.kind {
        case .list(let items):
            for item in items {
                guard case .literal(let literal) = item.kind else { continue }
                let typed = Typed(code.constant(literal), Emitter.shape(of: literal))
                checkComparable(value, valueNode, typed, item, node)
                checkEnumeration(value, valueNode, typed, item)
            }
        case .range(let low, _, _, _):
            guard case .literal(let literal) = low.kind else { return }
            checkComparable(value, valueNode, Typed(code.constant(literal), Emitter.shape(of: literal)), low, node)
        default:
            guard constant(test) == nil || !(test.shape?.isList ?? true) else { return }
            checkComparable(value, valueNode, test, other, node)
            checkEnumeration(value, valueNode, test, other)
        }
    }

    // MARK: Logic

    mutating func logic(
        isAnd: Bool, _ left: FEELNode, _ right: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let target = target(into)
        let mark = code.mark
        checkBoolean(emit(left, into: target), left, by: isAnd ? "`and`" : "`or`")
        let end = code.emitJump(node.range) { isAnd ? .jumpIfFalse(target, $0) : .jumpIfTrue(target, $0) }
        let b = emit(right)
        checkBoolean(b, right, by: isAnd ? "`and`" : "`or`")
        code.emit(isAnd ? .and(into: target, target, b.operand) : .or(into: target, target, b.operand), node.range)
        code.land(end)
        code.release(to: mark)
        return Typed(target, .boolean)
    }

    mutating func checkBoolean(_ value: Typed, _ node: FEELNode, by what: String) {
        guard let kind = value.kind, kind != .boolean else { return }
        sink.add(.notCondition(kind, by: what, at: expression.span(node)))
    }

    mutating func choice(
        _ condition: FEELNode, _ then: FEELNode, _ otherwise: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let target = target(into)
        let mark = code.mark
        let c = emit(condition)
        checkBoolean(c, condition, by: "`if`")
        let toElse = code.emitJump(condition.range) { .jumpUnlessTrue(c.operand, $0) }
        code.release(to: mark)
        let a = emit(then, into: target)
        let toEnd = code.emitJump(then.range) { .jump($0) }
        code.land(toElse)
        let b = emit(otherwise, into: target)
        code.land(toEnd)
        code.release(to: mark)
        return Typed(target, Emitter.merged(a, b))
    }

    /// The shape of a value that is one of two.
    static func merged(_ a: Typed, _ b: Typed) -> Shape? {
        if a.isNull { return b.shape?.allowingNull() }
        if b.isNull { return a.shape?.allowingNull() }
        guard let left = a.shape, let right = b.shape, let kind = a.kind, kind == b.kind else { return nil }
        if left === right { return left }
        let nullable = left.nullable || right.nullable
        guard kind == .text else { return plain(kind)?.allowingNull(nullable) }
        var facets = Facets.none
        let first = left.facets.enumeration
        let second = right.facets.enumeration
        if !first.isEmpty, !second.isEmpty { facets.enumeration = first + second.filter { !first.contains($0) } }
        return Shape(.string, nullable: nullable, facets: facets)
    }
}

internal import Contracts
internal import Diagnostics
internal import Documents

/// Walks a tree once: resolves names, checks types, folds constants and writes instructions.
///
/// A mistake is reported where it is found and leaves a value of unknown type, so that one mistake gives one message.
struct Emitter {
    let expression: FEELExpression
    let scope: FEELScope
    var code = CodeBuilder()
    var sink = DiagnosticSink()
    /// Names bound inside of the expression, innermost last.
    var locals: [Local] = []

    init(expression: FEELExpression, scope: FEELScope) {
        self.expression = expression
        self.scope = scope
    }

    /// A name bound by `for`, `some`, `every` or a context, or the item of a filter.
    enum Local {
        case variable(String, Operand, Shape?)
        /// `item`, and its fields by their own names.
        case item(Operand, Shape?)
    }

    /// Where a value is and what is known about it.
    struct Typed {
        var operand: Operand
        var shape: Shape?
        /// Whether the value is the literal `null`.
        var isNull = false

        init(_ operand: Operand, _ shape: Shape?, isNull: Bool = false) {
            self.operand = operand
            self.shape = shape
            self.isNull = isNull
        }

        var kind: KnownKind? { KnownKind(shape) }
    }

    // MARK: Values

    /// Emits a node; with `into` its value ends in that register.
    mutating func emit(_ node: FEELNode, into: Operand? = nil) -> Typed {
        switch node.kind {
        case .literal(let value): return constant(value, node, into)
        case .temporal(let text): return temporal(text, node, into)
        case .name, .path: return path(node, into)
        case .filter(let base, let condition): return filter(base, condition, node, into)
        case .negation(let operand): return negation(operand, node, into)
        case .arithmetic(let operation, let left, let right): return arithmetic(operation, left, right, node, into)
        case .comparison(let operation, let left, let right): return comparison(operation, left, right, node, into)
        case .and(let left, let right): return logic(isAnd: true, left, right, node, into)
        case .or(let left, let right): return logic(isAnd: false, left, right, node, into)
        case .between(let value, let low, let high): return between(value, low, high, node, into)
        case .membership(let value, let tests): return membership(value, tests, node, into)
        case .choice(let condition, let then, let otherwise): return choice(condition, then, otherwise, node, into)
        case .iteration(let iterators, let body): return iteration(iterators, body, node, into)
        case .quantified(let every, let iterators, let body): return quantified(every, iterators, body, node, into)
        case .list(let items): return list(items, node, into)
        case .context(let entries): return context(entries, node, into)
        case .range(let low, let high, let lowIncluded, let highIncluded):
            return range(low, high, lowIncluded, highIncluded, node, into)
        case .call(let name, let arguments): return call(name, arguments, node, into)
        }
    }

    /// A register for a result: the wanted one or a new one.
    mutating func target(_ into: Operand?) -> Operand { into ?? code.register() }

    /// What a mistake leaves behind: a value of which nothing is known.
    mutating func poison(_ into: Operand?) -> Typed { Typed(into ?? code.constant(.null), nil) }

    /// A constant, in a register when one is asked for.
    mutating func constant(_ value: Value, _ node: FEELNode, _ into: Operand?) -> Typed {
        var operand = code.constant(value)
        if let into {
            code.emit(.move(into: into, operand), node.range)
            operand = into
        }
        return Typed(operand, Emitter.shape(of: value), isNull: value.isNull)
    }

    /// The shape of a constant.
    static func shape(of value: Value) -> Shape? {
        switch value {
        case .null, .range: return nil
        case .boolean: return .boolean
        case .number(let number): return number.isIntegral ? .integer : .number
        case .string(let text):
            var facets = Facets.none
            facets.enumeration = [text]
            return Shape(.string, facets: facets)
        case .list(let items):
            guard let first = items.first, let shape = shape(of: first), let kind = KnownKind(shape),
                items.allSatisfy({ KnownKind(Emitter.shape(of: $0)) == kind })
            else { return .list(.any, min: items.count, max: items.count) }
            return .list(shape, min: items.count, max: items.count)
        case .context(let context):
            return .object(
                context.entries.map { Field(name: $0.name, shape: Emitter.shape(of: $0.value) ?? .any, required: true) }
            )
        case .temporal(let temporal):
            switch temporal {
            case .date: return .temporal(.date)
            case .time: return .temporal(.time)
            case .dateTime: return .temporal(.dateTime)
            case .daysDuration: return .temporal(.daysDuration)
            case .yearsDuration: return .temporal(.yearsDuration)
            }
        }
    }

    /// The constant at an operand.
    func constant(_ typed: Typed) -> Value? { code.constant(typed.operand) }

    /// A value worked out while compiling; one that failed is reported.
    mutating func folded(
        _ value: Value, _ problem: FEELProblem.Reason?, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        if let problem {
            sink.add(.noValue(problem, at: expression.span(node)))
            return poison(into)
        }
        return constant(value, node, into)
    }

    private mutating func temporal(_ text: String, _ node: FEELNode, _ into: Operand?) -> Typed {
        guard let value = Temporal(text) else {
            sink.add(.noValue(.badDate, at: expression.span(node)))
            return poison(into)
        }
        return constant(.temporal(value), node, into)
    }

    // MARK: Lists, contexts, ranges

    private mutating func list(_ items: [FEELNode], _ node: FEELNode, _ into: Operand?) -> Typed {
        if let values = constants(items) { return constant(.list(values), node, into) }
        let target = target(into)
        let mark = code.mark
        let first = code.registers(items.count)
        var shapes: [Shape?] = []
        for (offset, item) in items.enumerated() { shapes.append(emit(item, into: first + Operand(offset)).shape) }
        code.emit(.list(into: target, first: first, count: Int16(clamping: items.count)), node.range)
        code.release(to: mark)
        let kinds = shapes.map { KnownKind($0) }
        let shape = kinds.allSatisfy { $0 != nil && $0 == kinds[0] } ? shapes[0] : nil
        return Typed(target, .list(shape ?? .any, min: items.count, max: items.count))
    }

    /// The values of literals; nil when one of the nodes is something else.
    private func constants(_ nodes: [FEELNode]) -> [Value]? {
        var values: [Value] = []
        values.reserveCapacity(nodes.count)
        for node in nodes {
            switch node.kind {
            case .literal(let value): values.append(value)
            case .list(let items):
                guard let inner = constants(items) else { return nil }
                values.append(.list(inner))
            default: return nil
            }
        }
        return values
    }

    private mutating func context(_ entries: [FEELEntry], _ node: FEELNode, _ into: Operand?) -> Typed {
        let target = target(into)
        let mark = code.mark
        let outer = locals.count
        let first = code.registers(entries.count)
        var fields: [Field] = []
        for (offset, entry) in entries.enumerated() {
            let value = emit(entry.value, into: first + Operand(offset))
            fields.append(Field(name: entry.key.text, shape: value.shape ?? .any, required: true))
            // An entry sees those before it (§10.3.2.6).
            locals.append(.variable(entry.key.text, first + Operand(offset), value.shape))
        }
        locals.removeLast(locals.count - outer)
        code.emit(.context(into: target, first: first, keys: code.keys(entries.map(\.key.text))), node.range)
        code.release(to: mark)
        return Typed(target, .object(fields))
    }

    private mutating func range(
        _ low: FEELNode, _ high: FEELNode, _ lowIncluded: Bool, _ highIncluded: Bool, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let mark = code.mark
        let from = emit(low)
        let to = emit(high)
        checkComparable(from, low, to, high, node)
        if let a = constant(from), let b = constant(to), !sink.hasErrors {
            var problem: FEELProblem.Reason?
            let value = Operators.range(a, b, lowIncluded, highIncluded, &problem)
            return folded(value, problem, node, into)
        }
        code.release(to: mark)
        let target = target(into)
        code.emit(
            .range(into: target, from.operand, to.operand, lowIncluded: lowIncluded, highIncluded: highIncluded),
            node.range)
        return Typed(target, nil)
    }
}

internal import Contracts
internal import Diagnostics
internal import Documents

/// Filters, `for`, `some` and `every`.
extension Emitter {
    /// `base[1]` takes an item, `base[condition]` keeps items. What the brackets hold is known only when it runs,
    /// unless it is a literal.
    mutating func filter(_ base: FEELNode, _ condition: FEELNode, _ node: FEELNode, _ into: Operand?) -> Typed {
        if case .literal(let literal) = condition.kind, case .number = literal {
            let mark = code.mark
            let source = emit(base)
            code.release(to: mark)
            let position = code.constant(literal)
            let target = target(into)
            code.emit(.item(into: target, source.operand, position), node.range)
            return Typed(target, source.shape?.itemShape.allowingNull())
        }
        let target = target(into)
        let mark = code.mark
        let source = code.register()
        let item = code.register()
        let shape = emit(base, into: source).shape
        let counter = code.counter()
        code.emit(.move(into: target, code.constant(.null)), node.range)
        let toNull = code.emitJump(base.range) { .jumpIfNull(source, $0) }
        code.emit(.move(into: target, code.constant(.list([]))), node.range)
        code.emit(.begin(counter: counter, source: source), base.range)
        let top = code.position
        let end = code.emitJump(node.range) { .next(counter: counter, source: source, into: item, end: $0) }
        locals.append(.item(item, shape?.iterated))
        let inner = code.mark
        let kept = emit(condition)
        locals.removeLast()
        if let kind = kept.kind, kind != .boolean, kind != .number {
            sink.add(.notCondition(kind, by: "a filter", at: expression.span(condition)))
        }
        let done = code.emitJump(condition.range) {
            .keep(in: target, source: source, item: item, condition: kept.operand, end: $0)
        }
        code.release(to: inner)
        code.emit(.jump(top), node.range)
        code.land(end)
        let isPosition = kept.kind == .number
        if isPosition { code.emit(.move(into: target, code.constant(.null)), node.range) }
        code.land(toNull, done)
        code.release(to: mark)
        if isPosition { return Typed(target, shape?.itemShape.allowingNull()) }
        guard kept.kind == .boolean else { return Typed(target, nil) }
        return Typed(target, .list(shape?.itemShape ?? .any))
    }

    /// The start of one loop of several nested ones.
    private struct Loop {
        var top: Int32
        var end: CodeBuilder.Jump
    }

    mutating func iteration(
        _ iterators: [FEELIterator], _ body: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let target = target(into)
        let mark = code.mark
        let outer = locals.count
        code.emit(.move(into: target, code.constant(.list([]))), node.range)
        let (loops, toNull) = begin(iterators, node)
        let value = emit(body)
        code.emit(.append(to: target, value.operand), body.range)
        close(loops, node)
        finish(toNull, target, node)
        locals.removeLast(locals.count - outer)
        code.release(to: mark)
        return Typed(target, .list(value.shape ?? .any))
    }

    mutating func quantified(
        _ every: Bool, _ iterators: [FEELIterator], _ condition: FEELNode, _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        let target = target(into)
        let mark = code.mark
        let outer = locals.count
        code.emit(.move(into: target, code.constant(.boolean(every))), node.range)
        let (loops, toNull) = begin(iterators, node)
        let value = emit(condition)
        checkBoolean(value, condition, by: "`satisfies`")
        let decided: CodeBuilder.Jump
        if every {
            code.emit(.and(into: target, target, value.operand), condition.range)
            decided = code.emitJump(condition.range) { .jumpIfFalse(target, $0) }
        } else {
            code.emit(.or(into: target, target, value.operand), condition.range)
            decided = code.emitJump(condition.range) { .jumpIfTrue(target, $0) }
        }
        close(loops, node)
        finish(toNull, target, node)
        code.land(decided)
        locals.removeLast(locals.count - outer)
        code.release(to: mark)
        return Typed(target, .boolean)
    }

    /// Opens the loops of all iterators, the first one outermost; each sees the names of those before it.
    private mutating func begin(
        _ iterators: [FEELIterator], _ node: FEELNode
    ) -> (loops: [Loop], toNull: [CodeBuilder.Jump]) {
        var loops: [Loop] = []
        var toNull: [CodeBuilder.Jump] = []
        for iterator in iterators {
            let source = code.register()
            let item = code.register()
            let shape: Shape?
            if case .range(let low, let high, _, _) = iterator.domain.kind {
                shape = countedRange(low, high, iterator.domain, source)
            } else {
                shape = emit(iterator.domain, into: source).shape?.iterated
            }
            toNull.append(code.emitJump(iterator.domain.range) { .jumpIfNull(source, $0) })
            let counter = code.counter()
            code.emit(.begin(counter: counter, source: source), iterator.domain.range)
            let top = code.position
            let end = code.emitJump(node.range) { .next(counter: counter, source: source, into: item, end: $0) }
            loops.append(Loop(top: top, end: end))
            locals.append(.variable(iterator.name.text, item, shape))
        }
        return (loops, toNull)
    }

    /// `1..count(lines)`: the ends must be numbers.
    private mutating func countedRange(
        _ low: FEELNode, _ high: FEELNode, _ domain: FEELNode, _ source: Operand
    ) -> Shape? {
        for end in [low, high] {
            guard case .literal(let literal) = end.kind, let kind = KnownKind(Emitter.shape(of: literal)),
                kind != .number
            else { continue }
            sink.add(
                .wrongKind(kind, wanted: "a whole number", at: expression.span(end), by: "a range to iterate over"))
        }
        _ = emit(domain, into: source)
        return .integer
    }

    /// Closes the loops, the innermost first: each goes back to its top and ends after that.
    private mutating func close(_ loops: [Loop], _ node: FEELNode) {
        for loop in loops.reversed() {
            code.emit(.jump(loop.top), node.range)
            code.land(loop.end)
        }
    }

    /// Where a list that is null sends the loop: the whole is null.
    private mutating func finish(_ toNull: [CodeBuilder.Jump], _ target: Operand, _ node: FEELNode) {
        let over = code.emitJump(node.range) { .jump($0) }
        code.land(toNull)
        code.emit(.move(into: target, code.constant(.null)), node.range)
        code.land(over)
    }
}

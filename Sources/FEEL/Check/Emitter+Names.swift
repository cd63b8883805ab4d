internal import Contracts
internal import Diagnostics
internal import Documents

/// Names and paths: what a name means, and whether the contract has the fields of a path.
extension Emitter {
    /// What a name stands for.
    private indirect enum Resolution {
        case register(Operand, Shape?)
        /// A field of a filter's item, by its own name.
        case itemField(Operand, Shape?)
        /// An item of which nothing is known: its field if it has one, else what the name means outside.
        case unknownItem(Operand, fallback: Resolution?)
        case root(slot: Int, field: String?, shape: Shape?)
    }

    private func resolve(_ name: String, below top: Int) -> Resolution? {
        for index in (0..<top).reversed() {
            switch locals[index] {
            case .variable(name, let operand, let shape): return .register(operand, shape)
            case .variable: continue
            case .item(let operand, let shape):
                if name == "item" { return .register(operand, shape) }
                if let shape, !shape.isAny {
                    if shape.field(named: name) != nil { return .itemField(operand, shape) }
                    guard shape.objectShape?.open == true else { continue }
                }
                return .unknownItem(operand, fallback: resolve(name, below: index))
            }
        }
        if let variable = scope.variables[name] { return .root(slot: variable.slot, field: nil, shape: variable.shape) }
        for root in scope.implicit {
            guard let field = root.shape?.field(named: name) else { continue }
            return .root(slot: root.slot, field: name, shape: Emitter.shape(of: field))
        }
        for root in scope.implicit {
            guard let shape = root.shape, !shape.isAny else { return .root(slot: root.slot, field: name, shape: nil) }
            if let object = shape.objectShape, object.open {
                return .root(slot: root.slot, field: name, shape: object.additional)
            }
        }
        return nil
    }

    /// The shape of a field as a path finds it: nullable where it may be missing.
    private static func shape(of field: Field) -> Shape {
        field.required ? field.shape : field.shape.allowingNull()
    }

    // MARK: Paths

    /// A name or a path.
    mutating func path(_ node: FEELNode, _ into: Operand?) -> Typed {
        var steps: [FEELName] = []
        var base = node
        while case .path(let inner, let step) = base.kind {
            steps.append(step)
            base = inner
        }
        steps.reverse()
        guard case .name(let text) = base.kind else {
            let mark = code.mark
            let value = emit(base)
            code.release(to: mark)
            return fields(value, steps[...], base.range, into)
        }
        let name = FEELName(text, base.range)
        guard let resolution = resolve(text, below: locals.count) else {
            reportUnknown(name)
            return poison(into)
        }
        return value(of: resolution, name, steps, into)
    }

    private mutating func value(
        of resolution: Resolution, _ name: FEELName, _ steps: [FEELName], _ into: Operand?
    ) -> Typed {
        switch resolution {
        case .register(let operand, let shape):
            return fields(Typed(operand, shape), steps[...], name.range, into)
        case .itemField(let operand, let shape):
            return fields(Typed(operand, shape), ([name] + steps)[...], name.range, into)
        case .root(let slot, let field, let shape):
            return load(slot, field, shape, steps, name, into)
        case .unknownItem(let operand, let fallback):
            guard let fallback else {
                return fields(Typed(operand, nil), ([name] + steps)[...], name.range, into)
            }
            let mark = code.mark
            let outer = value(of: fallback, name, [], nil)
            code.release(to: mark)
            let target = steps.isEmpty ? target(into) : code.register()
            code.emit(
                .fieldOr(into: target, operand, name: code.name(name.text), fallback: outer.operand), name.range)
            code.release(to: max(mark, Int(target) + 1))
            return fields(Typed(target, nil), steps[...], name.range, steps.isEmpty ? nil : into)
        }
    }

    /// Reads as much of a path as lies in the document with one instruction.
    private mutating func load(
        _ slot: Int, _ field: String?, _ rootShape: Shape?, _ steps: [FEELName], _ name: FEELName, _ into: Operand?
    ) -> Typed {
        var shape = rootShape
        var loaded = field.map { [PathStep($0)] } ?? []
        var rest = steps[...]
        var parent = name
        while let step = rest.first {
            guard let current = shape, !current.itemShape.isAny else {
                shape = nil
                loaded.append(PathStep(step.text))
                rest = rest.dropFirst()
                continue
            }
            switch Emitter.project(current, step.text) {
            case .field(let next): shape = next
            case .unknown: shape = nil
            case .property:
                // Dates are made when they are loaded; their properties are read after that.
                let value = emitLoad(slot, loaded, shape, name.range.lowerBound..<parent.range.upperBound, nil)
                return fields(value, rest, parent.range, into)
            case .missing:
                reportMissing(step, in: current, of: parent)
                return poison(into)
            }
            loaded.append(PathStep(step.text))
            parent = step
            rest = rest.dropFirst()
        }
        return emitLoad(slot, loaded, shape, name.range.lowerBound..<(steps.last ?? name).range.upperBound, into)
    }

    private mutating func emitLoad(
        _ slot: Int, _ steps: [PathStep], _ shape: Shape?, _ range: Range<Int>, _ into: Operand?
    ) -> Typed {
        let target = target(into)
        let path = code.path(PathLoad(slot: slot, steps: steps.compact, coercion: Coercion(shape)))
        code.emit(.load(into: target, path: path), range)
        return Typed(target, shape)
    }

    /// Fields of a value that is in a register already.
    mutating func fields(
        _ base: Typed, _ steps: ArraySlice<FEELName>, _ baseRange: Range<Int>, _ into: Operand?
    ) -> Typed {
        var value = base
        var parent = FEELName(expression.slice(baseRange), baseRange)
        for (offset, step) in steps.enumerated() {
            var shape: Shape?
            if let current = value.shape {
                switch Emitter.project(current, step.text) {
                case .field(let next), .property(let next): shape = next
                case .unknown: shape = nil
                case .missing:
                    reportMissing(step, in: current, of: parent)
                    return poison(into)
                }
            }
            parent = step
            let isLast = offset == steps.count - 1
            if let known = constant(value) {
                let field = Fields.field(known, step.text)
                value = Typed(code.constant(field), shape ?? Emitter.shape(of: field))
                continue
            }
            let target = isLast ? target(into) : code.register()
            code.emit(
                .field(into: target, value.operand, name: code.name(step.text)),
                baseRange.lowerBound..<step.range.upperBound)
            value = Typed(target, shape)
        }
        if let into, value.operand != into {
            code.emit(.move(into: into, value.operand), baseRange)
            value.operand = into
        }
        return value
    }

    /// What a step finds in a shape.
    private enum Projection {
        case field(Shape)
        /// A property of a date, time or duration.
        case property(Shape)
        case unknown
        case missing
    }

    private static func project(_ shape: Shape, _ step: String) -> Projection {
        switch shape.kind {
        case .any, .null: return .unknown
        case .list(let item, let min, let max):
            switch project(item, step) {
            case .field(let next): return .field(.list(next, min: min, max: max))
            case .property(let next): return .property(.list(next, min: min, max: max))
            case .unknown: return .unknown
            case .missing: return .missing
            }
        case .object(let object):
            if let field = object.field(named: step) { return .field(self.shape(of: field)) }
            guard object.open else { return .missing }
            return object.additional.map { .field($0.allowingNull()) } ?? .unknown
        case .temporal(let kind):
            guard properties(of: kind).contains(step) else { return .missing }
            switch step {
            case "time offset": return .property(.temporal(.daysDuration))
            case "timezone": return .property(.string)
            default: return .property(.integer)
            }
        case .boolean, .number, .string: return .missing
        }
    }

    static func properties(of kind: Shape.TemporalKind) -> [String] {
        switch kind {
        case .date: ["year", "month", "day", "weekday"]
        case .time: ["hour", "minute", "second", "time offset", "timezone"]
        case .dateTime:
            ["year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone"]
        case .duration: ["years", "months", "days", "hours", "minutes", "seconds"]
        case .daysDuration: ["days", "hours", "minutes", "seconds"]
        case .yearsDuration: ["years", "months"]
        }
    }

    /// Whether an expression is nothing but a path, which is the only one that it loads.
    func isPurePath(_ node: FEELNode) -> Bool {
        guard code.instructions.count == 1, case .load(_, let index) = code.instructions[0], index == 0 else {
            return false
        }
        switch node.kind {
        case .name, .path: return true
        default: return false
        }
    }

    // MARK: Mistakes

    private mutating func reportUnknown(_ name: FEELName) {
        var known = locals.reversed().compactMap { local -> String? in
            if case .variable(let name, _, _) = local { return name }
            return nil
        }
        for case .item(_, let shape?) in locals { known += ["item"] + shape.fields.map(\.name) }
        known += scope.names
        sink.add(
            .unknownName(
                name, in: expression, near: Spelling.nearest(name.text, in: known),
                isTable: scope.functions[name.text] != nil, isFunction: Builtins.named(name.text) != nil))
    }

    private mutating func reportMissing(_ step: FEELName, in shape: Shape, of parent: FEELName) {
        sink.add(.missingField(step, of: parent, shape: shape, in: expression))
    }
}

extension FEELExpression {
    /// A part of the text.
    func slice(_ range: Range<Int>) -> String {
        let utf8 = text.utf8
        guard let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound, limitedBy: utf8.endIndex),
            let end = utf8.index(utf8.startIndex, offsetBy: range.upperBound, limitedBy: utf8.endIndex), start <= end
        else { return text }
        return String(text[start..<end])
    }

    /// The byte before or after a range; nil at the ends of the text.
    func byte(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < text.utf8.count else { return nil }
        return text.utf8[text.utf8.index(text.utf8.startIndex, offsetBy: offset)]
    }
}

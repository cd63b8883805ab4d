internal import Contracts
internal import Diagnostics
internal import Documents

/// Calls of tables and built-in functions.
extension Emitter {
    mutating func call(_ name: FEELName, _ arguments: [FEELArgument], _ node: FEELNode, _ into: Operand?) -> Typed {
        if let table = scope.functions[name.text] {
            return self.table(table, name, reverse: false, arguments, node, into)
        }
        if name.text.hasSuffix(".reverse"), let table = scope.functions[String(name.text.dropLast(8))] {
            return self.table(table, name, reverse: true, arguments, node, into)
        }
        guard let function = Builtins.named(name.text) else {
            if Builtins.unavailable.contains(name.text) {
                sink.add(.unavailableFunction(name, at: expression.at(name.range)))
            } else {
                sink.add(
                    .unknownFunction(name, known: Builtins.names + scope.functions.keys.sorted(), in: expression))
            }
            return poison(into)
        }
        return builtin(function, name, arguments, node, into)
    }

    // MARK: Tables

    private mutating func table(
        _ table: FEELScope.TableFunction, _ name: FEELName, reverse: Bool, _ arguments: [FEELArgument],
        _ node: FEELNode,
        _ into: Operand?
    ) -> Typed {
        if reverse, !table.isReversible {
            sink.add(.notReversible(name, at: expression.at(name.range)))
            return poison(into)
        }
        guard arguments.count == 1, arguments[0].name == nil else {
            sink.add(
                .wrongArguments(
                    name, usage: "`\(name.text)(value)`", label: "a table takes one value", at: expression.span(node)))
            return poison(into)
        }
        let mark = code.mark
        let argument = emit(arguments[0].value)
        code.release(to: mark)
        if !reverse, let keys = table.keys, case .string(let text)? = constant(argument), !keys.contains(text) {
            sink.add(
                .notInTable(
                    text, name.text, near: Spelling.nearest(text, in: keys.sorted()),
                    at: expression.span(arguments[0].value)))
        }
        let target = target(into)
        code.table(table.index)
        code.emit(
            .table(into: target, index: Int16(clamping: table.index), argument.operand, reverse: reverse), node.range)
        return Typed(target, Shape.string.allowingNull())
    }

    // MARK: Built-in functions

    private mutating func builtin(
        _ function: Builtin, _ name: FEELName, _ arguments: [FEELArgument], _ node: FEELNode, _ into: Operand?
    ) -> Typed {
        guard let (parameters, ordered) = arrange(function, name, arguments, node) else { return poison(into) }
        let target = target(into)
        let mark = code.mark
        let first = code.registers(ordered.count)
        let start = code.position
        var values: [Typed] = []
        var constants: [Value] = []
        for (offset, argument) in ordered.enumerated() {
            let register = first + Operand(offset)
            guard let argument else {
                code.emit(.move(into: register, code.constant(.null)), node.range)
                values.append(Typed(register, nil, isNull: true))
                constants.append(.null)
                continue
            }
            let value = emitArgument(argument.value, into: register, &constants)
            checkArgument(value, argument.value, parameters[min(offset, parameters.count - 1)], function)
            values.append(value)
        }
        guard let functionBody = body(of: function, ordered) else { return poison(into) }
        code.release(to: mark)
        if constants.count == ordered.count, case .pure(let body) = functionBody, !sink.hasErrors {
            // All arguments are constants: the call is made here, and its instructions go away again.
            code.rewind(to: start)
            return fold(body, constants, node, into, target)
        }
        let index = code.function(functionBody)
        code.emit(
            .call(into: target, function: index, first: first, count: Int16(clamping: ordered.count)), node.range)
        return Typed(target, function.result.shape(values.first, values.count > 1 ? values[1] : nil))
    }

    /// Emits an argument, and keeps its value if it is constant.
    private mutating func emitArgument(_ node: FEELNode, into register: Operand, _ constants: inout [Value]) -> Typed {
        let value = emit(node)
        if let constant = constant(value) { constants.append(constant) }
        if value.operand != register { code.emit(.move(into: register, value.operand), node.range) }
        return Typed(register, value.shape, isNull: value.isNull)
    }

    private mutating func fold(
        _ body: (inout Arguments) -> Value, _ constants: [Value], _ node: FEELNode, _ into: Operand?, _ target: Operand
    ) -> Typed {
        let (value, problem) = constants.withUnsafeBufferPointer { buffer in
            var arguments = Arguments(buffer)
            let value = body(&arguments)
            return (value, arguments.problem)
        }
        return folded(value, problem, node, into)
    }

    /// The signature that fits the arguments, and the arguments in its order; nil after a report.
    private mutating func arrange(
        _ function: Builtin, _ name: FEELName, _ arguments: [FEELArgument], _ node: FEELNode
    ) -> (parameters: [Builtin.Parameter], arguments: [FEELArgument?])? {
        for parameters in function.signatures {
            if let first = arguments.first, first.name != nil {
                var ordered: [FEELArgument?] = []
                for parameter in parameters {
                    let argument = arguments.first { $0.name?.text == parameter.name }
                    if argument == nil, !parameter.isOptional {
                        ordered = []
                        break
                    }
                    ordered.append(argument)
                }
                if !ordered.isEmpty, ordered.count(where: { $0 != nil }) == arguments.count {
                    return (parameters, ordered)
                }
            } else {
                let required = parameters.count { !$0.isOptional }
                let most = parameters.last?.repeats == true ? Int.max : parameters.count
                if arguments.count >= required, arguments.count <= most { return (parameters, arguments.map { $0 }) }
            }
        }
        if let unknown = arguments.compactMap(\.name).first(where: { label in
            !function.signatures.contains { $0.contains { $0.name == label.text } }
        }) {
            let names = function.signatures.flatMap { $0.map(\.name) }
            sink.add(.unknownArgument(unknown, function: function, known: names, at: expression.at(unknown.range)))
        } else {
            let count = arguments.count == 1 ? "1 argument" : "\(arguments.count) arguments"
            sink.add(.wrongArguments(name, usage: function.usage, label: "\(count) here", at: expression.span(node)))
        }
        return nil
    }

    private mutating func checkArgument(
        _ value: Typed, _ node: FEELNode, _ parameter: Builtin.Parameter, _ function: Builtin
    ) {
        guard let kind = value.kind, !parameter.kind.accepts(kind) else { return }
        // A number or date where text is wanted and the like: FEEL never converts by itself.
        if parameter.kind == .text, kind == .number, function.name == "number" { return }
        sink.add(
            .wrongArgumentKind(
                kind, parameter: parameter, function: function.name, source: expression.slice(node.range),
                at: expression.span(node)))
    }
}

internal import Contracts
internal import Diagnostics
internal import Patterns

/// What the checks say about names and calls.
extension Diagnostic {
    static func unknownName(
        _ name: FEELName, in expression: FEELExpression, near: String?, isTable: Bool, isFunction: Bool
    ) -> Diagnostic {
        let span = expression.at(name.range)
        if isTable {
            return Diagnostic(
                "WB3112", "table `\(name.text)` is used without a value", at: span, "a table is a function",
                help: "write `\(name.text)(value)`, or `value in \(name.text)` to ask whether the table has it")
        }
        if isFunction {
            return Diagnostic(
                "WB3112", "function `\(name.text)` is used without brackets", at: span, "a call has brackets",
                help: "write `\(name.text)(…)`")
        }
        let quote = FixIt(replace: span, with: "\"\(name.text)\"", title: "put it in quotes")
        var help = "quote it if it is text: `\"\(name.text)\"`"
        var fixIts = [quote]
        if let near {
            help = "write `\(near)`; or \(help)"
            fixIts = [FixIt(replace: span, with: near), quote]
        }
        switch name.text.lowercased() {
        case "yes", "on", "true": help = "write `true` for the boolean, or \(help)"
        case "no", "off", "false": help = "write `false` for the boolean, or \(help)"
        case "item", "index": help = "`\(name.text)` stands for an item of a list, below `each` only; or \(help)"
        case "response": help = "`response` is the partner's answer, in mappings of the answer only; or \(help)"
        case "nil", "none": help = "write `null` for nothing, or \(help)"
        default: break
        }
        if let dashed = dashedName(around: name.range, in: expression) {
            help = "`-` is a subtraction; a name with a dash goes in backticks: `` `\(dashed)` ``; \(help)"
            fixIts = []
        }
        return Diagnostic(
            "WB3101", "unknown name `\(name.text)`", at: span, "no field or value of this name is in scope", help: help,
            fixIts: fixIts)
    }

    /// The name with dashes that a name is a part of: `x-tenant` for `tenant`.
    private static func dashedName(around range: Range<Int>, in expression: FEELExpression) -> String? {
        func isPart(_ offset: Int) -> Bool {
            guard let byte = expression.byte(at: offset) else { return false }
            return byte == UInt8(ascii: "-") || Lexer.isNameStart(byte) || Lexer.isDigit(byte)
        }
        var start = range.lowerBound
        var end = range.upperBound
        while isPart(start - 1) { start -= 1 }
        while isPart(end) { end += 1 }
        let text = expression.slice(start..<end)
        return text.utf8.contains(UInt8(ascii: "-")) ? text : nil
    }

    static func missingField(
        _ step: FEELName, of parent: FEELName, shape: Shape, in expression: FEELExpression
    ) -> Diagnostic {
        let span = expression.at(step.range)
        let notes = shape.itemShape.source.map { ["`\(parent.text)` is declared in \($0.path):\($0.line)"] } ?? []
        if case .temporal(let kind) = shape.itemShape.kind {
            return Diagnostic(
                "WB3102", "\(KnownKind.temporal(kind).description) has no `\(step.text)`", at: span, notes: notes,
                help: "it has " + Emitter.properties(of: kind).map { "`\($0)`" }.joined(separator: ", "))
        }
        guard let object = shape.objectShape else {
            let kind = KnownKind(shape.itemShape)?.description ?? "one value"
            let property = Fields.temporalProperties.contains(step.text)
            return Diagnostic(
                "WB3113", "`\(parent.text)` has no fields", at: span, "`\(parent.text)` is \(kind)", notes: notes,
                help: property
                    ? "make a date of it first: `date(\(parent.text)).\(step.text)`"
                    : "`\(parent.text)` is the value itself: end the path with it, without `.\(step.text)`")
        }
        let names = object.fields.map(\.name)
        let near = Spelling.nearest(step.text, in: names) ?? names.first { $0 == "@" + step.text }
        var help = near.map { "write `\($0)`" }
        if help == nil, !names.isEmpty {
            help =
                "it has " + names.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        }
        if let dashed = dashedName(around: step.range, in: expression), help == nil || names.contains(dashed) {
            help = "a name with a dash goes in backticks: `` `\(dashed)` ``"
        }
        return Diagnostic(
            "WB3102", "`\(parent.text)` has no field `\(step.text)`", at: span,
            notes.isEmpty ? "no such field" : "not in the contract", notes: notes,
            help: help ?? (names.isEmpty ? "nothing lies below `\(parent.text)` here" : nil),
            fixIts: near.map { [FixIt(replace: span, with: $0)] } ?? [])
    }

    static func unknownFunction(_ name: FEELName, known: [String], in expression: FEELExpression) -> Diagnostic {
        let span = expression.at(name.range)
        func folded(_ text: String) -> String {
            text.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" }
        }
        let habits = [
            "length": "string length", "len": "string length", "concat": "concatenate", "touppercase": "upper case",
            "tolowercase": "lower case", "toupper": "upper case", "tolower": "lower case", "upper": "upper case",
            "lower": "lower case", "substr": "substring", "str": "string", "tostring": "string", "avg": "mean",
            "average": "mean", "round": "round half up", "mod": "modulo", "join": "string join", "size": "count",
            "coalesce": "get or else", "first": "[1]", "last": "[-1]", "datetime": "date and time", "int": "number",
        ]
        let wanted = folded(name.text)
        let near = known.first { folded($0) == wanted } ?? habits[wanted] ?? Spelling.nearest(name.text, in: known)
        let help: String?
        switch near {
        case let near? where near.hasPrefix("["): help = "write `list\(near)`"
        case let near?: help = "write `\(near)(…)`"
        case nil: help = "functions are FEEL's built-ins and the tables under `tables:`"
        }
        return Diagnostic(
            "WB3103", "unknown function `\(name.text)`", at: span, "no function or table has this name", help: help,
            fixIts: near.map { $0.hasPrefix("[") ? [] : [FixIt(replace: span, with: $0)] } ?? [])
    }

    static func unavailableFunction(_ name: FEELName, at span: SourceSpan) -> Diagnostic {
        Diagnostic("WB3009", "`\(name.text)` is not available in this version", at: span)
    }

    static func unusablePattern(_ error: PatternError, at span: SourceSpan) -> Diagnostic {
        let title =
            error.kind == .badReplacement ? "replacement cannot be used" : "pattern cannot be used"
        return Diagnostic("WB3114", title, at: span, error.message, help: error.help)
    }

    static func patternNotConstant(_ what: String, of function: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB3114", "\(what) of `\(function)` must be a text in quotes", at: span, "known only while it runs",
            help: "for plain text use `contains`, `starts with`, `ends with` or `split`")
    }

    static func wrongArguments(_ name: FEELName, usage: String, label: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic("WB3104", "wrong arguments for `\(name.text)`", at: span, label, help: "write \(usage)")
    }

    static func unknownArgument(
        _ name: FEELName, function: Builtin, known: [String], at span: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            "WB3104", "`\(function.name)` has no argument `\(name.text)`", at: span,
            help: "write " + (Spelling.nearest(name.text, in: known).map { "`\($0):`" } ?? function.usage))
    }

    static func notReversible(_ name: FEELName, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB3110", "table cannot be read backwards", at: span, "two keys of the table have the same value",
            help: "make the table one to one, or write a second table for this direction")
    }

    static func notInTable(_ text: String, _ table: String, near: String?, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "WB3111", "`\(text)` is not in table `\(table)`", at: span, "the result is always null",
            help: near.map { "write `\"\($0)\"`" } ?? "add it to the table")
    }
}

import Contracts
import Diagnostics
import Documents
import FEEL
import RouteGraph

/// The values that the expressions of one place may name.
struct ExpressionScope {
    /// The body's shape; nil when nothing is known of it.
    var body: Shape?
    /// Whether the place reads the partner's answer.
    var isAnswer = false
    /// Shape of the consumer's request body, on the way back.
    var requestBody: Shape?
    /// Path parameters, in order.
    var parameters: [String] = []
    /// Inside an `each`: the item's shape (`.some(nil)` when unknown).
    var item: Shape??
    /// Tables by name, in call order.
    var tables: [(name: String, hasReverse: Bool, keys: Set<String>?)] = []
    /// Whether SOAP faults can be read.
    var hasFault = false
    /// Whether parameters have names of their own: only where one operation is meant, since their slots are counted in it.
    var namesParameters = true

    /// What `request` holds: its path has the parameters of `accept`, and nothing else.
    private var requestShape: Shape {
        var fields = [
            Field(name: "method", shape: .string, required: true),
            Field(
                name: "path", shape: .object(parameters.map { Field(name: $0, shape: .string, required: true) }),
                required: true),
            Field(name: "query", shape: .any, required: true), Field(name: "headers", shape: .any, required: true),
        ]
        if isAnswer { fields.append(Field(name: "body", shape: requestBody ?? .any, required: false)) }
        return .object(fields)
    }

    var feel: FEELScope {
        var scope = FEELScope()
        scope.add("body", RootSlot.body, shape: body)
        scope.add("request", RootSlot.request, shape: requestShape)
        if isAnswer { scope.add("response", RootSlot.response, shape: nil) }
        scope.add("consumer", RootSlot.consumer, shape: .object([Field(name: "name", shape: .string, required: true)]))
        scope.add(
            "correlation", RootSlot.correlation,
            shape: .object([
                Field(name: "id", shape: .string, required: true), Field(name: "trace", shape: .string, required: true),
            ]))
        if let item {
            scope.add("item", RootSlot.item, shape: item)
            scope.add("index", RootSlot.index, shape: .integer)
        }
        if hasFault {
            scope.add(
                "fault", RootSlot.fault,
                shape: .object([
                    Field(name: "code", shape: .string, required: false),
                    Field(name: "text", shape: .string, required: false),
                ]))
        }
        for (index, name) in parameters.enumerated() where namesParameters {
            scope.add(name, RootSlot.parameters + index, shape: .string)
        }
        for (index, table) in tables.enumerated() {
            scope.functions[table.name] = FEELScope.TableFunction(
                index: index, isReversible: table.hasReverse, keys: table.keys)
        }
        scope.implicit.append((RootSlot.body, body))
        return scope
    }
}

/// Expressions as they stand in files, to what runs.
enum ExpressionLowering {
    /// A program, or nil when there were mistakes.
    static func program(_ text: FEELText, _ scope: FEELScope, _ context: inout CompileContext) -> FEELProgram? {
        guard let parsed = FEELParser.parse(text.text, at: { text.span(of: $0) }, into: &context.sink) else {
            return nil
        }
        return FEELCompiler.compile(parsed, scope: scope, into: &context.sink)
    }

    static func condition(
        _ expression: ParsedExpression, _ scope: FEELScope, _ context: inout CompileContext
    ) -> FEELProgram? {
        switch expression.content {
        case .feel(let text):
            guard let program = program(text, scope, &context) else { return nil }
            guard let found = notCondition(program) else { return program.withoutShape }
            context.sink.add(
                Diagnostic(
                    "WB3108", "a condition is true or false, this is \(found)", at: expression.span,
                    "this is \(found)", help: "compare it: `\(text.text) != null`, or `\(text.text) = …`"))
            return nil
        case .literal, .list:
            context.sink.add(
                Diagnostic(
                    "WB3316", "a condition is an expression", at: expression.span,
                    "this is text, which is never true or false",
                    help: "write it without quotes"))
            return nil
        }
    }

    /// What a program gives when that can't be true or false.
    private static func notCondition(_ program: FEELProgram) -> String? {
        if let constant = program.constant, constant == .null { return "null" }
        guard var shape = program.resultShape else { return nil }
        if case .object(let object) = shape.kind, let text = object.text { shape = text }
        switch shape.kind {
        case .string: return "text"
        case .number: return "a number"
        case .temporal: return "a date or time"
        case .list: return "a list"
        case .object: return "a group of fields"
        default: return nil
        }
    }

    static func text(_ expression: ParsedExpression?, _ scope: FEELScope, _ context: inout CompileContext) -> TextPlan?
    {
        guard let expression else { return nil }
        switch expression.content {
        case .literal(let text): return .constant(text)
        case .feel(let text):
            guard let program = program(text, scope, &context) else { return nil }
            if case .object(let object)? = program.resultShape?.kind, object.text == nil {
                context.sink.add(
                    Diagnostic(
                        "WB3318", "one text is expected here, and this has fields", at: expression.span,
                        "a group of fields", help: "name one of its fields"))
                return nil
            }
            return .program(program.withoutShape)
        case .list:
            context.sink.add(
                Diagnostic(
                    "WB3317", "one text is expected here", at: expression.span, "this is a list",
                    help: "join the parts: `string join([a, b], \" \")`"))
            return nil
        }
    }

    /// What the expression says, as written.
    static func source(_ expression: ParsedExpression) -> String {
        switch expression.content {
        case .literal(let text): "\"\(text)\""
        case .feel(let text): text.text
        case .list(let items): "[" + items.map(source).joined(separator: ", ") + "]"
        }
    }
}

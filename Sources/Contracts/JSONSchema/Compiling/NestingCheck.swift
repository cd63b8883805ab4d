/// Finds schemas that apply to the same value again and again without end, or too deep inside each other.
struct NestingCheck {
    private let compiler: SchemaCompiler
    private let parts: SchemaProgramParts

    init(_ compiler: SchemaCompiler) {
        self.compiler = compiler
        parts = compiler.parts
    }

    private struct Frame {
        var schema: Int
        var edges: [Int]
        var next = 0
    }

    /// Whether every schema comes to an end.
    func run() -> Bool {
        // 0 new, -1 being visited, else how deep it goes.
        var depths = [Int](repeating: 0, count: parts.codes.count)
        for start in parts.codes.indices where depths[start] == 0 {
            var stack = [Frame(schema: start, edges: edges(start))]
            depths[start] = -1
            while let top = stack.last {
                guard top.next < top.edges.count else {
                    let deepest = top.edges.map { depths[$0] }.max() ?? 0
                    depths[top.schema] = deepest + 1
                    if deepest + 1 > SchemaCompiler.nestingLimit {
                        compiler.report(
                            "WB3262", "the schema is nested too deep", compiler.locations[top.schema],
                            "more than \(SchemaCompiler.nestingLimit) schemas apply to one value inside each other")
                        return false
                    }
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = top.edges[top.next]
                if depths[target] == -1 {
                    loop(top.schema, target)
                    return false
                }
                if depths[target] == 0 {
                    depths[target] = -1
                    stack.append(Frame(schema: target, edges: edges(target)))
                }
            }
        }
        return true
    }

    private func loop(_ schema: Int, _ target: Int) {
        let location = compiler.locations[schema]
        let place = location.schema["$ref"] ?? location.schema
        compiler.report(
            "WB3211", place.string.map { "`\($0)` refers to itself" } ?? "the schema refers to itself",
            .init(schema: place, resource: location.resource), "checking a value by it would never end",
            help: "refer to it from a property or an item, or leave the reference out")
    }

    /// The schemas that apply to the same value.
    private func edges(_ schema: Int) -> [Int] {
        var result: [Int] = []
        let code = parts.codes[schema]
        for index in Int(code.firstOperation)..<Int(code.firstOperation + code.operationCount) {
            let operation = parts.operations[index]
            switch operation.code {
            case .schema, .not, .dependent, .dynamic: result.append(Int(operation.a))
            case .anyOf, .oneOf:
                result += parts.lists[Int(operation.a)..<Int(operation.a + operation.b)].map(Int.init)
            case .condition: result += [Int(operation.a), Int(operation.b), Int(operation.c)]
            case .text, .constant, .unevaluatedProperties, .unevaluatedItems: break
            }
        }
        return result
    }
}

import Diagnostics

/// Holds the examples of test files against the operations and consumers that they name.
enum ExampleCheck {
    /// - Parameter routes: those that stand in the folder of the test file.
    static func run(
        _ file: ParsedTests, _ routes: [ParsedRoute], _ parties: Parties, _ context: inout CompileContext
    ) {
        for test in file.tests {
            if let call = test.call { operation(call, test, routes, &context) }
            if let name = test.as, parties.areKnown, !parties.names.contains(name.value) {
                let near = Spelling.nearest(name.value, in: parties.names)
                context.sink.add(
                    Diagnostic(
                        "WB2101", "unknown consumer `\(name.value)`", at: name.span, "no consumer has this name",
                        help: near.map { "write `\($0)`" } ?? "declare it in `routes/consumers.yaml`",
                        fixIts: near.map { [FixIt(replace: name.span, with: $0)] } ?? []))
            }
            for body in [test.send?.bodyFile, test.partner?.replies?.bodyFile, test.expect?.bodyFile] {
                if let body { _ = context.require(body, "the body") }
            }
        }
    }

    /// `operation`, or `partner.operation`, of a partner whose route file stands in the same folder.
    private static func operation(
        _ call: Located<String>, _ test: ParsedTest, _ routes: [ParsedRoute], _ context: inout CompileContext
    ) {
        let parts = call.value.split(separator: ".", maxSplits: 1).map(String.init)
        let wanted = parts.count == 2 ? routes.filter { $0.partner?.value == parts[0] } : routes
        let name = parts.last ?? call.value
        if let operation = wanted.lazy.flatMap(\.operations).first(where: { $0.name.value == name })?.value {
            return parameters(test, operation, &context)
        }
        // A route that has a mistake may hide the operation.
        guard !routes.contains(where: \.isPoisoned) else { return }
        guard !routes.isEmpty else {
            let folder = FileKind.folder(of: context.sources[call.span.file].path) + "/"
            guard !context.files.paths.contains(where: { $0.hasPrefix(folder) && $0.hasSuffix(".route.yaml") }) else {
                return
            }
            context.sink.add(
                Diagnostic(
                    "WB2111", "no route stands beside this test file", at: call.span, "an operation of which partner?",
                    help: "put the file into the folder of the partner's `.route.yaml` file"))
            return
        }
        let names = routes.flatMap { $0.operations.map(\.name.value) }
        let near = Spelling.nearest(name, in: names)
        context.sink.add(
            Diagnostic(
                "WB2111", "unknown operation `\(call.value)`", at: call.span, "no operation beside it has this name",
                help: near.map { "write `\($0)`" }
                    ?? "the operations are \(names.prefix(8).map { "`\($0)`" }.joined(separator: ", "))",
                fixIts: near.map { [FixIt(replace: call.span, with: $0)] } ?? []))
    }

    private static func parameters(
        _ test: ParsedTest, _ operation: ParsedOperation, _ context: inout CompileContext
    ) {
        guard let accept = operation.accept, !test.isPoisoned else { return }
        let names = accept.parameters.map(\.value)
        let given = test.send?.path ?? []
        let unknown = given.filter { !names.contains($0.name.value) }
        for parameter in unknown {
            let near = Spelling.nearest(parameter.name.value, in: names)
            context.sink.add(
                Diagnostic(
                    "WB2112", "the operation's path has no parameter `\(parameter.name.value)`",
                    at: parameter.name.span, "not in `\(accept.path)`",
                    help: near.map { "write `\($0)`" }
                        ?? (names.isEmpty
                            ? "leave it out: the path has no parameters"
                            : "the parameters are \(names.map { "`\($0)`" }.joined(separator: ", "))"),
                    fixIts: near.map { [FixIt(replace: parameter.name.span, with: $0)] } ?? []))
        }
        guard unknown.isEmpty, let missing = names.first(where: { n in !given.contains { $0.name.value == n } }),
            let name = test.name ?? test.call
        else { return }
        context.sink.add(
            Diagnostic(
                "WB2112", "the example gives no value for `{\(missing)}`", at: name.span,
                "the operation's path is `\(accept.path)`",
                help: "add `send: { path: { \(missing): \"…\" } }`"))
    }
}

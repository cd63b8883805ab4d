import Diagnostics

/// Every environment must give every variable, so that what was checked in one holds in all.
enum EnvironmentCheck {
    static func run(_ workspace: ParsedWorkspace, _ context: inout CompileContext) {
        let known = Set(workspace.environments.flatMap { $0.file.variables.map(\.name.value) })
        var reported: Set<String> = []
        for reference in workspace.references where reference.source == .variable {
            let name = reference.name.value
            guard reported.insert(name).inserted else { continue }
            guard known.contains(name) else {
                let near = Spelling.nearest(name, in: known.sorted())
                context.sink.add(
                    Diagnostic(
                        "WB2105", "unknown variable `\(name)`", at: reference.name.span, "no environment gives it",
                        help: near.map { "write `\($0)`" } ?? "add `\(name): …` to each file of `routes/environments/`",
                        fixIts: near.map { [FixIt(replace: reference.name.span, with: $0)] } ?? []))
                continue
            }
            for environment in workspace.environments
            where !environment.file.isPoisoned && !environment.file.variables.contains(where: { $0.name.value == name })
            {
                context.sink.add(
                    Diagnostic(
                        "WB2106", "environment `\(environment.name)` does not give `\(name)`",
                        at: SourceSpan(
                            file: environment.file.span.file, start: environment.file.span.start,
                            end: environment.file.span.start),
                        "`\(name)` is missing here", secondary: [Label(reference.span, "used here")],
                        help: "add a line `\(name): …`"))
            }
        }
        // A file that could not be read may be what uses a variable.
        guard !context.sink.hasErrors else { return }
        let used = Set(workspace.references.filter { $0.source == .variable }.map(\.name.value))
        for environment in workspace.environments {
            for variable in environment.file.variables where !used.contains(variable.name.value) {
                context.sink.add(
                    Diagnostic(
                        "WB2110", .warning, "nothing uses the variable `\(variable.name.value)`",
                        at: variable.name.span,
                        help: "delete the line, or refer to it as `${var:\(variable.name.value)}`"))
            }
        }
    }
}

/// A file that nothing refers to is not what its author thinks it is.
enum UnusedFileCheck {
    static func run(_ context: inout CompileContext) {
        var isUsed = [Bool](repeating: false, count: context.sources.files.count)
        for id in context.trace.files { isUsed[Int(id.index)] = true }
        for part in context.cache.routes.values {
            for id in part.dependencies.files { isUsed[Int(id.index)] = true }
        }
        for part in context.cache.examples.values {
            for id in part.dependencies.files { isUsed[Int(id.index)] = true }
        }
        let index = context.cache.index
        for (entry, hasMeaning) in index.decoded.map({ ($0, true) }) + index.reportedWhenUnused
        where !isUsed[Int(entry.id.index)] {
            let place = SourceSpan(file: entry.id, start: 0, end: 0)
            context.sink.add(
                hasMeaning
                    ? Diagnostic(
                        "WB2003", .warning, "nothing uses `\(entry.path)`", at: place,
                        help: "refer to it from a route, or delete it")
                    : Diagnostic(
                        "WB2005", .warning, "`\(entry.path)` is not read: its name does not say what it is", at: place,
                        help:
                            "files end in .route.yaml, .map.yaml, .rules.yaml, .table.yaml, .test.yaml or are named errors.yaml"
                    ))
        }
    }
}

import Diagnostics

/// Route files, each a part of its own.
enum RouteParts {
    /// Makes what is not there any more, or has changed.
    /// - Parameter keep: takes the trees of what was made.
    static func make(_ parties: Parties, _ context: inout CompileContext, _ keep: (ParsedRoute) -> Void) {
        for entry in context.cache.index.routes {
            if let known = context.cache.routes[entry.id], context.holds(known.dependencies) { continue }
            let made = context.part { context -> LoweredRoute in
                guard var route = context.parsed(entry.path, as: ParsedRoute.self) else { return LoweredRoute() }
                EndpointAddress.complete(&route, &context)
                keep(route)
                return OperationLowering.run(route, parties, &context)
            }
            context.endOfRoute()
            let before = context.cache.routes.updateValue(made, forKey: entry.id)
            if before?.value.outline != made.value.outline || made.value.outline.hasServices {
                context.cache.assembly = nil
            }
        }
    }
}

/// Test files, each a part of its own.
enum ExampleParts {
    /// Makes what is not there any more, or has changed.
    /// - Parameter keep: takes the paths and trees of what was made.
    static func make(
        _ parties: Parties, _ context: inout CompileContext, _ keep: (String, ParsedTests) -> Void
    ) {
        var beside: [String: [FileIndex.Entry]]?
        for entry in context.cache.index.tests {
            if let known = context.cache.examples[entry.id], context.holds(known.dependencies) { continue }
            let byFolder = beside ?? Dictionary(grouping: context.cache.index.routes) { FileKind.folder(of: $0.path) }
            beside = byFolder
            let folder = FileKind.folder(of: entry.path)
            context.cache.examples[entry.id] = context.part { context -> Bool in
                guard let tests = context.parsed(entry.path, as: ParsedTests.self) else { return false }
                keep(entry.path, tests)
                context.trace.folders.insert(folder)
                let routes = (byFolder[folder] ?? []).compactMap { context.parsed($0.path, as: ParsedRoute.self) }
                ExampleCheck.run(tests, routes, parties, &context)
                return true
            }
        }
    }

    static func merge(_ context: inout CompileContext) {
        for entry in context.cache.index.tests {
            if let part = context.cache.examples[entry.id] { context.sink.merge(part.sink) }
        }
    }
}

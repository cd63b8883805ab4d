import Diagnostics
import YAML

/// All files of a workspace as they were written.
public struct ParsedWorkspace: Sendable {
    public var gateway: ParsedGateway?
    public var consumers: ParsedConsumers?
    /// By name.
    public var environments: [(name: String, file: ParsedEnvironment)] = []
    public var environment: String?
    public var routes: [ParsedRoute] = []
    /// With their paths.
    public var tests: [(path: String, file: ParsedTests)] = []
    /// Every `${var:…}` that was read.
    public var references: [ParsedReference] = []
}

/// The first pass: YAML files to `Parsed…` values.
enum WorkspaceParser {
    static func parse(environment: String?, _ context: inout CompileContext) -> ParsedWorkspace {
        var workspace = ParsedWorkspace()
        let paths = context.files.paths
        for path in paths {
            guard case .environment(let name) = FileKind(path: path) else { continue }
            context.used.insert(path)
            let file = read(path, &context) { ParsedEnvironment($0, &$1) }
            workspace.environments.append(
                (name, file ?? ParsedEnvironment(empty: SourceSpan(file: context.file(path), start: 0, end: 0))))
        }
        choose(environment, &workspace, &context)
        for path in paths {
            switch FileKind(path: path) {
            case .gateway:
                context.used.insert(path)
                workspace.gateway = decode(path, as: ParsedGateway.self, &context, \.references, &workspace)
            case .consumers:
                context.used.insert(path)
                workspace.consumers = decode(path, as: ParsedConsumers.self, &context, \.references, &workspace)
            case .route:
                context.used.insert(path)
                if let route = decode(path, as: ParsedRoute.self, &context, \.references, &workspace) {
                    workspace.routes.append(route)
                }
            case .tests:
                context.used.insert(path)
                if let tests = decode(path, as: ParsedTests.self, &context, \.references, &workspace) {
                    workspace.tests.append((path, tests))
                }
            case .mapping:
                context.mappings[path] = decode(path, as: ParsedMapping.self, &context, \.references, &workspace)
            case .rules: context.rules[path] = decode(path, as: ParsedRules.self, &context, \.references, &workspace)
            case .errorTable:
                context.errorTables[path] = decode(path, as: ParsedErrorTable.self, &context, \.references, &workspace)
            default: break
            }
        }
        if workspace.routes.isEmpty, !paths.contains(where: { $0.hasSuffix(".route.yaml") }) {
            context.sink.add(
                Diagnostic(
                    "WB2001", "the workspace has no routes", at: nil,
                    help:
                        "create `routes/<partner>/<name>.route.yaml` with `partner:`, `endpoint:` and `operations:`, and "
                        + "`routes/consumers.yaml` with the systems that may call"))
        }
        return workspace
    }

    /// Reads one file and decodes it.
    private static func read<Parsed>(
        _ path: String, _ context: inout CompileContext, _ decode: (YAMLNode, inout NodeDecoder) -> Parsed
    ) -> Parsed? {
        guard let bytes = context.files[path] else { return nil }
        let id = context.file(path)
        let errors = context.sink.errorCount
        guard let node = YAMLReader.read(bytes, file: id, into: &context.sink) else {
            if [.mapping, .rules, .errorTable, .tests].contains(FileKind(path: path)), !context.sink.hasErrors {
                context.sink.add(
                    Diagnostic(
                        "WB1109", "`\(path)` holds nothing", at: SourceSpan(file: id, start: 0, end: 0),
                        "an empty file", help: "write its keys, or delete it and what refers to it"))
            }
            if FileKind(path: path) == .route {
                context.sink.add(
                    Diagnostic(
                        "WB2004", .warning, "`\(path)` is empty", at: SourceSpan(file: id, start: 0, end: 0),
                        help: "describe the partner in it, or delete it"))
            }
            return nil
        }
        if case .poisoned = node.content { return nil }
        var decoder = NodeDecoder(variables: context.variables)
        decoder.isDamaged = context.sink.errorCount > errors
        let parsed = decode(node, &decoder)
        context.sink.merge(decoder.sink)
        return parsed
    }

    private static func decode<Parsed: ParsedBlock>(
        _ path: String, as type: Parsed.Type, _ context: inout CompileContext,
        _ references: WritableKeyPath<Parsed, [ParsedReference]>, _ workspace: inout ParsedWorkspace
    ) -> Parsed? {
        var found: [ParsedReference] = []
        let errors = context.sink.errorCount
        var parsed = read(path, &context) { node, decoder in
            let parsed = decoder.file(node, as: type)
            found = decoder.references
            return parsed
        }
        // What the reader had to leave out counts as well.
        if context.sink.errorCount > errors { parsed?.isPoisoned = true }
        workspace.references += found
        return parsed
    }

    /// A code list from CSV or YAML.
    static func table(_ path: String, _ bytes: [UInt8], _ context: inout CompileContext) -> ParsedTable? {
        let id = context.file(path)
        if path.hasSuffix(".csv") {
            return CSVTableReader.read(bytes, file: id, into: &context.sink)
        }
        guard let node = YAMLReader.read(bytes, file: id, into: &context.sink) else { return nil }
        var decoder = NodeDecoder(variables: context.variables)
        let file = decoder.file(node, as: ParsedTableFile.self)
        context.sink.merge(decoder.sink)
        var table = ParsedTable(span: file.span)
        table.isPoisoned = file.isPoisoned
        table.rows = file.rows
        return table
    }

    private static func choose(_ wanted: String?, _ workspace: inout ParsedWorkspace, _ context: inout CompileContext) {
        let names = workspace.environments.map(\.name)
        var chosen = wanted
        if chosen == nil {
            chosen = names.count == 1 ? names[0] : (names.contains("development") ? "development" : nil)
        }
        guard let chosen else {
            if !names.isEmpty {
                context.sink.add(
                    Diagnostic(
                        "WB2107", "no environment is chosen", at: nil,
                        help: "pass --environment with one of \(names.joined(separator: ", "))"))
            }
            return
        }
        guard let file = workspace.environments.first(where: { $0.name == chosen }) else {
            let near = Spelling.nearest(chosen, in: names)
            context.sink.add(
                Diagnostic(
                    "WB2107", "there is no environment `\(chosen)`", at: nil,
                    help: near.map { "did you mean `\($0)`?" }
                        ?? "create `routes/environments/\(chosen).yaml`, or choose one of: \(names.joined(separator: ", "))"
                ))
            return
        }
        workspace.environment = chosen
        context.variables = file.file.values
    }
}

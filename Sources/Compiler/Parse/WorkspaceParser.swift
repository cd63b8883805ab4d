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

/// YAML files to `Parsed…` values.
enum WorkspaceParser {
    /// What everything else depends on: environments, the gateway's settings, consumers.
    static func common(environment: String?, _ context: inout CompileContext) -> ParsedWorkspace {
        var workspace = ParsedWorkspace()
        for (name, entry) in context.cache.index.environments {
            let file = read(entry.path, &context) { ParsedEnvironment($0, &$1) }
            workspace.environments.append(
                (name, file ?? ParsedEnvironment(empty: SourceSpan(file: entry.id, start: 0, end: 0))))
        }
        choose(environment, &workspace, &context)
        workspace.gateway = context.cache.index.gateway.flatMap { context.parsed($0.path, as: ParsedGateway.self) }
        workspace.consumers = context.cache.index.consumers.flatMap {
            context.parsed($0.path, as: ParsedConsumers.self)
        }
        return workspace
    }

    /// Reads the files that no route has read, for their mistakes.
    static func rest(_ context: inout CompileContext) {
        for entry in context.cache.index.decoded where !context.cache.isRead.contains(entry.id) {
            _ = context.part { context in
                switch FileKind(path: entry.path) {
                case .mapping: _ = context.parsed(entry.path, as: ParsedMapping.self)
                case .rules: _ = context.parsed(entry.path, as: ParsedRules.self)
                default: _ = context.parsed(entry.path, as: ParsedErrorTable.self)
                }
            }
        }
    }

    static func requireRoutes(_ context: inout CompileContext) {
        if context.cache.index.routes.isEmpty {
            context.sink.add(
                Diagnostic(
                    "WB2001", "the workspace has no routes", at: nil,
                    help:
                        "create `routes/<partner>/<name>.route.yaml` with `partner:`, `endpoint:` and `operations:`, and "
                        + "`routes/consumers.yaml` with the systems that may call"))
        }
    }

    /// Reads one file and decodes it.
    private static func read<Parsed>(
        _ path: String, _ context: inout CompileContext, _ decode: (YAMLNode, inout NodeDecoder) -> Parsed
    ) -> Parsed? {
        guard let bytes = context.files[path] else { return nil }
        let id = context.file(path)
        let errors = context.sink.errorCount
        guard let node = YAMLReader.read(bytes, file: id, into: &context.sink) else {
            if [.mapping, .rules, .errorTable, .tests].contains(FileKind(path: path)),
                context.sink.errorCount == errors
            {
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

    static func decode<Parsed: ParsedBlock>(
        _ path: String, as type: Parsed.Type, _ context: inout CompileContext, _ references: inout [ParsedReference]
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
        references += found
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

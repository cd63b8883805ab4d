public import Diagnostics
public import RouteGraph

/// What a compilation gives: a graph when there is no error, and everything there is to say.
public struct Compilation: Sendable {
    /// nil when there are errors.
    public var graph: RouteGraph?
    /// Sorted by file and place.
    public var diagnostics: [Diagnostic]
    public var sources: SourceStore
    /// Values of the examples' partner replies and the like, for tools.
    public var workspace: ParsedWorkspace
    /// What checks bodies at run time, in the order of the operations.
    public var checks: [ContractCheck]
}

/// Workspace files to route graph, on one page.
///
/// 1. **Parse**: every YAML file becomes a `Parsed…` value; its mistakes are diagnostics, and what was refused is poisoned.
/// 2. **Resolve**: names and paths lead to what they name: consumers, files, contracts, variables, secrets.
/// 3. **Check**: certificates, error tables, mappings against contracts, what is never used.
/// 4. **Lower**: mapping programs, error rows, path matching, pre-rendered constants.
///
/// The compiler opens no file and no socket; it is given the files as bytes and asks `secrets` for secrets.
public enum Compiler {
    /// - Parameters:
    ///   - environment: whose variables are used; nil takes the only one, or `development` of several.
    ///   - now: seconds since 1970, for certificates; nil does not look at their dates.
    public static func compile(
        _ files: WorkspaceFiles, environment: String? = nil, secrets: any SecretSource = NoSecrets(),
        generation: UInt64 = 1, now: Int64? = nil
    ) -> Compilation {
        var context = CompileContext(files: files, secrets: secrets, now: now)
        var workspace = WorkspaceParser.parse(environment: environment, &context)
        EnvironmentCheck.run(workspace, &context)
        let consumers = ConsumerLowering.run(workspace, &context)
        let settings = GatewayLowering.run(workspace, &context)
        var lowering = OperationLowering(
            consumers: consumers,
            areKnown: workspace.consumers.map { !$0.isPoisoned } ?? (files["routes/consumers.yaml"] == nil))
        for index in workspace.routes.indices { EndpointAddress.complete(&workspace.routes[index], &context) }
        for route in workspace.routes { lowering.lower(route, &context) }
        let services = lowering.services(&context)
        ExampleCheck.run(workspace, consumers.map(\.consumer.name), &context)
        // A file that could not be read hides what it refers to.
        if !context.sink.hasErrors { UnusedFileCheck.run(workspace, &context) }
        let diagnostics = context.sink.sorted(in: context.sources)
        var graph: RouteGraph?
        if !context.sink.hasErrors {
            graph = RouteGraph(
                generation: generation, settings: settings, consumers: consumers.map(\.consumer),
                upstreams: lowering.upstreams, operations: lowering.operations, services: services,
                router: lowering.router)
        }
        return Compilation(
            graph: graph, diagnostics: diagnostics, sources: context.sources, workspace: workspace,
            checks: context.checks)
    }
}

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
/// 1. **Common**: environments, the gateway's settings and the consumers are parsed and lowered; everything may depend on them.
/// 2. **Routes**: each route file is a part of its own, with the mappings, rules, error tables and contracts that it names:
///    - *parse*: YAML files become `Parsed…` values; their mistakes are diagnostics, and what was refused is poisoned;
///    - *resolve*: names and paths lead to what they name: consumers, files, contracts, variables, secrets;
///    - *check*: certificates, error tables, mappings against contracts;
///    - *lower*: mapping programs, error rows, pre-rendered constants.
/// 3. **Examples**: each test file against the operations beside it.
/// 4. **Assemble**: operations get their numbers, paths become the router; then what is never used is looked for.
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
        var cache = CompileCache()
        return run(files, environment, secrets, generation, now, keepsTrees: true, &cache)
    }

    /// The same for a process that compiles again and again: parts of which nothing has changed are taken from `cache`. Routes and tests
    /// are left out of ``Compilation/workspace``.
    public static func compile(
        _ files: WorkspaceFiles, environment: String? = nil, secrets: any SecretSource = NoSecrets(),
        generation: UInt64 = 1, now: Int64? = nil, reusing cache: inout CompileCache
    ) -> Compilation {
        run(files, environment, secrets, generation, now, keepsTrees: false, &cache)
    }

    private static func run(
        _ files: WorkspaceFiles, _ environment: String?, _ secrets: any SecretSource, _ generation: UInt64,
        _ now: Int64?,
        keepsTrees: Bool, _ cache: inout CompileCache
    ) -> Compilation {
        var before = CompileCache()
        swap(&before, &cache)
        var context = CompileContext(files: files, secrets: secrets, now: now, cache: consume before)

        var workspace = WorkspaceParser.common(environment: environment, &context)
        let aboutEnvironments = context.takeSink()
        let consumers = ConsumerLowering.run(workspace, &context)
        let settings = GatewayLowering.run(workspace, &context)
        let aboutCommon = context.takeSink()
        let parties = Parties(consumers, workspace, files)
        context.begin(workspace)

        RouteParts.make(parties, &context) { if keepsTrees { workspace.routes.append($0) } }
        ExampleParts.make(parties, &context) { if keepsTrees { workspace.tests.append(($0, $1)) } }

        WorkspaceParser.rest(&context)

        context.sink.merge(aboutEnvironments)
        workspace.references = context.mergeReadings()
        WorkspaceParser.requireRoutes(&context)
        EnvironmentCheck.run(workspace, &context)
        context.sink.merge(aboutCommon)
        let assembly = GraphAssembly.make(&context)
        ExampleParts.merge(&context)
        // A file that could not be read hides what it refers to.
        if !context.sink.hasErrors { UnusedFileCheck.run(&context) }

        let diagnostics = context.sink.sorted(in: context.sources)
        var graph: RouteGraph?
        if !context.sink.hasErrors {
            graph = RouteGraph(
                generation: generation, settings: settings, consumers: consumers.map(\.consumer),
                upstreams: assembly.upstreams, operations: assembly.operations, services: assembly.services,
                router: assembly.router)
        }
        cache = context.cache
        return Compilation(
            graph: graph, diagnostics: diagnostics, sources: context.sources, workspace: workspace,
            checks: context.checks)
    }
}

import Contracts
import Diagnostics
import Documents
import RouteGraph
import YAML

/// What the passes share while one workspace is compiled: files, messages, and what the part that is being made depends on.
struct CompileContext {
    let files: WorkspaceFiles
    let secrets: any SecretSource
    /// Seconds since 1970, or nil.
    let now: Int64?
    /// What was made before, and what is made now for the next time.
    var cache: CompileCache
    /// How the files differ from those of the time before.
    let changes: FileChanges
    var sink = DiagnosticSink()
    /// What the part that is being made depends on.
    var trace = Dependencies()
    var variables = Variables()
    /// What the gateway's settings say about consumers' deadlines.
    var deadlineHeader: Located<String>?
    /// The gateway's proxy, for partners that name none.
    var proxy: ParsedProxy?
    /// Whether the gateway keeps answers, or has a mistake that may hide that it does.
    var hasStore = false
    /// Files that were asked for since the last operation began, by whoever has read them first.
    var traced: Set<FileID> = []
    /// Trees of the part that is being made.
    private var mappingTrees: [String: ParsedMapping?] = [:]
    private var ruleTrees: [String: ParsedRules?] = [:]
    private var errorTableTrees: [String: ParsedErrorTable?] = [:]
    /// Error tables of the part that are the same for every operation.
    var plainErrorTables: [String: ErrorTablePlan] = [:]
    /// What checks bodies at run time.
    var checks: [ContractCheck] = []
    /// Shared results whose messages the part has already.
    private var merged: Set<String> = []
    private var lines: [FileID: LineIndex] = [:]
    /// Contracts of this compilation by their bytes: equal files are one contract in memory.
    private var twins: [ContractTwin: ContractDocument] = [:]

    private struct ContractTwin: Hashable {
        var bytes: [UInt8]
        var fragment: String?
    }

    init(files: WorkspaceFiles, secrets: any SecretSource, now: Int64?, cache: consuming CompileCache) {
        self.files = files
        self.secrets = secrets
        self.now = now
        changes = cache.update(to: files)
        self.cache = cache
    }

    var sources: SourceStore { cache.sources }

    /// The identifier of a file. What is being made depends on it from now on.
    mutating func file(_ path: String) -> FileID {
        let id = cache.file(path)
        trace.files.insert(id)
        traced.insert(id)
        return id
    }

    // MARK: Parts

    /// Makes a part, apart from what is said and depended on elsewhere.
    mutating func part<Value: Sendable>(_ make: (inout CompileContext) -> Value) -> Part<Value> {
        let outer = (sink, trace, checks, merged)
        (sink, trace, checks, merged) = (DiagnosticSink(), Dependencies(), [], [])
        let value = make(&self)
        let part = Part(value: value, sink: sink, checks: checks.compact, dependencies: trace)
        (sink, trace, checks, merged) = outer
        return part
    }

    /// Whether a part would become the same again.
    func holds(_ dependencies: Dependencies) -> Bool { dependencies.hold(changes, secrets, now: now) }

    /// Lets go of the trees that one route file needed.
    mutating func endOfRoute() {
        (mappingTrees, ruleTrees, errorTableTrees, lines) = ([:], [:], [:], [:])
        plainErrorTables = [:]
    }

    /// Takes what has no longer the same basis out of the cache.
    mutating func begin(_ workspace: ParsedWorkspace) {
        let gateway = workspace.gateway
        let isDefault = gateway?.deadline != nil || gateway?.proxy != nil
        cache.begin(
            CompileCache.Common(
                environment: workspace.environment, variables: variables, consumers: files["routes/consumers.yaml"],
                gateway: isDefault ? files["routes/gateway.yaml"] : nil, hasStore: hasStore, hasClock: now != nil))
    }

    /// Says what there was to say when the files were read, in the order of their paths.
    /// - Returns: every `${…}` in them.
    mutating func mergeReadings() -> [ParsedReference] {
        let store = cache.sources
        let readings = cache.readings.map { (path: store[$0.key].path, reading: $0.value) }
        return readings.sorted { $0.path < $1.path }.flatMap { entry -> [ParsedReference] in
            sink.merge(entry.reading.sink)
            return entry.reading.references
        }
    }

    /// What was said since it was asked for the last time.
    mutating func takeSink() -> DiagnosticSink {
        defer { sink = DiagnosticSink() }
        return sink
    }

    /// A result that several parts share. Each of them says what it has to say, and depends on what it depends on.
    private mutating func shared<Value: Sendable>(
        _ key: String, _ known: WritableKeyPath<CompileCache, [String: Part<Value>]>,
        _ make: (inout CompileContext) -> Value
    ) -> Value {
        let part: Part<Value>
        if let made = cache[keyPath: known][key] {
            part = made
        } else {
            part = self.part(make)
            cache[keyPath: known][key] = part
        }
        traced.formUnion(part.dependencies.files)
        if merged.insert(key).inserted {
            sink.merge(part.sink)
            trace.formUnion(part.dependencies)
        }
        return part.value
    }

    /// Gives files to a reader, and notes which were asked for.
    private mutating func reading<Value>(_ read: (_ load: @escaping (String) -> [UInt8]?) -> Value) -> Value {
        let files = files
        let asked = AskedPaths()
        let value = read { path in
            asked.paths.insert(path)
            return files[path]
        }
        for path in asked.paths { _ = file(path) }
        return value
    }

    private final class AskedPaths {
        var paths: Set<String> = []
    }

    // MARK: YAML files

    /// Reads a YAML file; what is to be said about it is kept with the file, not with the part.
    mutating func parsed<Parsed: ParsedBlock>(_ path: String, as type: Parsed.Type) -> Parsed? {
        let id = file(path)
        var references: [ParsedReference] = []
        let part = self.part { WorkspaceParser.decode(path, as: type, &$0, &references) }
        cache.keep(CompileCache.Reading(sink: part.sink, references: references), of: id)
        return part.value
    }

    mutating func mapping(_ path: String) -> ParsedMapping? {
        if let known = mappingTrees[path] {
            traced.insert(cache.file(path))
            return known
        }
        let parsed = FileKind(path: path) == .mapping ? parsed(path, as: ParsedMapping.self) : nil
        mappingTrees[path] = .some(parsed)
        return parsed
    }

    mutating func rules(_ path: String) -> ParsedRules? {
        if let known = ruleTrees[path] {
            traced.insert(cache.file(path))
            return known
        }
        let parsed = FileKind(path: path) == .rules ? parsed(path, as: ParsedRules.self) : nil
        ruleTrees[path] = .some(parsed)
        return parsed
    }

    mutating func errorTable(_ path: String) -> ParsedErrorTable? {
        if let known = errorTableTrees[path] {
            traced.insert(cache.file(path))
            return known
        }
        let parsed = FileKind(path: path) == .errorTable ? parsed(path, as: ParsedErrorTable.self) : nil
        errorTableTrees[path] = .some(parsed)
        return parsed
    }

    /// `path:line` of a span.
    mutating func origin(_ span: SourceSpan) -> String { "\(sources[span.file].path):\(line(span))" }

    /// The line of a span, from 1.
    mutating func line(_ span: SourceSpan) -> Int {
        trace.files.insert(span.file)
        let index: LineIndex
        if let known = lines[span.file] {
            index = known
        } else {
            index = sources[span.file].lineIndex
            lines[span.file] = index
        }
        return index.line(at: Int(span.start))
    }

    /// Changes when one of the places, or a file that was asked for since the operation began, does. Without meaning outside of this
    /// process.
    func fingerprint(of places: [SourceSpan]) -> Int {
        var hasher = Hasher()
        for place in places {
            let bytes = sources[place.file].bytes
            hasher.combine(bytes[place.range.clamped(to: 0..<bytes.count)])
        }
        for path in traced.map({ sources[$0].path }).sorted() {
            hasher.combine(path)
            hasher.combine(files[path])
        }
        hasher.combine(variables)
        return hasher.finalize()
    }

    /// The bytes of a file that `place` refers to; a missing one is reported there.
    mutating func require(_ path: Located<String>, _ what: String, help: String? = nil) -> [UInt8]? {
        _ = file(path.value)
        if let bytes = files[path.value] { return bytes }
        trace.needsNames = true
        let near = Spelling.nearest(path.value, in: candidates(for: path.value))
        sink.add(
            Diagnostic(
                "WB2002", "\(what) `\(path.value)` does not exist", at: path.span, "no such file in the workspace",
                help: near.map { "write `\($0)`" } ?? help ?? "create the file, or name another one",
                fixIts: near.map { [FixIt(replace: path.span, with: $0)] } ?? []))
        return nil
    }

    /// Files with the same ending.
    private func candidates(for path: String) -> [String] {
        let ending = path.split(separator: ".").last.map(String.init) ?? ""
        return files.contents.keys.filter { $0.hasSuffix(".\(ending)") }.sorted()
    }

    /// A contract file, read once for all that name it.
    mutating func contract(_ path: ParsedContractPath) -> ContractDocument? {
        let fragment = path.fragment?.value
        let key = path.path.value + "#" + (fragment ?? "")
        guard files[path.path.value] != nil else {
            if merged.insert(key).inserted { _ = require(path.path, "the contract") }
            return nil
        }
        return contract(path.path.value, fragment)
    }

    private mutating func contract(_ path: String, _ fragment: String?) -> ContractDocument? {
        shared(path + "#" + (fragment ?? ""), \.contracts) { context in
            let id = context.file(path)
            // Every operation names a part of an OpenAPI document, which may be large: it is read as a whole.
            if let fragment, Self.mayBeOpenAPI(path, context.files[path] ?? []),
                let whole = context.contract(path, nil), whole.openAPI != nil, let part = whole.part(named: fragment)
            {
                return part
            }
            let twin = ContractTwin(bytes: context.files[path] ?? [], fragment: fragment)
            if FileKind(path: path) == .contract, let known = context.twins[twin],
                FileKind(path: known.path) == .contract, known.path.suffix(4) == path.suffix(4)
            {
                return known.moved(to: path)
            }
            var sink = DiagnosticSink()
            let document = context.reading { load in
                ContractReader.read(path: path, fragment: fragment, load: load, file: id, into: &sink)
            }
            context.sink.merge(sink)
            for included in document?.files ?? [] { _ = context.file(included) }
            // A contract that stands alone and of which nothing is to be said is the same wherever it lies.
            if let document, sink.isEmpty, context.trace.files.count == 1, document.openAPI == nil,
                document.language != .wsdl
            {
                context.twins[twin] = document
            }
            return document
        }
    }

    private static func mayBeOpenAPI(_ path: String, _ bytes: [UInt8]) -> Bool {
        if path.hasSuffix(".yaml") || path.hasSuffix(".yml") { return true }
        return ["\"openapi\"", "\"swagger\""].contains { bytes.firstRange(of: $0.utf8) != nil }
    }

    /// A code list, read once for all that name it.
    mutating func table(_ name: String, _ path: Located<String>) -> LookupTable? {
        guard let bytes = require(path, "the table") else { return nil }
        return shared("\(name) \(path.value)", \.tables) { context in
            guard let parsed = WorkspaceParser.table(path.value, bytes, &context), !parsed.isPoisoned else {
                return nil
            }
            var forward: [String: String] = [:]
            var reverse: [String: String]? = [:]
            for row in parsed.rows {
                forward[row.name.value] = row.value.value
                if reverse?[row.value.value] != nil { reverse = nil }
                reverse?[row.value.value] = row.name.value
            }
            return LookupTable(name: name, forward: forward, reverse: reverse)
        }
    }

    /// What the callers of a SOAP facade are given, made once for all facades with the contract.
    mutating func description(
        of contract: String, _ make: (_ load: @escaping (String) -> [UInt8]?) -> ServiceDescription
    ) -> ServiceDescription {
        shared(contract, \.descriptions) { $0.reading(make) }
    }

    /// A secret's bytes; nil when a part of it is not there. What is missing is a warning: it blocks its operations only.
    mutating func secret(_ secret: ParsedSecret) -> [UInt8]? {
        var bytes: [UInt8] = []
        var isWhole = true
        for part in secret.parts {
            switch part {
            case .text(let text): bytes += Array(text.utf8)
            case .reference(let reference):
                let value =
                    reference.source == .variable
                    ? variables[reference.name.value].map { Array($0.utf8) }
                    : reference.source.value(of: reference.name.value, secrets)
                if reference.source != .variable {
                    trace.read(
                        Dependencies.SecretRead(
                            source: reference.source, name: reference.name.value, value: value.map(Secret.init)))
                }
                if let value {
                    bytes += value
                } else {
                    isWhole = false
                    sink.add(
                        Diagnostic(
                            "WB5105", .warning, "the secret `\(reference.name.value)` is not there", at: reference.span,
                            reference.source == .environment
                                ? "no such variable in the environment" : "no such file, or it is empty",
                            help: "operations that need it answer 503 until it is given; the others are not touched"))
                }
            }
        }
        return isWhole ? bytes : nil
    }
}

import Contracts
import Diagnostics
import RouteGraph
import YAML

/// What the passes share while one workspace is compiled: files, messages, and what was read already.
struct CompileContext {
    let files: WorkspaceFiles
    let secrets: any SecretSource
    /// Seconds since 1970, or nil.
    let now: Int64?
    var sources = SourceStore()
    var sink = DiagnosticSink()
    /// Paths that something refers to.
    var used: Set<String> = []
    var variables = Variables()
    /// What the gateway's settings say about consumers' deadlines.
    var deadlineHeader: Located<String>?
    /// The gateway's proxy, for partners that name none.
    var proxy: ParsedProxy?
    /// Whether the gateway keeps answers, or has a mistake that may hide that it does.
    var hasStore = false
    private var fileIDs: [String: FileID] = [:]
    private var contracts: [String: ContractDocument?] = [:]
    /// OpenAPI documents by path: they are large, and every operation names a part of them.
    private var apis: [String: ContractDocument] = [:]
    private var tables: [String: LookupTable?] = [:]
    var mappings: [String: ParsedMapping] = [:]
    var rules: [String: ParsedRules] = [:]
    var errorTables: [String: ParsedErrorTable] = [:]
    /// What checks bodies at run time.
    var checks: [ContractCheck] = []
    private var lines: [FileID: LineIndex] = [:]

    init(files: WorkspaceFiles, secrets: any SecretSource, now: Int64?) {
        self.files = files
        self.secrets = secrets
        self.now = now
    }

    /// The identifier of a file, which is entered into the sources when it is first asked for.
    mutating func file(_ path: String) -> FileID {
        if let id = fileIDs[path] { return id }
        let id = sources.add(path: path, bytes: files[path] ?? [])
        fileIDs[path] = id
        return id
    }

    /// `path:line` of a span.
    mutating func origin(_ span: SourceSpan) -> String {
        let index: LineIndex
        if let known = lines[span.file] {
            index = known
        } else {
            index = sources[span.file].lineIndex
            lines[span.file] = index
        }
        return "\(sources[span.file].path):\(index.line(at: Int(span.start)))"
    }

    /// The bytes of a file that `place` refers to; a missing one is reported there.
    mutating func require(_ path: Located<String>, _ what: String, help: String? = nil) -> [UInt8]? {
        used.insert(path.value)
        if let bytes = files[path.value] { return bytes }
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

    /// A contract file, read once.
    mutating func contract(_ path: ParsedContractPath) -> ContractDocument? {
        let key = path.path.value + "#" + (path.fragment?.value ?? "")
        if let known = contracts[key] { return known }
        guard require(path.path, "the contract") != nil else {
            contracts[key] = .some(nil)
            return nil
        }
        if let whole = apis[path.path.value] {
            let part = path.fragment.map { whole.part(named: $0.value) } ?? whole
            if let part {
                contracts[key] = .some(part)
                return part
            }
        }
        let id = file(path.path.value)
        let contents = files
        let document = ContractReader.read(
            path: path.path.value, fragment: path.fragment?.value, load: { contents[$0] }, file: id, into: &sink)
        for included in document?.files ?? [] { used.insert(included) }
        contracts[key] = .some(document)
        if let document, document.openAPI != nil { apis[path.path.value] = document }
        return document
    }

    /// A code list, read once.
    mutating func table(_ name: String, _ path: Located<String>) -> LookupTable? {
        if let known = tables[path.value] { return known }
        guard let bytes = require(path, "the table") else {
            tables[path.value] = .some(nil)
            return nil
        }
        let parsed = WorkspaceParser.table(path.value, bytes, &self)
        var table: LookupTable?
        if let parsed, !parsed.isPoisoned {
            var forward: [String: String] = [:]
            var reverse: [String: String]? = [:]
            for row in parsed.rows {
                forward[row.name.value] = row.value.value
                if reverse?[row.value.value] != nil { reverse = nil }
                reverse?[row.value.value] = row.name.value
            }
            table = LookupTable(name: name, forward: forward, reverse: reverse)
        }
        tables[path.value] = .some(table)
        return table
    }

    /// A secret's bytes; nil when a part of it is not there. What is missing is a warning: it blocks its operations only.
    mutating func secret(_ secret: ParsedSecret) -> [UInt8]? {
        var bytes: [UInt8] = []
        var isWhole = true
        for part in secret.parts {
            switch part {
            case .text(let text): bytes += Array(text.utf8)
            case .reference(let reference):
                let value: [UInt8]?
                switch reference.source {
                case .environment: value = secrets.environment(reference.name.value)
                case .file: value = secrets.file(reference.name.value)
                case .variable: value = variables[reference.name.value].map { Array($0.utf8) }
                case .vault: value = nil
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

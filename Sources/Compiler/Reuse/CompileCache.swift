import Contracts
import Diagnostics
import RouteGraph

/// What a compilation leaves for the next one of the same workspace: the parts that it was put together from, each with
/// everything that it depends on.
///
/// A part is what one route file, one test file, one contract or one table becomes. Parts whose files, secrets and settings are as they
/// were are used again by reference; so one edited mapping costs one partner, however many there are. The result is the same as that of a
/// compilation from nothing, which is one with an empty cache. Parsed trees are not kept: a part that has to be made again is parsed again.
public struct CompileCache: Sendable {
    /// What every part may depend on. When it changes, nothing is used again.
    struct Common: Equatable, Sendable {
        var environment: String?
        var variables: Variables
        var consumers: [UInt8]?
        /// Only when something of it is a default for partners.
        var gateway: [UInt8]?
        var hasStore: Bool
        var hasClock: Bool
    }

    /// What was said while a YAML file was read, and the `${…}` in it.
    struct Reading: Sendable {
        var sink: DiagnosticSink
        var references: [ParsedReference]
    }

    /// All files that were ever asked for; a path keeps its identifier.
    private(set) var sources = SourceStore()
    private var identifiers: [String: FileID] = [:]
    private var isPresent: [Bool] = []
    private var presentCount = 0
    private(set) var index = FileIndex([]) { _ in FileID(index: 0) }
    var common: Common?
    /// YAML files that were read, and what was to be said of them, where there was something.
    private(set) var isRead: Set<FileID> = []
    private(set) var readings: [FileID: Reading] = [:]
    var routes: [FileID: Part<LoweredRoute>] = [:]
    var examples: [FileID: Part<Bool>] = [:]
    var contracts: [String: Part<ContractDocument?>] = [:]
    var tables: [String: Part<LookupTable?>] = [:]
    var descriptions: [String: Part<ServiceDescription>] = [:]
    var assembly: GraphAssembly?

    public init() {}

    /// The identifier of a path, which is given when it is first asked for, whether there is such a file or not.
    mutating func file(_ path: String) -> FileID {
        if let id = identifiers[path] { return id }
        let id = sources.add(path: path, bytes: [])
        identifiers[path] = id
        isPresent.append(false)
        return id
    }

    /// Takes over the files as they are now, and forgets what was read from other ones.
    mutating func update(to files: WorkspaceFiles) -> FileChanges {
        var changes = FileChanges()
        if presentCount == 0 {
            for path in files.paths { note(path, files[path] ?? [], &changes) }
        } else {
            for (path, bytes) in files.contents { note(path, bytes, &changes) }
        }
        if presentCount > files.contents.count {
            for place in isPresent.indices where isPresent[place] {
                let id = FileID(index: UInt32(place))
                let path = sources[id].path
                guard files[path] == nil else { continue }
                isPresent[place] = false
                presentCount -= 1
                sources.replace(id, bytes: [])
                changes.content.insert(id)
                changes.folders.insert(FileKind.folder(of: path))
            }
        }
        if !changes.folders.isEmpty {
            let known = identifiers
            index = FileIndex(files.paths) { known[$0] ?? FileID(index: .max) }
        }
        for id in changes.content { forget(id) }
        if !changes.content.isEmpty {
            contracts = contracts.filter { $0.value.dependencies.files.isDisjoint(with: changes.content) }
            tables = tables.filter { $0.value.dependencies.files.isDisjoint(with: changes.content) }
            descriptions = descriptions.filter { $0.value.dependencies.files.isDisjoint(with: changes.content) }
        }
        return changes
    }

    private mutating func note(_ path: String, _ bytes: [UInt8], _ changes: inout FileChanges) {
        let id = file(path)
        let place = Int(id.index)
        if isPresent[place], sources[id].bytes == bytes { return }
        if !isPresent[place] {
            isPresent[place] = true
            presentCount += 1
            changes.folders.insert(FileKind.folder(of: path))
        }
        sources.replace(id, bytes: bytes)
        changes.content.insert(id)
    }

    /// Forgets all parts when what they share has changed.
    mutating func begin(_ common: Common) {
        guard common != self.common else { return }
        if common.variables != self.common?.variables {
            for entry in index.decoded { forget(entry.id) }
            for entry in index.routes { forget(entry.id) }
            for entry in index.tests { forget(entry.id) }
            tables = [:]
        }
        routes = [:]
        examples = [:]
        self.common = common
    }

    mutating func keep(_ reading: Reading, of id: FileID) {
        isRead.insert(id)
        readings[id] = reading.sink.isEmpty && reading.references.isEmpty ? nil : reading
    }

    private mutating func forget(_ id: FileID) {
        isRead.remove(id)
        readings[id] = nil
    }

    /// Drops the parts of files that are not there any more.
    mutating func drop(allBut files: [FileID]) {
        if routes.count > files.count {
            let there = Set(files)
            routes = routes.filter { there.contains($0.key) }
        }
        if examples.count > index.tests.count {
            let there = Set(index.tests.map(\.id))
            examples = examples.filter { there.contains($0.key) }
        }
    }
}

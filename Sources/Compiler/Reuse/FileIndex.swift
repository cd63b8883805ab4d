import Diagnostics
import Documents

/// The files of a workspace by what they are, each list sorted by path. Made again only when a file is added or removed.
struct FileIndex: Sendable {
    struct Entry: Sendable {
        var path: String
        var id: FileID
    }

    private(set) var environments: [(name: String, entry: Entry)] = []
    private(set) var gateway: Entry?
    private(set) var consumers: Entry?
    private(set) var routes: [Entry] = []
    private(set) var tests: [Entry] = []
    /// Mappings, rules and error tables: read for the routes that name them, and for their mistakes when none does.
    private(set) var decoded: [Entry] = []
    /// What should be referred to, or have another name, besides what is ``decoded``.
    private(set) var reportedWhenUnused: [(entry: Entry, hasMeaning: Bool)] = []

    /// - Parameter paths: sorted.
    init(_ paths: [String], _ id: (String) -> FileID) {
        for path in paths {
            let entry = Entry(path: path, id: id(path))
            switch FileKind(path: path) {
            case .environment(let name): environments.append((name, entry))
            case .gateway: gateway = entry
            case .consumers: consumers = entry
            case .route: routes.append(entry)
            case .tests: tests.append(entry)
            case .mapping, .rules, .errorTable:
                decoded.append(entry)
            case .table, .contract: reportedWhenUnused.append((entry, true))
            case .other where path.hasSuffix(".yaml") || path.hasSuffix(".yml"):
                reportedWhenUnused.append((entry, false))
            case .certificate, .other: break
            }
        }
        decoded = decoded.compact
        reportedWhenUnused = reportedWhenUnused.compact
    }
}

internal import Diagnostics

/// Bounds what one contract may bring in: a description whose parts name each other without end, or a folder of huge
/// schemas, ends here with one error.
final class ContractBudget {
    /// Files that one contract may consist of, catalogues included.
    static let fileLimit = 512
    /// Bytes of all of them together.
    static let byteLimit = 64 << 20
    /// Operations of all bindings together.
    static let operationLimit = 20_000

    private let path: String
    private let issues: ContractIssues
    private let source: (String) -> [UInt8]?
    private var files = 0
    private var bytes = 0

    init(path: String, issues: ContractIssues, load: @escaping (String) -> [UInt8]?) {
        self.path = path
        self.issues = issues
        self.source = load
    }

    /// The bytes of a file; nil when there is none or too much has been read already, which is reported once and
    /// silences what follows from it.
    func load(_ path: String) -> [UInt8]? {
        guard !issues.isClosed, let content = source(path) else { return nil }
        files += 1
        bytes += content.count
        if files > ContractBudget.fileLimit {
            refuse("it has more than \(ContractBudget.fileLimit) files")
            return nil
        }
        if bytes > ContractBudget.byteLimit {
            refuse("it has more than \(ContractBudget.byteLimit >> 20) MiB")
            return nil
        }
        return content
    }

    private func refuse(_ why: String) {
        issues.add(
            "WB3254", .error, "`\(path)` is too large to be read", at: .init(path, line: 1), why,
            help: "cut it down to the services, messages and types that are used")
        issues.close()
    }
}

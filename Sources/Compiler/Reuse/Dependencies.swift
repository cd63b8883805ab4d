import Diagnostics
import RouteGraph

/// Everything that a part of a compilation was made from. The part can be used again while none of it has changed.
struct Dependencies: Sendable {
    /// A secret as it was given.
    struct SecretRead: Sendable {
        var source: ParsedReference.Source
        var name: String
        var value: Secret?
    }

    /// Files that were looked for, whether they were there or not.
    var files: Set<FileID> = []
    /// Folders whose list of files matters.
    var folders: Set<String> = []
    /// Whether the names of all files matter: a similar one was looked for.
    var needsNames = false
    private(set) var secrets: [SecretRead] = []
    /// Seconds since 1970 between which certificates are judged the same.
    private(set) var validFrom = Int64.min
    private(set) var validBefore = Int64.max

    mutating func read(_ secret: SecretRead) { secrets.append(secret) }

    mutating func holds(from: Int64, before: Int64) {
        validFrom = max(validFrom, from)
        validBefore = min(validBefore, before)
    }

    mutating func formUnion(_ other: Dependencies) {
        files.formUnion(other.files)
        folders.formUnion(other.folders)
        needsNames = needsNames || other.needsNames
        secrets += other.secrets
        holds(from: other.validFrom, before: other.validBefore)
    }

    /// Whether all is as it was.
    func hold(_ changes: FileChanges, _ secrets: any SecretSource, now: Int64?) -> Bool {
        if needsNames, !changes.folders.isEmpty { return false }
        if !changes.content.isEmpty, !files.isDisjoint(with: changes.content) { return false }
        if !folders.isDisjoint(with: changes.folders) { return false }
        if let now, now < validFrom || now >= validBefore { return false }
        return self.secrets.allSatisfy { read in
            read.source.value(of: read.name, secrets) == read.value?.revealed
        }
    }
}

extension ParsedReference.Source {
    /// The value of a secret; nil when it is not there, and for what is no secret.
    func value(of name: String, _ secrets: any SecretSource) -> [UInt8]? {
        switch self {
        case .environment: secrets.environment(name)
        case .file: secrets.file(name)
        case .variable, .vault: nil
        }
    }
}

/// How the files differ from those of the compilation before.
struct FileChanges: Sendable {
    /// Files that were edited, added or removed.
    var content: Set<FileID> = []
    /// Folders in which files were added or removed.
    var folders: Set<String> = []
}

/// A result together with what was said while it was made, and what it was made from.
struct Part<Value: Sendable>: Sendable {
    var value: Value
    var sink: DiagnosticSink
    var checks: [ContractCheck]
    var dependencies: Dependencies
}

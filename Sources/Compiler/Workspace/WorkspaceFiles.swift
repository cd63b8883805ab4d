/// The files of a workspace at one moment, read by whoever compiles: the compiler itself does no I/O.
public struct WorkspaceFiles: Sendable {
    /// Contents by path, relative to the workspace, with `/` between its parts.
    public private(set) var contents: [String: [UInt8]]

    public init(_ contents: [String: [UInt8]] = [:]) {
        self.contents = contents
    }

    public subscript(_ path: String) -> [UInt8]? {
        get { contents[path] }
        set { contents[path] = newValue }
    }

    /// All paths, sorted, so that every run reports in the same order.
    public var paths: [String] { contents.keys.sorted() }
}

/// Gives secrets at compile time. A secret that is not there blocks the operations that need it, and nothing else.
public protocol SecretSource: Sendable {
    /// A variable of the process's environment.
    func environment(_ name: String) -> [UInt8]?
    /// A file outside the workspace, or in it.
    func file(_ path: String) -> [UInt8]?
}

/// A source without secrets, for checks that must not depend on the machine they run on.
public struct NoSecrets: SecretSource {
    public init() {}
    public func environment(_ name: String) -> [UInt8]? { nil }
    public func file(_ path: String) -> [UInt8]? { nil }
}

/// What a file is, told by its place and suffix.
public enum FileKind: Sendable, Equatable {
    case gateway, consumers, environment(String), route, tests, rules, mapping, errorTable, table, contract, certificate
    case other

    /// The folder that holds a path; empty for what lies at the top.
    static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: 0x2F).map { String(path[..<$0]) } ?? ""
    }

    public init(path: String) {
        let name = path.utf8.lastIndex(of: 0x2F).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        if path == "routes/gateway.yaml" {
            self = .gateway
        } else if path == "routes/consumers.yaml" {
            self = .consumers
        } else if path.hasPrefix("routes/environments/"), name.hasSuffix(".yaml") {
            self = .environment(String(name.dropLast(5)))
        } else if name.hasSuffix(".route.yaml") {
            self = .route
        } else if name.hasSuffix(".test.yaml") {
            self = .tests
        } else if name.hasSuffix(".rules.yaml") {
            self = .rules
        } else if name.hasSuffix(".map.yaml") {
            self = .mapping
        } else if name.hasSuffix(".table.yaml") || name.hasSuffix(".csv") {
            self = .table
        } else if name == "errors.yaml" || name.hasSuffix(".errors.yaml") {
            self = .errorTable
        } else if name.hasSuffix(".schema.json") || name.hasSuffix(".xsd") || name.hasSuffix(".wsdl") {
            self = .contract
        } else if name.hasSuffix(".pem") || name.hasSuffix(".key") || name.hasSuffix(".crt") {
            self = .certificate
        } else {
            self = .other
        }
    }
}

/// What a method and a path lead to.
public enum RouteMatch: Equatable, Sendable {
    /// Position in ``RouteGraph/operations``.
    case operation(Int)
    /// Position in ``RouteGraph/services``.
    case service(Int)
    case notFound
    /// The value of `Allow`.
    case methodNotAllowed(String)
}

/// A pattern that can't be added.
public enum RouteConflict: Error, Equatable, Sendable {
    /// Another operation has the same method and path.
    case duplicate(operation: Int)
    case invalid(String)
}

/// Finds the operation of a request: a tree of path segments, compared as bytes, flattened to arrays.
///
/// A literal segment wins over a parameter at the same place. A request's path is matched as it was sent, after RFC 3986's
/// requirement that nothing is decoded twice: `%2F` in a segment never acts as a separator, and segments `.` and `..` match nothing.
public struct Router: Sendable {
    struct Node: Sendable {
        /// Literal children, sorted by length, then by bytes.
        var literals: [(name: [UInt8], node: Int32)] = []
        var parameter: Int32 = -1
        /// Operation for each ``HTTPMethod``, or -1.
        var methods = Self.noMethods
        var hasMethods = false
        /// The facade at this path, or -1. It answers for all methods.
        var service: Int32 = -1

        /// Shared by all nodes at which no path ends.
        private static let noMethods = [Int32](repeating: -1, count: HTTPMethod.allCases.count)
    }

    var nodes = [Node()]

    public init() {}

    /// Adds an operation. `pattern` begins with `/`; a segment `{name}` is a parameter.
    /// - Returns: the parameters' names in order.
    @discardableResult
    public mutating func add(method: HTTPMethod, pattern: String, operation: Int) throws(RouteConflict) -> [String] {
        var parameters: [String] = []
        let node = try insert(pattern, &parameters)
        let existing = nodes[node].methods[Int(method.rawValue)]
        if existing >= 0 { throw .duplicate(operation: Int(existing)) }
        if nodes[node].service >= 0 { throw .invalid("a SOAP service stands at this path") }
        nodes[node].methods[Int(method.rawValue)] = Int32(operation)
        nodes[node].hasMethods = true
        return parameters
    }

    /// Adds a SOAP facade at a path without parameters.
    public mutating func add(service: Int, pattern: String) throws(RouteConflict) {
        var parameters: [String] = []
        let node = try insert(pattern, &parameters)
        guard parameters.isEmpty else { throw .invalid("the path of a SOAP service has no parameters") }
        guard !nodes[node].hasMethods else { throw .invalid("another operation accepts this path") }
        nodes[node].service = Int32(service)
        nodes[node].hasMethods = true
    }

    /// The names of a pattern's parameters in order; nil when it can't be matched.
    public static func parameters(of pattern: String) -> [String]? {
        var parameters: [String] = []
        var router = Router()
        return (try? router.insert(pattern, &parameters)).map { _ in parameters }
    }

    /// The node for a pattern, made where it is missing.
    private mutating func insert(_ pattern: String, _ parameters: inout [String]) throws(RouteConflict) -> Int {
        guard pattern.utf8.first == 0x2F else { throw .invalid("a path begins with /") }
        var node = 0
        for segment in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if segment.hasPrefix("{"), segment.hasSuffix("}"), segment.count > 2 {
                let name = String(segment.dropFirst().dropLast())
                if parameters.contains(name) { throw .invalid("two parameters are named \(name)") }
                parameters.append(name)
                if nodes[node].parameter < 0 {
                    nodes[node].parameter = Int32(nodes.count)
                    nodes.append(Node())
                }
                node = Int(nodes[node].parameter)
            } else {
                if segment.contains(where: { $0 == "{" || $0 == "}" }) {
                    throw .invalid("a parameter takes a whole segment: /{name}/")
                }
                let name = Array(segment.utf8)
                if let next = Self.find(nodes[node].literals, name) {
                    node = Int(next)
                } else {
                    let next = Int32(nodes.count)
                    nodes.append(Node())
                    nodes[node].literals.insert((name, next), at: Self.place(nodes[node].literals, name))
                    node = Int(next)
                }
            }
        }
        return node
    }

    private static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }

    /// Where a name stands among sorted ones, or would stand.
    private static func place(_ literals: [(name: [UInt8], node: Int32)], _ name: [UInt8]) -> Int {
        var low = 0
        var high = literals.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(literals[middle].name, name) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func find(_ literals: [(name: [UInt8], node: Int32)], _ name: [UInt8]) -> Int32? {
        let at = place(literals, name)
        return at < literals.count && literals[at].name == name ? literals[at].node : nil
    }

    /// Matches the path of `call.head` and leaves the parameters' places in the call.
    public func match(_ call: Call) -> RouteMatch {
        let path = call.head.path
        call.parameterCount = 0
        guard path.count > 0, path[0] == 0x2F else { return .notFound }
        let end = matchFrom(0, path, 1, call)
        guard end >= 0 else { return .notFound }
        if nodes[end].service >= 0 { return .service(Int(nodes[end].service)) }
        let methods = nodes[end].methods
        let method = call.head.method
        let direct = methods[Int(method.rawValue)]
        if direct >= 0, method != .other { return .operation(Int(direct)) }
        if method == .head, methods[Int(HTTPMethod.get.rawValue)] >= 0 {
            return .operation(Int(methods[Int(HTTPMethod.get.rawValue)]))
        }
        return .methodNotAllowed(Self.allow(methods))
    }

    @inline(never)
    private static func allow(_ methods: [Int32]) -> String {
        var names: [String] = []
        for method in HTTPMethod.allCases where method != .other {
            let own = methods[Int(method.rawValue)] >= 0
            let byGet = method == .head && methods[Int(HTTPMethod.get.rawValue)] >= 0
            if own || byGet { names.append(method.name.description) }
        }
        return names.joined(separator: ", ")
    }

    /// Node for the rest of the path from `start`, or -1. Falls back from a literal to a parameter.
    private func matchFrom(_ node: Int, _ path: UnsafeBufferPointer<UInt8>, _ start: Int, _ call: Call) -> Int {
        var end = start
        while end < path.count, path[end] != 0x2F { end &+= 1 }
        let count = end - start
        let segment = path.baseAddress! + start
        let isDots = (count == 1 && segment[0] == 0x2E) || (count == 2 && segment[0] == 0x2E && segment[1] == 0x2E)
        if isDots { return -1 }
        let literal = nodes[node].literals.withUnsafeBufferPointer { Self.search($0, segment, count) }
        if literal >= 0 {
            let found =
                end == path.count
                ? (nodes[literal].hasMethods ? literal : -1) : matchFrom(literal, path, end + 1, call)
            if found >= 0 { return found }
        }
        let parameter = Int(nodes[node].parameter)
        guard parameter >= 0, count > 0 else { return -1 }
        let saved = call.parameterCount
        call.addParameter(start: call.head.targetStart + start, count: count)
        let found =
            end == path.count
            ? (nodes[parameter].hasMethods ? parameter : -1) : matchFrom(parameter, path, end + 1, call)
        if found < 0 { call.parameterCount = saved }
        return found
    }

    /// Binary search by length, then by bytes: the child with this name, or -1.
    private static func search(
        _ literals: UnsafeBufferPointer<(name: [UInt8], node: Int32)>, _ segment: UnsafePointer<UInt8>, _ count: Int
    ) -> Int {
        var low = 0
        var high = literals.count
        while low < high {
            let middle = (low &+ high) / 2
            let order = compare(literals[middle].name, segment, count)
            if order == 0 { return Int(literals[middle].node) }
            if order < 0 { low = middle &+ 1 } else { high = middle }
        }
        return -1
    }

    private static func compare(_ name: [UInt8], _ segment: UnsafePointer<UInt8>, _ count: Int) -> Int {
        if name.count != count { return name.count &- count }
        return name.withUnsafeBufferPointer { p in
            var i = 0
            while i < count {
                if p[i] != segment[i] { return Int(p[i]) &- Int(segment[i]) }
                i &+= 1
            }
            return 0
        }
    }
}

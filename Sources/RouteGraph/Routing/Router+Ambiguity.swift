extension Router {
    /// Whether another operation than `match` answers at the path as an eager server reads it.
    ///
    /// `/files/a%2Fb` is one segment here and two to a server that decodes first; `/files/a;x` is another segment than `/files/a`
    /// here and the same to one that cuts parameters off. Nothing is wrong with either, unless a route stands where it leads to: then
    /// the caller of one operation would reach another, for which it was not authorised.
    public func isAmbiguous(_ call: Call, _ match: RouteMatch) -> Bool {
        if call.head.pathIsPlain { return false }
        let path = call.head.path
        for c in path where c == 0x25 || c == 0x3B { return leadsElsewhere(call, path, match) }
        return false
    }

    @inline(never)
    private func leadsElsewhere(_ call: Call, _ path: UnsafeBufferPointer<UInt8>, _ match: RouteMatch) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: path.count) { room in
            guard let base = room.baseAddress else { return false }
            let count = DotSegments.resolve(path, into: base)
            guard count > 0, base[0] == 0x2F else { return false }
            let node = place(of: UnsafeBufferPointer(start: base, count: count), from: 0, 1)
            guard node >= 0 else { return false }
            switch match {
            case .service(let index): return nodes[node].service != Int32(index)
            case .operation(let index):
                if nodes[node].service >= 0 { return true }
                let methods = nodes[node].methods
                let own = methods[Int(call.head.method.rawValue)]
                let other = own < 0 && call.head.method == .head ? methods[Int(HTTPMethod.get.rawValue)] : own
                return other >= 0 && other != Int32(index)
            case .notFound, .methodNotAllowed: return false
            }
        }
    }

    /// The node that a path leads to, or -1. As ``match(_:)``, but nothing is kept of the parameters.
    private func place(of path: UnsafeBufferPointer<UInt8>, from node: Int, _ start: Int) -> Int {
        var end = start
        while end < path.count, path[end] != 0x2F { end &+= 1 }
        let segment = UnsafeBufferPointer(rebasing: path[start..<end])
        let isLast = end == path.count
        for literal in nodes[node].literals where literal.name.elementsEqual(segment) {
            let next = Int(literal.node)
            let found = isLast ? (nodes[next].hasMethods ? next : -1) : place(of: path, from: next, end + 1)
            if found >= 0 { return found }
        }
        let parameter = Int(nodes[node].parameter)
        guard parameter >= 0, !segment.isEmpty else { return -1 }
        return isLast ? (nodes[parameter].hasMethods ? parameter : -1) : place(of: path, from: parameter, end + 1)
    }
}

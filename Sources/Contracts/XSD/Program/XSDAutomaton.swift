/// A content model as an automaton: built with empty steps, then made deterministic.
struct XSDAutomaton {
    static let nodeLimit = 6_000
    static let stateLimit = 4_000
    static let edgeLimit = 200_000

    struct Node {
        var empty: [Int32] = []
        var elements: [(element: Int, target: Int32)] = []
        var wildcards: [(wildcard: Int, target: Int32)] = []
    }

    let model: XSDModel
    private(set) var nodes: [Node] = [Node()]
    private(set) var wildcards: [XSDWildcard] = []
    private(set) var end = 0
    private var edgeCount = 0

    init(_ model: XSDModel) {
        self.model = model
    }

    /// Whether the content model fits.
    mutating func build(_ particle: XSDParticle) -> Bool {
        guard let last = add(particle, from: 0, depth: 0) else { return false }
        end = last
        return true
    }

    private mutating func node() -> Int? {
        guard nodes.count < XSDAutomaton.nodeLimit else { return nil }
        nodes.append(Node())
        return nodes.count - 1
    }

    private mutating func step(_ from: Int, _ to: Int) { nodes[from].empty.append(Int32(to)) }

    private mutating func add(_ particle: XSDParticle, from start: Int, depth: Int) -> Int? {
        guard depth < XSDModelBuilder.groupDepthLimit * 2 else { return nil }
        if particle.max == 0 { return start }
        var current = start
        let unbounded = particle.max == XSDParticle.unbounded
        guard particle.min <= XSDAutomaton.nodeLimit, unbounded || particle.max <= XSDAutomaton.nodeLimit else {
            return nil
        }
        let copies = unbounded && particle.min > 0 ? particle.min - 1 : particle.min
        for _ in 0..<copies {
            guard let next = add(particle.term, from: current, depth: depth) else { return nil }
            // A copy that takes no nodes must not run on for ever.
            if next == current { return current }
            current = next
        }
        if unbounded {
            guard let loop = node() else { return nil }
            step(current, loop)
            guard let last = add(particle.term, from: loop, depth: depth) else { return nil }
            step(last, loop)
            return particle.min > 0 ? last : loop
        }
        guard particle.max > particle.min else { return current }
        guard let last = node() else { return nil }
        for _ in particle.min..<particle.max {
            step(current, last)
            guard let next = add(particle.term, from: current, depth: depth) else { return nil }
            if next == current { break }
            current = next
        }
        step(current, last)
        return last
    }

    private mutating func add(_ term: XSDParticle.Term, from start: Int, depth: Int) -> Int? {
        switch term {
        case .element(let id):
            guard let next = node() else { return nil }
            let elements = XSDCompiler.substitutes(of: id, model)
            edgeCount += elements.count
            guard edgeCount <= XSDAutomaton.edgeLimit else { return nil }
            for element in elements {
                nodes[start].elements.append((element, Int32(next)))
            }
            return next
        case .wildcard(let wildcard):
            guard let next = node() else { return nil }
            nodes[start].wildcards.append((wildcards.count, Int32(next)))
            wildcards.append(wildcard)
            return next
        case .group(.sequence, let parts):
            var current = start
            for part in parts {
                // A part that loops back to where it begins must not be entered again from what stands before.
                guard let fresh = node() else { return nil }
                step(current, fresh)
                guard let next = add(part, from: fresh, depth: depth + 1) else { return nil }
                current = next
            }
            return current
        case .group(.choice, let parts):
            guard let last = node() else { return nil }
            for part in parts {
                guard let fresh = node() else { return nil }
                step(start, fresh)
                guard let next = add(part, from: fresh, depth: depth + 1) else { return nil }
                step(next, last)
            }
            return last
        case .group(.all, _): return nil
        }
    }

    // MARK: - Determinism

    func closure(_ start: [Int32]) -> [Int32] {
        var seen = Set(start)
        var stack = start
        while let next = stack.popLast() {
            for target in nodes[Int(next)].empty where seen.insert(target).inserted { stack.append(target) }
        }
        return seen.filter { node in
            let it = nodes[Int(node)]
            return !it.elements.isEmpty || !it.wildcards.isEmpty || Int(node) == end
        }.sorted()
    }

    /// Writes the automaton into the tables.
    func emit(into compiler: inout XSDCompiler, _ type: XSDType, _ row: inout XSDProgram.TypeRow) {
        let namespaceCount = compiler.tables.namespaces.count
        let rows = wildcards.map { compiler.wildcardRow($0) }
        var index: [[Int32]: Int] = [:]
        var sets: [[Int32]] = []
        var states: [XSDProgram.StateRow] = []
        var edges: [(element: Int, target: Int)] = []
        var wild: [(target: Int32, wildcard: Int32)] = []

        func state(_ set: [Int32]) -> Int {
            if let known = index[set] { return known }
            index[set] = sets.count
            sets.append(set)
            return sets.count - 1
        }
        _ = state(closure([0]))
        var next = 0
        while next < sets.count {
            guard sets.count <= XSDAutomaton.stateLimit, edges.count <= XSDAutomaton.edgeLimit,
                wild.count <= XSDAutomaton.edgeLimit
            else {
                compiler.unsupported(&row, type, "a content model with too many states")
                return
            }
            let set = sets[next]
            next += 1
            let first = edges.count
            var order: [Int32] = []
            var byName: [Int32: (element: Int, targets: Set<Int32>)] = [:]
            var open: [(wildcard: Int, target: Int32)] = []
            for node in set {
                for edge in nodes[Int(node)].elements {
                    let name = compiler.tables.elements[edge.element].name
                    if byName[name] == nil {
                        byName[name] = (edge.element, [])
                        order.append(name)
                    }
                    byName[name]?.targets.insert(edge.target)
                }
                open += nodes[Int(node)].wildcards
            }
            for name in order {
                guard var entry = byName[name] else { continue }
                let namespace = Int(compiler.tables.names[Int(name)].namespace)
                let text = namespace == 0 ? nil : compiler.tables.namespaces[namespace]
                for edge in open where wildcards[edge.wildcard].allows(text) { entry.targets.insert(edge.target) }
                edges.append((entry.element, state(closure(Array(entry.targets)))))
            }
            if !wildcards.isEmpty {
                for namespace in 0...namespaceCount {
                    let text =
                        namespace == 0
                        ? nil : namespace == namespaceCount ? "\u{0}" : compiler.tables.namespaces[namespace]
                    let allowed = open.filter { wildcards[$0.wildcard].allows(text) }
                    guard let one = allowed.first else {
                        wild.append((-1, -1))
                        continue
                    }
                    let target = state(closure(Array(Set(allowed.map(\.target)))))
                    wild.append((Int32(target), rows[one.wildcard]))
                }
            }
            states.append(
                XSDProgram.StateRow(
                    first: Int32(first), count: Int32(edges.count - first), isFinal: set.contains(Int32(end))))
        }
        row.content = .automaton
        row.first = Int32(compiler.tables.states.count)
        row.count = Int32(states.count)
        let base = Int32(compiler.tables.edges.count)
        compiler.tables.states += states.map {
            XSDProgram.StateRow(first: $0.first + base, count: $0.count, isFinal: $0.isFinal)
        }
        for edge in edges { compiler.edge(to: edge.element, target: edge.target, of: type) }
        if !wildcards.isEmpty {
            row.wildTable = Int32(compiler.tables.wildTable.count)
            compiler.tables.wildTable += wild
        }
    }
}

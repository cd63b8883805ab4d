internal import Documents
import Glibc

/// One validation of an element of a flat document: one pass, no recursion over elements, no allocation unless
/// something is wrong.
struct XSDRun {
    typealias Frame = XSDScratch.Frame

    let program: XSDProgram
    let document: Document
    let nodes: UnsafePointer<Document.Node>
    let bytes: UnsafePointer<UInt8>
    let scratch: XSDScratch
    let report: ValidationScratch
    let namespaces: UnsafeMutablePointer<UInt16>
    /// The document's index of the namespace of `xsi:`; one that no node has when it is not declared.
    var instance: UInt16 = .max
    var depth = 0
    var isValid = true
    /// Whether something was met that only libxml2 checks.
    var needsReference = false
    /// Whether libxml2 can be asked; else what only it checks is taken as it is.
    var hasReference = true
    let start: Int

    init(_ program: XSDProgram, _ document: Document, _ start: Int, _ report: ValidationScratch) {
        self.program = program
        self.document = document
        self.start = start
        self.report = report
        nodes = document.nodes
        bytes = document.bytes
        scratch = report.xsd
        namespaces = scratch.namespaces
        mapNamespaces()
    }

    /// Finds the schema's index of each namespace that the document declares.
    private mutating func mapNamespaces() {
        namespaces[0] = 0
        let unknown = UInt16(truncatingIfNeeded: program.namespaces.count)
        let count = min(document.namespaceCount, XSDScratch.namespaceCapacity - 1)
        guard count > 0 else { return }
        for index in 1...UInt16(truncatingIfNeeded: count) {
            let name = document.namespaceName(index)
            guard let base = name.baseAddress else {
                namespaces[Int(index)] = unknown
                continue
            }
            let found = program.namespaceIndex.find(
                XSDProgram.hash(base, name.count, 0), base, name.count, 0, program)
            namespaces[Int(index)] = found < 0 ? unknown : UInt16(truncatingIfNeeded: found)
            if found == program.instanceNamespace { instance = index }
        }
    }

    /// Checks the element at `start` as this declaration, or as a type when there is none.
    mutating func run(element: Int, type: Int) {
        scratch.identifiers.removeAll()
        scratch.references.removeAll(keepingCapacity: true)
        var next = Int(nodes[start].next)
        if enter(start, element, type, &next) { walk(next) }
        if isValid, !needsReference, !scratch.references.isEmpty { resolveReferences() }
    }

    private mutating func walk(_ first: Int) {
        var next = first
        while depth > 0, !needsReference {
            let frame = scratch.frames + (depth &- 1)
            if next >= Int(frame.pointee.end) {
                close(frame)
                next = Int(frame.pointee.end)
                depth &-= 1
                if report.isFull { return }
                continue
            }
            child(next, frame, &next)
            if report.isFull { return }
        }
    }

    @inline(__always)
    func hash(_ node: Int, _ namespace: Int) -> UInt32 {
        let n = nodes + node
        return XSDProgram.hash(bytes + Int(n.pointee.nameStart), Int(n.pointee.nameCount), namespace)
    }

    @inline(__always)
    func matches(_ edge: UnsafePointer<XSDProgram.EdgeRow>, _ node: Int, _ hash: UInt32, _ namespace: Int) -> Bool {
        guard edge.pointee.hash == hash, Int(edge.pointee.count) == Int(nodes[node].nameCount),
            Int(edge.pointee.namespace) == namespace, edge.pointee.element >= 0,
            let names = program.bytes.baseAddress
        else { return false }
        return memcmp(names + Int(edge.pointee.start), bytes + Int(nodes[node].nameStart), Int(edge.pointee.count)) == 0
    }

    // MARK: - Children

    /// Takes one child element; `next` moves to what is looked at next.
    private mutating func child(_ node: Int, _ frame: UnsafeMutablePointer<Frame>, _ next: inout Int) {
        let type = program.types.baseAddress.unsafelyUnwrapped + Int(frame.pointee.type)
        let namespace = Int(namespaces[Int(nodes[node].namespace)])
        let hash = hash(node, namespace)
        next = Int(nodes[node].next)
        var target = NoEdge.none
        switch type.pointee.content {
        case .slots: target = slot(node, hash, namespace, type, frame)
        case .automaton: target = state(node, hash, namespace, type, frame)
        case .all: target = member(node, hash, namespace, type, frame)
        case .anything:
            wild(node, hash, namespace, process: XSDWildcard.Process.lax.rawValue, &next)
            return
        case .simpleType, .empty, .simple, .unsupported: break
        }
        switch target {
        case .element(let element): _ = enter(node, element, -1, &next)
        case .wildcard(let wildcard):
            wild(node, hash, namespace, process: program.wildcards[wildcard].process, &next)
        case .none: unexpected(node, frame, hash, namespace, &next)
        }
    }

    /// Where a child leads to.
    enum NoEdge {
        case none
        case element(Int)
        case wildcard(Int)
    }

    /// An element that a wildcard let through.
    mutating func wild(_ node: Int, _ hash: UInt32, _ namespace: Int, process: UInt8, _ next: inout Int) {
        if process == XSDWildcard.Process.skip.rawValue { return }
        let n = nodes[node]
        let found = program.globalElements.find(
            hash, bytes + Int(n.nameStart), Int(n.nameCount), namespace, program)
        if found >= 0 {
            _ = enter(node, found, -1, &next)
        } else if process == XSDWildcard.Process.lax.rawValue {
            _ = enter(node, -1, XSDModel.anyType, &next)
        } else if hasTypeAttribute(node) {
            _ = enter(node, -1, XSDModel.anyType, &next)
        } else {
            undeclared(node)
        }
    }

    private mutating func slot(
        _ node: Int, _ hash: UInt32, _ namespace: Int, _ type: UnsafePointer<XSDProgram.TypeRow>,
        _ frame: UnsafeMutablePointer<Frame>
    ) -> NoEdge {
        let slots = program.slots.baseAddress.unsafelyUnwrapped + Int(type.pointee.first)
        var place = Int(frame.pointee.state)
        var count = frame.pointee.count
        let last = Int(type.pointee.count)
        while place < last {
            let row = slots + place
            if count < row.pointee.max {
                let found = edge(
                    node, hash, namespace, Int(row.pointee.first), Int(row.pointee.first &+ row.pointee.count))
                if case .none = found {
                } else {
                    frame.pointee.state = Int32(truncatingIfNeeded: place)
                    frame.pointee.count = count &+ 1
                    return found
                }
            }
            if count < row.pointee.min { return .none }
            place &+= 1
            count = 0
        }
        return .none
    }

    /// The edge of a slot or an `all` group that an element takes.
    @inline(__always)
    func edge(_ node: Int, _ hash: UInt32, _ namespace: Int, _ first: Int, _ last: Int) -> NoEdge {
        let edges = program.edges.baseAddress.unsafelyUnwrapped
        var k = first
        while k < last {
            if matches(edges + k, node, hash, namespace) { return .element(Int(edges[k].element)) }
            if edges[k].element < 0 {
                let wildcard = Int(-1 - edges[k].element)
                if program.allowed[Int(program.wildcards[wildcard].allowed) &+ namespace] { return .wildcard(wildcard) }
            }
            k &+= 1
        }
        return .none
    }

    private mutating func state(
        _ node: Int, _ hash: UInt32, _ namespace: Int, _ type: UnsafePointer<XSDProgram.TypeRow>,
        _ frame: UnsafeMutablePointer<Frame>
    ) -> NoEdge {
        let states = program.states.baseAddress.unsafelyUnwrapped
        let edges = program.edges.baseAddress.unsafelyUnwrapped
        let row = states[Int(type.pointee.first &+ frame.pointee.state)]
        var k = Int(row.first)
        let last = k &+ Int(row.count)
        while k < last {
            if matches(edges + k, node, hash, namespace) {
                frame.pointee.state = edges[k].target
                return .element(Int(edges[k].element))
            }
            k &+= 1
        }
        guard type.pointee.wildTable >= 0 else { return .none }
        let width = program.namespaces.count &+ 1
        let way = program.wildTable[Int(type.pointee.wildTable) &+ Int(frame.pointee.state) &* width &+ namespace]
        guard way.target >= 0 else { return .none }
        frame.pointee.state = way.target
        return .wildcard(Int(way.wildcard))
    }

    private mutating func member(
        _ node: Int, _ hash: UInt32, _ namespace: Int, _ type: UnsafePointer<XSDProgram.TypeRow>,
        _ frame: UnsafeMutablePointer<Frame>
    ) -> NoEdge {
        let edges = program.edges.baseAddress.unsafelyUnwrapped
        var k = Int(type.pointee.first)
        let last = k &+ Int(type.pointee.count)
        while k < last {
            if matches(edges + k, node, hash, namespace) {
                let bit = UInt64(1) << UInt64(truncatingIfNeeded: edges[k].target)
                if frame.pointee.bits & bit != 0 { return .none }
                frame.pointee.bits |= bit
                return .element(Int(edges[k].element))
            }
            k &+= 1
        }
        return .none
    }

    /// Checks at the end of an element whether all is there.
    private mutating func close(_ frame: UnsafeMutablePointer<Frame>) {
        if frame.pointee.isSpoiled { return }
        let type = program.types.baseAddress.unsafelyUnwrapped + Int(frame.pointee.type)
        switch type.pointee.content {
        case .slots:
            var place = Int(frame.pointee.state)
            var count = frame.pointee.count
            while place < Int(type.pointee.count) {
                if count < program.slots[Int(type.pointee.first) &+ place].min {
                    incomplete(frame)
                    return
                }
                place &+= 1
                count = 0
            }
        case .automaton:
            if !program.states[Int(type.pointee.first &+ frame.pointee.state)].isFinal { incomplete(frame) }
        case .all:
            if type.pointee.isEmptiable, frame.pointee.bits == 0 { return }
            if frame.pointee.bits & type.pointee.allRequired != type.pointee.allRequired { incomplete(frame) }
        case .simpleType, .empty, .simple, .anything, .unsupported: return
        }
    }
}

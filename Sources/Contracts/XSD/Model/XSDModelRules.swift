internal import XML

/// Rules for whole schemas that libxml2 does not check (XML Schema Part 1, sections 3.8.6 and 3.9.6).
struct XSDModelRules {
    /// Pairs of states that one comparison looks at.
    private static let pairLimit = 5_000
    private static let elementLimit = 20_000

    private let model: XSDModel
    private(set) var findings: [(type: Int, message: String)] = []

    init(_ model: XSDModel) {
        self.model = model
    }

    static func check(_ model: XSDModel) -> [(type: Int, message: String)] {
        var rules = XSDModelRules(model)
        for type in model.types where type.source != nil && type.simple == nil { rules.check(type) }
        return rules.findings
    }

    private mutating func check(_ type: XSDType) {
        guard case .elements(let particle, _) = type.content else { return }
        consistency(particle, type)
        guard type.derivation == .restriction, type.base != XSDModel.anyType,
            case .elements(let wider, _) = model.types[type.base].content
        else { return }
        restriction(particle, wider, type)
    }

    /// Element Declarations Consistent: elements of one name in a content model have one type.
    private mutating func consistency(_ particle: XSDParticle, _ type: XSDType) {
        var types: [String: Int] = [:]
        var left = XSDModelRules.elementLimit
        var stack = [particle]
        while let next = stack.popLast() {
            left -= 1
            if left == 0 { return }
            switch next.term {
            case .wildcard: continue
            case .group(_, let parts): stack += parts
            case .element(let id):
                let element = model.elements[id]
                let key = "{\(element.name.namespace ?? "")}\(element.name.name)"
                if let other = types[key], other != element.type {
                    findings.append((type.id, "elements `\(element.name.name)` of one content have different types"))
                    return
                }
                types[key] = element.type
            }
        }
    }

    /// A restriction allows nothing that its base does not.
    private mutating func restriction(_ narrow: XSDParticle, _ wide: XSDParticle, _ type: XSDType) {
        var mine = XSDAutomaton(model)
        var theirs = XSDAutomaton(model)
        guard mine.build(narrow), theirs.build(wide) else { return }
        var seen: Set<[Int32]> = []
        var queue = [(mine: mine.start, theirs: theirs.start)]
        while let (here, there) = queue.popLast() {
            guard seen.insert(here + [-1] + there).inserted else { continue }
            if seen.count > XSDModelRules.pairLimit { return }
            if mine.isFinal(here), !theirs.isFinal(there) {
                findings.append((type.id, "the restriction leaves out what its base requires"))
                return
            }
            for (element, next) in mine.elementSteps(here) {
                let name = model.elements[element].name
                let reached = theirs.step(there, name: name)
                if reached.isEmpty {
                    findings.append((type.id, "the restriction allows `\(name.name)` where its base does not"))
                    return
                }
                queue.append((next, reached))
            }
            for (wildcard, next) in mine.wildcardSteps(here) {
                let reached = theirs.step(there, wildcard: wildcard)
                if reached.isEmpty {
                    findings.append((type.id, "the restriction allows more elements than its base does"))
                    return
                }
                queue.append((next, reached))
            }
        }
    }
}

extension XSDAutomaton {
    var start: [Int32] { closure([0]) }

    func isFinal(_ set: [Int32]) -> Bool { set.contains(Int32(end)) }

    /// Where each element leads to.
    func elementSteps(_ set: [Int32]) -> [(element: Int, target: [Int32])] {
        var result: [(element: Int, target: [Int32])] = []
        for node in set {
            for edge in nodes[Int(node)].elements { result.append((edge.element, closure([edge.target]))) }
        }
        return result
    }

    func wildcardSteps(_ set: [Int32]) -> [(wildcard: XSDWildcard, target: [Int32])] {
        set.flatMap { node in nodes[Int(node)].wildcards.map { (wildcards[$0.wildcard], closure([$0.target])) } }
    }

    /// Where an element of this name leads to; empty when it leads nowhere.
    func step(_ set: [Int32], name: XMLName) -> [Int32] {
        var targets: [Int32] = []
        for node in set {
            for edge in nodes[Int(node)].elements where model.elements[edge.element].name == name {
                targets.append(edge.target)
            }
            for edge in nodes[Int(node)].wildcards where wildcards[edge.wildcard].allows(name.namespace) {
                targets.append(edge.target)
            }
        }
        return targets.isEmpty ? [] : closure(targets)
    }

    /// Where a wildcard leads to: through wildcards that let through as much and are not stricter.
    func step(_ set: [Int32], wildcard: XSDWildcard) -> [Int32] {
        var targets: [Int32] = []
        for node in set {
            for edge in nodes[Int(node)].wildcards {
                let other = wildcards[edge.wildcard]
                let common = wildcard.intersected(with: other)
                if common.namespaces == wildcard.namespaces, wildcard.process.rawValue <= other.process.rawValue {
                    targets.append(edge.target)
                }
            }
        }
        return targets.isEmpty ? [] : closure(targets)
    }
}

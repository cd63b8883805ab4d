internal import XML

/// Finds content models that break Unique Particle Attribution (XML Schema Part 1, section 3.8.6): where an element of a
/// message may belong to either of two places. Strict processors refuse such schemas, libxml2 passes over many of them.
///
/// The places are numbered, and for each it is worked out which may come next; a part that occurs an exact number of
/// times is taken once, since counting tells its places apart.
struct XSDAttribution {
    private static let weightLimit = 1_000
    private static let pairLimit = 100_000

    private struct Part {
        var isEmptiable: Bool
        var first: [Int]
        var last: [Int]
    }

    private let model: XSDModel
    /// What each place takes: names, or what a wildcard lets through.
    private var names: [[XMLName]] = []
    private var wildcards: [XSDWildcard?] = []
    private var followers: [Set<Int>] = []

    /// Whether a content model is ambiguous; false too where it is too large to tell.
    static func isAmbiguous(_ particle: XSDParticle, _ model: XSDModel) -> Bool {
        guard particle.weight <= weightLimit else { return false }
        var attribution = XSDAttribution(model: model)
        guard let whole = attribution.part(particle, depth: 0), attribution.mayOverlap else { return false }
        return attribution.hasOverlap(whole.first)
    }

    private init(model: XSDModel) { self.model = model }

    private mutating func part(_ particle: XSDParticle, depth: Int) -> Part? {
        guard depth < 2 * XSDModelBuilder.groupDepthLimit else { return nil }
        if particle.max == 0 { return Part(isEmptiable: true, first: [], last: []) }
        guard var result = part(particle.term, depth: depth) else { return nil }
        if particle.max > 1, particle.min != particle.max {
            for place in result.last { followers[place].formUnion(result.first) }
        }
        if particle.min == 0 { result.isEmptiable = true }
        return result
    }

    private mutating func part(_ term: XSDParticle.Term, depth: Int) -> Part? {
        switch term {
        case .element(let id):
            return place(XSDCompiler.substitutes(of: id, model).map { model.elements[$0].name }, nil)
        case .wildcard(let wildcard): return place([], wildcard)
        // Its parts are told apart by their names alone.
        case .group(.all, _): return nil
        case .group(.choice, let parts):
            var whole = Part(isEmptiable: false, first: [], last: [])
            for each in parts {
                guard let part = part(each, depth: depth + 1) else { return nil }
                whole.isEmptiable = whole.isEmptiable || part.isEmptiable
                whole.first += part.first
                whole.last += part.last
            }
            return whole
        case .group(.sequence, let parts):
            var whole = Part(isEmptiable: true, first: [], last: [])
            for each in parts {
                guard let part = part(each, depth: depth + 1) else { return nil }
                for place in whole.last { followers[place].formUnion(part.first) }
                if whole.isEmptiable { whole.first += part.first }
                whole.last = part.isEmptiable ? whole.last + part.last : part.last
                whole.isEmptiable = whole.isEmptiable && part.isEmptiable
            }
            return whole
        }
    }

    private mutating func place(_ names: [XMLName], _ wildcard: XSDWildcard?) -> Part {
        self.names.append(names)
        wildcards.append(wildcard)
        followers.append([])
        let number = wildcards.count - 1
        return Part(isEmptiable: false, first: [number], last: [number])
    }

    /// Whether a name is there twice or a wildcard at all; most types have neither.
    private var mayOverlap: Bool {
        if wildcards.contains(where: { $0 != nil }) { return true }
        var seen: Set<XMLName> = []
        return names.contains { $0.contains { !seen.insert($0).inserted } }
    }

    private func hasOverlap(_ first: [Int]) -> Bool {
        var left = XSDAttribution.pairLimit
        for set in [Array(Set(first))] + followers.map({ Array($0) }) {
            for (index, one) in set.enumerated() {
                for other in set[(index + 1)...] {
                    left -= 1
                    guard left > 0 else { return false }
                    if overlap(one, other) { return true }
                }
            }
        }
        return false
    }

    private func overlap(_ one: Int, _ other: Int) -> Bool {
        switch (wildcards[one], wildcards[other]) {
        case (nil, nil): return names[one].contains { names[other].contains($0) }
        case (let wildcard?, nil): return names[other].contains { wildcard.allows($0.namespace) }
        case (nil, let wildcard?): return names[one].contains { wildcard.allows($0.namespace) }
        case (let mine?, let theirs?):
            if case .some(let both) = mine.intersected(with: theirs).namespaces { return !both.isEmpty }
            return true
        }
    }
}

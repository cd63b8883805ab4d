internal import XML

/// The components of a schema (XML Schema Part 1, section 2.2), with all references between them resolved.
///
/// Types and elements refer to each other by index, since they may contain themselves.
final class XSDModel {
    /// The type of everything.
    static let anyType = 0
    static let anySimpleType = 1

    var types: [XSDType] = []
    var elements: [XSDElement] = []
    var typeNames: [XMLName: Int] = [:]
    var elementNames: [XMLName: Int] = [:]
    var attributeNames: [XMLName: XSDAttribute] = [:]
    /// The elements of a substitution group by its head, directly or through others, with their place in `elements`.
    var substitutes: [Int: [Int]] = [:]

    /// Whether a type is `base` or derived from it without the methods in `blocked`.
    func derives(_ type: Int, from base: Int, blocked: XSDDerivations = []) -> Bool {
        var current = type
        for _ in 0..<4096 {
            if current == base { return true }
            let here = types[current]
            if current == XSDModel.anyType { return false }
            if !blocked.isDisjoint(with: here.derivation) { return false }
            if case .union(let members)? = types[base].simple?.variety, members.contains(current) { return true }
            guard here.base != current else { return false }
            current = here.base
        }
        return false
    }
}

/// Ways of derivation, as `final` and `block` name them.
struct XSDDerivations: OptionSet, Sendable {
    let rawValue: UInt8

    static let `extension` = XSDDerivations(rawValue: 1)
    static let restriction = XSDDerivations(rawValue: 2)
    static let substitution = XSDDerivations(rawValue: 4)
    static let list = XSDDerivations(rawValue: 8)
    static let union = XSDDerivations(rawValue: 16)
    static let all: XSDDerivations = [.extension, .restriction, .substitution, .list, .union]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What a `final` or `block` attribute says.
    init(_ text: String) {
        var result: XSDDerivations = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            switch word {
            case "#all": result = .all
            case "extension": result.insert(.extension)
            case "restriction": result.insert(.restriction)
            case "substitution": result.insert(.substitution)
            case "list": result.insert(.list)
            case "union": result.insert(.union)
            default: continue
            }
        }
        self = result
    }
}

/// A type definition, simple or complex.
final class XSDType {
    /// What stands between the tags.
    enum Content {
        case empty
        /// The text is of a simple type.
        case simple(Int)
        case elements(XSDParticle, mixed: Bool)
    }

    let id: Int
    let name: XMLName?
    let source: ShapeSource?
    var base = XSDModel.anyType
    var derivation = XSDDerivations.restriction
    var final: XSDDerivations = []
    var block: XSDDerivations = []
    var isAbstract = false
    /// Set for simple types.
    var simple: XSDSimple?
    var content = Content.empty
    var attributes: [XSDAttribute] = []
    var wildcard: XSDWildcard?
    var isFilled = false

    init(id: Int, name: XMLName?, source: ShapeSource?) {
        self.id = id
        self.name = name
        self.source = source
    }
}

/// What a simple type allows (XML Schema Part 2, section 4.1).
struct XSDSimple {
    enum Variety {
        case atomic(XSDPrimitive)
        case list(Int)
        case union([Int])
    }

    var variety: Variety
    var whiteSpace = XSDWhiteSpace.preserve
    var facets = XSDFacets()
    /// The built-in type it comes from, for names: `token`, `int`.
    var builtin = "string"
}

/// The facets in force, those of base types included.
struct XSDFacets {
    struct Bound {
        var text: String
        var isExclusive: Bool
    }

    var minLength: Int?
    var maxLength: Int?
    /// One for each step of derivation; all must match.
    var patterns: [String] = []
    /// Nil when every value is allowed.
    var enumeration: [String]?
    var minimum: Bound?
    var maximum: Bound?
    var totalDigits: Int?
    var fractionDigits: Int?
}

/// An element declaration.
final class XSDElement {
    let name: XMLName
    let source: ShapeSource
    var type = XSDModel.anyType
    var isNillable = false
    var isAbstract = false
    var isGlobal = false
    var fixed: String?
    var defaultValue: String?
    var block: XSDDerivations = []
    var final: XSDDerivations = []
    var head: Int?
    /// Whether it has `unique`, `key` or `keyref`.
    var hasConstraints = false

    init(name: XMLName, source: ShapeSource) {
        self.name = name
        self.source = source
    }
}

/// An attribute declaration and how a type uses it.
struct XSDAttribute {
    var name: XMLName
    var type: Int
    var isRequired = false
    var isProhibited = false
    var fixed: String?
    var defaultValue: String?
}

/// A wildcard (XML Schema Part 1, section 3.10).
struct XSDWildcard {
    enum Process: UInt8 { case strict, lax, skip }

    /// The namespaces that it lets through.
    enum Namespaces: Equatable {
        case any
        /// All but this one and no namespace.
        case not(String?)
        case some(Set<String?>)
    }

    var namespaces: Namespaces
    var process: Process

    func allows(_ namespace: String?) -> Bool {
        switch namespaces {
        case .any: return true
        case .not(let other): return namespace != nil && namespace != other
        case .some(let set): return set.contains(namespace)
        }
    }

    /// What both let through (section 3.10.6), with this one's way of processing.
    func intersected(with other: XSDWildcard) -> XSDWildcard {
        var result = self
        switch (namespaces, other.namespaces) {
        case (_, .any): break
        case (.any, let theirs): result.namespaces = theirs
        case (.some(let mine), _): result.namespaces = .some(mine.filter { other.allows($0) })
        case (_, .some(let theirs)): result.namespaces = .some(theirs.filter { allows($0) })
        case (.not(let mine), .not(let theirs)): if mine == nil { result.namespaces = .not(theirs) }
        }
        return result
    }

    /// What either lets through, with this one's way of processing.
    func united(with other: XSDWildcard) -> XSDWildcard {
        var result = self
        switch (namespaces, other.namespaces) {
        case (.any, _), (_, .any): result.namespaces = .any
        case (.some(let mine), .some(let theirs)): result.namespaces = .some(mine.union(theirs))
        case (.not(let mine), .not(let theirs)): result.namespaces = mine == theirs ? .not(mine) : .not(nil)
        case (.not(let out), .some(let set)), (.some(let set), .not(let out)):
            if set.contains(out), set.contains(nil) {
                result.namespaces = .any
            } else if set.contains(out) {
                result.namespaces = .not(nil)
            } else {
                result.namespaces = .not(out)
            }
        }
        return result
    }
}

/// A part of a content model.
struct XSDParticle {
    static let unbounded = Int.max

    enum Compositor { case sequence, choice, all }

    indirect enum Term {
        case element(Int)
        case wildcard(XSDWildcard)
        case group(Compositor, [XSDParticle])
    }

    var min = 1
    var max = 1
    var term: Term
    /// The number of parts in it, groups written out each time they are named.
    private(set) var weight = 1

    init(min: Int = 1, max: Int = 1, term: Term) {
        self.min = min
        self.max = max
        self.term = term
        guard case .group(_, let parts) = term else { return }
        for part in parts { weight = Swift.min(1 << 40, weight + part.weight) }
    }

    /// Whether it allows nothing at all.
    var isEmptiable: Bool { isEmptiable(depth: 0) }

    private func isEmptiable(depth: Int) -> Bool {
        if min == 0 { return true }
        guard depth < 300, case .group(let compositor, let parts) = term else { return false }
        switch compositor {
        case .choice: return parts.contains { $0.isEmptiable(depth: depth + 1) }
        case .sequence, .all: return parts.allSatisfy { $0.isEmptiable(depth: depth + 1) }
        }
    }
}

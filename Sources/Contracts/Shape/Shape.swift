internal import Synchronization

/// What a contract says about one value: its kind, whether it may be null, its bounds and where that was written.
///
/// Every contract language is read into shapes, so the mapping compiler, the expression checker and the writers know
/// only this type. A shape is immutable and may be shared. A type that contains itself is held by name and is read
/// again one level at a time when somebody looks (`reference`), so shapes are never cyclic and a walk must bound its
/// depth.
public final class Shape: Sendable {
    /// What a value is.
    public indirect enum Kind: Sendable {
        /// Nothing is known: every value is allowed and every path through it is.
        case any
        /// Only null.
        case null
        case boolean
        case number(integer: Bool)
        case string
        /// A date, time or duration in its ISO 8601 spelling (XML Schema's types; a JSON `format` is a facet of a
        /// string).
        case temporal(TemporalKind)
        /// A JSON array, or an XML element that may repeat.
        case list(item: Shape, min: Int, max: Int?)
        case object(ObjectShape)
    }

    /// The kinds of `Kind.temporal`.
    public enum TemporalKind: String, Sendable {
        case date, time, dateTime
        /// XML Schema's `duration`, which may mix years, months, days and seconds.
        case duration
        /// Days, hours, minutes, seconds only.
        case daysDuration
        /// Years and months only.
        case yearsDuration
    }

    private enum Storage: Sendable {
        case known(Kind)
        case reference(ShapeReference)
    }

    private let storage: Storage
    private let declaredNullable: Bool
    private let declaredFacets: Facets
    /// The shapes of which one fits, where they are of different kinds and `kind` is therefore `any` (`anyOf`, `oneOf`,
    /// a list of types, XML Schema's unions); empty otherwise.
    public let alternatives: [Shape]
    /// The name the contract gives the type; nil for an anonymous one.
    public let typeName: String?
    /// Where the contract declares it.
    public let source: ShapeSource?

    public init(
        _ kind: Kind, nullable: Bool = false, facets: Facets = .none, typeName: String? = nil,
        source: ShapeSource? = nil, alternatives: [Shape] = []
    ) {
        self.storage = .known(kind)
        self.alternatives = alternatives
        self.declaredNullable = nullable
        self.declaredFacets = facets
        self.typeName = typeName
        self.source = source
    }

    /// A shape that is read when it is looked at. Used where a type contains itself.
    init(reference: ShapeReference, nullable: Bool = false, source: ShapeSource? = nil) {
        self.storage = .reference(reference)
        self.alternatives = []
        self.declaredNullable = nullable
        self.declaredFacets = .none
        self.typeName = reference.name
        self.source = source
    }

    /// A copy that differs in whether null is allowed.
    private init(copying other: Shape, nullable: Bool, source: ShapeSource?) {
        self.storage = other.storage
        self.alternatives = other.alternatives
        self.declaredNullable = nullable
        self.declaredFacets = other.declaredFacets
        self.typeName = other.typeName
        self.source = source ?? other.source
    }

    /// The shape of which nothing is known.
    public static let any = Shape(.any, nullable: true)
    /// Plain text.
    public static let string = Shape(.string)
    /// A number, whole or not.
    public static let number = Shape(.number(integer: false))
    /// A whole number.
    public static let integer = Shape(.number(integer: true))
    /// True or false.
    public static let boolean = Shape(.boolean)
    /// Only null.
    public static let null = Shape(.null, nullable: true)

    /// An object with these fields.
    public static func object(_ fields: [Field], open: Bool = false, text: Shape? = nil) -> Shape {
        Shape(.object(ObjectShape(fields: fields, open: open, text: text)))
    }

    /// A list of these items.
    public static func list(_ item: Shape, min: Int = 0, max: Int? = nil) -> Shape {
        Shape(.list(item: item, min: min, max: max))
    }

    /// What the value is; a reference is followed.
    public var kind: Kind {
        switch resolved.storage {
        case .known(let kind): return kind
        case .reference: return .any
        }
    }

    /// Whether null (JSON) or `xsi:nil` (XML) is allowed.
    public var nullable: Bool {
        if declaredNullable { return true }
        guard case .reference = storage else { return false }
        return resolved.declaredNullable
    }

    /// The bounds of the value.
    public var facets: Facets {
        guard case .reference = storage else { return declaredFacets }
        return resolved.declaredFacets
    }

    /// The name of the type this shape only refers to, because the type contains itself; nil otherwise.
    ///
    /// A walk over all fields stops here, or counts its depth.
    public var reference: String? {
        if case .reference(let reference) = storage { return reference.name }
        return nil
    }

    /// A copy that allows null.
    public func allowingNull(_ allowed: Bool = true, source: ShapeSource? = nil) -> Shape {
        if allowed == declaredNullable, source == nil { return self }
        return Shape(copying: self, nullable: allowed, source: source)
    }

    /// The shape behind a chain of references; a chain that leads nowhere is `any`.
    private var resolved: Shape {
        var shape = self
        for _ in 0..<32 {
            guard case .reference(let reference) = shape.storage else { return shape }
            shape = reference.target()
        }
        return .any
    }
}

/// Where a contract declares something.
public struct ShapeSource: Sendable, Equatable {
    /// The contract file, relative to the workspace.
    public var path: String
    /// 1-based.
    public var line: Int

    public init(path: String, line: Int) {
        self.path = path
        self.line = line
    }
}

/// A type by name, read on the first look and kept.
///
/// What it keeps holds new references and not itself, so no cycle of strong references arises.
final class ShapeReference: Sendable {
    let name: String
    private let expand: @Sendable () -> Shape
    private let cache = Mutex<Shape?>(nil)

    init(name: String, expand: @escaping @Sendable () -> Shape) {
        self.name = name
        self.expand = expand
    }

    func target() -> Shape {
        if let known = cache.withLock({ $0 }) { return known }
        let made = expand()
        return cache.withLock { kept in
            if let kept { return kept }
            kept = made
            return made
        }
    }
}

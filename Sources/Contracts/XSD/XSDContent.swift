internal import XML

/// What a complex type allows, while it is collected.
struct XSDContent {
    /// An element with how often it may occur.
    struct Particle {
        var name: String
        var namespace: String?
        var shape: Shape
        var min: Int
        /// Nil for unbounded.
        var max: Int?

        init(name: String, namespace: String?, shape: Shape, min: Int, max: Int?) {
            self.name = name
            self.namespace = namespace
            self.shape = shape
            self.min = min
            self.max = max
        }

        /// A field of a base type.
        init(_ field: Field) {
            if field.shape.reference == nil, case .list(let item, let low, let high) = field.shape.kind {
                self.init(name: field.name, namespace: field.namespace, shape: item, min: low, max: high)
            } else {
                let low = field.required ? 1 : 0
                self.init(name: field.name, namespace: field.namespace, shape: field.shape, min: low, max: 1)
            }
        }

        var field: Field {
            let repeats = max != 1
            let value = repeats ? Shape(.list(item: shape, min: min, max: max), source: shape.source) : shape
            return Field(name: name, shape: value, required: min > 0, namespace: namespace)
        }
    }

    var attributes: [Field] = []
    var fields: [Particle] = []
    var text: Shape?
    var isOpen = false
    var hasOpenAttributes = false
    /// Whether it restricts SOAP's encoded array.
    var isArray = false

    /// Takes over the content of a base type.
    mutating func adopt(_ base: Shape, isAbstract: Bool) {
        guard case .object(let object) = base.kind else {
            text = base
            return
        }
        text = object.text
        attributes = object.fields.filter(\.isAttribute)
        fields = object.fields.filter { !$0.isAttribute }.map { Particle($0) }
        hasOpenAttributes = object.openAttributes
        // An abstract type is open because its derived types are not known; this one is.
        isOpen = object.open && !isAbstract
    }

    /// Adds an element; one that a model names twice occurs as often as both together.
    mutating func add(_ particle: Particle) {
        guard let place = fields.firstIndex(where: { $0.name == particle.name && $0.namespace == particle.namespace })
        else {
            fields.append(particle)
            return
        }
        let first = fields[place]
        fields[place].min = Occurs.sum(first.min, particle.min)
        fields[place].max = first.max.flatMap { low in particle.max.map { Occurs.sum(low, $0) } }
        if first.shape !== particle.shape { fields[place].shape = Shape.union(of: [first.shape, particle.shape]) }
    }
}

/// How often a particle occurs, with those around it multiplied in.
struct Occurs {
    var min = 1
    var max: Int? = 1

    func times(_ element: XMLElement) -> Occurs {
        let low = Occurs.number(element.attribute("minOccurs")) ?? 1
        let text = element.attribute("maxOccurs") ?? "1"
        let high: Int? = text == "unbounded" ? nil : Occurs.number(text) ?? 1
        if high == 0 || max == 0 { return Occurs(min: 0, max: 0) }
        let top = high.flatMap { inner in max.map { Occurs.product(inner, $0) } }
        return Occurs(min: Occurs.product(min, low), max: top)
    }

    /// One of several: each may be missing.
    var optional: Occurs { Occurs(min: 0, max: max) }

    private static let ceiling = 1_000_000_000

    private static func number(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.map { Swift.min(Swift.max(0, $0), ceiling) }
    }

    static func sum(_ first: Int, _ second: Int) -> Int { Swift.min(first + second, ceiling) }

    static func product(_ first: Int, _ second: Int) -> Int {
        let (result, overflow) = first.multipliedReportingOverflow(by: second)
        return overflow ? ceiling : Swift.min(result, ceiling)
    }
}

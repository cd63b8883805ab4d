internal import Synchronization

/// A schema of an OpenAPI document; its type is made when it is first asked for.
public final class OpenAPISchema: Sendable {
    /// The name below `components/schemas`, or the last word of the reference that led here; nil for one in place.
    public let name: String?
    public let source: ShapeSource
    let location: OpenAPIFiles.Location
    private let files: OpenAPIFiles
    private let compiled = Mutex<[MessageDirection: Compiled]>([:])

    private struct Compiled: Sendable {
        var shape: Shape
        var validator: (any MessageValidator)?
    }

    init(_ location: OpenAPIFiles.Location, name: String?, in files: OpenAPIFiles) {
        self.location = location
        self.name = name
        self.files = files
        self.source = files.source(location)
    }

    /// Whether it says the same, being written once or referring to the same place.
    public func isSame(as other: OpenAPISchema?) -> Bool {
        guard let other else { return false }
        if self === other || location.node === other.location.node { return true }
        guard location.path == other.location.path, let mine = OpenAPIFiles.reference(location.node) else {
            return false
        }
        return mine == OpenAPIFiles.reference(other.location.node)
    }

    /// The root element of an XML body: what `xml` says, else the schema's name (OpenAPI 3.1, section 4.8.26).
    public var element: ElementName? {
        let hints = files.dereferenced(location)?.node["xml"]
        guard let name = hints?["name"]?.string ?? name else { return nil }
        return ElementName(name, namespace: hints?["namespace"]?.string)
    }

    /// The type of the value. In a request `readOnly` properties are missing, in an answer `writeOnly` ones.
    public func shape(_ direction: MessageDirection = .any) -> Shape { made(direction).shape }

    /// Checks JSON messages; nil when the schema can't be run.
    public func validator(_ direction: MessageDirection = .any) -> (any MessageValidator)? { made(direction).validator }

    private func made(_ direction: MessageDirection) -> Compiled {
        if let known = compiled.withLock({ $0[direction] }) { return known }
        let (shape, validator) = files.compile(location, name: name, direction)
        return compiled.withLock { kept in
            if let known = kept[direction] { return known }
            let made = Compiled(shape: shape, validator: validator)
            kept[direction] = made
            return made
        }
    }
}

/// An XML element read from a contract: a plain immutable value that holds nothing of libxml2.
public final class XMLElement: Sendable {
    /// The local name.
    public let name: String
    /// Nil for a name in no namespace.
    public let namespace: String?
    public let attributes: [XMLAttribute]
    /// The child elements; comments and processing instructions are dropped.
    public let children: [XMLElement]
    /// The element's own text, CDATA included, without that of its children.
    public let text: String
    /// 1-based line of the start tag.
    public let line: Int
    private let scope: XMLNamespaceScope

    init(
        name: String, namespace: String?, attributes: [XMLAttribute], children: [XMLElement], text: String, line: Int,
        scope: XMLNamespaceScope
    ) {
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.children = children
        self.text = text
        self.line = line
        self.scope = scope
    }

    /// The value of an attribute.
    public func attribute(_ name: String, namespace: String? = nil) -> String? {
        attributes.first { $0.name == name && $0.namespace == namespace }?.value
    }

    /// The child elements of this name.
    public func children(_ name: String, namespace: String) -> [XMLElement] {
        children.filter { $0.name == name && $0.namespace == namespace }
    }

    /// The first child element of this name.
    public func child(_ name: String, namespace: String) -> XMLElement? {
        children.first { $0.name == name && $0.namespace == namespace }
    }

    /// The namespace bound to a prefix here ("" for the default one); nil when there is none.
    public func namespace(forPrefix prefix: String) -> String? { scope.lookup(prefix) }

    /// All prefixes that are bound here, with their namespaces; "" is the default one.
    public var namespacesInScope: [String: String] { scope.all() }

    /// The prefixes declared on this element itself; `parent` is the element around it.
    public func namespaces(declaredSince parent: XMLElement?) -> [(prefix: String, uri: String)] {
        scope === parent?.scope ? [] : scope.bindings
    }

    /// The expanded name that a qualified name in content stands for (XML Schema Part 2, section 3.2.18): the default
    /// namespace applies. Nil when its prefix is not bound.
    public func resolve(_ qualifiedName: String) -> XMLName? {
        let trimmed = qualifiedName.utf8.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard let colon = trimmed.firstIndex(of: UInt8(ascii: ":")) else {
            return XMLName(String(decoding: trimmed, as: UTF8.self), namespace: scope.lookup(""))
        }
        guard let namespace = scope.lookup(String(decoding: trimmed[..<colon], as: UTF8.self)) else { return nil }
        return XMLName(String(decoding: trimmed[(colon + 1)...], as: UTF8.self), namespace: namespace)
    }
}

/// One attribute; namespace declarations are not attributes.
public struct XMLAttribute: Sendable, Equatable {
    public let name: String
    public let namespace: String?
    public let value: String
}

/// An expanded name.
public struct XMLName: Sendable, Hashable {
    public let name: String
    public let namespace: String?

    public init(_ name: String, namespace: String?) {
        self.name = name
        self.namespace = namespace
    }
}

/// The prefixes declared on one element, over those of its parents.
final class XMLNamespaceScope: Sendable {
    let bindings: [(prefix: String, uri: String)]
    private let parent: XMLNamespaceScope?

    init(bindings: [(prefix: String, uri: String)], parent: XMLNamespaceScope?) {
        self.bindings = bindings
        self.parent = parent
    }

    func all() -> [String: String] {
        var result: [String: String] = [:]
        var scope: XMLNamespaceScope? = self
        while let current = scope {
            for binding in current.bindings where result[binding.prefix] == nil {
                result[binding.prefix] = binding.uri
            }
            scope = current.parent
        }
        return result
    }

    func lookup(_ prefix: String) -> String? {
        var scope: XMLNamespaceScope? = self
        while let current = scope {
            // `xmlns=""` takes the default namespace away (Namespaces in XML 1.0, section 6.2).
            if let found = current.bindings.first(where: { $0.prefix == prefix }) {
                return found.uri.isEmpty ? nil : found.uri
            }
            scope = current.parent
        }
        return prefix == "xml" ? "http://www.w3.org/XML/1998/namespace" : nil
    }
}

/// Why bytes could not be read as XML.
public struct XMLError: Error, Sendable, Equatable {
    public enum Reason: Sendable {
        /// More than `XMLReader.byteLimit` bytes.
        case size
        /// A reference to an entity that is not one of XML's own five: refused, because it is how hidden text and
        /// outside files come in.
        case entity
        /// Not well formed, or a prefix without a namespace.
        case syntax
    }

    public let reason: Reason
    /// A sentence without a full stop.
    public let message: String
    /// 1-based; 1 when it is unknown.
    public let line: Int
}

/// A parsed message: flat nodes over an owned copy of its bytes, whatever format it came in.
///
/// Nodes are stored in document order, so that a subtree is a run of nodes and walking needs no pointers. Escapes and
/// references are resolved in place while parsing; names and values are slices of the copy. Parsing again reuses the
/// memory. A document belongs to one event loop and is not `Sendable`.
///
/// - JSON: members of an object carry their name; a number keeps the text it was written with.
/// - XML: an element is followed by its attributes, then by its child elements. Its value is its own text; names are
///   local names with the namespace by index. Comments, processing instructions and namespace declarations leave no
///   node.
/// - Form: an object of strings, with an array for a repeated name.
public final class Document {
    /// The format a document was parsed from.
    public enum Format: UInt8, Sendable { case json, xml, form }

    /// The kind of a node.
    public enum NodeKind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object, element, attribute
    }

    /// One value of the tree.
    public struct Node: Sendable {
        public var kind: NodeKind
        /// Bits of `NodeFlags`.
        public var flags: UInt8
        /// Index of the namespace of an element or attribute; 0 is none.
        public var namespace: UInt16
        public var nameStart: UInt32
        public var nameCount: UInt32
        public var valueStart: UInt32
        public var valueCount: UInt32
        /// The index after the subtree.
        public var next: UInt32
        /// Members, items, or attributes and child elements together. Of an `xsi:type` attribute: 1 more than the
        /// index of the namespace that its value is in.
        public var childCount: UInt32

        @inlinable
        public init(
            kind: NodeKind, flags: UInt8, namespace: UInt16, nameStart: UInt32, nameCount: UInt32, valueStart: UInt32,
            valueCount: UInt32, next: UInt32, childCount: UInt32
        ) {
            self.kind = kind
            self.flags = flags
            self.namespace = namespace
            self.nameStart = nameStart
            self.nameCount = nameCount
            self.valueStart = valueStart
            self.valueCount = valueCount
            self.next = next
            self.childCount = childCount
        }
    }

    /// Bits of `Node.flags`.
    public enum NodeFlags {
        /// The value was written with escapes, references or CDATA. When clear, a JSON string can be copied into
        /// JSON, and the text of an element into the text of another, without looking at it.
        public static let escaped: UInt8 = 1
        /// The element has child elements.
        public static let parent: UInt8 = 2
        /// The element has attributes.
        public static let attributed: UInt8 = 4
        /// The element has `xsi:nil="true"`.
        public static let `nil`: UInt8 = 8
    }

    /// The format of the last parse.
    public internal(set) var format = Format.json

    @usableFromInline var store = DocumentStore()

    public init() {}

    deinit {
        store.deallocate()
    }

    /// The number of nodes; 0 before the first parse and after a failed one.
    @inlinable public var count: Int { store.count }
    /// The nodes in document order; valid until the next parse, and only while somebody holds the document.
    @inlinable public var nodes: UnsafePointer<Node> { UnsafePointer(store.nodes) }
    /// The owned bytes that names and values are slices of; valid until the next parse.
    @inlinable public var bytes: UnsafePointer<UInt8> { UnsafePointer(store.bytes) }
    /// A copy of a node.
    @inlinable public subscript(node: Int) -> Node { store.nodes[node] }
    /// The index of the root.
    @inlinable public var root: Int { 0 }

    /// Reads a JSON text (RFC 8259), strictly: UTF-8 only, no lone surrogates, no duplicate names unless the limits say
    /// what they mean.
    public func parseJSON(
        _ input: UnsafeRawBufferPointer, limits: DocumentLimits = .standard
    ) throws(DocumentError) {
        try parse(.json, input, limits) { store, problem in
            var parser = JSONParser(store, limits)
            parser.run(&problem)
            guard parser.hasReplaced, problem == nil else { return parser.store }
            var store = parser.store
            ReplacedMembers.remove(from: &store)
            return store
        }
    }

    /// Reads an XML 1.0 document with namespaces, strictly: UTF-8 only, no document type, no entities of its own.
    public func parseXML(
        _ input: UnsafeRawBufferPointer, limits: DocumentLimits = .standard
    ) throws(DocumentError) {
        try parse(.xml, input, limits) { store, problem in
            var parser = XMLParser(store, limits)
            parser.run(&problem)
            return parser.store
        }
    }

    /// Reads `application/x-www-form-urlencoded` as an object of strings, arrays of strings for repeated names.
    public func parseForm(
        _ input: UnsafeRawBufferPointer, limits: DocumentLimits = .standard
    ) throws(DocumentError) {
        try parse(.form, input, limits) { store, problem in
            var parser = FormParser(store, limits)
            parser.run(&problem)
            return parser.store
        }
    }

    /// Gives back the memory that an unusually large message needed; the nodes are gone then.
    public func trim() {
        store.clear()
        if store.byteCapacity > 1 << 18 || store.nodeCapacity > 1 << 13 {
            store.deallocate()
            store = DocumentStore()
        }
    }

    private func parse(
        _ format: Format, _ input: UnsafeRawBufferPointer, _ limits: DocumentLimits,
        _ run: (DocumentStore, inout DocumentProblem?) -> DocumentStore
    ) throws(DocumentError) {
        self.format = format
        store.clear()
        if input.count > min(limits.bytes, DocumentLimits.greatestSize) {
            throw DocumentError(.size, 0, "The document is larger than the limit allows.", in: input)
        }
        store.load(input)
        var problem: DocumentProblem?
        store = run(store, &problem)
        if let problem {
            store.clear()
            throw DocumentError(problem.reason, problem.offset, problem.message, in: input)
        }
    }
}

import Glibc

/// The memory of a document: the copy of its bytes, its nodes, the stack of open nodes and the namespaces.
///
/// A struct of pointers that a parser works on as a local variable, so that no access in its loops is checked for
/// exclusivity. Exactly one owner, `Document`, frees it.
@usableFromInline
struct DocumentStore {
    /// An object, array or element that has not been closed.
    struct Frame {
        var node: UInt32
        /// JSON: a bit for each name seen, so that most names need no comparison. XML: bytes of the prefix.
        var mark: UInt64 = 0
        /// XML: namespace declarations and text pieces that were open before this element.
        var bindings: UInt32 = 0
        var pieces: UInt32 = 0
    }

    /// A slice of the bytes.
    struct Slice {
        var start: UInt32
        var count: UInt32
    }

    /// A namespace prefix in scope.
    struct Binding {
        var prefix: Slice
        var namespace: UInt16
    }

    /// Zero bytes after the input, so that words can be loaded across its end.
    static let padding = 16

    @usableFromInline var bytes: UnsafeMutablePointer<UInt8>
    var byteCapacity: Int
    var byteCount = 0
    @usableFromInline var nodes: UnsafeMutablePointer<Document.Node>
    var nodeCapacity: Int
    @usableFromInline var count = 0
    var frames: UnsafeMutablePointer<Frame>
    var frameCapacity: Int
    /// Namespace names, from index 1.
    var namespaces: UnsafeMutablePointer<Slice>
    var namespaceCount = 0
    var bindings: UnsafeMutablePointer<Binding>
    /// Text of elements with child elements, in pieces.
    var pieces: UnsafeMutablePointer<Slice>
    var pieceCapacity: Int
    var soapVersion: SOAPVersion?

    static let greatestNamespaces = 128

    init() {
        byteCapacity = 1024
        bytes = .allocate(capacity: byteCapacity)
        nodeCapacity = 64
        nodes = .allocate(capacity: nodeCapacity)
        frameCapacity = 16
        frames = .allocate(capacity: frameCapacity)
        namespaces = .allocate(capacity: DocumentStore.greatestNamespaces + 1)
        bindings = .allocate(capacity: DocumentStore.greatestNamespaces + 1)
        pieceCapacity = 16
        pieces = .allocate(capacity: pieceCapacity)
    }

    func deallocate() {
        bytes.deallocate()
        nodes.deallocate()
        frames.deallocate()
        namespaces.deallocate()
        bindings.deallocate()
        pieces.deallocate()
    }

    mutating func clear() {
        count = 0
        byteCount = 0
        namespaceCount = 0
        soapVersion = nil
    }

    /// Copies the input, with zero bytes after it.
    mutating func load(_ input: UnsafeRawBufferPointer) {
        let needed = input.count + DocumentStore.padding
        if needed > byteCapacity {
            bytes.deallocate()
            byteCapacity = needed
            bytes = .allocate(capacity: needed)
        }
        if let base = input.baseAddress { memcpy(bytes, base, input.count) }
        memset(bytes + input.count, 0, DocumentStore.padding)
        byteCount = input.count
    }

    /// Room for `extra` bytes after those in use, zeros after them; moves the bytes.
    mutating func extendBytes(_ extra: Int) {
        let needed = byteCount + extra + DocumentStore.padding
        if needed > byteCapacity {
            byteCapacity = max(needed, byteCapacity * 2)
            let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCapacity)
            memcpy(copy, bytes, byteCount)
            bytes.deallocate()
            bytes = copy
        }
        memset(bytes + byteCount, 0, extra + DocumentStore.padding)
    }

    /// Appends a node; its index.
    @inline(__always)
    mutating func append(_ node: Document.Node) -> Int {
        if count == nodeCapacity { growNodes() }
        (nodes + count).initialize(to: node)
        count &+= 1
        return count &- 1
    }

    mutating func growNodes() {
        let copy = UnsafeMutablePointer<Document.Node>.allocate(capacity: nodeCapacity * 2)
        copy.moveInitialize(from: nodes, count: count)
        nodes.deallocate()
        nodes = copy
        nodeCapacity *= 2
    }

    /// Room for one more open node at `depth`.
    @inline(__always)
    mutating func reserveFrame(_ depth: Int) {
        if depth == frameCapacity { growFrames() }
    }

    private mutating func growFrames() {
        let copy = UnsafeMutablePointer<Frame>.allocate(capacity: frameCapacity * 2)
        copy.moveInitialize(from: frames, count: frameCapacity)
        frames.deallocate()
        frames = copy
        frameCapacity *= 2
    }

    mutating func setPiece(_ index: Int, _ piece: Slice) {
        if index == pieceCapacity {
            let copy = UnsafeMutablePointer<Slice>.allocate(capacity: pieceCapacity * 2)
            copy.moveInitialize(from: pieces, count: pieceCapacity)
            pieces.deallocate()
            pieces = copy
            pieceCapacity *= 2
        }
        pieces[index] = piece
    }
}

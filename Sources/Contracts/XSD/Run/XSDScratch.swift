/// The memory that validation against a schema works in; it grows once and is used again.
final class XSDScratch {
    /// An element whose content is being checked.
    struct Frame {
        var node: Int32
        /// The node after the element.
        var end: Int32
        var type: Int32
        /// The slot or the state.
        var state: Int32
        /// How often the slot was used.
        var count: UInt32
        /// The members of an `all` group that were there.
        var bits: UInt64
        /// Whether something is wrong with its content already, so that its end says nothing new.
        var isSpoiled: Bool
    }

    private(set) var frames: UnsafeMutablePointer<Frame>
    private var frameCapacity = 32
    private(set) var text: UnsafeMutablePointer<UInt8>
    private var textCapacity = 256
    /// The schema's index of each namespace of the document.
    let namespaces: UnsafeMutablePointer<UInt16>
    /// The `ID` values of the message.
    var identifiers = XSDIdentifiers()
    /// The `IDREF` values of the message, with the nodes that hold them.
    var references: [(node: Int32, text: UnsafeBufferPointer<UInt8>)] = []
    static let namespaceCapacity = 1 << 10

    init() {
        frames = .allocate(capacity: frameCapacity)
        text = .allocate(capacity: textCapacity)
        namespaces = .allocate(capacity: XSDScratch.namespaceCapacity)
    }

    deinit {
        frames.deallocate()
        text.deallocate()
        namespaces.deallocate()
    }

    /// Room for one more frame than `depth`.
    func growFrames() {
        let copy = UnsafeMutablePointer<Frame>.allocate(capacity: frameCapacity * 2)
        copy.moveInitialize(from: frames, count: frameCapacity)
        frames.deallocate()
        frames = copy
        frameCapacity *= 2
    }

    @inline(__always)
    func reserve(depth: Int) {
        if depth >= frameCapacity { growFrames() }
    }

    /// Room for a copy of that many bytes.
    func reserve(text count: Int) {
        guard count > textCapacity else { return }
        text.deallocate()
        textCapacity = count * 2
        text = .allocate(capacity: textCapacity)
    }
}

import Documents

/// A generator that repeats for a seed, so that a failure can be run again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A generator with a fresh seed, printed for repetition.
    static func printed(_ test: String) -> SeededGenerator {
        let seed = UInt64.random(in: .min ... .max)
        print("\(test): seed \(seed)")
        return SeededGenerator(seed: seed)
    }
}

enum Form { case json, xml, form }

func parse(
    _ form: Form, _ bytes: [UInt8], limits: DocumentLimits = .standard, into document: Document = Document()
) throws(DocumentError) -> Document {
    // Exactly sized memory, so that a read beyond the input is not hidden by spare capacity.
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { input.deallocate() }
    input.copyBytes(from: bytes)
    switch form {
    case .json: try document.parseJSON(UnsafeRawBufferPointer(input), limits: limits)
    case .xml: try document.parseXML(UnsafeRawBufferPointer(input), limits: limits)
    case .form: try document.parseForm(UnsafeRawBufferPointer(input), limits: limits)
    }
    return document
}

func json(_ text: String, limits: DocumentLimits = .standard) throws(DocumentError) -> Document {
    try parse(.json, Array(text.utf8), limits: limits)
}

func xml(_ text: String, limits: DocumentLimits = .standard) throws(DocumentError) -> Document {
    try parse(.xml, Array(text.utf8), limits: limits)
}

/// The reason for which a message is refused; nil when it is read.
func refusal(_ form: Form, _ bytes: [UInt8], limits: DocumentLimits = .standard) -> DocumentError.Reason? {
    do {
        _ = try parse(form, bytes, limits: limits)
        return nil
    } catch {
        return error.reason
    }
}

func refusal(_ form: Form, _ text: String, limits: DocumentLimits = .standard) -> DocumentError.Reason? {
    refusal(form, Array(text.utf8), limits: limits)
}

extension Document {
    /// The document as compact JSON.
    var compact: String {
        let writer = ByteWriter()
        writer.writeJSON(self, root)
        return writer.string
    }
}

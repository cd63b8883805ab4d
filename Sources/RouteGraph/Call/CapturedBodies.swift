/// The bodies of one call, kept until its record is written: only for operations with `audit: { capture: bodies }`.
public final class CapturedBodies {
    public enum Part: Int, CaseIterable, Sendable {
        case request, partnerRequest, partnerAnswer, answer
    }

    /// Bytes kept of one body. A record holds less; this much can be read, so that fields can be found in it.
    public static let limit = 256 << 10

    private var kept: [[UInt8]] = Array(repeating: [], count: Part.allCases.count)
    private var sizes: [Int] = Array(repeating: 0, count: Part.allCases.count)

    public init() {}

    public func keep(_ part: Part, _ bytes: UnsafeRawBufferPointer) {
        kept[part.rawValue] = Array(bytes.prefix(Self.limit))
        sizes[part.rawValue] = bytes.count
    }

    /// What was kept, the whole body or its beginning.
    public func bytes(_ part: Part) -> [UInt8] { kept[part.rawValue] }

    /// The size of the body itself.
    public func size(_ part: Part) -> Int { sizes[part.rawValue] }
}

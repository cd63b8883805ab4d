import RouteGraph

/// What the next bytes of a body are.
enum BodyStep: Equatable {
    /// Content, as a range of the bytes that were given.
    case data(start: Int, count: Int)
    /// All bytes that were given are used up.
    case needMore
    /// The body has ended; what follows belongs to the next message.
    case end
    case refused(CodecError)
}

/// Takes the chunked transfer coding off a body (RFC 9112, section 7.1), strictly: each line ends with CR LF, sizes are plain
/// hexadecimal, extensions and trailers are bounded.
///
/// Data comes out as ranges of the input, nothing is copied. Trailer fields that may be forwarded (RFC 9110, section 6.5.1) are
/// gathered in ``trailers`` as whole lines.
struct ChunkedDecoder {
    /// Bytes of chunk extensions that one body may have.
    static let extensionLimit = 4096
    /// Bytes of a trailer section.
    static let trailerLimit = 8192
    static let trailerFieldLimit = 64

    private enum State: UInt8 {
        case size, extensions, sizeFeed, data, dataReturn, dataFeed, trailerStart, trailer, trailerFeed, endFeed, done
    }

    private var state = State.size
    private var remaining = 0
    private var digits = 0
    private var extensionBytes = 0
    private var extensions = ChunkExtensions()
    private var trailerBytes = 0
    private var trailerFields = 0
    private var line: [UInt8] = []
    /// Complete lines of the trailer fields that may be forwarded.
    private(set) var trailers: [UInt8] = []

    init() {}

    mutating func next(_ p: UnsafePointer<UInt8>, _ count: Int, _ position: inout Int) -> BodyStep {
        while position < count {
            let c = p[position]
            switch state {
            case .size:
                let value = ByteClasses.hexValue(c)
                if value >= 0 {
                    guard digits < 16, remaining < 1 << 56 else { return .refused(.chunkSize) }
                    remaining = remaining << 4 | value
                    digits &+= 1
                } else {
                    guard digits > 0 else { return .refused(.chunkSize) }
                    switch c {
                    case 0x0D: state = .sizeFeed
                    case 0x3B, 0x20, 0x09:
                        extensions = ChunkExtensions()
                        state = .extensions
                        continue
                    default: return .refused(.chunkSize)
                    }
                }
                position &+= 1
            case .extensions:
                if c == 0x0D, extensions.mayEnd {
                    state = .sizeFeed
                } else {
                    extensionBytes &+= 1
                    guard extensionBytes <= Self.extensionLimit, extensions.take(c) else {
                        return .refused(.chunkExtension)
                    }
                }
                position &+= 1
            case .sizeFeed:
                guard c == 0x0A else { return .refused(.chunkSize) }
                digits = 0
                state = remaining == 0 ? .trailerStart : .data
                position &+= 1
            case .data:
                let start = position
                let taken = min(remaining, count - position)
                remaining &-= taken
                position &+= taken
                if remaining == 0 { state = .dataReturn }
                return .data(start: start, count: taken)
            case .dataReturn:
                guard c == 0x0D else { return .refused(.chunkEnd) }
                state = .dataFeed
                position &+= 1
            case .dataFeed:
                guard c == 0x0A else { return .refused(.chunkEnd) }
                state = .size
                position &+= 1
            case .trailerStart, .trailer:
                if c == 0x0D {
                    state = state == .trailerStart ? .endFeed : .trailerFeed
                } else {
                    trailerBytes &+= 1
                    guard trailerBytes <= Self.trailerLimit else { return .refused(.trailersTooLarge) }
                    guard c != 0x0A else { return .refused(.trailer) }
                    line.append(c)
                    state = .trailer
                }
                position &+= 1
            case .trailerFeed:
                guard c == 0x0A else { return .refused(.trailer) }
                if let error = takeTrailer() { return .refused(error) }
                state = .trailerStart
                position &+= 1
            case .endFeed:
                guard c == 0x0A else { return .refused(.trailer) }
                position &+= 1
                state = .done
                return .end
            case .done:
                return .end
            }
        }
        return state == .done ? .end : .needMore
    }

    /// Checks one trailer field and keeps it when it may be forwarded (``TrailerFields``). Those that would frame the message
    /// anew make it a bad one.
    @inline(never)
    private mutating func takeTrailer() -> CodecError? {
        trailerFields &+= 1
        guard trailerFields <= Self.trailerFieldLimit else { return .trailersTooLarge }
        let name = line.prefix { ByteClasses.isToken($0) }.count
        guard name > 0, name < line.count, line[name] == 0x3A else { return .trailer }
        let use = line.withUnsafeBufferPointer { bytes -> TrailerFields.Use in
            guard let base = bytes.baseAddress,
                ByteClasses.isFieldContent(base + name + 1, bytes.count - name - 1)
            else { return .refuse }
            return TrailerFields.use(of: base, name)
        }
        guard use != .refuse else { return .trailer }
        if use == .forward {
            trailers += line
            trailers.append(0x0D)
            trailers.append(0x0A)
        }
        line.removeAll(keepingCapacity: true)
        return nil
    }
}

/// Finds the end of a body, whatever its framing.
struct BodyReader {
    private enum Mode: UInt8 { case finished, length, chunked, untilClose }

    /// Keeps the decoder's arrays out of the reader, which is looked at several times a call.
    private final class Box {
        var decoder = ChunkedDecoder()
    }

    private var mode = Mode.finished
    private var remaining = 0
    private let box = Box()
    /// Whether the body has chunks; known until the next body begins.
    private(set) var isChunked = false

    init() {}

    mutating func begin(_ framing: BodyFraming) {
        isChunked = framing == .chunked
        switch framing {
        case .none: mode = .finished
        case .length(let count):
            mode = count == 0 ? .finished : .length
            remaining = count
        case .chunked:
            mode = .chunked
            box.decoder = ChunkedDecoder()
        case .untilClose: mode = .untilClose
        }
    }

    /// Whether the body has ended.
    var isFinished: Bool { mode == .finished }
    /// Whether the end of the connection is the end of the body.
    var endsWithConnection: Bool { mode == .untilClose }
    /// Bytes still to come, when that is known.
    var remainingLength: Int? { mode == .length ? remaining : (mode == .finished ? 0 : nil) }
    /// Trailer fields to forward, as complete lines. Read after `.end`.
    var trailers: [UInt8] { box.decoder.trailers }

    @inline(__always)
    mutating func next(_ p: UnsafePointer<UInt8>, _ count: Int, _ position: inout Int) -> BodyStep {
        switch mode {
        case .finished: return .end
        case .length:
            guard position < count else { return .needMore }
            let start = position
            let taken = min(remaining, count - position)
            remaining &-= taken
            position &+= taken
            if remaining == 0 { mode = .finished }
            return .data(start: start, count: taken)
        case .chunked:
            let step = box.decoder.next(p, count, &position)
            if step == .end { mode = .finished }
            return step
        case .untilClose:
            guard position < count else { return .needMore }
            let start = position
            position = count
            return .data(start: start, count: count - start)
        }
    }
}

import RouteGraph
import Testing

@testable import Proxy

@Suite struct ChunkedTests {
    /// Decodes in pieces of `size` bytes.
    static func decode(
        _ text: String, size: Int = .max
    ) -> (body: String, end: BodyStep, consumed: Int, trailers: String) {
        var decoder = ChunkedDecoder()
        let bytes = Array(text.utf8)
        var body: [UInt8] = []
        var offset = 0
        while offset < bytes.count {
            let piece = Array(bytes[offset..<min(bytes.count, offset + min(size, bytes.count))])
            var position = 0
            while true {
                let step = piece.withUnsafeBufferPointer { buffer -> BodyStep in
                    guard let base = buffer.baseAddress else { return .needMore }
                    return decoder.next(base, buffer.count, &position)
                }
                if case .data(let start, let count) = step {
                    body += piece[start..<start + count]
                    continue
                }
                if step == .needMore { break }
                return (
                    String(decoding: body, as: UTF8.self), step, offset + position,
                    String(decoding: decoder.trailers, as: UTF8.self)
                )
            }
            offset += piece.count
        }
        return (String(decoding: body, as: UTF8.self), .needMore, offset, "")
    }

    static let accepted: [(String, String)] = [
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("a\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
        ("1;x\r\na\r\n0\r\n\r\n", "a"), ("1;x=\"a b\"\r\na\r\n0;y\r\n\r\n", "a"), ("1 ;x\r\na\r\n0\r\n\r\n", "a"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"), ("00000001\r\na\r\n0\r\n\r\n", "a"),
    ]

    @Test(arguments: accepted) func decodes(_ text: String, _ body: String) {
        for size in [1, 2, 3, 7, 1000] {
            let result = Self.decode(text, size: size)
            #expect(result.body == body)
            #expect(result.end == .end)
            #expect(result.consumed == text.utf8.count)
        }
    }

    static let refused: [(String, CodecError)] = [
        ("\r\n", .chunkSize), ("g\r\n", .chunkSize), ("0x5\r\nhello\r\n", .chunkSize), ("-1\r\n", .chunkSize),
        ("+1\r\n", .chunkSize), (" 1\r\na\r\n", .chunkSize), ("1\na\r\n", .chunkSize), ("1\r\r\na", .chunkSize),
        ("1 \r\na\r\n", .chunkExtension), ("1,2\r\n", .chunkSize), ("1_0\r\n", .chunkSize),
        ("fffffffffffffffff\r\n", .chunkSize), ("00000000000000000\r\n", .chunkSize),
        ("1;\u{1}\r\na\r\n", .chunkExtension), ("1;a\nb\r\n", .chunkExtension),
        ("1;" + String(repeating: "x", count: 5000) + "\r\n", .chunkExtension),
        ("1\r\nab\r\n", .chunkEnd), ("1\r\na\n0\r\n\r\n", .chunkEnd), ("1\r\na\rb", .chunkEnd),
        ("1\r\na0\r\n\r\n", .chunkEnd),
        ("0\r\n\r0", .trailer), ("0\r\nA B: c\r\n\r\n", .trailer), ("0\r\nA\r\n\r\n", .trailer),
        ("0\r\n: c\r\n\r\n", .trailer), ("0\r\nContent-Length: 1\r\n\r\n", .trailer),
        ("0\r\nTransfer-Encoding: chunked\r\n\r\n", .trailer), ("5;\r\n", .chunkExtension),
        ("5;=\r\n", .chunkExtension),
        ("0\r\nA : c\r\n\r\n", .trailer), ("0\r\n A: c\r\n\r\n", .trailer), ("0\r\nA: \u{0}\r\n\r\n", .trailer),
        ("0\r\nA: b\nC: d\r\n\r\n", .trailer), ("0\r\nA: " + String(repeating: "x", count: 9000), .trailersTooLarge),
    ]

    @Test(arguments: refused) func refuses(_ text: String, _ error: CodecError) {
        for size in [1, 3, 10_000] { #expect(Self.decode(text, size: size).end == .refused(error)) }
    }

    @Test func keepsOnlyTrailersThatMayBeForwarded() {
        let result = Self.decode(
            "0\r\nX-Sum: 1\r\nAuthorization: 5\r\nHost: b\r\nTrailer: x\r\nX-End: 2\r\n\r\nGET")
        #expect(result.end == .end)
        #expect(result.trailers == "X-Sum: 1\r\nX-End: 2\r\n")
    }

    @Test func trailersThatSayWhatCameTooLateAreDropped() {
        for name in [
            "X-HTTP-Method-Override", "if-match", "X-Forwarded-For", "Cache-Control", "Accept", "SEC-x", "Set_Cookie",
        ] {
            let result = Self.decode("0\r\n\(name): 1\r\nX-End: 2\r\n\r\n")
            #expect(result.end == .end && result.trailers == "X-End: 2\r\n", "\(name)")
        }
    }

    @Test func stopsAtTheEndOfTheBody() {
        let result = Self.decode("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n")
        #expect(result.consumed == 11)
    }

    @Test func truncatedBodyIsNotWhole() {
        #expect(Self.decode("5\r\nhel").end == .needMore)
        #expect(Self.decode("5\r\nhello\r\n0\r\n").end == .needMore)
    }

    @Test func sizeLines() {
        for size in [1, 9, 10, 15, 16, 255, 256, 4095, 4096, 65_535, 1 << 20, 1 << 40] {
            let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ChunkedEncoder.sizeLineCapacity) {
                buffer in
                guard let base = buffer.baseAddress else { return "" }
                let count = ChunkedEncoder.writeSizeLine(size, into: base)
                return String(decoding: buffer.prefix(count), as: UTF8.self)
            }
            #expect(text == String(size, radix: 16) + "\r\n")
        }
    }

    @Test func lengthFramingStopsAtItsLength() {
        var reader = BodyReader()
        reader.begin(.length(3))
        let bytes = Array("abcdef".utf8)
        var position = 0
        let step = bytes.withUnsafeBufferPointer { buffer -> BodyStep in
            guard let base = buffer.baseAddress else { return .needMore }
            return reader.next(base, buffer.count, &position)
        }
        #expect(step == .data(start: 0, count: 3))
        #expect(reader.isFinished)
    }
}

import NIOCore
import NIOHTTP2
import RouteGraph

/// What a client's HTTP/2 connection may make of us.
///
/// Floods of RST_STREAM (CVE-2023-44487), SETTINGS, PING and PRIORITY (CVE-2019-9512, 9515), empty DATA (CVE-2019-9518),
/// CONTINUATION (CVE-2024-27316) and of streams that we would have to reset (CVE-2025-8671) end the connection with GOAWAY. They cost no
/// more than the bytes that they come in: a call that was begun is cancelled with its stream.
enum ServerLimits {
    /// Malformed requests that one connection may send.
    static let faults = 100
    /// How long a client that has nothing under way, or has broken the protocol, may take to read why its connection ends.
    static let farewell: Int64 = 500_000_000
    /// Bytes that a client may send on a stream before somebody takes them: the window that HTTP/2 begins with.
    private static let window = 65_535
    /// What all streams of a connection may send together before somebody takes it. It holds nothing back, the windows of the streams
    /// do: bytes that are on their way to streams that are no more use it up, and nobody gives it back for them at once.
    private static func connectionWindow(_ streams: Int) -> Int {
        min(Int(Int32.max), max(1 << 20, 2 * streams * window))
    }

    /// What the connection's window is opened by at its beginning.
    static func windowIncrement(_ streams: Int) -> Int { connectionWindow(streams) - window }

    /// Bytes of answers that wait for their client's window before their partner is held back.
    private static let highWatermark = 64 * 1024
    private static let lowWatermark = 32 * 1024
    /// Streams that were reset, and may be sent to by a client that does not know it yet.
    private static let rememberedResets = 512

    static func connection(_ limits: Limits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: listSize(limits)),
        ]
        // ServerRequestHead checks the requests, ServerStream their lengths; answers are our own.
        configuration.headerBlockValidation = .disabled
        configuration.contentLengthValidation = .disabled
        configuration.targetWindowSize = connectionWindow(limits.streams)
        configuration.maximumSequentialEmptyDataFrames = 16
        configuration.maximumBufferedControlFrames = 1024
        configuration.maximumSequentialContinuationFrames = 8
        configuration.maximumRecentlyResetStreams = rememberedResets
        configuration.maximumConnectionGlitches = faults
        configuration.controlFrameRateLimit.maximumCount = 200
        configuration.controlFrameRateLimit.windowLength = .seconds(30)
        return configuration
    }

    static func stream() -> NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = window
        configuration.outboundBufferSizeHighWatermark = highWatermark
        configuration.outboundBufferSizeLowWatermark = lowWatermark
        configuration.streamResetFrameRateLimit.maximumCount = 200
        configuration.streamResetFrameRateLimit.windowLength = .seconds(30)
        configuration.streamErrorRateLimit.maximumCount = faults
        configuration.streamErrorRateLimit.windowLength = .seconds(30)
        return configuration
    }

    /// A list of fields is counted with 32 bytes for each of them (RFC 9113, section 6.5.2). Twice what a head may have can be read, so that a
    /// head that is too large gets its answer; what is larger ends the connection.
    private static func listSize(_ limits: Limits) -> Int { 2 * min(limits.header, 1 << 24) + 32 * 100 }
}

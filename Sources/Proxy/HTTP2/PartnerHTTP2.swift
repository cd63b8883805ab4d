import NIOCore
import NIOHTTP2

/// How the gateway speaks HTTP/2 to partners: what it announces, and what it puts up with.
enum PartnerHTTP2 {
    /// Streams that one connection carries at once, if the partner takes as many.
    static let streamLimit = 100
    /// Calls after which a connection is replaced: stream identifiers come to an end (RFC 9113, section 5.1.1).
    static let callLimit = 1 << 29
    /// Bytes of an answer that a partner may send ahead of a client that does not take them, on one stream.
    static let streamWindow = 128 * 1024
    /// The same for all streams of a connection that are being read at once.
    static let connectionWindow = 1 << 20

    static func handler(on loop: any EventLoop) -> NIOHTTP2Handler {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 64 * 1024),
        ]
        // An answer is judged by ``PartnerAnswer``: one that is wrong ends its stream, and not the connection.
        connection.headerBlockValidation = .disabled
        connection.contentLengthValidation = .disabled
        connection.targetWindowSize = connectionWindow
        connection.maximumSequentialEmptyDataFrames = 16
        connection.maximumBufferedControlFrames = 2000
        connection.maximumRecentlyResetStreams = 1000
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = streamWindow
        stream.outboundBufferSizeHighWatermark = 64 * 1024
        stream.outboundBufferSizeLowWatermark = 32 * 1024
        stream.streamResetFrameRateLimit.maximumCount = 2000
        return NIOHTTP2Handler(
            mode: .client, eventLoop: loop, connectionConfiguration: connection, streamConfiguration: stream
        ) { channel in
            // Pushed streams are switched off: the partner can't open any.
            channel.close()
        }
    }
}

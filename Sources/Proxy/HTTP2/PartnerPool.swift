import NIOCore
import RouteGraph

/// The part of a pool that deals with connections by HTTP/2: each takes as many calls at once as the partner allows, a stream for
/// each, and another connection is opened when all are full. Everything that has to do with limits, age and warming is counted by
/// connection.
extension UpstreamPool {
    /// Has streams opened for calls that wait. They are served when the streams are there, in the order of the line.
    func openStreams() {
        guard !multiplexed.isEmpty else { return }
        for connection in multiplexed {
            while waiting.count > streamsOnTheWay, connection.takesStream() {
                streamsOnTheWay += 1
                connection.openStream()
            }
        }
    }

    /// A connection has turned out to speak HTTP/2 and can take calls.
    func multiplexedReady(_ connection: PartnerHTTP2Connection) {
        connecting -= 1
        multiplexed.append(connection)
        expectCalls(max(1, connection.limit))
        connectIfUseful()
        if isEnding && connection.streams == 0 || isGone(connection.remoteAddress) { connection.leave() }
        openedAhead()
    }

    /// A stream waits for a call.
    func streamReady(_ stream: UpstreamConnection, reused: Bool) {
        streamsOnTheWay -= 1
        if let next = waiting.popFirst() {
            next.connectionReady(stream, reused: reused)
        } else {
            stream.close()
        }
    }

    /// A stream is there, and its connection takes no call any more.
    func streamUnavailable() {
        streamsOnTheWay -= 1
        connectIfUseful()
    }

    /// A connection may have room again, or may have lost it.
    func streamsChanged() {
        if !waiting.isEmpty { connectIfUseful() }
    }

    /// A connection has ended, and all of its streams with it.
    func multiplexedClosed(_ connection: PartnerHTTP2Connection, opening: Int) {
        streamsOnTheWay -= opening
        if let index = multiplexed.firstIndex(where: { $0 === connection }) { multiplexed.remove(at: index) }
        lostConnection()
    }

    /// A kept connection has gone stale, so that the others which are not in use may have as well.
    func dropUnusedMultiplexed() {
        for connection in multiplexed where connection.streams == 0 { connection.abort() }
    }

    /// Whether connections that are not in use end: calls that came before still get theirs.
    var isEnding: Bool { (isRetired || worker.isDraining) && waiting.isEmpty }
}

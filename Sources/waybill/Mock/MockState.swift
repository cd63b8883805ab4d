import NIOCore
import Synchronization

/// What the mock partner's connections share: the options, what was received, who is connected.
final class MockState: Sendable {
    private struct Contents {
        var options: MockOptions
        var given: [Int]
        var received: [MockReceived] = []
        var count = 0
        var connectionCount = 0
        var connections: [ObjectIdentifier: any Channel] = [:]
        var failures: [String] = []
    }

    private let contents: Mutex<Contents>

    init(_ options: MockOptions) {
        contents = Mutex(Contents(options: options, given: Array(repeating: 0, count: options.replies.count)))
    }

    /// Counts and keeps the request, and finds its answer.
    func answer(_ request: MockReceived) -> (reply: MockReply?, dripMilliseconds: Int) {
        let respond = contents.withLock { contents in
            contents.count += 1
            contents.received.append(request)
            let keep = max(0, contents.options.keepReceived)
            // Halving keeps the cost of forgetting small.
            if contents.received.count > max(1, keep * 2) { contents.received = Array(contents.received.suffix(keep)) }
            return contents.options.respond
        }
        let own = respond?(request)
        return contents.withLock { contents in
            var reply = own
            if reply == nil {
                let replies = contents.options.replies
                let index = replies.indices.first { index in
                    contents.given[index] < replies[index].times ?? .max && replies[index].match.fits(request)
                }
                if let index {
                    contents.given[index] += 1
                    reply = replies[index]
                }
            }
            reply?.delayMilliseconds += contents.options.delayMilliseconds
            if let status = contents.options.status { reply?.status = status }
            if let fault = contents.options.fault {
                if reply == nil { reply = MockReply() }
                reply?.fault = fault
            }
            return (reply, contents.options.dripMilliseconds)
        }
    }

    func change(_ body: (inout MockOptions) -> Void) {
        contents.withLock { contents in
            var options = contents.options
            body(&options)
            contents.given = Array(repeating: 0, count: options.replies.count)
            contents.options = options
        }
    }

    var options: MockOptions { contents.withLock { $0.options } }

    var received: [MockReceived] {
        contents.withLock { contents in Array(contents.received.suffix(max(0, contents.options.keepReceived))) }
    }
    var count: Int { contents.withLock { $0.count } }
    var failures: [String] { contents.withLock { $0.failures } }
    var connectionCount: Int { contents.withLock { $0.connectionCount } }
    var openConnections: [any Channel] { contents.withLock { Array($0.connections.values) } }

    func forget() {
        contents.withLock { contents in
            contents.received = []
            contents.count = 0
            contents.failures = []
        }
    }

    /// Returns the connection's number.
    func connected(_ channel: any Channel) -> Int {
        contents.withLock { contents in
            contents.connectionCount += 1
            contents.connections[ObjectIdentifier(channel)] = channel
            return contents.connectionCount
        }
    }

    func disconnected(_ channel: any Channel) {
        contents.withLock { contents in _ = contents.connections.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    func failed(_ error: any Error) {
        contents.withLock { contents in
            if contents.failures.count < 1000 { contents.failures.append(String(describing: error)) }
        }
    }
}

import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The admin address of a gateway, which another process may still have: the one that this one takes over from. It is taken then as soon
/// as it is free; until that, the other process answers there.
final class AdminListener: Sendable {
    private let current = Mutex<AdminServer?>(nil)
    private let waiting = Mutex<Task<Void, Never>?>(nil)

    var port: Int? { current.withLock { $0?.port } }

    private init() {}

    /// - Parameter isTakingOver: whether there is another process that is about to leave; without one, an address that is in use is an
    ///   error.
    static func start(
        host: String, port: Int, isTakingOver: Bool, log: Logger,
        answer: @escaping @Sendable (AdminRequest) async -> AdminAnswer
    ) async throws -> AdminListener {
        let listener = AdminListener()
        do {
            try await listener.open(host, port, answer)
        } catch let error as IOError where error.errnoCode == EADDRINUSE && isTakingOver {
            log.info("admin address \(host):\(port): another process has it, it is taken when that one has ended")
            let task = Task { [weak listener] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(100))
                    guard let listener, !Task.isCancelled else { return }
                    guard (try? await listener.open(host, port, answer)) != nil else { continue }
                    log.info("admin at port \(port)")
                    return
                }
            }
            listener.waiting.withLock { $0 = task }
        }
        return listener
    }

    private func open(
        _ host: String, _ port: Int, _ answer: @escaping @Sendable (AdminRequest) async -> AdminAnswer
    ) async throws {
        let server = try await AdminServer.start(
            on: MultiThreadedEventLoopGroup.singleton, host: host, port: port, answer: answer)
        current.withLock { $0 = server }
    }

    func stop() async {
        let task = waiting.withLock { $0 }
        task?.cancel()
        await task?.value
        let server = current.withLock { $0 }
        await server?.stop()
    }
}

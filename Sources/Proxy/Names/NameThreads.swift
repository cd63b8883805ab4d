import DNS
import NIOPosix

/// The threads that wait for answers about names. There is one set for the process, begun with the first question and never ended: a
/// server's silence must hold up nobody, the end of a gateway neither.
///
/// A name whose zone does not answer keeps two of them for seconds; there are enough for others beside a dozen of those.
enum NameThreads {
    static let count = 32

    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
        return pool
    }()

    @Sendable static func run(_ work: @escaping @Sendable () -> Reply) async -> Reply {
        (try? await pool.runIfActive { work() }) ?? .failed("there is no thread to ask on")
    }
}

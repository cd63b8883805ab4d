import Glibc

/// A port at which connections are neither taken nor refused: its queue is full, so the kernel drops what knocks.
final class FullQueue: Sendable {
    static let shared = Result { try FullQueue() }

    let port: Int
    private let sockets: [Int32]

    struct NoSocket: Error {}

    private init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isOpen else { throw NoSocket() }
        var sockets = [listener]
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, size) }
            }
            sockets.append(client)
        }
        self.sockets = sockets
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit { for socket in sockets { close(socket) } }
}

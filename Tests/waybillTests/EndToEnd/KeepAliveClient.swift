import Foundation
import Glibc

/// A blocking client that keeps its connection, for threads that make load.
final class KeepAliveClient {
    private let port: Int
    private var descriptor: Int32 = -1
    private var input: [UInt8] = []

    init(port: Int) { self.port = port }

    deinit { disconnect() }

    private func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        input = []
    }

    private func connectIfNeeded() -> Bool {
        if descriptor >= 0 { return true }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
        }
        if !isConnected { disconnect() }
        return isConnected
    }

    /// Status and body; status 0 when the connection failed or ended.
    func call(
        _ method: String, _ path: String, _ body: String, headers: [(name: String, value: String)] = [],
        key: String? = GatewayUnderTest.key
    ) -> (status: Int, body: String) {
        guard connectIfNeeded() else { return (0, "no connection") }
        let more =
            headers.map { "\($0.name): \($0.value)\r\n" }.joined() + (key.map { "X-API-Key: \($0)\r\n" } ?? "")
        let request = Array(
            ("\(method) \(path) HTTP/1.1\r\nHost: x\r\n"
                + "\(more)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            disconnect()
            return (0, "not sent")
        }
        guard let head = read(until: { Self.headEnd($0) }) else { return (0, "no answer") }
        let lines = String(decoding: input[..<head], as: UTF8.self).split(separator: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: ":").last
        let count = length.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } ?? 0
        guard read(until: { $0.count >= head + count ? head + count : nil }) != nil else { return (0, "cut answer") }
        let text = String(decoding: input[head..<head + count], as: UTF8.self)
        input.removeFirst(head + count)
        let isLast = lines.contains { $0.lowercased() == "connection: close" }
        if isLast { disconnect() }
        return (lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0, text)
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard let range = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        return range.upperBound
    }

    private func read(until end: ([UInt8]) -> Int?) -> Int? {
        while true {
            if let end = end(input) { return end }
            var chunk = [UInt8](repeating: 0, count: 16384)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else {
                disconnect()
                return nil
            }
            input += chunk[..<count]
        }
    }
}

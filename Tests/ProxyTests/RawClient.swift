import Foundation

/// A client that sends exactly the bytes it is given. It blocks, so it is used inside `onThread`.
final class RawClient {
    private let socket: Int32
    private(set) var isClosed = false
    private var ahead: [UInt8] = []

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        // `sockaddr_in` as the kernel reads it: family in the machine's order, port in the network's, address, padding.
        var address = [UInt8](repeating: 0, count: 16)
        address.withUnsafeMutableBytes { $0.storeBytes(of: UInt16(AF_INET), as: UInt16.self) }
        address.replaceSubrange(
            2..<8, with: [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port), 127, 0, 0, 1])
        let result = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(socket, $0.baseAddress, 16) }
        }
        guard result == 0 else { throw Refused() }
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    }

    struct Refused: Error {}

    deinit { close() }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Foundation.close(socket)
    }

    /// Ends the connection by a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func closeOutput() { shutdown(socket, Int32(SHUT_WR)) }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes[offset...].withUnsafeBytes {
                Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return false }
            offset += sent
        }
        return true
    }

    /// What comes next: nil at the end of the connection, empty when nothing comes in time.
    func receive(milliseconds: Int32 = 3000) -> [UInt8]? {
        if !ahead.isEmpty {
            defer { ahead = [] }
            return ahead
        }
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count <= 0 ? nil : Array(buffer[..<count])
    }

    /// At most so many of the bytes that come next.
    func receive(atMost count: Int) -> [UInt8]? {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 3000) > 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: count)
        let got = recv(socket, &buffer, count, 0)
        return got <= 0 ? nil : Array(buffer[..<got])
    }

    /// All that comes until the connection ends, until nothing comes any more, or until a text that ends what is waited for.
    func receiveAll(milliseconds: Int32 = 3000, until end: String? = nil) -> String {
        var all: [UInt8] = []
        while let bytes = receive(milliseconds: milliseconds), !bytes.isEmpty {
            all += bytes
            if let end, all.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// One answer: its head, and its body by `Content-Length`, chunks, or none.
    func receiveAnswer(hasBody: Bool = true, milliseconds: Int32 = 3000) -> String {
        var all: [UInt8] = []
        while true {
            if let end = Self.end(all, hasBody) {
                ahead = Array(all[end...])
                return String(decoding: all[..<end], as: UTF8.self)
            }
            guard let bytes = receive(milliseconds: milliseconds), !bytes.isEmpty else {
                return String(decoding: all, as: UTF8.self)
            }
            all += bytes
        }
    }

    private static func end(_ bytes: [UInt8], _ hasBody: Bool) -> Int? {
        guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        guard hasBody else { return head.upperBound }
        let text = String(decoding: bytes[..<head.upperBound], as: UTF8.self).lowercased()
        if text.contains("transfer-encoding: chunked") {
            let rest = Array(bytes[head.lowerBound...])
            guard let last = rest.firstRange(of: Array("\r\n0\r\n".utf8)) else { return nil }
            let tail = Array(rest[(last.upperBound - 2)...])
            guard let stop = tail.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            return head.lowerBound + last.upperBound - 2 + stop.upperBound
        }
        guard let field = text.range(of: "content-length: ") else { return head.upperBound }
        let length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
        return bytes.count >= head.upperBound + length ? head.upperBound + length : nil
    }
}

/// Runs blocking work away from the threads that tests share.
func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
    }
}

/// A pause of 5 ms for a thread of its own.
func usleepBriefly() { usleep(5000) }

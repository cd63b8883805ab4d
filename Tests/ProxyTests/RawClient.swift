import Foundation

/// A client that sends exactly the bytes it is given. It blocks, so it is used inside `onThread`, by one thread at a time.
final class RawClient: @unchecked Sendable {
    /// How long an answer may take. Only a test that fails ever waits for so long.
    static let patience: Int32 = 60_000

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
    func receive(milliseconds: Int32 = patience) -> [UInt8]? {
        if !ahead.isEmpty {
            defer { ahead = [] }
            return ahead
        }
        return receive(atMost: 65_536, milliseconds: milliseconds)
    }

    /// At most so many of the bytes that come next.
    func receive(atMost count: Int, milliseconds: Int32 = patience) -> [UInt8]? {
        guard comes(milliseconds) else { return [] }
        var buffer = [UInt8](repeating: 0, count: count)
        let got = recv(socket, &buffer, count, 0)
        return got <= 0 ? nil : Array(buffer[..<got])
    }

    /// Whether something comes. It waits in many short turns: a process that stood still during one of them has not waited.
    private func comes(_ milliseconds: Int32) -> Bool {
        var rest = milliseconds
        repeat {
            var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&descriptor, 1, min(rest, 100)) > 0 { return true }
            rest -= 100
        } while rest > 0
        return false
    }

    /// All that comes until the connection ends, until nothing comes any more, or until a text that ends what is waited for.
    func receiveAll(milliseconds: Int32 = patience, until end: String? = nil) -> String {
        var all: [UInt8] = []
        while let bytes = receive(milliseconds: milliseconds), !bytes.isEmpty {
            all += bytes
            if let end, all.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// One answer: its head, and its body by `Content-Length`, chunks, or none.
    func receiveAnswer(hasBody: Bool = true, milliseconds: Int32 = patience) -> String {
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

import Glibc
import NIOCore

/// Lets another process take over an address without a connection being refused.
///
/// Both listen at it (`SO_REUSEPORT`), and the kernel shares new connections out among all the sockets. A socket that is closed takes
/// its queue with it, so before that the kernel is told to choose among the other process's sockets only: by a small program that gives
/// the position of one in the group of sockets (`socket(7)`, `SO_ATTACH_REUSEPORT_CBPF`). What is in our queue by then is accepted.
enum Handover {
    /// Which of the sockets of the group are chosen: those that came after ours, or those before them.
    enum Side { case later, earlier }

    /// One step of a classic packet filter program, as the kernel takes it.
    private struct Step {
        var code: UInt16
        var jumpTrue: UInt8 = 0
        var jumpFalse: UInt8 = 0
        var operand: UInt32
    }

    private static let attach: CInt = 51
    /// The packet filter's source of random numbers (`SKF_AD_OFF + SKF_AD_RANDOM`).
    private static let random = UInt32(bitPattern: -0x1000 + 56)

    /// How many sockets of all processes listen at an address; as many as `/proc/net` shows.
    static func listeners(at address: SocketAddress) -> Int {
        guard let local = text(address) else { return 0 }
        let path: String
        if case .v6 = address { path = "/proc/net/tcp6" } else { path = "/proc/net/tcp" }
        guard let file = fopen(path, "r") else { return 0 }
        defer { fclose(file) }
        var count = 0
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, CInt(line.count), file) != nil {
            let fields = line.prefix { $0 != 0 }.split(separator: 0x20, maxSplits: 4)
            // Position, local address, remote address, state: 0A is listening.
            guard fields.count > 3, fields[3].elementsEqual("0A".utf8.lazy.map(CChar.init)) else { continue }
            if fields[1].elementsEqual(local.utf8.lazy.map(CChar.init)) { count += 1 }
        }
        return count
    }

    /// An address as the kernel prints it: words of the machine's byte order, in hexadecimal.
    static func text(_ address: SocketAddress) -> String? {
        func hex(_ value: UInt32, _ digits: Int) -> String {
            let text = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let isVersion6: Bool
        switch address {
        case .v4: isVersion6 = false
        case .v6: isVersion6 = true
        default: return nil
        }
        return address.withSockAddr { pointer, size in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            guard size >= (isVersion6 ? 24 : 8) else { return nil }
            let starts = isVersion6 ? [8, 12, 16, 20] : [4]
            let words = starts.map { hex(bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self), 8) }
            return words.joined() + ":" + hex(UInt32(bytes[2]) << 8 | UInt32(bytes[3]), 4)
        }
    }

    /// Sends new connections to the sockets that are not ours. Called on the channel's loop.
    /// - Returns: whether the kernel takes it.
    static func steer(_ channel: any Channel, own: Int, all: Int, to side: Side) -> Bool {
        guard all > own, let provider = channel as? any SocketOptionProvider else { return false }
        let others = UInt32(clamping: all - own)
        let steps = [
            Step(code: 0x20, operand: random),  // load a random number
            Step(code: 0x94, operand: others),  // modulo
            Step(code: 0x04, operand: side == .later ? UInt32(clamping: own) : 0),  // add
            Step(code: 0x16, operand: 0),  // return it
        ]
        return steps.withUnsafeBufferPointer { steps in
            guard let base = steps.baseAddress else { return false }
            // `struct sock_fprog`: a short count, filled up to the size of the address that follows.
            let program = (UInt64(steps.count), UInt64(UInt(bitPattern: base)))
            let result = provider.unsafeSetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: attach), value: program)
            var isTaken = false
            result.assumeIsolated().whenSuccess { isTaken = true }
            return isTaken
        }
    }
}

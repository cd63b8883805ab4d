import Glibc

/// The end of an audit file: where its last whole line ends, and what that line says of the chain.
struct AuditTail {
    /// Offset after the last line feed.
    var wholeEnd: Int
    var size: Int
    /// The chain's end by the last readable line; nil when the file has none.
    var link: AuditLink?
    /// Whether the last whole line is a record whose own hash holds.
    var isSound: Bool

    var tornBytes: Int { size - wholeEnd }

    /// Reads backwards from the end of the file, in growing steps, until a record is found.
    static func read(_ file: borrowing FileDescriptor) throws(AuditError) -> AuditTail {
        let size = Int(try file.status().st_size)
        var step = 64 << 10
        while true {
            let start = max(0, size - step)
            var bytes = try file.read(start..<size)
            if let tail = find(in: &bytes, start: start, size: size) { return tail }
            if start == 0 { return AuditTail(wholeEnd: 0, size: size, link: nil, isSound: size == 0) }
            step *= 8
        }
    }

    /// Nil when the bytes begin too late to tell.
    private static func find(in bytes: inout [UInt8], start: Int, size: Int) -> AuditTail? {
        guard let lastFeed = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        var tail = AuditTail(wholeEnd: start + lastFeed + 1, size: start + bytes.count, link: nil, isSound: true)
        var lineEnd = lastFeed
        while true {
            let before = bytes[..<lineEnd].lastIndex(of: UInt8(ascii: "\n"))
            guard before != nil || start == 0 else { return nil }
            let lineStart = before.map { $0 + 1 } ?? 0
            let parsed = bytes.withUnsafeMutableBytes { all -> (AuditLink, Bool)? in
                let line = UnsafeMutableRawBufferPointer(rebasing: all[lineStart..<lineEnd])
                guard let (link, previous) = AuditChain.parse(UnsafeRawBufferPointer(line)) else { return nil }
                return (link, AuditChain.isSound(line, hash: link.hash, previous: previous))
            }
            if let (link, sound) = parsed {
                tail.link = link
                tail.isSound = tail.isSound && sound
                return tail
            }
            tail.isSound = false
            guard let before else { return tail }
            lineEnd = before
        }
    }
}

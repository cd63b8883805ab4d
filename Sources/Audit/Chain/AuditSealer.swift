import Documents

/// Puts lines into the chain, one after the other. It keeps the digits of the last hash, since the next record names them.
struct AuditSealer {
    /// The last record that was sealed.
    private(set) var link: AuditLink
    private var digits: AuditHash.Digits

    init(after link: AuditLink) {
        self.link = link
        digits = link.hash.digits
    }

    /// Appends the line, which ends with a brace, its three members of the chain and a line feed.
    mutating func seal(_ line: UnsafeRawBufferPointer, into out: ByteWriter) {
        guard let source = line.baseAddress, line.count >= 2 else { return }
        out.reserve(line.count &+ AuditChain.overhead)
        let start = out.end
        let sequence = link.sequence &+ 1
        var end = start
        UnsafeMutableRawPointer(end).copyMemory(from: source, byteCount: line.count &- 1)
        end += line.count &- 1
        if line.count > 2 {
            end[0] = UInt8(ascii: ",")
            end += 1
        }
        AuditSealer.put(#""seq":"#, &end)
        end = DecimalDigits.write(UInt(truncatingIfNeeded: sequence), to: end)
        AuditSealer.put(#","prev":""#, &end)
        digits.put(&end)
        AuditSealer.put(#""}"#, &end)
        let hash = AuditHash(
            after: link.hash, line: UnsafeRawBufferPointer(start: start, count: end - start))
        end -= 1
        link = AuditLink(sequence: sequence, hash: hash)
        digits = hash.digits
        AuditSealer.put(#","hash":""#, &end)
        digits.put(&end)
        AuditSealer.put("\"}\n", &end)
        out.advance(end - start)
    }

    @inline(__always)
    private static func put(_ text: StaticString, _ end: inout UnsafeMutablePointer<UInt8>) {
        end.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        end += text.utf8CodeUnitCount
    }
}

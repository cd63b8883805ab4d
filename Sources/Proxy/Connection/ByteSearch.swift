/// Finds bytes in bytes; for paths that are not hot.
enum ByteSearch {
    static func find(
        _ wanted: [UInt8], in bytes: UnsafeRawBufferPointer, ignoringCase: Bool = false
    ) -> Int? {
        guard !wanted.isEmpty, bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) {
            var i = 0
            while i < wanted.count {
                var byte = bytes[start + i]
                if ignoringCase, byte &- 0x41 < 26 { byte |= 0x20 }
                if byte != wanted[i] { break }
                i += 1
            }
            if i == wanted.count { return start }
        }
        return nil
    }
}

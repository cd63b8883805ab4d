import Glibc

/// A growing buffer of bytes that is cleared and used again: where every message that goes out is written.
///
/// It belongs to one event loop and is not `Sendable`. Nothing on the way of a call makes a `String` or an array.
public final class ByteWriter {
    @usableFromInline var storage: UnsafeMutablePointer<UInt8>
    @usableFromInline var used = 0
    @usableFromInline var capacity: Int

    /// The first byte written; valid until the next write.
    @inlinable public var base: UnsafeMutablePointer<UInt8> { storage }
    /// The number of bytes written.
    @inlinable public var count: Int { used }

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int = 1024) {
        self.capacity = max(16, capacity)
        storage = UnsafeMutablePointer<UInt8>.allocate(capacity: self.capacity)
    }

    deinit {
        storage.deallocate()
    }

    /// Forgets what was written and keeps the memory.
    @inlinable public func clear() { used = 0 }

    /// Drops the bytes after the first `count`.
    @inlinable public func truncate(to count: Int) {
        if count < used { used = max(0, count) }
    }

    /// Makes room for `count` more bytes.
    @inlinable public func reserve(_ count: Int) {
        if used &+ count > capacity { grow(count) }
    }

    @usableFromInline func grow(_ count: Int) {
        let larger = max(capacity * 2, used + count)
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        copy.update(from: storage, count: used)
        storage.deallocate()
        storage = copy
        capacity = larger
    }

    /// Where the next byte goes: for writers that fill reserved room themselves and then call `advance(_:)`.
    @inlinable public var end: UnsafeMutablePointer<UInt8> { storage + used }

    /// Counts bytes that were written at `end`; room for them has been reserved.
    @inlinable public func advance(_ count: Int) { used &+= count }

    /// Appends bytes.
    @inlinable public func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        reserve(count)
        (storage + used).update(from: bytes, count: count)
        used &+= count
    }

    /// Appends bytes.
    @inlinable public func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        if let base = bytes.baseAddress { write(base, bytes.count) }
    }

    /// Appends one byte.
    @inlinable public func write(_ byte: UInt8) {
        if used == capacity { grow(1) }
        storage[used] = byte
        used &+= 1
    }

    /// Appends a literal.
    @inlinable public func write(_ text: StaticString) {
        if text.hasPointerRepresentation {
            write(text.utf8Start, text.utf8CodeUnitCount)
        } else {
            write(String(Character(text.unicodeScalar)))
        }
    }

    /// Appends a string; for the paths that are not taken once a call. A literal is never meant: it goes out as the bytes it is.
    @_disfavoredOverload
    public func write(_ text: String) {
        var text = text
        text.withUTF8 { write($0) }
    }

    /// Appends an array of bytes.
    public func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { write($0) }
    }

    /// Appends an integer in decimal digits.
    public func writeInteger(_ value: Int) {
        reserve(20)
        if value >= 0, value < 100 {
            if value >= 10 {
                storage[used] = UInt8(truncatingIfNeeded: value / 10) &+ 48
                used &+= 1
            }
            storage[used] = UInt8(truncatingIfNeeded: value % 10) &+ 48
            used &+= 1
            return
        }
        if value < 0 {
            storage[used] = UInt8(ascii: "-")
            used &+= 1
        }
        var rest = value.magnitude
        var digits = 1
        var probe = rest
        while probe >= 10 {
            probe /= 10
            digits &+= 1
        }
        var i = used &+ digits
        while i > used {
            i &-= 1
            storage[i] = UInt8(truncatingIfNeeded: rest % 10) &+ 48
            rest /= 10
        }
        used &+= digits
    }

    /// The bytes written; valid until the next write.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: used) }

    /// The bytes written as text.
    public var string: String { String(decoding: UnsafeBufferPointer(start: storage, count: used), as: UTF8.self) }
}

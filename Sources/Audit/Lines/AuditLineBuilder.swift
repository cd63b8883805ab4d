public import Documents

/// Writes one record as a JSON object on one line into a buffer that is reused from call to call.
///
/// Names are static and hold nothing that JSON would escape. Texts may come from the network: bytes that are not UTF-8
/// are replaced by U+FFFD, so that no caller can break a line or the file's encoding. Not `Sendable`: one per event
/// loop.
public final class AuditLineBuilder {
    public let writer: ByteWriter
    private var isFirst = true

    public init(_ writer: ByteWriter = ByteWriter()) {
        self.writer = writer
    }

    /// Forgets the line before and opens the new one's object.
    public func begin() {
        writer.clear()
        writer.write(UInt8(ascii: "{"))
        isFirst = true
    }

    /// Closes the object. The bytes stay valid until the next `begin`.
    public func end() -> UnsafeRawBufferPointer {
        writer.write(UInt8(ascii: "}"))
        return writer.bytes
    }

    // MARK: Members

    public func text(_ name: StaticString, _ value: String) {
        member(name)
        string(value)
    }

    /// Leaves the member out when there is no value.
    public func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        text(name, value)
    }

    /// A text from the network.
    public func text(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
        member(name)
        string(value)
    }

    public func text(_ name: StaticString, _ value: StaticString) {
        member(name)
        writer.write(UInt8(ascii: "\""))
        writer.writeJSONString(value.utf8Start, value.utf8CodeUnitCount)
        writer.write(UInt8(ascii: "\""))
    }

    public func integer(_ name: StaticString, _ value: Int) {
        member(name)
        writer.writeInteger(value)
    }

    public func boolean(_ name: StaticString, _ value: Bool) {
        member(name)
        writer.write(value ? "true" as StaticString : "false")
    }

    /// A time of the wall clock in RFC 3339 with microseconds.
    public func time(_ name: StaticString, nanoseconds: Int64) {
        member(name)
        writer.write(UInt8(ascii: "\""))
        UTCTime(nanoseconds: nanoseconds).withDigits { digits in
            if let base = digits.baseAddress { writer.write(base, digits.count) }
        }
        writer.write(UInt8(ascii: "\""))
    }

    // MARK: Structure

    public func beginObject(_ name: StaticString) {
        member(name)
        open(UInt8(ascii: "{"))
    }

    /// An object as an element of a list.
    public func beginObject() {
        separate()
        open(UInt8(ascii: "{"))
    }

    public func endObject() { close(UInt8(ascii: "}")) }

    public func beginList(_ name: StaticString) {
        member(name)
        open(UInt8(ascii: "["))
    }

    public func endList() { close(UInt8(ascii: "]")) }

    /// A text as an element of a list.
    public func element(_ value: String) {
        separate()
        string(value)
    }

    public func element(_ value: Int) {
        separate()
        writer.writeInteger(value)
    }

    // MARK: Parts

    private func member(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        writer.reserve(count &+ 4)
        var out = writer.end
        if !isFirst {
            out[0] = UInt8(ascii: ",")
            out += 1
        }
        out[0] = UInt8(ascii: "\"")
        (out + 1).update(from: name.utf8Start, count: count)
        out[count &+ 1] = UInt8(ascii: "\"")
        out[count &+ 2] = UInt8(ascii: ":")
        writer.advance(isFirst ? count &+ 3 : count &+ 4)
        isFirst = false
    }

    private func separate() {
        if isFirst { isFirst = false } else { writer.write(UInt8(ascii: ",")) }
    }

    private func open(_ bracket: UInt8) {
        writer.write(bracket)
        isFirst = true
    }

    private func close(_ bracket: UInt8) {
        writer.write(bracket)
        isFirst = false
    }

    private func string(_ value: String) {
        var value = value
        value.withUTF8 { quoted($0) }
    }

    private func string(_ value: UnsafeBufferPointer<UInt8>) {
        if AuditLineBuilder.isUTF8(value) {
            quoted(value)
        } else {
            string(String(decoding: value, as: UTF8.self))
        }
    }

    private func quoted(_ value: UnsafeBufferPointer<UInt8>) {
        writer.write(UInt8(ascii: "\""))
        if let base = value.baseAddress { writer.writeJSONString(base, value.count) }
        writer.write(UInt8(ascii: "\""))
    }

    private static func isUTF8(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = value.baseAddress else { return true }
        var seen: UInt64 = 0
        var i = 0
        while i &+ 8 <= value.count {
            seen |= UnsafeRawPointer(base + i).loadUnaligned(as: UInt64.self)
            i &+= 8
        }
        while i < value.count {
            seen |= UInt64(base[i])
            i &+= 1
        }
        if seen & 0x8080_8080_8080_8080 == 0 { return true }
        return String(validating: value, as: UTF8.self) != nil
    }
}

/// Writes one record as a JSON object on one line: where the audit thread will read it when ``AuditProducer`` gives the memory, else into a
/// buffer of its own that is used again from line to line.
///
/// Names are static and hold nothing that JSON would escape. Texts may come from the network: bytes that are not UTF-8
/// are replaced by U+FFFD, so that no caller can break a line or the file's encoding. Every member ends with a comma, which the end
/// of its object takes back; so no member has to know whether it is the first. Not `Sendable`: one per event loop.
///
/// What a call needs is inlined where it is called, so that a name becomes a few stores of constants.
public final class AuditLineBuilder {
    @usableFromInline var start: UnsafeMutablePointer<UInt8>
    @usableFromInline var cursor: UnsafeMutablePointer<UInt8>
    @usableFromInline var limit: UnsafeMutablePointer<UInt8>
    @usableFromInline let clock = AuditLineClock()
    private var own: UnsafeMutableBufferPointer<UInt8>
    /// Whether the line is in the builder's own buffer.
    private(set) var isOnItsOwn = true
    /// Where more memory comes from.
    weak var producer: AuditProducer?

    private static let smallest = 1024
    private static let largestKept = 64 << 10

    public init() {
        own = .allocate(capacity: AuditLineBuilder.smallest)
        start = own.baseAddress ?? UnsafeMutablePointer.allocate(capacity: 1)
        cursor = start
        limit = start + own.count
    }

    deinit { own.deallocate() }

    /// Forgets the line before and opens the new one's object.
    public func begin() {
        if own.count > AuditLineBuilder.largestKept { replaceOwn(AuditLineBuilder.smallest, keeping: 0) }
        isOnItsOwn = true
        start = own.baseAddress ?? start
        limit = start + own.count
        start[0] = UInt8(ascii: "{")
        cursor = start + 1
    }

    /// Begins a line in somebody else's memory, at least one byte of it.
    func begin(in memory: UnsafeMutablePointer<UInt8>, _ count: Int) {
        isOnItsOwn = false
        start = memory
        limit = memory + count
        start[0] = UInt8(ascii: "{")
        cursor = start + 1
    }

    /// Closes the object. The bytes stay valid until the next `begin`.
    public func end() -> UnsafeRawBufferPointer {
        reserve(1)
        if cursor[-1] == UInt8(ascii: ",") { cursor -= 1 }
        cursor[0] = UInt8(ascii: "}")
        cursor += 1
        return UnsafeRawBufferPointer(start: start, count: cursor - start)
    }

    // MARK: Room

    @inlinable @inline(__always)
    func reserve(_ count: Int) {
        if limit - cursor < count { grow(count) }
    }

    @inline(never) @usableFromInline
    func grow(_ count: Int) {
        let used = cursor - start
        let wanted = used + max(count, AuditLineBuilder.smallest)
        if !isOnItsOwn, let producer, let memory = producer.moveOn(wanted, keeping: start, used) {
            start = memory.start
            cursor = start + used
            limit = start + memory.count
            return
        }
        let source = start
        let wasOwn = isOnItsOwn
        if wasOwn || own.count < used + count {
            replaceOwn(max(own.count * 2, used + count), keeping: wasOwn ? used : 0)
        }
        start = own.baseAddress ?? start
        if !wasOwn { start.update(from: source, count: used) }
        isOnItsOwn = true
        cursor = start + used
        limit = start + own.count
    }

    private func replaceOwn(_ capacity: Int, keeping count: Int) {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
        if count > 0, let base = own.baseAddress { larger.baseAddress?.update(from: base, count: count) }
        own.deallocate()
        own = larger
    }

    @inlinable @inline(__always)
    func put(_ text: StaticString) {
        cursor.initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
        cursor += text.utf8CodeUnitCount
    }

    @inlinable @inline(__always)
    func put(_ byte: UInt8) {
        cursor[0] = byte
        cursor += 1
    }

    /// The member's name, and room for a value of this many bytes.
    @inlinable @inline(__always)
    func member(_ name: StaticString, room: Int) {
        reserve(name.utf8CodeUnitCount &+ 4 &+ room)
        put(UInt8(ascii: "\""))
        put(name)
        cursor[0] = UInt8(ascii: "\"")
        cursor[1] = UInt8(ascii: ":")
        cursor += 2
    }

    // MARK: Members

    public func text(_ name: StaticString, _ value: String) {
        member(name, room: 0)
        string(value)
    }

    /// Leaves the member out when there is no value.
    public func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        text(name, value)
    }

    /// A text from the network.
    @inlinable
    public func text(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
        member(name, room: 0)
        quoted(value)
    }

    /// A literal, or another text that JSON does not escape.
    @inlinable @inline(__always)
    public func text(_ name: StaticString, _ value: StaticString) {
        member(name, room: value.utf8CodeUnitCount &+ 3)
        put(UInt8(ascii: "\""))
        put(value)
        cursor[0] = UInt8(ascii: "\"")
        cursor[1] = UInt8(ascii: ",")
        cursor += 2
    }

    /// A text that is known to hold nothing that JSON escapes, and only ASCII: identifiers that were checked when they came in.
    @inlinable @inline(__always)
    public func token(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
        guard let base = value.baseAddress else { return }
        member(name, room: value.count &+ 3)
        put(UInt8(ascii: "\""))
        cursor.initialize(from: base, count: value.count)
        cursor += value.count
        cursor[0] = UInt8(ascii: "\"")
        cursor[1] = UInt8(ascii: ",")
        cursor += 2
    }

    /// Whole members as they go out, with the comma after the last: what was written before by another builder.
    @inlinable @inline(__always)
    public func members(_ value: UnsafeBufferPointer<UInt8>) {
        guard let base = value.baseAddress else { return }
        reserve(value.count)
        cursor.initialize(from: base, count: value.count)
        cursor += value.count
    }

    @inlinable @inline(__always)
    public func integer(_ name: StaticString, _ value: Int) {
        member(name, room: 22)
        digits(value)
    }

    @inlinable @inline(__always)
    public func boolean(_ name: StaticString, _ value: Bool) {
        member(name, room: 6)
        if value { put("true,") } else { put("false,") }
    }

    /// A time of the wall clock in RFC 3339 with microseconds.
    @inlinable @inline(__always)
    public func time(_ name: StaticString, nanoseconds: Int64) {
        member(name, room: 30)
        put(UInt8(ascii: "\""))
        clock.write(nanoseconds, to: cursor)
        cursor += AuditLineClock.count
        cursor[0] = UInt8(ascii: "\"")
        cursor[1] = UInt8(ascii: ",")
        cursor += 2
    }

    // MARK: Structure

    @inlinable @inline(__always)
    public func beginObject(_ name: StaticString) {
        member(name, room: 2)
        put(UInt8(ascii: "{"))
    }

    /// An object as an element of a list.
    @inlinable @inline(__always)
    public func beginObject() {
        reserve(2)
        put(UInt8(ascii: "{"))
    }

    @inlinable @inline(__always)
    public func endObject() { close(UInt8(ascii: "}")) }

    @inlinable @inline(__always)
    public func beginList(_ name: StaticString) {
        member(name, room: 2)
        put(UInt8(ascii: "["))
    }

    @inlinable @inline(__always)
    public func endList() { close(UInt8(ascii: "]")) }

    /// A text as an element of a list.
    public func element(_ value: String) { string(value) }

    public func element(_ value: Int) {
        reserve(22)
        digits(value)
    }

    @inlinable @inline(__always)
    func close(_ bracket: UInt8) {
        reserve(2)
        if cursor[-1] == UInt8(ascii: ",") { cursor -= 1 }
        cursor[0] = bracket
        cursor[1] = UInt8(ascii: ",")
        cursor += 2
    }

    // MARK: Values

    /// The digits and a comma; 22 bytes are reserved.
    @inlinable @inline(__always)
    func digits(_ value: Int) {
        if value >= 0, value < 10 {
            put(UInt8(truncatingIfNeeded: value) &+ 48)
        } else {
            cursor = DecimalDigits.write(value, to: cursor)
        }
        put(UInt8(ascii: ","))
    }

    private func string(_ value: String) {
        var value = value
        value.withUTF8 { quoted($0) }
    }

    /// The text in quotes, and a comma. Plain ASCII is copied and looked at in one pass, eight bytes at a time.
    @usableFromInline
    func quoted(_ value: UnsafeBufferPointer<UInt8>) {
        let count = value.count
        reserve(count &+ 11)
        put(UInt8(ascii: "\""))
        guard let base = value.baseAddress else { return endQuoted() }
        let source = UnsafeRawPointer(base)
        let target = UnsafeMutableRawPointer(cursor)
        var marks: UInt64 = 0
        var i = 0
        while i &+ 8 <= count {
            let word = source.loadUnaligned(fromByteOffset: i, as: UInt64.self)
            target.storeBytes(of: word, toByteOffset: i, as: UInt64.self)
            marks |= AuditLineBuilder.marks(word)
            i &+= 8
        }
        while i < count {
            marks |= AuditLineBuilder.marks(UInt64(base[i]) | 0x2020_2020_2020_2000)
            cursor[i] = base[i]
            i &+= 1
        }
        if marks & 0x8080_8080_8080_8080 == 0 { cursor += count } else { escaped(value) }
        endQuoted()
    }

    private func endQuoted() {
        reserve(2)
        cursor[0] = UInt8(ascii: "\"")
        cursor[1] = UInt8(ascii: ",")
        cursor += 2
    }

    /// Has the highest bit of a byte set when one of the bytes has to be looked at: not ASCII, a control, a quote or a backslash.
    @inline(__always)
    private static func marks(_ word: UInt64) -> UInt64 {
        let quote = word ^ 0x2222_2222_2222_2222
        let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
        return word | (word &- 0x2020_2020_2020_2020) | (quote &- 0x0101_0101_0101_0101)
            | (backslash &- 0x0101_0101_0101_0101)
    }

    @inline(never)
    private func escaped(_ value: UnsafeBufferPointer<UInt8>) {
        if String(validating: value, as: UTF8.self) != nil {
            escape(value)
        } else {
            var text = String(decoding: value, as: UTF8.self)
            text.withUTF8 { escape($0) }
        }
    }

    private func escape(_ value: UnsafeBufferPointer<UInt8>) {
        for byte in value {
            reserve(6)
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                put(UInt8(ascii: "\\"))
                put(byte)
            case 0x08: put("\\b")
            case 0x09: put("\\t")
            case 0x0A: put("\\n")
            case 0x0C: put("\\f")
            case 0x0D: put("\\r")
            case ..<0x20:
                put(byte < 16 ? "\\u000" : "\\u001")
                let low = byte & 15
                put(low < 10 ? low &+ 48 : low &+ 87)
            default: put(byte)
            }
        }
    }
}

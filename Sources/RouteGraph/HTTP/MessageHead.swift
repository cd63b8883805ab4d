/// How a message's body is delimited (RFC 9112, section 6.3).
public enum BodyFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    case untilClose
}

/// One request or response head: a copy of its bytes, and where its parts lie in them.
///
/// A head is a reusable box. The codec fills it, the stages of a call read slices of it, and nothing in it is ever turned into
/// a `String` unless an expression asks for that field. It is confined to one event loop.
public final class MessageHead {
    /// One header field: offsets into ``MessageHead/bytes``.
    public struct Field {
        public var nameStart: UInt32
        public var nameCount: UInt32
        public var valueStart: UInt32
        public var valueCount: UInt32
        public var known: KnownHeader

        @inlinable
        public init(nameStart: UInt32, nameCount: UInt32, valueStart: UInt32, valueCount: UInt32, known: KnownHeader) {
            self.nameStart = nameStart
            self.nameCount = nameCount
            self.valueStart = valueStart
            self.valueCount = valueCount
            self.known = known
        }
    }

    /// The most fields one head may have.
    public static let maximumFields = 128

    public private(set) var bytes: UnsafeMutablePointer<UInt8>
    public private(set) var byteCount = 0
    public let fields: UnsafeMutablePointer<Field>
    public private(set) var fieldCount = 0
    private var capacity = 2048

    /// Requests: the method, and its bytes. Responses: unused.
    public var method = HTTPMethod.other
    public var methodCount = 0
    /// Requests: the request target as received, offsets into ``bytes``.
    public var targetStart = 0
    public var targetCount = 0
    /// Requests: length of the target's path part, before any `?`.
    public var pathCount = 0
    /// Requests: whether the path is known to have neither escapes nor parameters, so that every server reads it alike.
    public var pathIsPlain = false
    /// Responses: the status code.
    public var status = 0
    /// 2 for a request that came by HTTP/2, and was made one of HTTP/1.1.
    public var majorVersion = 1
    /// The minor version of HTTP/1.
    public var minorVersion = 1
    public var framing = BodyFraming.none
    /// Whether the connection stays open after this message (RFC 9112, section 9.3).
    public var keepAlive = true
    /// Whether the client waits for `100 (Continue)` (RFC 9110, section 10.1.1).
    public var expectsContinue = false
    /// Whether a `Connection` field names further fields to drop.
    public var hasConnectionOptions = false

    public init() {
        bytes = .allocate(capacity: capacity)
        fields = .allocate(capacity: Self.maximumFields)
    }

    deinit {
        bytes.deallocate()
        fields.deallocate()
    }

    /// Forgets the message and keeps the memory.
    public func reset() {
        byteCount = 0
        fieldCount = 0
        method = .other
        methodCount = 0
        targetStart = 0
        targetCount = 0
        pathCount = 0
        pathIsPlain = false
        status = 0
        majorVersion = 1
        minorVersion = 1
        framing = .none
        keepAlive = true
        expectsContinue = false
        hasConnectionOptions = false
    }

    /// Takes a copy of the head's bytes. Offsets are set afterwards.
    public func assign(_ source: UnsafePointer<UInt8>, _ count: Int) {
        if count > capacity {
            bytes.deallocate()
            while capacity < count { capacity *= 2 }
            bytes = .allocate(capacity: capacity)
        }
        bytes.update(from: source, count: count)
        byteCount = count
    }

    /// Becomes a copy of another head.
    public func copy(_ other: MessageHead) {
        assign(other.bytes, other.byteCount)
        fields.update(from: other.fields, count: other.fieldCount)
        fieldCount = other.fieldCount
        method = other.method
        methodCount = other.methodCount
        targetStart = other.targetStart
        targetCount = other.targetCount
        pathCount = other.pathCount
        status = other.status
        minorVersion = other.minorVersion
        framing = other.framing
        keepAlive = other.keepAlive
        expectsContinue = other.expectsContinue
        hasConnectionOptions = other.hasConnectionOptions
    }

    /// Adds a field. False when the head has too many.
    @inlinable
    public func append(_ field: Field) -> Bool {
        _append(field)
    }

    @usableFromInline
    func _append(_ field: Field) -> Bool {
        guard fieldCount < Self.maximumFields else { return false }
        fields[fieldCount] = field
        fieldCount &+= 1
        return true
    }

    /// The first value of a known field.
    public func value(of known: KnownHeader) -> UnsafeBufferPointer<UInt8>? {
        for i in 0..<fieldCount where fields[i].known == known { return value(fields[i]) }
        return nil
    }

    /// The first value of the field with this name, which is given in lower case.
    public func value(named name: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        for i in 0..<fieldCount where Int(fields[i].nameCount) == name.count {
            let p = bytes + Int(fields[i].nameStart)
            var k = 0
            while k < name.count {
                var c = p[k]
                if c &- 0x41 < 26 { c |= 0x20 }
                if c != name[k] { break }
                k &+= 1
            }
            if k == name.count { return value(fields[i]) }
        }
        return nil
    }

    @inline(__always)
    public func value(_ field: Field) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(field.valueStart), count: Int(field.valueCount))
    }

    @inline(__always)
    public func name(_ field: Field) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(field.nameStart), count: Int(field.nameCount))
    }

    /// The path part of the target.
    public var path: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + targetStart, count: pathCount)
    }

    /// The query part of the target, without `?`; empty when there is none.
    public var query: UnsafeBufferPointer<UInt8> {
        pathCount < targetCount
            ? UnsafeBufferPointer(start: bytes + targetStart + pathCount + 1, count: targetCount - pathCount - 1)
            : UnsafeBufferPointer(start: bytes, count: 0)
    }

    /// Whether a `Connection` field names this field, so that it must not be forwarded (RFC 9110, section 7.6.1).
    public func connectionNames(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard hasConnectionOptions else { return false }
        for i in 0..<fieldCount where fields[i].known == .connection {
            let list = value(fields[i])
            var start = 0
            while start <= list.count {
                var end = start
                while end < list.count, list[end] != 0x2C { end &+= 1 }
                var s = start
                var e = end
                while s < e, list[s] == 0x20 || list[s] == 0x09 { s &+= 1 }
                while e > s, list[e - 1] == 0x20 || list[e - 1] == 0x09 { e &-= 1 }
                if e - s == name.count, equalIgnoringCase(list.baseAddress! + s, name.baseAddress!, name.count) {
                    return true
                }
                start = end + 1
            }
        }
        return false
    }
}

/// Compares ASCII bytes, ignoring case.
@inline(__always)
func equalIgnoringCase(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    for i in 0..<count {
        var x = a[i]
        var y = b[i]
        if x &- 0x41 < 26 { x |= 0x20 }
        if y &- 0x41 < 26 { y |= 0x20 }
        if x != y { return false }
    }
    return true
}

/// An answer in a cache, with its times on the monotonic clock, in nanoseconds.
public final class KeptAnswer: Sendable {
    public let status: Int
    /// Whole header lines that go with every copy of it: neither framing nor correlation.
    public let headers: [UInt8]
    public let body: [UInt8]
    /// When it was made, by its own account: what a cache before us has said about its age counts.
    public let made: Int64
    public let freshUntil: Int64
    /// Until when it may be given while it is fetched anew.
    public let revalidateUntil: Int64
    /// Until when it may stand in for a partner that fails.
    public let errorUntil: Int64

    public init(
        status: Int, headers: [UInt8], body: [UInt8], plan: CachePlan, terms: KeepingTerms = KeepingTerms(), now: Int64
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        made = now &- terms.age
        let fresh = min(plan.ttl, terms.lifetime.map { max(0, $0 &- terms.age) } ?? .max)
        freshUntil = Self.later(now, fresh)
        revalidateUntil = Self.later(freshUntil, terms.mayBeStale ? plan.staleWhileRevalidate : 0)
        errorUntil = Self.later(freshUntil, terms.mayBeStale ? plan.staleIfError : 0)
    }

    /// After this it is of no use.
    public var lastUse: Int64 { max(freshUntil, revalidateUntil, errorUntil) }

    /// Seconds since it was made.
    public func age(_ now: Int64) -> Int { Int(max(0, now &- made) / 1_000_000_000) }

    /// Seconds that it is still good; negative after its time.
    public func rest(_ now: Int64) -> Int { Int((freshUntil &- now) / 1_000_000_000) }

    private static func later(_ time: Int64, _ by: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(max(0, by))
        return overflow ? .max : sum
    }
}

/// What a partner says about its answer's being kept (RFC 9111). Read for answers that pass through: a mapped answer is another
/// message than the partner's, and what may be kept of it the operation says.
public struct KeepingTerms: Sendable, Equatable {
    public var isKept = true
    /// Nanoseconds from when it was made; nil when the partner does not say.
    public var lifetime: Int64?
    /// Whether it may be given after its time.
    public var mayBeStale = true
    /// How old it was when it came.
    public var age: Int64 = 0

    public init() {}

    /// - Parameter wallClock: nanoseconds since 1970.
    public init(_ head: MessageHead, wallClock: Int64) {
        var maxAge: Int64?
        var sharedMaxAge: Int64?
        var expires: Int64?
        for i in 0..<head.fieldCount {
            let field = head.fields[i]
            let name = head.name(field)
            let value = head.value(field)
            switch field.known {
            case .setCookie: isKept = false
            case .other:
                if Self.equals(name, "cache-control") {
                    readControl(value, &maxAge, &sharedMaxAge)
                } else if Self.equals(name, "vary") {
                    if !Self.variesByKey(value) { isKept = false }
                } else if Self.equals(name, "age") {
                    age = max(age, RetryAfter.seconds(value) ?? 0)
                } else if Self.equals(name, "expires") {
                    // What is no date lies in the past (RFC 9111, section 5.3).
                    expires = RetryAfter.date(value).map { RetryAfter.until($0, wallClock: wallClock) } ?? 0
                } else if Self.equals(name, "content-range") {
                    isKept = false
                }
            default: break
            }
        }
        var told = sharedMaxAge ?? maxAge
        if told == nil, let expires { told = expires &+ age }
        lifetime = told
        if let told, told <= age { isKept = false }
    }

    private mutating func readControl(
        _ value: UnsafeBufferPointer<UInt8>, _ maxAge: inout Int64?, _ sharedMaxAge: inout Int64?
    ) {
        var i = 0
        while i < value.count {
            while i < value.count, value[i] == 0x2C || value[i] == 0x20 || value[i] == 0x09 { i += 1 }
            let start = i
            while i < value.count, value[i] != 0x2C, value[i] != 0x3D { i += 1 }
            var end = i
            while end > start, value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
            let name = UnsafeBufferPointer(rebasing: value[start..<end])
            var argument = UnsafeBufferPointer(rebasing: value[i..<i])
            if i < value.count, value[i] == 0x3D {
                i += 1
                if i < value.count, value[i] == 0x22 {
                    let from = i + 1
                    i = from
                    while i < value.count, value[i] != 0x22 { i += value[i] == 0x5C ? 2 : 1 }
                    argument = UnsafeBufferPointer(rebasing: value[from..<min(i, value.count)])
                } else {
                    let from = i
                    while i < value.count, value[i] != 0x2C, value[i] != 0x20, value[i] != 0x09 { i += 1 }
                    argument = UnsafeBufferPointer(rebasing: value[from..<i])
                }
                while i < value.count, value[i] != 0x2C { i += 1 }
            }
            if Self.equals(name, "no-store") || Self.equals(name, "private") || Self.equals(name, "no-cache") {
                isKept = false
            } else if Self.equals(name, "must-revalidate") || Self.equals(name, "proxy-revalidate") {
                mayBeStale = false
            } else if Self.equals(name, "max-age") {
                // A number that can't be read is none to rely on (RFC 9111, section 4.2.1).
                maxAge = min(maxAge ?? .max, RetryAfter.seconds(argument) ?? 0)
            } else if Self.equals(name, "s-maxage") {
                sharedMaxAge = min(sharedMaxAge ?? .max, RetryAfter.seconds(argument) ?? 0)
            }
        }
    }

    /// Whether the answer varies by nothing but what is in every key, or what the partner never gets to see.
    private static func variesByKey(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != 0x2C { end += 1 }
            var s = start
            var e = end
            while s < e, value[s] == 0x20 || value[s] == 0x09 { s += 1 }
            while e > s, value[e - 1] == 0x20 || value[e - 1] == 0x09 { e -= 1 }
            let name = UnsafeBufferPointer(rebasing: value[s..<e])
            let isKnown =
                name.isEmpty || NegotiatedField.contains(name) || equals(name, "authorization")
                || equals(name, "cookie") || equals(name, "x-api-key")
            if !isKnown { return false }
            start = end + 1
        }
        return true
    }

    static func equals(_ a: UnsafeBufferPointer<UInt8>, _ b: StaticString) -> Bool {
        guard a.count == b.utf8CodeUnitCount, let base = a.baseAddress else { return false }
        return KnownHeader.matches(base, b)
    }
}

/// Fields by which consumer and partner agree on the form of an answer (RFC 9110, section 12.5). They are part of the key of every
/// answer that passes through.
enum NegotiatedField {
    static func contains(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        KeepingTerms.equals(name, "accept") || KeepingTerms.equals(name, "accept-encoding")
            || KeepingTerms.equals(name, "accept-language") || KeepingTerms.equals(name, "accept-charset")
    }
}

import Foundation
import RouteGraph
import Testing

/// The table of kept answers, on a clock of its own.
@Suite struct ResponseCacheTests {
    private static let second: Int64 = 1_000_000_000

    private static func plan(_ ttl: Int64 = 10, onError: Int64 = 0, revalidating: Int64 = 0) -> CachePlan {
        CachePlan(ttl: ttl * second, staleIfError: onError * second, staleWhileRevalidate: revalidating * second)
    }

    private static func answer(
        _ body: String, _ plan: CachePlan = plan(), _ terms: KeepingTerms = KeepingTerms(), now: Int64 = 0
    ) -> KeptAnswer {
        KeptAnswer(status: 200, headers: [], body: Array(body.utf8), plan: plan, terms: terms, now: now)
    }

    /// What a key has: a letter for how it may be used, and the body.
    private static func look(_ cache: ResponseCache, _ key: String, hash: Int? = nil, now: Int64) -> String {
        let bytes = Array(key.utf8)
        let hash = hash ?? bytes.withUnsafeBytes(ResponseCache.hash)
        let finding = bytes.withUnsafeBytes { cache.find($0, hash: hash, now: now) }
        switch finding {
        case .nothing: return "-"
        case .unkept: return "x"
        case .fresh(let kept): return "f:" + String(decoding: kept.body, as: UTF8.self)
        case .revalidating(let kept): return "r:" + String(decoding: kept.body, as: UTF8.self)
        case .onError(let kept): return "e:" + String(decoding: kept.body, as: UTF8.self)
        }
    }

    @discardableResult
    private static func put(
        _ cache: ResponseCache, _ key: String, _ answer: KeptAnswer, hash: Int? = nil, now: Int64
    )
        -> Bool
    {
        let bytes = Array(key.utf8)
        return cache.insert(bytes, hash: hash ?? bytes.withUnsafeBytes(ResponseCache.hash), answer, now: now)
    }

    @Test func anAnswerHasItsTimes() {
        let cache = ResponseCache(limit: 100_000)
        let kept = Self.answer("a", Self.plan(10, onError: 60, revalidating: 5))
        Self.put(cache, "k", kept, now: 0)
        let expected: [(Int64, String)] = [(0, "f:a"), (9, "f:a"), (10, "r:a"), (14, "r:a"), (15, "e:a"), (69, "e:a")]
        for (time, found) in expected { #expect(Self.look(cache, "k", now: time * Self.second) == found) }
        #expect(kept.age(7 * Self.second) == 7)
        #expect(kept.rest(7 * Self.second) == 3)
        #expect(kept.rest(30 * Self.second) == -20)
        #expect(Self.look(cache, "k", now: 70 * Self.second) == "-")
        #expect(cache.count == 0)
        #expect(cache.bytes == 0)
        #expect(cache.evictions == 0)
    }

    @Test func aNewAnswerTakesThePlaceOfTheOld() {
        let cache = ResponseCache(limit: 100_000)
        Self.put(cache, "k", Self.answer("old"), now: 0)
        let bytes = cache.bytes
        Self.put(cache, "k", Self.answer("new", now: Self.second), now: Self.second)
        #expect(cache.count == 1)
        #expect(cache.bytes == bytes)
        #expect(Self.look(cache, "k", now: 10 * Self.second) == "f:new")
        let key = Array("k".utf8)
        cache.markUnkept(key, hash: key.withUnsafeBytes(ResponseCache.hash), until: 20 * Self.second, now: 0)
        #expect(Self.look(cache, "k", now: 19 * Self.second) == "x")
        #expect(Self.look(cache, "k", now: 20 * Self.second) == "-")
    }

    @Test func keysWithEqualHashesAreTold() {
        let cache = ResponseCache(limit: 1_000_000)
        for i in 0..<200 { Self.put(cache, "key-\(i)", Self.answer("\(i)"), hash: i % 3, now: 0) }
        #expect(cache.count == 200)
        for i in stride(from: 0, to: 200, by: 2) { cache.remove(Array("key-\(i)".utf8), hash: i % 3) }
        for i in 0..<200 {
            #expect(Self.look(cache, "key-\(i)", hash: i % 3, now: 1) == (i % 2 == 0 ? "-" : "f:\(i)"))
        }
    }

    @Test func whatIsUsedStays() {
        let cost = ResponseCache.overhead + 5
        let cache = ResponseCache(limit: 10 * cost)
        for i in 10..<20 { Self.put(cache, "k-\(i)", Self.answer("b"), now: 0) }
        #expect(cache.count == 10)
        for i in [10, 13, 15] { _ = Self.look(cache, "k-\(i)", now: 1) }
        for i in 20..<27 { Self.put(cache, "k-\(i)", Self.answer("b"), now: 1) }
        for i in [10, 13, 15] { #expect(Self.look(cache, "k-\(i)", now: 2) == "f:b", "k-\(i)") }
        for i in [11, 12, 14, 16, 17, 18, 19] { #expect(Self.look(cache, "k-\(i)", now: 2) == "-", "k-\(i)") }
        #expect(cache.evictions == 7)
    }

    @Test func whatIsTooLargeIsNotKept() {
        let cache = ResponseCache(limit: 2000)
        Self.put(cache, "small", Self.answer("b"), now: 0)
        #expect(!Self.put(cache, "large", Self.answer(String(repeating: "x", count: 2000)), now: 0))
        #expect(Self.look(cache, "small", now: 1) == "f:b")
        #expect(!Self.put(cache, "late", Self.answer("b", Self.plan(0)), now: 0))
    }

    /// Against a plain list: what is found was put there last, and no more bytes are used than allowed.
    @Test func randomUse() {
        let seed = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap(UInt64.init) ?? .random(in: 0...(.max))
        var random = SplitMix(state: seed)
        for limit in [3000, 20_000, 200_000] {
            let cache = ResponseCache(limit: limit)
            var truth: [String: (body: String, until: Int64)] = [:]
            var now: Int64 = 0
            var found = 0
            for step in 0..<8000 {
                now += Int64(random.next() % 200_000_000)
                let key = "key-\(random.next() % 97)"
                let hash = Int(truncatingIfNeeded: key.utf8.reduce(7) { $0 &* 31 &+ Int($1) }) % 40
                switch random.next() % 8 {
                case 0, 1, 2:
                    let body = "\(step)" + String(repeating: "x", count: Int(random.next() % 300))
                    let kept = Self.answer(body, Self.plan(Int64(random.next() % 20)), now: now)
                    Self.put(cache, key, kept, hash: hash, now: now)
                    truth[key] = (body, kept.freshUntil)
                case 3:
                    cache.remove(Array(key.utf8), hash: hash)
                    truth[key] = nil
                default:
                    let seen = Self.look(cache, key, hash: hash, now: now)
                    if let known = truth[key], now < known.until {
                        #expect(seen == "f:" + known.body || seen == "-", "seed \(seed), step \(step)")
                        if seen != "-" { found += 1 }
                    } else {
                        #expect(seen == "-", "seed \(seed), step \(step)")
                    }
                }
                #expect(cache.bytes <= limit && cache.bytes >= cache.count * ResponseCache.overhead, "seed \(seed)")
            }
            #expect(found > 0, "seed \(seed)")
            cache.removeAll()
            #expect(cache.count == 0 && cache.bytes == 0)
        }
    }

    private struct SplitMix {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    // MARK: What a partner says

    private static func head(_ fields: [String]) -> MessageHead {
        let head = MessageHead()
        let text = fields.map { $0 + "\r\n" }.joined()
        let bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { if let base = $0.baseAddress { head.assign(base, $0.count) } }
        var start = 0
        for field in fields {
            let name = field.prefix { $0 != ":" }.utf8.count
            let known = KnownHeader.named(UnsafePointer(head.bytes) + start, name)
            _ = head.append(
                MessageHead.Field(
                    nameStart: UInt32(start), nameCount: UInt32(name), valueStart: UInt32(start + name + 2),
                    valueCount: UInt32(field.utf8.count - name - 2), known: known))
            start += field.utf8.count + 2
        }
        return head
    }

    @Test(
        arguments: [
            (["Content-Type: text/plain"], true, nil, true),
            (["Cache-Control: no-store"], false, nil, true),
            (["cache-control: max-age=60, PRIVATE"], false, 60, true),
            (["Cache-Control: private=\"x, y\", max-age=60"], false, 60, true),
            (["Cache-Control: no-cache=\"set-cookie\""], false, nil, true),
            (["Cache-Control: max-age=60"], true, 60, true),
            (["Cache-Control: max-age=\"60\""], true, 60, true),
            (["Cache-Control: max-age=60, max-age=30"], true, 30, true),
            (["Cache-Control: max-age=99999999999999999999"], true, 1 << 31, true),
            (["Cache-Control: max-age=60", "Cache-Control: s-maxage=5"], true, 5, true),
            (["Cache-Control: max-age=0"], false, 0, true),
            (["Cache-Control: max-age=-1"], false, 0, true),
            (["Cache-Control: max-age"], false, 0, true),
            (["Cache-Control: ext=\"no-store, a\\\"b\", max-age=7"], true, 7, true),
            (["Cache-Control: \"", "Cache-Control: =,=,,"], true, nil, true),
            (["Cache-Control: public, must-revalidate"], true, nil, false),
            (["Cache-Control: max-age=60", "Age: 20"], true, 60, true),
            (["Cache-Control: max-age=60", "Age: 60"], false, 60, true),
            (["Expires: Sun, 06 Nov 1994 08:49:37 GMT"], false, 0, true),
            (["Expires: 0"], false, 0, true),
            (["Expires: Fri, 01 Jan 2100 00:00:00 GMT", "Cache-Control: max-age=9"], true, 9, true),
            (["Set-Cookie: a=b"], false, nil, true),
            (["Vary: *"], false, nil, true),
            (["Vary: Accept-Encoding, accept"], true, nil, true),
            (["Vary: Accept-Language", "Vary: Authorization, Cookie"], true, nil, true),
            (["Vary: Accept, X-Tenant"], false, nil, true),
            (["Content-Range: bytes 0-1/2"], false, nil, true),
        ] as [([String], Bool, Int64?, Bool)])
    func termsAreRead(_ fields: [String], _ isKept: Bool, _ lifetime: Int64?, _ mayBeStale: Bool) {
        let terms = KeepingTerms(Self.head(fields), wallClock: 1_800_000_000 * Self.second)
        #expect(terms.isKept == isKept)
        #expect(terms.lifetime == lifetime.map { $0 * Self.second })
        #expect(terms.mayBeStale == mayBeStale)
    }

    @Test func termsShortenTheTime() {
        let now: Int64 = 1000 * Self.second
        let plan = Self.plan(100, onError: 50, revalidating: 20)
        func kept(_ fields: String...) -> KeptAnswer {
            Self.answer("", plan, KeepingTerms(Self.head(fields), wallClock: 0), now: now)
        }
        #expect(kept().freshUntil == now + 100 * Self.second)
        #expect(kept("Cache-Control: max-age=500").freshUntil == now + 100 * Self.second)
        #expect(kept("Cache-Control: max-age=30", "Age: 10").freshUntil == now + 20 * Self.second)
        #expect(kept("Cache-Control: max-age=30", "Age: 10").age(now) == 10)
        #expect(kept().lastUse == now + 150 * Self.second)
        #expect(kept("Cache-Control: must-revalidate").lastUse == now + 100 * Self.second)
    }
}

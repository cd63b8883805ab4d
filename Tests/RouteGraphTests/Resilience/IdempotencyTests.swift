import Glibc
import RouteGraph
import Testing

/// The decisions of `idempotency`, on a clock that the tests move.
@Suite struct IdempotencyTests {
    private static func digest(_ text: String) -> Digest256 {
        Digest256((Array(text.utf8) + [UInt8](repeating: 0, count: 32)).prefix(32).map { $0 }) ?? .zero
    }

    private static func call(
        _ ticket: UInt64, _ request: String = "r", waits: Bool = true, retries: Bool = false
    ) -> Reservation {
        Reservation(
            key: digest("k"), fingerprint: digest(request), ticket: ticket, waits: waits, retriesUnknown: retries,
            keep: 100)
    }

    private static func record(answered: Bool, request: String = "r", expires: Int64 = 100) -> IdempotencyLedger.Record
    {
        .init(fingerprint: digest(request), isAnswered: answered, expires: expires)
    }

    // MARK: Keys

    @Test(
        arguments: [
            ("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("8e03978e-40d5", "8e03978e-40d5"), ("\"with space\"", "with space"), (#""a\"b\\c""#, #"a"b\c"#),
            ("", nil), ("\"\"", nil), ("\"open", nil), ("\"a\" b", nil), (#""a\n""#, nil), ("\"a\\", nil),
            ("two words", nil),
            ("a,b", nil), ("a;b=1", nil), ("\"tab\there\"", nil), ("gr\u{FC}n", nil), ("\"gr\u{FC}n\"", nil),
        ] as [(String, String?)])
    func aKeyIsAStringOrAToken(_ value: String, _ key: String?) {
        let read = Array(value.utf8).withUnsafeBufferPointer { IdempotencyKey.read($0) }
        #expect(read == key.map { Array($0.utf8) })
    }

    @Test func aKeyIsBounded() {
        func read(_ text: String) -> Int? {
            Array(text.utf8).withUnsafeBufferPointer { IdempotencyKey.read($0)?.count }
        }
        let longest = String(repeating: "k", count: IdempotencyKey.longest)
        #expect(read(longest) == 255 && read("\"\(longest)\"") == 255)
        #expect(read(longest + "k") == nil && read("\"\(longest)k\"") == nil)
    }

    // MARK: The ledger

    @Test func theFirstRunsAndTheOthersWait() {
        var ledger = IdempotencyLedger()
        #expect(ledger.ask(Self.call(1), stored: nil, wallClock: 0) == .run)
        #expect(ledger.ask(Self.call(2), stored: nil, wallClock: 0) == .wait)
        #expect(ledger.ask(Self.call(3, waits: false), stored: nil, wallClock: 0) == .inProgress)
        #expect(ledger.ask(Self.call(4, "other"), stored: nil, wallClock: 0) == .reused)
        #expect(ledger.ask(Self.call(5), stored: nil, wallClock: 0) == .wait)
        ledger.withdraw(Self.digest("k"), ticket: 2)
        #expect(ledger.answered(Self.digest("k")).map(\.ticket) == [5])
        #expect(ledger.runs.isEmpty)
    }

    @Test func aStoredRecordDecidesUntilItsTimeIsOver() {
        let answered = Self.record(answered: true)
        for (now, request, decision) in [
            (0, "r", .replay), (99, "r", .replay), (99, "other", .reused), (100, "r", .run), (100, "other", .run),
        ] as [(Int64, String, IdempotencyLedger.Decision)] {
            var ledger = IdempotencyLedger()
            #expect(ledger.ask(Self.call(1, request), stored: answered, wallClock: now) == decision)
        }
        let lost = Self.record(answered: false)
        for (retries, request, decision) in [
            (false, "r", .unknown), (true, "r", .run), (true, "other", .reused), (false, "other", .reused),
        ] as [(Bool, String, IdempotencyLedger.Decision)] {
            var ledger = IdempotencyLedger()
            #expect(ledger.ask(Self.call(1, request, retries: retries), stored: lost, wallClock: 0) == decision)
        }
    }

    @Test func aReleasedKeyGoesToTheNext() {
        var ledger = IdempotencyLedger()
        for ticket in 1...3 as ClosedRange<UInt64> { _ = ledger.ask(Self.call(ticket), stored: nil, wallClock: 0) }
        #expect(ledger.ended(Self.digest("k"), .released) == .init(next: Self.call(2)))
        #expect(ledger.ask(Self.call(4), stored: nil, wallClock: 0) == .wait)
        #expect(ledger.ended(Self.digest("k"), .unknown) == .init(refused: [Self.call(3), Self.call(4)]))
        #expect(ledger.runs.isEmpty)
        #expect(ledger.ended(Self.digest("k"), .released) == .init())
    }

    @Test func anUnknownOutcomeMayBeTriedAgain() {
        var ledger = IdempotencyLedger()
        for ticket in 1...3 as ClosedRange<UInt64> {
            _ = ledger.ask(Self.call(ticket, retries: true), stored: nil, wallClock: 0)
        }
        #expect(ledger.ended(Self.digest("k"), .unknown) == .init(next: Self.call(2, retries: true)))
        #expect(ledger.runs[Self.digest("k")]?.waiting.map(\.ticket) == [3])
    }

    @Test func aLineIsBounded() {
        var ledger = IdempotencyLedger()
        for ticket in 0...UInt64(IdempotencyLedger.longestLine) {
            let decision = ledger.ask(Self.call(ticket), stored: nil, wallClock: 0)
            #expect(decision == (ticket == 0 ? .run : .wait))
        }
        #expect(ledger.ask(Self.call(9999), stored: nil, wallClock: 0) == .inProgress)
    }

    /// Whatever happens in whatever order, there is never more than one call that may go out, and nobody who waits is forgotten.
    @Test func thereIsOneHolder() {
        let seed = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...999_999_999)
        print("idempotency ledger: WAYBILL_SEED=\(seed)")
        var jitter = Jitter(seed: seed)
        func roll(_ sides: Int64) -> Int64 { jitter.below(sides) }
        for _ in 0..<200 {
            var ledger = IdempotencyLedger()
            var stored: IdempotencyLedger.Record?
            var holder: UInt64?
            var waiting: Set<UInt64> = []
            for ticket in 1...60 as ClosedRange<UInt64> {
                switch roll(6) {
                case 0...2:
                    switch ledger.ask(Self.call(ticket), stored: stored, wallClock: 0) {
                    case .run:
                        #expect(holder == nil && stored == nil)
                        holder = ticket
                    case .wait:
                        #expect(holder != nil)
                        waiting.insert(ticket)
                    case .replay: #expect(stored?.isAnswered == true)
                    case .unknown: #expect(stored?.isAnswered == false)
                    case .reused, .inProgress: Issue.record("nobody asked for that")
                    }
                case 3 where holder != nil:
                    let told = Set(ledger.answered(Self.digest("k")).map(\.ticket))
                    #expect(told == waiting)
                    (holder, waiting, stored) = (nil, [], Self.record(answered: true))
                case 4 where holder != nil:
                    let handover = ledger.ended(Self.digest("k"), .released)
                    #expect((handover.next == nil) == waiting.isEmpty && handover.refused.isEmpty)
                    holder = handover.next?.ticket
                    if let holder { waiting.remove(holder) }
                case 5 where !waiting.isEmpty:
                    let gone = waiting.removeFirst()
                    ledger.withdraw(Self.digest("k"), ticket: gone)
                default: stored = holder == nil ? nil : stored
                }
            }
        }
    }
}

import Glibc
import Testing

@testable import DNS

/// What is read out of answers, good and bad.
@Suite struct AnswerReaderTests {
    private static let one: [UInt8] = [192, 0, 2, 1]

    private static func build(
        flags: UInt16 = 0x8180, answers: UInt16 = 0, authorities: UInt16 = 0, question: String = "bank.example",
        type: UInt16 = 1, _ rest: (inout MessageBuilder) -> Void = { _ in }
    ) -> [UInt8] {
        var builder = MessageBuilder(flags: flags, answers: answers, authorities: authorities)
        builder.question(question, type)
        rest(&builder)
        return builder.bytes
    }

    private static func read(_ bytes: [UInt8], _ type: RecordType = .ipv4) -> Reply {
        AnswerReader.read(bytes, name: "bank.example", type: type)
    }

    @Test func addressesWithTheLeastTime() {
        let bytes = Self.build(answers: 2, question: "BANK.Example") {
            $0.record("bank.example", 1, seconds: 60, Self.one)
            $0.record("Bank.EXAMPLE", 1, seconds: 30, [192, 0, 2, 2])
        }
        #expect(Self.read(bytes) == .addresses([address("192.0.2.1"), address("192.0.2.2")], seconds: 30))
        #expect(AnswerReader.read(bytes, name: "bank.example.", type: .ipv4) == Self.read(bytes))
        let six = Self.build(answers: 1, type: 28) {
            $0.record("bank.example", 28, seconds: 7, address("2001:db8::1").bytes)
        }
        #expect(Self.read(six, .ipv6) == .addresses([address("2001:db8::1")], seconds: 7))
        #expect(address("2001:db8::1").description == "2001:db8::1")
    }

    @Test func namesThatStandForOthers() {
        let bytes = Self.build(answers: 4) {
            $0.record("bank.example", 5, seconds: 300, MessageBuilder.encoded("a.cdn.example"))
            $0.record("a.cdn.example", 5, seconds: 20, MessageBuilder.encoded("b.cdn.example"))
            $0.record("b.cdn.example", 1, seconds: 60, Self.one)
            $0.record("stranger.example", 1, seconds: 1, [203, 0, 113, 9])
        }
        #expect(Self.read(bytes) == .addresses([address("192.0.2.1")], seconds: 20))
    }

    @Test func compressedNames() {
        let bytes = Self.build(answers: 2) {
            $0.bytes += [0xC0, 12]
            // An alias below the domain of the question, which begins at 12 and has its second label at 17.
            $0.fields(5, seconds: 9, [3] + Array("www".utf8) + [0xC0, 17])
            $0.record("www.example", 1, seconds: 60, Self.one)
        }
        #expect(Self.read(bytes) == .addresses([address("192.0.2.1")], seconds: 9))
    }

    @Test func absence() {
        let zone: (inout MessageBuilder) -> Void = {
            $0.record("example", 6, seconds: 600, MessageBuilder.zone(minimum: 120))
        }
        #expect(Self.read(Self.build(flags: 0x8183, authorities: 1, zone)) == .absent(seconds: 120))
        #expect(Self.read(Self.build(authorities: 1, zone)) == .absent(seconds: 120))
        #expect(Self.read(Self.build(flags: 0x8183)) == .absent(seconds: nil))
        let alias = Self.build(answers: 1, authorities: 1) {
            $0.record("bank.example", 5, seconds: 300, MessageBuilder.encoded("gone.example"))
            zone(&$0)
        }
        #expect(Self.read(alias) == .absent(seconds: 120))
        let short = Self.build(flags: 0x8183, authorities: 1) { $0.record("example", 6, seconds: 600, [0, 0, 1]) }
        #expect(Self.read(short) == .absent(seconds: nil))
    }

    @Test func timesBeyondAllBoundsAreNone() {
        let bytes = Self.build(answers: 1) { $0.record("bank.example", 1, seconds: 0x8000_0001, Self.one) }
        #expect(Self.read(bytes) == .addresses([address("192.0.2.1")], seconds: 0))
    }

    /// `0.0.0.0` would lead back to this machine.
    @Test func addressesOfNobodyAreLeftOut() {
        let bytes = Self.build(answers: 4) {
            for data: [UInt8] in [[0, 0, 0, 0], [224, 0, 0, 1], [255, 255, 255, 255], Self.one] {
                $0.record("bank.example", 1, seconds: 60, data)
            }
        }
        #expect(Self.read(bytes) == .addresses([address("192.0.2.1")], seconds: 60))
    }

    @Test func thousandsOfAddressesAreCutOff() {
        let bytes = Self.build(answers: 1500) {
            for i in 0..<1500 { $0.record("bank.example", 1, seconds: 60, [10, 1, UInt8(i / 250), UInt8(i % 250)]) }
        }
        guard case .addresses(let all, 60) = Self.read(bytes) else {
            Issue.record("no addresses")
            return
        }
        #expect(all.count == AnswerReader.addressLimit)
    }

    struct Hostile: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
    }

    static let hostile: [Hostile] = [
        Hostile(testDescription: "nothing", bytes: []),
        Hostile(testDescription: "half a head", bytes: [0x12, 0x34, 0x81, 0x80, 0, 1]),
        Hostile(testDescription: "a head alone that counts", bytes: MessageBuilder(answers: 5).bytes),
        Hostile(testDescription: "a question", bytes: build(flags: 0x0100)),
        Hostile(testDescription: "another operation", bytes: build(flags: 0xA980)),
        Hostile(testDescription: "cut off", bytes: build(flags: 0x8380)),
        Hostile(testDescription: "server failure", bytes: build(flags: 0x8182)),
        Hostile(testDescription: "refused", bytes: build(flags: 0x8185)),
        Hostile(testDescription: "another name", bytes: build(question: "bank.example.org")),
        Hostile(testDescription: "another type", bytes: build(type: 28)),
        Hostile(
            testDescription: "no question",
            bytes: {
                var builder = MessageBuilder(questions: 0, answers: 1)
                builder.record("bank.example", 1, seconds: 60, one)
                return builder.bytes
            }()),
        Hostile(
            testDescription: "two questions",
            bytes: {
                var builder = MessageBuilder(questions: 2)
                builder.question("bank.example")
                builder.question("bank.example")
                return builder.bytes
            }()),
        Hostile(
            testDescription: "another class",
            bytes: {
                var builder = MessageBuilder()
                builder.question("bank.example", kind: 3)
                return builder.bytes
            }()),
        Hostile(
            testDescription: "a pointer to itself",
            bytes: build(answers: 1) {
                let here = UInt8($0.bytes.count)
                $0.bytes += [0xC0, here]
                $0.fields(1, seconds: 60, one)
            }),
        Hostile(
            testDescription: "two pointers to each other",
            bytes: build(answers: 1) {
                let here = UInt8($0.bytes.count)
                $0.bytes += [0xC0, here + 2, 0xC0, here]
                $0.fields(1, seconds: 60, one)
            }),
        Hostile(
            testDescription: "a pointer past the end",
            bytes: build(answers: 1) {
                $0.bytes += [0xFF, 0xFF]
                $0.fields(1, seconds: 60, one)
            }),
        Hostile(
            testDescription: "an unknown kind of label",
            bytes: build(answers: 1) {
                $0.bytes += [0x80, 1, 0]
                $0.fields(1, seconds: 60, one)
            }),
        Hostile(
            testDescription: "a record longer than the message",
            bytes: build(answers: 1) {
                $0.name("bank.example")
                $0.fields(1, seconds: 60, one, length: 4000)
            }),
        Hostile(
            testDescription: "an address of three bytes",
            bytes: build(answers: 1) { $0.record("bank.example", 1, seconds: 60, [192, 0, 2]) }),
        Hostile(
            testDescription: "an address of sixteen bytes by IPv4",
            bytes: build(answers: 1) { $0.record("bank.example", 1, seconds: 60, [UInt8](repeating: 1, count: 16)) }),
        Hostile(
            testDescription: "fewer records than counted",
            bytes: build(answers: 2) { $0.record("bank.example", 1, seconds: 60, one) }),
        Hostile(
            testDescription: "an alias without a name",
            bytes: build(answers: 1) { $0.record("bank.example", 5, seconds: 60, []) }),
        Hostile(
            testDescription: "an alias of itself",
            bytes: build(answers: 1) {
                $0.record("bank.example", 5, seconds: 60, MessageBuilder.encoded("bank.example"))
            }),
        Hostile(
            testDescription: "aliases in a circle",
            bytes: build(answers: 2) {
                $0.record("bank.example", 5, seconds: 60, MessageBuilder.encoded("other.example"))
                $0.record("other.example", 5, seconds: 60, MessageBuilder.encoded("bank.example"))
            }),
        Hostile(
            testDescription: "more aliases than anybody needs",
            bytes: build(answers: 40) { builder in
                for i in 0..<40 {
                    builder.record(
                        i == 0 ? "bank.example" : "n\(i).example", 5, seconds: 60,
                        MessageBuilder.encoded("n\(i + 1).example"))
                }
            }),
    ]

    @Test(arguments: hostile) func hostileAnswersAreFailures(_ test: Hostile) {
        guard case .failed = Self.read(test.bytes) else {
            Issue.record("\(Self.read(test.bytes))")
            return
        }
    }

    /// Any bytes, and good answers with some bytes changed, cut or doubled: nothing but a reply comes of them, in time.
    @Test func anyBytesAreSurvived() {
        let seed = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("dns answers: WAYBILL_SEED=\(seed)")
        var random = SplitMix(state: seed)
        let good = Self.build(answers: 3, authorities: 1) {
            $0.bytes += [0xC0, 12]
            $0.fields(5, seconds: 9, [3] + Array("www".utf8) + [0xC0, 17])
            $0.record("www.example", 1, seconds: 60, Self.one)
            $0.record("www.example", 1, seconds: 60, [192, 0, 2, 7])
            $0.record("example", 6, seconds: 600, MessageBuilder.zone(minimum: 120))
        }
        var counts = [0, 0, 0]
        for round in 0..<20_000 {
            var bytes = round % 4 == 0 ? (0..<Int.random(in: 0...200, using: &random)).map { _ in random.byte() } : good
            if round % 4 != 0 {
                for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = random.byte()
                    case 1: bytes[place] = [0, 0xFF, 0xC0, 0x3F, 0x7F, 0x80][Int.random(in: 0..<6, using: &random)]
                    case 2: bytes.removeSubrange(place...)
                    default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                    }
                }
            }
            switch Self.read(bytes) {
            case .addresses(let all, _):
                #expect(!all.isEmpty && all.allSatisfy { !$0.isIPv6 })
                counts[0] += 1
            case .absent: counts[1] += 1
            case .failed: counts[2] += 1
            }
        }
        print("dns answers changed at random: \(counts[0]) addresses, \(counts[1]) absent, \(counts[2]) refused")
        #expect(counts[2] > 5000)
    }
}

/// A generator that repeats itself from its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}

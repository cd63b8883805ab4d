import Audit
import Documents
import Foundation
import Testing

@Suite struct AuditLineBuilderTests {
    private func line(_ body: (AuditLineBuilder) -> Void) -> String {
        let builder = AuditLineBuilder()
        builder.begin()
        body(builder)
        return String(decoding: builder.end(), as: UTF8.self)
    }

    @Test func membersListsAndObjects() {
        let text = line {
            $0.text("a", "x")
            $0.integer("b", -7)
            $0.boolean("c", true)
            $0.text("d", nil as String?)
            $0.beginObject("e")
            $0.integer("f", 1)
            $0.beginList("g")
            $0.element(1)
            $0.element("two")
            $0.beginObject()
            $0.endObject()
            $0.endList()
            $0.endObject()
            $0.text("h", "static" as StaticString)
        }
        #expect(text == #"{"a":"x","b":-7,"c":true,"e":{"f":1,"g":[1,"two",{}]},"h":"static"}"#)
    }

    @Test func emptyObjectAndReuse() {
        let builder = AuditLineBuilder()
        builder.begin()
        builder.text("long", String(repeating: "y", count: 5000))
        _ = builder.end()
        builder.begin()
        #expect(String(decoding: builder.end(), as: UTF8.self) == "{}")
    }

    @Test func nothingFromTheNetworkBreaksTheLine() throws {
        let hostile: [[UInt8]] = [
            Array("a\"b\\c\r\n\u{0}\u{1F}\u{7F}é漢😀".utf8), [0xFF, 0xFE, 0x41], [0xC3], [0xED, 0xA0, 0x80], [],
            Array(#"","seq":9,"prev":""#.utf8),
        ]
        for bytes in hostile {
            let text = line { builder in bytes.withUnsafeBufferPointer { builder.text("t", $0) } }
            #expect(!text.utf8.contains(10))
            let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
            #expect(object["t"] == String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func integersOfEveryLength() {
        var values = [0, -1, .max, .min]
        var power = 1
        for _ in 0..<18 {
            power *= 10
            values += [power - 1, power, power + 1, power * 9 - 1, -power, power / 3, power / 7]
        }
        for value in values {
            #expect(line { $0.integer("n", value) } == "{\"n\":\(value)}")
            #expect(
                line {
                    $0.beginList("n")
                    $0.element(value)
                    $0.endList()
                } == "{\"n\":[\(value)]}")
        }
    }

    /// Text is looked at eight bytes at a time: what has to be escaped is found wherever it is, and nothing else is.
    @Test func whatMustBeEscapedIsFoundAtEveryPlace() throws {
        let special: [[UInt8]] = [
            [0x22], [0x5C], [0x00], [0x1F], [0x0A], [0x7F], [0x20], [0x80], [0xFF], Array("é".utf8),
        ]
        for count in 0...20 {
            for place in 0...count {
                for bytes in special {
                    let plain = [UInt8](repeating: UInt8(ascii: "~"), count: count)
                    let text = Array(plain[..<place]) + bytes + Array(plain[place...])
                    let written = line { builder in text.withUnsafeBufferPointer { builder.text("t", $0) } }
                    let object = try #require(
                        JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: String])
                    #expect(object["t"] == String(decoding: text, as: UTF8.self), "\(text)")
                }
            }
        }
    }

    @Test func membersOfAnotherLineAreCopied() {
        let other = AuditLineBuilder()
        other.begin()
        other.text("a", "x")
        other.integer("b", 1)
        let members = Array(other.end().dropFirst().dropLast()) + [UInt8(ascii: ",")]
        let text = line { builder in
            members.withUnsafeBufferPointer { builder.members($0) }
            builder.boolean("c", false)
        }
        #expect(text == #"{"a":"x","b":1,"c":false}"#)
    }

    /// One builder for many times, so that the second it keeps is used and left.
    @Test func timesFollowTheClockBackAndForth() {
        let builder = AuditLineBuilder()
        let start: Int64 = 1_795_271_107_123_456_000
        for step in [0, 1_000, 876_543_999, 876_544_000, -123_456_000, -123_457_000, 86_400_000_000_000, 0] as [Int64] {
            builder.begin()
            builder.time("t", nanoseconds: start + step)
            let expected = "{\"t\":\"\(UTCTime(nanoseconds: start + step).description)\"}"
            #expect(String(decoding: builder.end(), as: UTF8.self) == expected)
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_000_999, "2000-02-29T00:00:00.000000Z"),
            (1_795_271_107_123_456_789, "2026-11-21T14:25:07.123456Z"), (-1_000, "1969-12-31T23:59:59.999999Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func times(nanoseconds: Int64, text: String) {
        #expect(UTCTime(nanoseconds: nanoseconds).description == text)
    }
}

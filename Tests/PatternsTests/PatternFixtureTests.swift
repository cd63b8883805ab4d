import Foundation
import Testing

@testable import Patterns

/// Tables of patterns, texts and verdicts: `ecmascript.json` holds what a JavaScript engine answers, `xmlschema.json`
/// what libxml2 answers. Six verdicts were corrected by hand: libxml2 takes ideographs for no letters and refuses the
/// empty text for `(a{0,2}b?){2}`, and JavaScript looks for `\B` inside a surrogate pair.
@Suite struct PatternFixtureTests {
    struct Fixture: Decodable {
        struct Case: Decodable {
            var pattern: String
            var flags: String
            /// `1` or `0` for each text.
            var verdicts: String
        }
        var texts: [String]
        var cases: [Case]
        var syntax: [String]
        var notRegular: [String]
    }

    static func load(_ name: String) throws -> Fixture {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appending(path: "Fixtures/Patterns/\(name).json")
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }

    @Test(arguments: [("ecmascript", Pattern.Dialect.ecmaScript), ("xmlschema", .xmlSchema)])
    func verdicts(name: String, dialect: Pattern.Dialect) throws {
        let fixture = try Self.load(name)
        var right = 0
        var wrong: [String] = []
        for item in fixture.cases {
            do throws(PatternError) {
                let pattern = try Pattern(item.pattern, dialect: dialect, flags: item.flags)
                for (text, verdict) in zip(fixture.texts, item.verdicts) {
                    if pattern.matches(text) == (verdict == "1") {
                        right += 1
                    } else {
                        wrong.append("/\(item.pattern)/\(item.flags) on \(text.debugDescription): not \(verdict)")
                    }
                }
            } catch {
                wrong.append("/\(item.pattern)/\(item.flags): \(error.message)")
            }
        }
        print("patterns \(name): \(right)/\(fixture.cases.count * fixture.texts.count)")
        #expect(wrong.isEmpty, "\(wrong.prefix(40).joined(separator: "\n"))")
    }

    @Test(arguments: [("ecmascript", Pattern.Dialect.ecmaScript), ("xmlschema", .xmlSchema)])
    func refusals(name: String, dialect: Pattern.Dialect) throws {
        let fixture = try Self.load(name)
        for (sources, kind) in [(fixture.syntax, PatternError.Kind.syntax), (fixture.notRegular, .notRegular)] {
            for source in sources {
                do throws(PatternError) {
                    _ = try Pattern(source, dialect: dialect)
                    Issue.record("\(source) was accepted")
                } catch {
                    #expect(error.kind == kind, "\(source): \(error.message)")
                    #expect(error.range.lowerBound >= 0 && error.range.upperBound <= source.utf8.count, "\(source)")
                    #expect(!error.message.isEmpty)
                }
            }
        }
    }

    /// The machine with threads, which runs when an automaton would be too large, gives the automaton's verdicts; and
    /// the machine that finds groups finds a match in the texts that have one.
    @Test(arguments: [("ecmascript", Pattern.Dialect.ecmaScript), ("xmlschema", .xmlSchema)])
    func machinesAgree(name: String, dialect: Pattern.Dialect) throws {
        let fixture = try Self.load(name)
        var compared = 0
        for item in fixture.cases {
            let pattern = try Pattern(item.pattern, dialect: dialect, flags: item.flags)
            if pattern.compiled.program.hasLooks { continue }
            for var text in fixture.texts {
                let verdict = pattern.matches(text)
                let (threads, group) = text.withUTF8 { bytes in
                    (ThreadRun.matches(bytes, pattern.compiled), pattern.firstMatch(in: bytes) != nil)
                }
                compared += 1
                #expect(
                    threads == verdict && group == verdict, "/\(item.pattern)/\(item.flags) on \(text.debugDescription)"
                )
            }
        }
        #expect(compared > 5_000)
    }

    @Test func errorsPointAtTheirPlace() throws {
        let cases: [(String, Pattern.Dialect, Range<Int>)] = [
            ("^é(a)\\1$", .ecmaScript, 6..<8), ("ab)", .ecmaScript, 2..<3), ("a[b", .xmlSchema, 1..<2),
            ("x\\qy", .xmlSchema, 1..<3), ("a{3,1}", .xmlSchema, 1..<6), ("é\\p{Nope}", .ecmaScript, 2..<10),
            ("a(?<x>b)\\k<x>", .ecmaScript, 8..<13),
        ]
        for (source, dialect, range) in cases {
            do throws(PatternError) {
                _ = try Pattern(source, dialect: dialect)
                Issue.record("\(source) was accepted")
            } catch {
                #expect(error.range == range, "\(source)")
            }
        }
        #expect(throws: PatternError.self) { try Pattern("a", dialect: .xmlSchema, flags: "i") }
        #expect(throws: PatternError.self) { try Pattern("a", dialect: .xpath, flags: "u") }
    }

    @Test func contractsMayEscapePunctuation() throws {
        let lenient = try Pattern("^{[0-9A-F]+}\\-\\_\\@\\\"]$", dialect: .ecmaScript)
        #expect(lenient.matches("{0F}-_@\"]"))
        let xml = try Pattern("a}", dialect: .xmlSchema)
        #expect(xml.matches("a}"))
    }

    @Test func invalidBytesNeverMatch() throws {
        let patterns = [try Pattern("", dialect: .ecmaScript), try Pattern("[^a]*", dialect: .xmlSchema)]
        let bad: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0x62, 0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
            [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x28, 0x80], [0x62, 0x62, 0xFE, 0x62],
        ]
        for bytes in bad {
            for pattern in patterns {
                bytes.withUnsafeBufferPointer {
                    #expect(!pattern.matches($0), "\(bytes)")
                    #expect(!ThreadRun.matches($0, pattern.compiled))
                }
            }
        }
        for value in [UInt32(0x7F), 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF] {
            let scalar = try #require(Unicode.Scalar(value))
            #expect(try Pattern("^\\u{\(String(value, radix: 16))}$", dialect: .ecmaScript).matches(String(scalar)))
        }
    }
}

import Documents
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-1.50e+3", "\"\"", "[]", "{}", "[1,[2,[]],{}]",
        #"{"a":{"b":[{"c":null},{"d":12.10}]},"e":""}"#, #"["a\"b\\c\n\u0001"]"#, #"{"":1," ":2}"#,
        "\"Grüße, 世界 🌍 und mehr davon, länger als ein Wort\"",
    ])
    func compactTextsComeBackAsTheyWere(text: String) throws {
        #expect(try json(text).compact == text)
    }

    @Test func resolvesEscapes() throws {
        let document = try json(#"  {"a\u0062" : "\u00e9\ud83c\udf0d\/\b\f\n\r\t\"\\ tail \u0041" }  "#)
        #expect(document.nameString(1) == "ab")
        #expect(document.string(1) == "é🌍/\u{8}\u{C}\n\r\t\"\\ tail A")
        #expect(document[1].flags & Document.NodeFlags.escaped != 0)
        #expect(try json(#""plain""#)[0].flags == 0)
    }

    @Test func acceptsAByteOrderMark() throws {
        #expect(try parse(.json, [0xEF, 0xBB, 0xBF] + Array("[1]".utf8)).compact == "[1]")
        #expect(refusal(.json, [0xEF, 0xBB, 0xBF]) == .syntax)
    }

    @Test(arguments: [
        (#""\ud800""#, DocumentError.Reason.encoding), (#""\udc00""#, .encoding), (#""\ud800\u0041""#, .encoding),
        (#""\ud800x""#, .encoding), (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
        ("01", .number), ("-", .number), ("1.", .number), ("1e", .number), (".5", .syntax), ("[1,]", .syntax),
        ("{\"a\":1,}", .syntax), ("[1 2]", .syntax), ("\"a\u{1}\"", .syntax), ("\"a\u{0}\"", .syntax), ("nul", .syntax),
        ("[", .syntax), ("{\"a\"", .syntax), ("\"abc", .syntax), ("", .syntax), ("  ", .syntax), ("1 1", .syntax),
        (#""\x""#, .syntax), (#""\u12G4""#, .syntax), ("\u{0}", .syntax), ("[1]\u{0}", .syntax), ("'a'", .syntax),
        ("{\"a\":}", .syntax), ("{1:2}", .syntax), (#""\"#, .syntax), (#""\u"#, .syntax), ("NaN", .syntax),
    ])
    func refuses(text: String, reason: DocumentError.Reason) {
        #expect(refusal(.json, text) == reason)
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0x80], [0xC3], [0xE2, 0x82],
            [0xF0, 0x9F, 0x8C],
        ] as [[UInt8]])
    func refusesMalformedUTF8(bytes: [UInt8]) {
        #expect(refusal(.json, [0x22] + bytes + [0x22]) == .encoding)
        #expect(refusal(.json, [0x22, 0x5C, 0x6E] + bytes + [0x22]) == .encoding)
        #expect(refusal(.json, [0x22] + bytes) == .encoding)
    }

    @Test func findsDuplicatesInLargeObjects() throws {
        var members = (0..<5000).map { "\"member\($0)\":\($0)" }
        #expect(try json("{" + members.joined(separator: ",") + "}")[0].childCount == 5000)
        members.append("\"member17\":0")
        do {
            _ = try json("{\n" + members.joined(separator: ",\n") + "}")
            Issue.record("a duplicate name was accepted")
        } catch {
            #expect(error.reason == .duplicateKey)
            #expect(error.line == 5002)
            #expect(error.column == 1)
        }
        // Names whose length, first and last letters agree, fewer than are hashed.
        #expect(try json(#"{"aXb":1,"aYb":2,"aZb":3}"#).count == 4)
        #expect(refusal(.json, #"{"aXb":1,"aYb":2,"x":{"aYb":0},"aYb":3}"#) == .duplicateKey)
        for count in [15, 16, 17, 18] {
            let names = (0..<count).map { "\"n\($0)\":{}" } + ["\"n0\":1"]
            #expect(refusal(.json, "{" + names.joined(separator: ",") + "}") == .duplicateKey)
        }
    }

    @Test func keepsHugeNumbersAsText() throws {
        let digits = String(repeating: "7", count: 100_000)
        let document = try json("[\(digits)]")
        #expect(document.text(1).count == 100_000)
        #expect(document.value(1) == .null)
        #expect(document.compact == "[\(digits)]")
        #expect(try json("1E400").compact == "1E400")
    }

    @Test func holdsItsLimits() throws {
        let limits = DocumentLimits(bytes: 1000, depth: 4, nodes: 10, nameLength: 5)
        #expect(refusal(.json, "[[[[]]]]", limits: limits) == nil)
        #expect(refusal(.json, "[[[[[]]]]]", limits: limits) == .depth)
        #expect(refusal(.json, "[1,2,3,4,5,6,7,8,9]", limits: limits) == nil)
        #expect(refusal(.json, "[1,2,3,4,5,6,7,8,9,10]", limits: limits) == .size)
        #expect(refusal(.json, "{\"abcdef\":1}", limits: limits) == .size)
        #expect(refusal(.json, "\"" + String(repeating: "a", count: 1000) + "\"", limits: limits) == .size)
        #expect(refusal(.json, String(repeating: "[", count: 100_000)) == .depth)
        #expect(refusal(.json, String(repeating: "{\"a\":", count: 100_000)) == .depth)
    }

    @Test func tellsLineAndColumn() {
        do {
            _ = try json("{\n  \"ä\": tru }")
            Issue.record("accepted")
        } catch {
            #expect(error.line == 2)
            #expect(error.column == 8)
            #expect(error.offset == 10)
            #expect(error.description == "line 2, column 8: Only `true`, `false` and `null` can stand without quotes.")
        }
    }

    @Test func reusesItsMemory() throws {
        let document = Document()
        for round in 0..<50 {
            let items = (0..<(round * 7 % 40)).map { "\"item \($0)\\n\"" }
            let text = "[" + items.joined(separator: ",") + "]"
            #expect(try parse(.json, Array(text.utf8), into: document).compact == text)
            #expect(throws: DocumentError.self) { try parse(.json, Array("[1,".utf8), into: document) }
            #expect(document.count == 0)
            #expect(try parse(.xml, Array("<a>x</a>".utf8), into: document).string(0) == "x")
        }
        document.trim()
        #expect(document.count == 0)
        #expect(try parse(.json, Array("[1]".utf8), into: document).compact == "[1]")
    }

    @Test func survivesDamagedInput() {
        var random = SeededGenerator.printed("survivesDamagedInput")
        let sample = Array(
            #"{"order":{"id":"A\u00e91","lines":[{"sku":"x","qty":1.50},{"sku":"ü","qty":-2e3}],"ok":true}}"#.utf8)
        let document = Document()
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeLast(Int.random(in: 0..<min(20, bytes.count), using: &random))
                default:
                    let at = Int.random(in: bytes.indices, using: &random)
                    bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: at)
                }
            }
            guard let read = try? parse(.json, bytes, into: document) else { continue }
            // What is accepted has to survive being written and read again.
            let compact = read.compact
            #expect((try? json(compact).compact) == compact)
        }
    }
}

/// Members of the same name in one object.
@Suite struct DuplicateNameTests {
    private func last(_ text: String) throws -> String {
        let document = try parse(
            .json, Array(text.utf8), limits: DocumentLimits(duplicateNames: .lastWins), into: Document())
        let writer = ByteWriter()
        writer.writeJSON(document.value(document.root))
        return writer.string
    }

    @Test func areRefusedUnlessTheLimitsSayWhatTheyMean() {
        #expect(refusal(.json, #"{"a":1,"a":2}"#) == .duplicateKey)
    }

    @Test func theLastOneCounts() throws {
        #expect(try last(#"{"a":1,"b":2,"a":3}"#) == #"{"b":2,"a":3}"#)
        #expect(try last(#"[{"a":{"b":1,"b":2},"a":[1,{"c":1,"c":2}]},5]"#) == #"[{"a":[1,{"c":2}]},5]"#)
        let many = (0..<40).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
        #expect(try last("{\(many),\"n0\":{\"x\":[]}}").hasSuffix(#""n39":39,"n0":{"x":[]}}"#))
    }

    @Test func whatIsLeftIsConsistent() throws {
        let document = try parse(
            .json, Array(#"{"a":[1,2,3],"z":0,"a":[4],"z":{"q":1}}"#.utf8),
            limits: DocumentLimits(duplicateNames: .lastWins), into: Document())
        #expect(document.count == 5)
        #expect(document[0].childCount == 2 && document[0].next == 5)
        #expect(document.child(0, named: "a") == 1 && document[1].next == 3)
        #expect(document.child(0, named: "z") == 3 && document.child(3, named: "q") == 4)
    }
}

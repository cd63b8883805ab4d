import Documents
import Testing

@Suite struct ByteWriterTests {
    private func written(_ body: (ByteWriter) -> Void) -> String {
        let writer = ByteWriter(capacity: 1)
        body(writer)
        return writer.string
    }

    private func withBytes<Result>(_ text: String, _ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
        // One byte more than the text, so that there is memory for an empty one as well.
        let bytes = Array(text.utf8) + [0]
        return bytes.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped, $0.count - 1) }
    }

    @Test func growsAndIsUsedAgain() {
        let writer = ByteWriter(capacity: 1)
        for round in 1...3 {
            writer.clear()
            for k in 0..<(1000 * round) { writer.write(UInt8(truncatingIfNeeded: k)) }
            writer.write("literal")
            writer.write("string \(round)")
            writer.write([1, 2, 3])
            #expect(writer.count == 1000 * round + 7 + 8 + 3)
            #expect(writer.bytes.prefix(1000 * round).enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0) })
        }
        writer.truncate(to: 2)
        #expect(Array(writer.bytes) == [0, 1])
        writer.truncate(to: 50)
        #expect(writer.count == 2)
    }

    @Test(arguments: [0, 1, -1, 9, 10, 99, 100, -12345, Int.max, Int.min])
    func writesIntegers(value: Int) {
        let text = written { $0.writeInteger(value) }
        #expect(text == String(value))
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("\"\\", "\\\"\\\\"), ("\u{8}\t\n\u{C}\r", #"\b\t\n\f\r"#),
        ("\u{0}\u{1F}", #"\u0000\u001f"#),
        ("ä世🌍/", "ä世🌍/"), ("twelve bytes\" and more than that\n", #"twelve bytes\" and more than that\n"#),
    ])
    func escapesJSON(text: String, expected: String) {
        let fromBytes = written { writer in withBytes(text) { writer.writeJSONString($0, $1) } }
        let fromString = written { $0.writeJSONString(text) }
        #expect(fromBytes == expected)
        #expect(fromString == expected)
    }

    @Test(arguments: [
        ("", "", ""), ("a<b>&\"'c", "a&lt;b&gt;&amp;\"'c", "a&lt;b&gt;&amp;&quot;'c"),
        ("1\t2\n3\r4", "1\t2\n3&#13;4", "1&#9;2&#10;3&#13;4"), ("ä世🌍\u{FFFD}", "ä世🌍\u{FFFD}", "ä世🌍\u{FFFD}"),
    ])
    func escapesXML(text: String, element: String, attribute: String) throws {
        let writer = ByteWriter(capacity: 1)
        let isText = withBytes(text) { writer.writeXMLText($0, $1) }
        #expect(isText && writer.string == element)
        writer.clear()
        let isValue = withBytes(text) { writer.writeXMLAttribute($0, $1) }
        #expect(isValue && writer.string == attribute)
        let document = try xml("<a b=\"\(attribute)\">\(element)</a>")
        #expect(document.string(0) == text)
        #expect(document.string(1) == text)
    }

    @Test(arguments: ["\u{0}", "a\u{1}", "some longer text\u{1F}", "\u{FFFE}", "x\u{FFFF}y"])
    func refusesWhatXMLCannotHold(text: String) {
        let writer = ByteWriter(capacity: 1)
        writer.write("<a>")
        let isText = withBytes("&" + text) { writer.writeXMLText($0, $1) }
        let isValue = withBytes("&" + text) { writer.writeXMLAttribute($0, $1) }
        #expect(!isText && !isValue)
        #expect(writer.string == "<a>")
    }

    @Test func escapesWhateverIsRandom() throws {
        var random = SeededGenerator.printed("escapesWhateverIsRandom")
        let scalars: [Unicode.Scalar] = [
            "a", "b", " ", "\"", "\\", "\n", "\t", "\r", "<", ">", "&", "'", "é", "世", "🌍", "\u{2028}", "]",
        ]
        for _ in 0..<3000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                text.append(scalars[Int.random(in: scalars.indices, using: &random)])
            }
            let string = String(text)
            let quoted = "\"" + written { $0.writeJSONString(string) } + "\""
            #expect(try json(quoted).string(0).utf8.elementsEqual(string.utf8))
            let element = written { writer in withBytes(string) { _ = writer.writeXMLText($0, $1) } }
            #expect(try xml("<a>\(element)</a>").string(0).utf8.elementsEqual(string.utf8))
            let attribute = written { writer in withBytes(string) { _ = writer.writeXMLAttribute($0, $1) } }
            #expect(try xml("<a b=\"\(attribute)\"/>").string(1).utf8.elementsEqual(string.utf8))
            let encoded = written { writer in withBytes(string) { writer.writePercentEncoded($0, $1) } }
            #expect(try parse(.form, Array("k=\(encoded)".utf8)).string(1).utf8.elementsEqual(string.utf8))
        }
    }

    @Test func percentEncodes() {
        let text = written { writer in withBytes("a-Z_0.9~ /ä") { writer.writePercentEncoded($0, $1) } }
        #expect(text == "a-Z_0.9~%20%2F%C3%A4")
    }
}

import Documents
import Testing

@Suite struct FormParserTests {
    private func form(_ text: String) throws(DocumentError) -> Document { try parse(.form, Array(text.utf8)) }

    @Test(arguments: [
        ("", "{}"), ("a=1", #"{"a":"1"}"#), ("a=1&b=2", #"{"a":"1","b":"2"}"#), ("a", #"{"a":""}"#),
        ("=x", #"{"":"x"}"#),
        ("a=1&a=2&b=3&a=", #"{"a":["1","2",""],"b":"3"}"#), ("&&a=b&", #"{"a":"b"}"#),
        ("a+b=c%20d%2B", #"{"a b":"c d+"}"#), ("a=b=c", #"{"a":"b=c"}"#), ("n=%0A%22%5c", #"{"n":"\n\"\\"}"#),
        ("%C3%A4=%E4%B8%96%F0%9F%8C%8D", #"{"ä":"世🌍"}"#), ("%61=1&a=2", #"{"a":["1","2"]}"#),
    ])
    func reads(text: String, expected: String) throws {
        let document = try form(text)
        #expect(document.compact == expected)
        #expect(try json(expected).value(0) == document.value(0))
    }

    @Test(arguments: [
        ("a=%", DocumentError.Reason.syntax), ("a=%4", .syntax), ("a=%GG", .syntax), ("%FF=1", .encoding),
        ("a=%C3", .encoding),
        ("a=%C3&b=%A4", .encoding), ("a=%ED%A0%80", .encoding),
    ])
    func refuses(text: String, reason: DocumentError.Reason) {
        #expect(refusal(.form, text) == reason)
    }

    @Test func holdsItsLimits() {
        let limits = DocumentLimits(bytes: 100, nodes: 3, nameLength: 3)
        #expect(refusal(.form, "a=1&b=2", limits: limits) == nil)
        #expect(refusal(.form, "a=1&b=2&c=3", limits: limits) == .size)
        #expect(refusal(.form, "abcd=1", limits: limits) == .size)
    }
}

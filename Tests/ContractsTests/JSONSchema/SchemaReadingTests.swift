import Contracts
import Diagnostics
import Testing

/// How schemas are found and read, and what their authors are told.
@Suite struct SchemaReadingTests {
    private func first(_ schema: CheckedSchema, _ code: String) -> (title: String, help: String)? {
        schema.reading.diagnostics.first { $0.code == code }.map { ($0.title, $0.help ?? "") }
    }

    @Test func numbersAreComparedExactly() {
        let one = CheckedSchema(#"{"const":1}"#)
        for text in ["1", "1.0", "1e0", "10e-1", "0.1E1"] { #expect(one.accepts(text) == true, "\(text)") }
        for text in ["1.0000000000000000000000000001", "true", "\"1\""] {
            #expect(one.accepts(text) == false, "\(text)")
        }
        let large = CheckedSchema(#"{"enum":[9007199254740993, {"a":[100,{"b":null}],"c":"x"}]}"#)
        #expect(large.accepts("9007199254740993.0") == true)
        #expect(large.accepts("9007199254740992") == false)
        #expect(large.accepts(#"{"c":"x","a":[1e2,{"b":null}]}"#) == true)
        #expect(large.accepts(#"{"c":"x","a":[{"b":null},1e2]}"#) == false)
        let bounds = CheckedSchema(#"{"minimum":-0.1,"maximum":123456789012345678901234567890}"#)
        #expect(bounds.accepts("-0.10") == true && bounds.accepts("-0.10000000000000000000000001") == false)
        #expect(bounds.accepts("123456789012345678901234567890") == true)
        #expect(bounds.accepts("123456789012345678901234567891") == false)
        let cents = CheckedSchema(#"{"multipleOf":0.01}"#)
        #expect(cents.accepts("19.99") == true && cents.accepts("19.999") == false)
        #expect(cents.accepts("999999999999999999999999.99") == true)
    }

    @Test func aFragmentIsCheckedByItself() {
        let text = ##"{"type":"object","$defs":{"iban":{"pattern":"^[A-Z]{2}","$anchor":"i"}},"required":["x"]}"##
        for fragment in ["/$defs/iban", "iban", "i"] {
            let schema = CheckedSchema(text, fragment: fragment)
            #expect(schema.accepts("\"DE12\"") == true && schema.accepts("\"12\"") == false, "\(fragment)")
        }
    }

    @Test func anAddressNeedsALocalCopy() throws {
        let text = #"{"properties":{"a":{"$ref":"https://example.com/money.json#/$defs/eur"}}}"#
        let missing = CheckedSchema(text)
        #expect(missing.codes == ["WB3207"])
        #expect(
            try #require(first(missing, "WB3207")).help.contains(#"{"https://example.com/money.json": "FILE.json"}"#))
        let copied = CheckedSchema(
            text,
            files: [
                "catalog.json": #"{"https://example.com/money.json":"parts/money.json"}"#,
                "parts/money.json": #"{"$defs":{"eur":{"$ref":"amount.json"}}}"#,
                "parts/amount.json": #"{"$id":"https://example.com/amount.json","type":"number"}"#,
            ])
        #expect(copied.codes == [])
        #expect(copied.accepts(#"{"a":1}"#) == true && copied.accepts(#"{"a":"1"}"#) == false)
        #expect(copied.reading.document?.files == ["s.schema.json", "parts/amount.json", "parts/money.json"])
    }

    @Test func misspellingsAreFound() throws {
        let schema = CheckedSchema(
            #"{"properties":{"a":{"maxLenght":3,"type":"string"},"b":{"x-maxLenght":1,"title":"B","note":""}}}"#)
        #expect(schema.codes == ["WB3212"])
        #expect(try #require(first(schema, "WB3212")).help == "write `maxLength`")
        let type = CheckedSchema(#"{"type":"sting"}"#)
        #expect(try #require(first(type, "WB3213")).title == "`type` does not know `sting`; write `string`")
        let required = CheckedSchema(#"{"properties":{"a":{"required":true}}}"#)
        #expect(try #require(first(required, "WB3213")).title.contains("beside `properties`"))
        let bounds = CheckedSchema(#"{"minimum":1,"exclusiveMinimum":true}"#)
        #expect(try #require(first(bounds, "WB3213")).title.contains("draft 4"))
        let reference = CheckedSchema(##"{"$ref":"#/$defs/a/propertes/b","$defs":{"a":{"properties":{"b":{}}}}}"##)
        #expect(try #require(first(reference, "WB3210")).help == "write `#/$defs/a/properties/b`")
        let dialect = CheckedSchema(#"{"$schema":"https://json-schema.org/draft/2021-01/schema"}"#)
        #expect(dialect.codes == ["WB3261"])
    }

    @Test func aBadPatternIsShownWhereItIs() throws {
        let text = #"{ "pattern": "^[A-Z{2}$" }"#
        let schema = CheckedSchema(text)
        #expect(schema.codes == ["WB3260"])
        let span = try #require(schema.reading.diagnostics.first?.primary?.span)
        #expect(Int(span.start) >= 14 && Int(span.end) <= 24)
        #expect(CheckedSchema(#"{"patternProperties":{"(":{}}}"#).codes == ["WB3260"])
        #expect(CheckedSchema(#"{"pattern":"(a)\\1"}"#).codes == ["WB3260"])
    }

    @Test func openAPIsDialect() {
        let options = JSONSchemaOptions(dialect: .openAPI30)
        let schema = CheckedSchema(
            ##"""
            {"type":"object","required":["id","secret"],"properties":{"id":{"type":"string","readOnly":true},
            "secret":{"type":"string","writeOnly":true},"n":{"type":"integer","nullable":true,"minimum":0,
            "exclusiveMinimum":true},"r":{"nullable":true,"allOf":[{"$ref":"#/properties/id"}]},
            "e":{"type":"string","nullable":true,"enum":["a"]},"f":{"type":"string","nullable":true,"enum":["a",null]}}}
            """##, options: options)
        #expect(schema.codes == [])
        #expect(schema.accepts(#"{"id":"1","secret":"2","n":null,"f":null}"#) == true)
        // `nullable` says something of the type beside it only, and an enumeration holds all the same.
        #expect(schema.accepts(#"{"id":"1","secret":"2","r":null}"#) == false)
        #expect(schema.accepts(#"{"id":"1","secret":"2","e":null}"#) == false)
        #expect(schema.accepts(#"{"id":"1","secret":"2","n":0}"#) == false)
        #expect(schema.accepts(#"{"id":null,"secret":"2"}"#) == false)
        for (direction, message) in [(MessageDirection.request, #"{"secret":"2"}"#), (.response, #"{"id":"1"}"#)] {
            var options = options
            options.direction = direction
            let text =
                ##"{"required":["id","secret"],"properties":{"id":{"readOnly":true},"secret":{"writeOnly":true}}}"##
            #expect(CheckedSchema(text, options: options).accepts(message) == true)
            #expect(CheckedSchema(text, options: options).accepts("{}") == false)
        }
        #expect(CheckedSchema(#"{"type":["string","null"]}"#, options: options).codes == ["WB3213"])
    }

    @Test func alternativesOfSeveralKindsAreKept() throws {
        let schema = CheckedSchema(
            #"{"properties":{"a":{"type":["string","integer","null"]},"b":{"anyOf":[{"type":"array"},{"type":"object"}]}}}"#
        )
        let root = try #require(schema.reading.document?.root)
        #expect(root.field(named: "a")?.shape.kindName == "text or whole number")
        #expect(root.field(named: "a")?.shape.nullable == true)
        #expect(root.field(named: "b")?.shape.kindName == "list of anything or object")
        #expect(root.field(named: "b")?.shape.alternatives.count == 2)
    }

    @Test func formatsAreAssertedInContracts() {
        let wrong: [(String, String)] = [
            ("date", "2026-02-29"), ("date-time", "2026-03-31 10:00"), ("time", "10:00"), ("duration", "3 days"),
            ("email", "a@"), ("hostname", "-a"), ("ipv4", "1.2.3.256"), ("ipv6", "::1::"), ("uri", "no scheme"),
            ("uuid", "123"), ("json-pointer", "a"), ("regex", "("), ("uri-template", "{"), ("iri", "a b"),
        ]
        for (format, text) in wrong {
            #expect(CheckedSchema("{\"format\":\"\(format)\"}").accepts("\"\(text)\"") == false, "\(format)")
        }
        let plain = JSONSchemaOptions(formats: .byVocabulary)
        #expect(CheckedSchema(#"{"format":"date"}"#, options: plain).accepts("\"x\"") == true)
        #expect(CheckedSchema(#"{"format":"of our own"}"#).accepts("\"x\"") == true)
    }
}

import Contracts
import Testing

/// Schemas and messages that are made to hang, to crash or to fill the memory.
@Suite struct SchemaHostileTests {
    /// Every level holds twice: 2^40 checks without a bound.
    private func doubling(_ keyword: String) -> String {
        var definitions: [String] = []
        for level in 0..<40 {
            definitions.append(
                "\"l\(level)\":{\"\(keyword)\":[{\"$ref\":\"#/$defs/l\(level + 1)\"},{\"$ref\":\"#/$defs/l\(level + 1)\"}]}"
            )
        }
        definitions.append(#""l40":{"type":"string"}"#)
        return "{\"$ref\":\"#/$defs/l0\",\"$defs\":{\(definitions.joined(separator: ","))}}"
    }

    @Test func doublingSchemasAreGivenUp() {
        for (keyword, message) in [("allOf", "\"x\""), ("anyOf", "1"), ("oneOf", "1"), ("oneOf", "\"x\"")] {
            let schema = CheckedSchema(doubling(keyword))
            #expect(schema.codes == [], "\(keyword)")
            #expect(schema.accepts(message) == false, "\(keyword)")
            #expect(schema.scratch.violations.first?.keyword == "too-complex", "\(keyword)")
        }
    }

    @Test func loopsAreFoundBeforeAnythingRuns() {
        for text in [
            ##"{"$ref":"#"}"##, ##"{"allOf":[{"$ref":"#"}]}"##, ##"{"not":{"$ref":"#"}}"##,
            ##"{"properties":{"a":{"anyOf":[{"type":"null"},{"$ref":"#/properties/a"}]}}}"##,
            ##"{"if":{"type":"string"},"then":{"$ref":"#/$defs/a"},"$defs":{"a":{"oneOf":[{"$ref":"#"}]}}}"##,
        ] {
            let schema = CheckedSchema(text)
            #expect(schema.codes.contains("WB3211"), "\(text)")
            #expect(schema.reading.document != nil && schema.accepts("1") == nil, "\(text)")
        }
    }

    @Test func recursionThroughValuesIsFine() {
        let schema = CheckedSchema(##"{"properties":{"next":{"$ref":"#"}},"required":["v"]}"##)
        #expect(schema.codes == [])
        #expect(schema.accepts(#"{"v":1,"next":{"v":2}}"#) == true)
        #expect(schema.sentences(#"{"v":1,"next":{"v":2,"next":{}}}"#) == ["required: `/next/next/v` is missing"])
    }

    @Test func aDynamicLoopEnds() {
        let schema = CheckedSchema(
            ##"{"$id":"https://a.example/","$dynamicAnchor":"n","anyOf":[{"$dynamicRef":"#n"}]}"##)
        #expect(schema.codes.contains("WB3211") || schema.accepts("1") == false)
    }

    @Test func longChainsOfSchemasAreRefused() {
        let parts = (0..<2_000).map { "\"d\($0)\":{\"minimum\":0,\"$ref\":\"#/$defs/d\($0 + 1)\"}" }
        let schema = CheckedSchema(
            "{\"$ref\":\"#/$defs/d0\",\"$defs\":{\(parts.joined(separator: ",")),\"d2000\":{}}}")
        #expect(schema.codes == ["WB3262"])
        #expect(schema.accepts("1") == nil)
    }

    @Test func numbersOfAHundredThousandDigits() {
        let digits = String(repeating: "7", count: 100_000)
        let schema = CheckedSchema(
            #"{"type":"integer","minimum":0,"maximum":1e100001,"multipleOf":7,"not":{"const":7.5}}"#)
        #expect(schema.accepts(digits) == true)
        #expect(schema.accepts(digits + "1") == false)
        #expect(schema.accepts("1e999999999999999999999") == false)
        #expect(schema.accepts("0." + digits) == false)
        #expect(schema.accepts("1e-999999999999999999999") == false)
        let wide = CheckedSchema(#"{"multipleOf":1234567890123456789012345678901234567}"#)
        #expect(wide.codes == [])
        #expect(wide.accepts("1234567890123456789012345678901234567e100000") == true)
        #expect(wide.accepts("1234567890123456789012345678901234568") == false)
        #expect(CheckedSchema(#"{"multipleOf":12345678901234567890123456789012345678}"#).codes == ["WB3213"])
    }

    @Test func manyItemsAndMembersTakeTheirTimeOnce() {
        let unique = CheckedSchema(#"{"uniqueItems":true}"#)
        let numbers = (0..<30_000).map(String.init).joined(separator: ",")
        #expect(unique.accepts("[\(numbers)]") == true)
        #expect(unique.accepts("[\(numbers),29999.0]") == false)
        let names = (0..<5_000).map { "\"name\($0)\"" }
        let required = CheckedSchema("{\"required\":[\(names.joined(separator: ","))],\"unevaluatedProperties\":true}")
        let members = names.map { $0 + ":0" }
        #expect(required.accepts("{\(members.joined(separator: ","))}") == true)
        #expect(required.accepts("{\(members.dropLast().joined(separator: ","))}") == false)
    }

    @Test func malformedSchemasOfEveryKind() {
        let values = [
            "null", "true", "0", "-1", "1.5", "\"\"", "\"x\"", "[]", "[1]", "[{}]", "{}", "{\"a\":1}", "[null]",
        ]
        let keywords = [
            "$id", "$ref", "$schema", "$anchor", "$dynamicRef", "$defs", "type", "enum", "const", "properties",
            "patternProperties", "additionalProperties", "required", "items", "prefixItems", "contains", "minContains",
            "allOf", "anyOf", "oneOf", "not", "if", "then", "dependentSchemas", "dependentRequired", "dependencies",
            "propertyNames", "pattern", "format", "minLength", "maxItems", "minimum", "multipleOf", "uniqueItems",
            "unevaluatedItems", "unevaluatedProperties", "$vocabulary", "$recursiveRef",
        ]
        for keyword in keywords {
            for value in values {
                for dialect in JSONSchemaDialect.allCases {
                    let schema = CheckedSchema(
                        "{\"\(keyword)\":\(value)}", options: JSONSchemaOptions(dialect: dialect))
                    #expect(schema.reading.document != nil)
                    for message in ["1", "\"a\"", "{\"a\":[1]}", "[[],{}]"] { _ = schema.accepts(message) }
                }
            }
        }
    }

    /// The tables of names agree with a set, whatever the names are.
    @Test func namesAreFoundWhateverTheyAre() {
        var generator = TestGenerator("namesAreFoundWhateverTheyAre")
        let letters = Array("abcXYZ_09é/~ ")
        for _ in 0..<40 {
            var names: Set<String> = []
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                let count = Int.random(in: 0...24, using: &generator)
                names.insert(String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "a" }))
            }
            let all = names.sorted()
            let known = all.filter { _ in Bool.random(using: &generator) }
            let quoted = known.map { "\"\($0)\"" }
            let schema = CheckedSchema(
                "{\"properties\":{\(quoted.map { $0 + ":{}" }.joined(separator: ","))},\"additionalProperties\":false}")
            let enumeration = CheckedSchema("{\"enum\":[\((quoted + ["\"?\""]).joined(separator: ","))]}")
            for name in all {
                #expect(schema.accepts("{\"\(name)\":1}") == known.contains(name), "\(name)")
                #expect(enumeration.accepts("\"\(name)\"") == known.contains(name), "\(name)")
            }
        }
    }
}

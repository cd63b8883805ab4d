import Contracts
import Testing

/// What people are told of a message that a schema refuses.
@Suite struct SchemaViolationTests {
    static let cases: [(schema: String, message: String, told: [String])] = [
        (#"{"type":"object"}"#, "[1,2]", ["type: the message must be an object; got a list of 2 items"]),
        (
            #"{"properties":{"a":{"type":["number","null"]}}}"#, #"{"a":"secret"}"#,
            ["type: `/a` must be a number or null; got text of 6 characters"]
        ),
        (#"{"type":"integer"}"#, "1.5", ["type: the message must be a whole number; got a number of 2 digits"]),
        (
            #"{"properties":{"debtor":{"required":["iban","name"]}}}"#, #"{"debtor":{"name":"x"}}"#,
            ["required: `/debtor/iban` is missing"]
        ),
        (
            #"{"properties":{"iban":{"pattern":"^[A-Z]{2}[0-9]+$"}}}"#, #"{"iban":"not an iban"}"#,
            ["pattern: `/iban` must match `^[A-Z]{2}[0-9]+$`; got 11 characters"]
        ),
        (
            #"{"items":{"minLength":2,"maxLength":3}}"#, #"["a","abcd"]"#,
            [
                "minLength: `/0` must have at least 2 characters; got 1 character",
                "maxLength: `/1` must have at most 3 characters; got 4 characters",
            ]
        ),
        (
            #"{"items":{"minimum":1,"exclusiveMaximum":10}}"#, "[0,10,-5]",
            [
                "minimum: `/0` must be at least 1; got 0",
                "exclusiveMaximum: `/1` must be below 10; got a whole number of 2 digits",
                "minimum: `/2` must be at least 1; got a negative whole number of 1 digit",
            ]
        ),
        (
            #"{"multipleOf":0.01}"#, "1.005",
            ["multipleOf: the message must be a multiple of 0.01; got a number of 4 digits"]
        ),
        (
            #"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"b/c":1}"#,
            ["additionalProperties: `/b~1c` is not expected here; known here: `a`"]
        ),
        (
            #"{"properties":{"s":{"enum":["SLEV","SHAR"]},"v":{"const":1}}}"#, #"{"s":"DEBT","v":2}"#,
            [
                "enum: `/s` must be one of `SLEV`, `SHAR`; got 4 characters",
                "const: `/v` must be `1`; got a whole number of 1 digit",
            ]
        ),
        (
            #"{"properties":{"d":{"format":"date"}}}"#, #"{"d":"31.03.2026"}"#,
            ["format: `/d` must be a date, like 2026-03-31; got 10 characters"]
        ),
        (#"{"minItems":3}"#, "[1]", ["minItems: the message must have at least 3 items; got a list of 1 item"]),
        (
            #"{"uniqueItems":true}"#, #"[1,{"a":1,"b":2},{"b":2.0,"a":1}]"#,
            ["uniqueItems: `/2` must not be equal to an earlier item of its list; got an object of 2 members"]
        ),
        (
            #"{"contains":{"type":"string"}}"#, "[1,2]",
            ["contains: the message must have at least 1 item of the kind it must contain; got 0 of them"]
        ),
        (
            #"{"dependentRequired":{"card":["name"]}}"#, #"{"card":1}"#,
            ["dependentRequired: `/name` is missing, as `card` is there"]
        ),
        (
            #"{"oneOf":[{"type":"string"},{"type":"object"}]}"#, "5",
            ["oneOf: the message fits none of 2 alternatives: must be text or an object; got a whole number of 1 digit"]
        ),
        (
            #"{"oneOf":[{"minimum":1},{"maximum":9}]}"#, "5",
            ["oneOf: the message fits 2 of 2 alternatives; exactly one must fit"]
        ),
        (
            """
            {"anyOf":[{"properties":{"kind":{"const":"a"},"x":{"type":"string"}},"required":["kind","x"]},
            {"properties":{"kind":{"const":"b"},"y":{"type":"string"},"z":{"type":"string"}},
            "required":["kind","y","z"]}]}
            """, #"{"kind":"b","y":1}"#,
            [
                "anyOf: the message fits none of 2 alternatives; the nearest is number 2",
                "required: `/z` is missing", "type: `/y` must be text; got a whole number of 1 digit",
            ]
        ),
        (
            #"{"properties":{"a":{}},"unevaluatedProperties":false}"#, #"{"a":1,"b":2}"#,
            ["unevaluatedProperties: `/b` is not expected here"]
        ),
        (
            #"{"propertyNames":{"maxLength":2}}"#, #"{"abc":1}"#,
            ["propertyNames: `/abc` has a name that is not allowed; got a whole number of 1 digit"]
        ),
        (
            #"{"not":{"type":"null"}}"#, "null",
            ["not: the message must not be what the contract rules out here; got null"]
        ),
    ]

    @Test(arguments: cases.indices)
    func isTold(index: Int) {
        let each = Self.cases[index]
        let schema = CheckedSchema(each.schema)
        #expect(schema.codes == [])
        #expect(schema.accepts(each.message) == false)
        #expect(schema.sentences(each.message) == each.told)
    }

    @Test func pointersAreEscapedAndCut() {
        let schema = CheckedSchema(#"{"additionalProperties":{"type":"string"}}"#)
        _ = schema.accepts(#"{"a/b~c":1}"#)
        #expect(schema.scratch.violations.first?.pointer == "/a~1b~0c")
        _ = schema.accepts("{\"\(String(repeating: "n", count: 500))\":1}")
        #expect((schema.scratch.violations.first?.pointer.count ?? 500) < 70)
    }

    @Test func thereAreNoMoreThanTheLimit() {
        let schema = CheckedSchema(#"{"items":{"type":"string"}}"#)
        _ = schema.accepts("[" + (0..<100).map(String.init).joined(separator: ",") + "]")
        #expect(schema.scratch.violations.count == 20)
        #expect(schema.accepts("[]") == true)
        #expect(schema.scratch.violations.isEmpty)
    }

    /// Nothing that stands in a value is repeated.
    @Test func secretsStayInside() {
        let schema = CheckedSchema(
            """
            {"properties":{"a":{"maxLength":1},"b":{"pattern":"^x$"},"c":{"enum":["q"]},"d":{"type":"object"},
            "e":{"anyOf":[{"const":1},{"format":"uuid"}]},"f":{"maximum":1}}}
            """)
        let message =
            #"{"a":"hunter2","b":"hunter2","c":"hunter2","d":"hunter2","e":"hunter2","f":4111111111111111}"#
        #expect(schema.accepts(message) == false)
        #expect(schema.scratch.violations.count >= 6)
        for violation in schema.scratch.violations {
            for text in [violation.message, violation.expected ?? "", violation.actual ?? "", violation.pointer] {
                #expect(!text.contains("hunter2") && !text.contains("41111"))
            }
        }
    }
}

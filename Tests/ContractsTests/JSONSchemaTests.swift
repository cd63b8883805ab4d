import Contracts
import Diagnostics
import Testing

@Suite struct JSONSchemaTests {
    private func order(_ body: String, fragment: String? = nil) -> Reading {
        read(["c/order.schema.json": body], fragment: fragment)
    }

    @Test func readsTypesFacetsAndOrder() throws {
        let reading = order(
            """
            { "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
              "required": ["id", "amount", "lines"],
              "properties": {
                "id": { "$ref": "#/$defs/id" },
                "amount": { "type": "number", "exclusiveMinimum": 0, "maximum": 999999999.99, "multipleOf": 0.01 },
                "bearer": { "enum": ["SLEV", "SHAR"] },
                "when": { "type": "string", "format": "date" },
                "urgent": { "type": ["boolean", "null"] },
                "kind": { "const": "order" },
                "lines": { "type": "array", "minItems": 1, "maxItems": 4, "items": { "type": "string", "maxLength": 140 } },
                "party": { "type": "object", "additionalProperties": false, "properties": { "iban": { "pattern": "^[A-Z]{2}$" } } }
              },
              "$defs": { "id": { "type": "string", "minLength": 1, "maxLength": 35 } } }
            """)
        let root = try #require(reading.document?.root)
        #expect(reading.codes.isEmpty)
        #expect(reading.rootFields == ["id", "amount", "bearer?", "when?", "urgent?", "kind?", "lines", "party?"])
        let id = try #require(root.field(named: "id")?.shape)
        #expect(id.facets.minLength == 1 && id.facets.maxLength == 35)
        #expect(id.source == ShapeSource(path: "c/order.schema.json", line: 13))
        let amount = try #require(root.field(named: "amount")?.shape)
        #expect(amount.facets.minimum == Facets.Bound("0", exclusive: true))
        #expect(amount.facets.maximum == Facets.Bound("999999999.99"))
        #expect(amount.kindName == "number")
        #expect(root.field(named: "bearer")?.shape.facets.enumeration == ["SLEV", "SHAR"])
        #expect(root.field(named: "when")?.shape.kindName == "text")
        #expect(root.field(named: "when")?.shape.facets.format == "date")
        #expect(root.field(named: "urgent")?.shape.nullable == true)
        #expect(root.field(named: "urgent")?.shape.kindName == "boolean")
        #expect(root.field(named: "kind")?.shape.facets.fixed == "order")
        guard case .list(let item, let low, let high)? = root.field(named: "lines")?.shape.kind else {
            Issue.record("not a list")
            return
        }
        #expect(low == 1 && high == 4 && item.facets.maxLength == 140)
        #expect(root.lookup("party.iban")?.facets.pattern == "^[A-Z]{2}$")
        #expect(root.lookup("party.bic") == nil)
        #expect(root.lookup("nmae") == nil)
    }

    @Test func draftFourSpellsBoundsDifferently() {
        let reading = order(
            #"{ "properties": { "n": { "type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9 } } }"#)
        let facets = reading.document?.root.field(named: "n")?.shape.facets
        #expect(facets?.minimum == Facets.Bound("0", exclusive: true))
        #expect(facets?.maximum == Facets.Bound("9"))
    }

    @Test func mergesAllOf() throws {
        let reading = order(
            """
            { "allOf": [ { "$ref": "#/definitions/base" }, { "required": ["b"] } ],
              "properties": { "b": { "maxLength": 5 }, "c": { "type": "boolean" } },
              "definitions": { "base": { "type": "object", "required": ["a"],
                "properties": { "a": { "type": "string" }, "b": { "type": "string", "minLength": 1 } } } } }
            """)
        let root = try #require(reading.document?.root)
        #expect(reading.rootFields == ["a", "b", "c?"])
        #expect(root.field(named: "b")?.shape.facets.minLength == 1)
        #expect(root.field(named: "b")?.shape.facets.maxLength == 5)
    }

    @Test func alternativesAreTheUnionOfTheirFields() throws {
        let reading = order(
            """
            { "oneOf": [
                { "type": "object", "required": ["type", "iban"], "properties": { "type": { "const": "A" }, "iban": { "type": "string" } } },
                { "type": "object", "required": ["type"], "properties": { "type": { "const": "B" }, "card": { "type": "integer" } } },
                { "type": "null" } ] }
            """)
        let root = try #require(reading.document?.root)
        #expect(reading.rootFields == ["type", "iban?", "card?"])
        #expect(root.nullable)
        #expect(root.field(named: "type")?.shape.facets.enumeration == ["A", "B"])
    }

    @Test func alternativesOfDifferentKindsMayBeAnything() {
        let reading = order(#"{ "properties": { "x": { "anyOf": [{ "type": "string" }, { "type": "object" }] } } }"#)
        #expect(reading.document?.root.field(named: "x")?.shape.isAny == true)
    }

    @Test func constraintsInAlternativesKeepTheType() {
        let reading = order(
            """
            { "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "string" } },
              "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] }
            """)
        #expect(reading.rootFields == ["a?", "b?"])
    }

    @Test func openness() throws {
        let reading = order(
            """
            { "type": "object", "properties": {
                "bare": { "type": "object" },
                "map": { "type": "object", "additionalProperties": { "type": "integer" } },
                "closed": { "type": "object", "additionalProperties": false },
                "patterned": { "type": "object", "patternProperties": { "^x-": { "type": "boolean" } } },
                "gone": false, "whatever": true } }
            """)
        let root = try #require(reading.document?.root)
        #expect(root.lookup("bare.x")?.isAny == true)
        #expect(root.lookup("map.x")?.kindName == "whole number")
        #expect(root.lookup("closed.x") == nil)
        #expect(root.lookup("patterned.x-y")?.kindName == "boolean")
        #expect(root.field(named: "gone") == nil)
        #expect(root.field(named: "whatever")?.shape.isAny == true)
        #expect(reading.codes.isEmpty)
    }

    @Test func followsFilesIdentifiersAndAnchors() throws {
        let reading = read([
            "c/order.schema.json": """
            { "$id": "https://example.com/s/order.json", "properties": {
                "party": { "$ref": "parts/party.schema.json#/$defs/party" },
                "money": { "$ref": "https://example.com/s/money.json" },
                "again": { "$ref": "money.json" },
                "named": { "$ref": "#short" } },
              "$defs": { "m": { "$id": "https://example.com/s/money.json", "type": "number" },
                         "s": { "$anchor": "short", "type": "string", "maxLength": 3 } } }
            """,
            "c/parts/party.schema.json": """
            { "$defs": { "party": { "properties": { "iban": { "$ref": "../iban.schema.json" } } } } }
            """,
            "c/iban.schema.json": #"{ "type": "string", "maxLength": 34 }"#,
        ])
        let root = try #require(reading.document?.root)
        #expect(reading.codes.isEmpty)
        #expect(root.lookup("party.iban")?.facets.maxLength == 34)
        #expect(root.lookup("money")?.kindName == "number")
        #expect(root.lookup("again")?.kindName == "number")
        #expect(root.lookup("named")?.facets.maxLength == 3)
        #expect(reading.document?.files == ["c/order.schema.json", "c/iban.schema.json", "c/parts/party.schema.json"])
    }

    @Test func reportsReferencesThatLeadNowhere() throws {
        let reading = order(
            """
            { "properties": {
                "a": { "$ref": "#/$defs/prty" }, "b": { "$ref": "missing.schema.json" },
                "c": { "$ref": "https://example.com/x.json" }, "d": { "$ref": "../../../etc/passwd" },
                "e": { "$ref": "#/$defs/loop" } },
              "$defs": { "party": {}, "loop": { "$ref": "#/$defs/pool" }, "pool": { "$ref": "#/$defs/loop" } } }
            """)
        let root = try #require(reading.document?.root)
        #expect(Set(reading.codes) == ["WB3210", "WB3206", "WB3207", "WB3211"])
        #expect(reading.diagnostics.first { $0.code == "WB3210" }?.help == "write `#/$defs/party`")
        for name in ["a", "b", "c", "d", "e"] { #expect(root.field(named: name)?.shape.isAny == true) }
        #expect(!reading.loaded.contains { $0.contains("passwd") })
    }

    @Test func aFragmentNamesADefinition() {
        let text = #"{ "$defs": { "party": { "type": "object", "properties": { "n": { "type": "string" } } } } }"#
        #expect(order(text, fragment: "/$defs/party").rootFields == ["n?"])
        #expect(order(text, fragment: "party").rootFields == ["n?"])
        let wrong = order(text, fragment: "prty")
        #expect(wrong.document == nil)
        #expect(wrong.codes == ["WB3204"])
        #expect(wrong.diagnostics.first?.help == "write `c/order.schema.json#party`")
    }

    @Test func refusesWhatIsNoSchema() {
        #expect(order(#"{ "a": }"#).codes == ["WB3202"])
        #expect(order("[1]").codes == ["WB3213"])
        #expect(order(#"{ "asyncapi": "3.0.0" }"#).codes == ["WB3201"])
        #expect(read(["c/api.yaml": "partner: acme"]).codes == ["WB3201"])
        #expect(read([:], path: "none.json").codes == ["WB3200"])
        #expect(read(["c/notes.txt": "hello"]).codes == ["WB3201"])
    }

    @Test func aMalformedSchemaIsReadAsFarAsItGoes() {
        let reading = order(
            #"{ "type": 5, "properties": [], "items": 7, "required": "x", "enum": {}, "allOf": {}, "$ref": 3 }"#)
        #expect(reading.document != nil)
        #expect(reading.codes.allSatisfy { $0 == "WB3213" } && !reading.codes.isEmpty)
    }
}

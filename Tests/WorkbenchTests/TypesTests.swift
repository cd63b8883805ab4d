import Contracts
import Testing
import Workbench

/// How fields are named and what is left out.
@Suite struct TypesTests {
    private func rows(_ schema: String, depth: Int = 24, limit: Int = 5_000) -> [TypeRow] {
        Types.read(text: schema, as: "s.schema.json", depth: depth, limit: limit).listing?.sections.first?.rows ?? []
    }

    @Test func oddNamesStandInBackticks() {
        let rows = rows(
            #"{"properties":{"plain":{"type":"string"},"with-dash":{"type":"string"},"7up":{"type":"string"},"for":{"properties":{"for":{"type":"string"}}},"Größe":{"type":"string"},"a.b":{"type":"string"},"":{"type":"string"}}}"#
        )
        #expect(rows.map(\.path) == ["plain", "`with-dash`", "`7up`", "`for`", "`for`.for", "Größe", "`a.b`", "``"])
    }

    @Test func everyPathLeadsToItsField() throws {
        let text =
            #"{"properties":{"a":{"properties":{"b-c":{"type":"array","items":{"properties":{"d.e":{"type":"string"}}}}}}}}"#
        let rows = rows(text)
        #expect(rows.map(\.path) == ["a", "a.`b-c`[]", "a.`b-c`[].`d.e`"])
        #expect(rows.map { Shape.steps(of: $0.path).last } == ["a", "b-c", "d.e"])
    }

    @Test func attributesHaveTheirSign() {
        let listing = Types.read(
            text: """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="A"><xs:complexType>
                <xs:sequence><xs:element name="Line" maxOccurs="3" minOccurs="0"><xs:complexType><xs:simpleContent>
                <xs:extension base="xs:decimal"><xs:attribute name="seq" type="xs:int" use="required"/>
                <xs:attribute name="odd-one" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>
                </xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>
                """, as: "a.xsd"
        ).listing
        let rows = listing?.sections.first?.rows ?? []
        #expect(rows.map(\.path) == ["Line[]", "Line[].@seq", "Line[].`@odd-one`"])
        #expect(rows.map(\.required) == [false, true, false])
        #expect(rows.first?.bounds == "0..3 items")
    }

    @Test func aTypeThatContainsItselfIsNamedOnce() {
        let rows = rows(
            ##"{"$ref":"#/$defs/node","$defs":{"node":{"properties":{"name":{"type":"string"},"next":{"$ref":"#/$defs/node"}}}}}"##
        )
        #expect(rows.map(\.path) == ["name", "next"])
        #expect(rows.last?.note == "again node")
    }

    @Test func depthEndsWithWhatIsBelow() {
        let rows = rows(
            #"{"properties":{"a":{"properties":{"b":{"type":"string"},"c":{"type":"string"}}}}}"#, depth: 1)
        #expect(rows.map(\.path) == ["a"])
        #expect(rows.first?.note == "2 fields below")
    }

    @Test func boundsNullsAndDefaultsAreSaid() {
        let rows = rows(
            #"{"required":["a"],"properties":{"a":{"type":["string","null"],"maxLength":5},"n":{"type":"integer","minimum":1,"default":3},"e":{"enum":["x","y"]}}}"#
        )
        #expect(rows.map(\.bounds) == ["length ..5", ">= 1, default 3", "x | y"])
        #expect(rows.map(\.nullable) == [true, false, false])
        #expect(rows.map(\.required) == [true, false, false])
    }

    @Test func aListAtTheTopAndASingleValue() {
        #expect(
            rows(#"{"type":"array","items":{"properties":{"x":{"type":"string"}}}}"#).map(\.path) == ["[]", "[].x"])
        let value = Types.read(text: #"{"type":"string"}"#, as: "s.schema.json").listing
        #expect(value?.text().contains("(the value itself)") == true)
        #expect(value?.paths == "")
    }

    @Test func openObjectsSayThatTheyAre() {
        let rows = rows(#"{"properties":{"a":{"type":"string"}},"additionalProperties":{"type":"number"}}"#)
        #expect(rows.last?.path == "*")
        #expect(rows.last?.type == "number")
    }

    @Test func manyRowsAreCut() {
        let fields = (0..<50).map { "\"f\($0)\":{\"type\":\"string\"}" }.joined(separator: ",")
        let listing = Types.read(text: "{\"properties\":{\(fields)}}", as: "s.schema.json", limit: 10).listing
        #expect(listing?.sections.first?.rows.count == 10)
        #expect(listing?.sections.first?.isCut == true)
        #expect(listing?.text().contains("there are more") == true)
    }

    @Test func namesCannotMoveTheCursor() {
        let text = Types.read(
            text: #"{"properties":{"a\u001b[2Jb":{"type":"string"},"c\u202ed":{"enum":["\u0007x"]}}}"#,
            as: "s.schema.json"
        ).listing?.text()
        #expect(text?.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E } == false)
    }

    @Test func aWrongPartHasItsNearestSpelling() {
        let wsdl = Types.read("routes/acme-bank/contracts/payments.wsdl", part: "AuthorisePayment")
        #expect(wsdl.listing == nil)
        #expect(wsdl.messages.contains("write `routes/acme-bank/contracts/payments.wsdl#AuthorizePayment`"))
        let far = Types.read("routes/acme-bank/contracts/payments.wsdl", part: "Nothing")
        #expect(far.messages.contains("lists all of them"))
        let schema = Types.read(
            text: #"{"$defs":{"address":{"type":"string"}}}"#, as: "s.schema.json", part: "adress")
        #expect(schema.listing == nil && schema.messages.contains("s.schema.json#address"))
        let missing = Types.read("routes/none.wsdl")
        #expect(missing.listing == nil && missing.messages.contains("can't be read"))
    }

    @Test func severalElementsAreListed() {
        let text = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t">
            <xs:element name="Order" type="xs:string"/><xs:element name="Invoice" type="xs:date"/></xs:schema>
            """
        let listing = Types.read(text: text, as: "a.xsd").listing
        #expect(listing?.parts.map(\.name) == ["Order", "Invoice"])
        #expect(listing?.text().contains("waybill types 'a.xsd#Order'") == true)
        #expect(listing?.paths == "a.xsd#Order\na.xsd#Invoice\n")
        let one = Types.read(text: text, as: "a.xsd", part: "Invoice").listing
        #expect(one?.sections.first?.rows.map(\.type) == ["date"])
        #expect(one?.sections.first?.facts == ["element Invoice", "namespace urn:t"])
    }
}

import Contracts
import Documents
import Testing

/// Schemas and messages that are made to hurt: each ends soon with a clear answer.
@Suite struct HostileSchemaTests {
    private func seconds(_ body: () -> Void) -> Double {
        let start = ContinuousClock.now
        body()
        let spent = start.duration(to: .now).components
        return Double(spent.seconds) + Double(spent.attoseconds) / 1e18
    }

    private func validate(_ reading: Reading, _ message: String) -> (isValid: Bool, violations: [Violation])? {
        let document = Document()
        let scratch = ValidationScratch()
        guard let validator = reading.document?.validator else { return nil }
        return Array(message.utf8).withUnsafeBytes { source in
            guard (try? document.parseXML(source)) != nil else { return nil }
            let isValid = validator.validate(document, at: 0, source: source, scratch)
            return (isValid, scratch.violations)
        }
    }

    @Test func exponentialGroups() {
        var groups =
            #"<xs:group name="g0"><xs:sequence><xs:element name="a"/><xs:element name="b"/></xs:sequence></xs:group>"#
        for level in 1...40 {
            groups += """
                <xs:group name="g\(level)"><xs:sequence><xs:group ref="t:g\(level - 1)"/><xs:group ref="t:g\(level - 1)"/></xs:sequence></xs:group>
                """
        }
        let text = schema(
            groups + #"<xs:element name="R"><xs:complexType><xs:group ref="t:g20"/></xs:complexType></xs:element>"#)
        var reading: Reading?
        let spent = seconds { reading = read(["c/a.xsd": text]) }
        #expect(reading?.codes.contains("WB3281") == true)
        #expect(reading?.document?.validator == nil)
        #expect(spent < 30)
    }

    @Test func greatNumbersOfOccurrences() throws {
        let reading = read([
            "c/a.xsd": schema(
                """
                <xs:element name="R"><xs:complexType><xs:sequence>
                  <xs:element name="a" type="xs:int" minOccurs="2" maxOccurs="1000000"/>
                  <xs:element name="b" type="xs:int" minOccurs="1000000" maxOccurs="1000000"/>
                </xs:sequence></xs:complexType></xs:element>
                """)
        ])
        let start = #"<R xmlns="urn:t">"#
        let many = String(repeating: "<a>1</a>", count: 5_000)
        let result = try #require(validate(reading, start + many + "<b>2</b></R>"))
        #expect(!result.isValid)
        #expect(result.violations.map(\.keyword) == ["content"])
        #expect(result.violations[0].message.contains("`b` is missing"))
        #expect(validate(reading, start + "<a>1</a><b>1</b></R>")?.isValid == false)
    }

    @Test func circlesEnd() {
        let reading = read(
            [
                "c/a.xsd": schema(
                    """
                    <xs:include schemaLocation="b.xsd"/>
                    <xs:group name="G"><xs:choice><xs:element name="x"/><xs:group ref="t:G"/></xs:choice></xs:group>
                    <xs:attributeGroup name="A"><xs:attributeGroup ref="t:A"/></xs:attributeGroup>
                    <xs:simpleType name="U"><xs:union memberTypes="t:U xs:int"/></xs:simpleType>
                    <xs:element name="R"><xs:complexType><xs:group ref="t:G"/><xs:attributeGroup ref="t:A"/></xs:complexType></xs:element>
                    <xs:element name="V" type="t:U"/><xs:element name="H" substitutionGroup="t:I"/><xs:element name="I" substitutionGroup="t:H"/>
                    """),
                "c/b.xsd": schema(#"<xs:include schemaLocation="a.xsd"/><xs:redefine schemaLocation="a.xsd"/>"#),
            ], fragment: "R")
        #expect(reading.document != nil)
        #expect(reading.codes.contains("WB3280") || reading.codes.contains("WB3223"))
    }

    @Test func deepMessagesAndLongValues() throws {
        let reading = read([
            "c/a.xsd": schema(
                """
                <xs:element name="R"><xs:complexType><xs:sequence><xs:element ref="t:R" minOccurs="0"/></xs:sequence>
                  <xs:attribute name="a"><xs:simpleType><xs:restriction base="xs:token"><xs:maxLength value="9"/><xs:pattern value="(a*)*b"/></xs:restriction></xs:simpleType></xs:attribute>
                </xs:complexType></xs:element>
                """)
        ])
        #expect(reading.codes.isEmpty)
        let deep = String(repeating: #"<R xmlns="urn:t">"#, count: 60) + String(repeating: "</R>", count: 60)
        #expect(validate(reading, deep)?.isValid == true)
        let long = #"<R xmlns="urn:t" a=""# + String(repeating: "a  ", count: 300_000) + #""/>"#
        let result = try #require(validate(reading, long))
        #expect(!result.isValid && result.violations[0].keyword == "maxLength")
        #expect((result.violations[0].actual?.count ?? 99) < 40)
    }

    @Test func instancesBringNoSchemas() throws {
        let reading = read([
            "c/a.xsd": schema(
                #"<xs:element name="R"><xs:complexType><xs:sequence><xs:any processContents="strict"/></xs:sequence></xs:complexType></xs:element>"#
            )
        ])
        let text = """
            <t:R xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x file:///etc/passwd"><x:e xmlns:x="urn:x"/></t:R>
            """
        let result = try #require(validate(reading, text))
        #expect(!result.isValid && result.violations.map(\.pointer) == ["e"])
        let include =
            #"<t:R xmlns:t="urn:t"><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="a.xsd"/></t:R>"#
        #expect(validate(reading, include)?.isValid == false)
    }
}

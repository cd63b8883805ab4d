import Contracts
import Diagnostics
import Documents
import Testing

/// What is said about a message that a schema does not allow.
@Suite struct ViolationTests {
    private func violations(_ body: String, _ message: String, limit: Int = 20) throws -> [Violation] {
        let reading = read(["c/a.xsd": schema(body)], fragment: "Order")
        #expect(reading.codes.isEmpty, "\(reading.diagnostics.map(\.title))")
        let validator = try #require(reading.document?.validator)
        let document = Document()
        let scratch = ValidationScratch(limit: limit)
        return try Array(message.utf8).withUnsafeBytes { source in
            try document.parseXML(source)
            let isValid = validator.validate(document, at: 0, source: source, scratch)
            #expect(isValid == scratch.violations.isEmpty)
            return scratch.violations
        }
    }

    private let order = """
        <xs:element name="Order"><xs:complexType><xs:sequence>
          <xs:element name="Id" type="xs:int"/>
          <xs:element name="Name" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction></xs:simpleType></xs:element>
          <xs:element name="When" type="xs:date"/>
          <xs:element name="Line" maxOccurs="3"><xs:complexType><xs:simpleContent><xs:extension base="t:Unit">
            <xs:attribute name="no" type="xs:positiveInteger" use="required"/>
          </xs:extension></xs:simpleContent></xs:complexType></xs:element>
          <xs:choice><xs:element name="Card" type="xs:string"/><xs:element name="Cash" type="xs:boolean"/></xs:choice>
        </xs:sequence><xs:attribute name="version" fixed="1.0"/></xs:complexType></xs:element>
        <xs:simpleType name="Unit"><xs:restriction base="xs:token"><xs:enumeration value="kg"/><xs:enumeration value="pc"/></xs:restriction></xs:simpleType>
        """

    private func message(_ inside: String, _ attributes: String = "") -> String {
        "<Order xmlns=\"urn:t\"\(attributes)>\(inside)</Order>"
    }

    @Test func validMessagesSayNothing() throws {
        let text = message(
            "<Id> 12 </Id><Name>Éva</Name><When>2024-02-29</When><Line no='1'>kg</Line><Line no='2'> pc </Line><Cash>1</Cash>"
        )
        #expect(try violations(order, text).isEmpty)
    }

    @Test func eachMistakeIsToldOnce() throws {
        let found = try violations(
            order,
            message(
                "<Id>x</Id><Name>too long</Name><When>2023-02-29</When><Line>kg</Line><Line no='0'>lb</Line><Cash>yes</Cash>",
                " version='2.0' extra=''"))
        #expect(
            found.map { "\($0.pointer) \($0.keyword)" } == [
                "@version fixed", "@extra attribute", "Id type", "Name maxLength", "When type", "Line[1] attribute",
                "Line[2].@no minInclusive", "Line[2] enumeration", "Cash type",
            ])
        #expect(found[3].message == "`Name` must have at most 5 characters; got 8 characters.")
        #expect(found[3].expected == "at most 5 characters" && found[3].actual == "8 characters")
        #expect(found[7].expected == "one of kg, pc")
    }

    @Test func aMissingElementIsOneMistake() throws {
        let found = try violations(
            order, message("<Id>1</Id><Line no='1'>kg</Line><Line no='2'>kg</Line><Card>c</Card>"))
        #expect(found.map(\.pointer) == ["Line[1]"])
        #expect(found[0].message == "`Line[1]` comes too early: before it stands `Name` or `When`.")
        #expect(found[0].expected == "`Name` or `When`")
        let end = try violations(order, message("<Id>1</Id><When>2024-01-01</When><Line no='1'>kg</Line>"))
        #expect(end.map(\.message) == ["The root element is not complete: `Card` or `Cash` is missing."])
    }

    @Test func aStrangerIsOneMistake() throws {
        let found = try violations(
            order,
            message("<Id>1</Id><Stranger><Deep/></Stranger><When>2024-01-01</When><Line no='1'>kg</Line><Card>c</Card>")
        )
        #expect(found.map(\.pointer) == ["Stranger"])
        let other = try violations(order, message("<Id xmlns=''>1</Id>"))
        #expect(other.first?.pointer == "Id" && other.first?.keyword == "content")
    }

    @Test func violationsEndAtTheLimit() throws {
        let text = message("<Id/><Name>too long</Name><When/><Line/><Line/><Line/><Cash/>")
        #expect(try violations(order, text, limit: 3).count == 3)
    }

    /// What libxml2 judges is told by the same paths, and without the values of the message.
    @Test func libxml2NamesPlaces() throws {
        let keyed = """
            <xs:element name="Order"><xs:complexType><xs:sequence>
              <xs:element name="Group" maxOccurs="2"><xs:complexType><xs:sequence>
                <xs:element name="Line" maxOccurs="9"><xs:complexType>
                  <xs:attribute name="no" type="t:No"/></xs:complexType></xs:element>
                <xs:element name="Count" type="xs:int" minOccurs="0"/>
              </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType>
              <xs:unique name="once"><xs:selector xpath="t:Group/t:Line"/><xs:field xpath="@no"/></xs:unique></xs:element>
            <xs:simpleType name="No"><xs:restriction base="xs:string"><xs:maxLength value="6"/></xs:restriction></xs:simpleType>
            """
        let text = message(
            "<Group><Line no='one'/></Group><Group><Line no='two'/><Line no='one'/><Line no='secrets'/><Count>hush</Count></Group>"
        )
        let found = try violations(keyed, text)
        let places = Set(found.map { "\($0.pointer) \($0.keyword)" })
        #expect(places.contains("Group[2].Line[2] key"), "\(found)")
        #expect(places.contains("Group[2].Line[3].@no maxLength"), "\(found)")
        #expect(places.contains("Group[2].Count type"), "\(found)")
        #expect(!found.contains { $0.message.contains("secrets") || $0.message.contains("hush") }, "\(found)")
    }
}

import Contracts
import Diagnostics
import Testing

@Suite struct XSDTests {
    private func root(_ body: String, attributes: String = #"elementFormDefault="qualified""#) throws -> Shape {
        let reading = read(["c/a.xsd": schema(body, attributes: attributes)])
        #expect(reading.codes.isEmpty, "\(reading.diagnostics.map(\.title))")
        return try #require(reading.document?.root)
    }

    @Test func readsSequencesAttributesAndFacets() throws {
        let root = try root(
            """
            <xs:simpleType name="Id"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="35"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="ShortId"><xs:restriction base="t:Id"><xs:maxLength value="10"/><xs:pattern value="A.*"/><xs:pattern value="B.*"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="Amount"><xs:restriction base="xs:decimal"><xs:minExclusive value="0"/><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>
            <xs:complexType name="Money"><xs:simpleContent><xs:extension base="t:Amount">
              <xs:attribute name="currency" type="t:Id" use="required"/><xs:attribute ref="xml:lang"/>
            </xs:extension></xs:simpleContent></xs:complexType>
            <xs:element name="Pay"><xs:complexType><xs:sequence>
              <xs:element name="Id" type="t:ShortId"/>
              <xs:element name="Amount" type="t:Money"/>
              <xs:element name="When" type="xs:date" nillable="true"/>
              <xs:element name="Bearer"><xs:simpleType><xs:restriction base="xs:token"><xs:enumeration value="SLEV"/><xs:enumeration value="SHAR"/></xs:restriction></xs:simpleType></xs:element>
              <xs:element name="Line" type="xs:string" minOccurs="0" maxOccurs="4"/>
              <xs:element name="Count" type="xs:positiveInteger" default="1"/>
              <xs:element name="Ok" type="xs:boolean" minOccurs="0" form="unqualified"/>
            </xs:sequence><xs:attribute name="version" fixed="1.0"/></xs:complexType></xs:element>
            """)
        #expect(root.fields.map(\.name) == ["@version", "Id", "Amount", "When", "Bearer", "Line", "Count", "Ok"])
        #expect(root.field(named: "Id")?.namespace == "urn:t")
        #expect(root.field(named: "Ok")?.namespace == nil)
        #expect(root.field(named: "@version")?.namespace == nil)
        #expect(root.field(named: "@version")?.required == false)
        #expect(root.field(named: "@version")?.shape.facets.fixed == "1.0")
        let id = try #require(root.lookup("Id")?.facets)
        #expect(id.minLength == 1 && id.maxLength == 10 && id.pattern == "A.*|B.*" && id.patternsAreAnchored)
        let amount = try #require(root.lookup("Amount"))
        #expect(amount.scalarShape?.facets.minimum == Facets.Bound("0", exclusive: true))
        #expect(amount.scalarShape?.facets.fractionDigits == 2)
        #expect(amount.field(named: "@currency")?.required == true)
        #expect(amount.field(named: "@lang")?.namespace == "http://www.w3.org/XML/1998/namespace")
        #expect(root.lookup("When")?.nullable == true)
        #expect(root.lookup("When")?.kindName == "date")
        #expect(root.lookup("Bearer")?.facets.enumeration == ["SLEV", "SHAR"])
        guard case .list(let item, 0, 4)? = root.lookup("Line")?.kind else {
            Issue.record("not a list")
            return
        }
        #expect(item.kindName == "text")
        #expect(root.field(named: "Line")?.required == false)
        #expect(root.lookup("Count")?.facets.minimum == Facets.Bound("1"))
        #expect(root.lookup("Count")?.facets.defaultValue == "1")
    }

    @Test func modelsBecomeFields() throws {
        let root = try root(
            """
            <xs:group name="Contact"><xs:choice><xs:element name="Phone" type="xs:string"/><xs:element name="Mail" type="xs:string"/></xs:choice></xs:group>
            <xs:element name="R"><xs:complexType><xs:sequence>
              <xs:element name="A" type="xs:int"/>
              <xs:choice><xs:element name="B" type="xs:int"/><xs:sequence><xs:element name="C" type="xs:int"/><xs:element name="B" type="xs:int"/></xs:sequence></xs:choice>
              <xs:sequence maxOccurs="unbounded"><xs:element name="D" type="xs:int"/></xs:sequence>
              <xs:group ref="t:Contact"/>
              <xs:element name="A" type="xs:int"/>
              <xs:element name="Gone" type="xs:int" minOccurs="0" maxOccurs="0"/>
              <xs:any minOccurs="0" processContents="lax"/>
            </xs:sequence><xs:anyAttribute/></xs:complexType></xs:element>
            """)
        #expect(root.fields.map(\.name) == ["A", "B", "C", "D", "Phone", "Mail"])
        #expect(root.fields.filter(\.required).map(\.name) == ["A", "D"])
        guard case .list(_, 2, 2)? = root.field(named: "A")?.shape.kind,
            case .list(_, 1, nil)? = root.field(named: "D")?.shape.kind
        else {
            Issue.record("A is there twice, D at least once")
            return
        }
        #expect(root.field(named: "B")?.shape.isList == false)
        #expect(root.objectShape?.open == true)
        #expect(root.lookup("@anything")?.kindName == "text")
    }

    @Test func derivedTypesHaveTheFieldsOfTheirBase() throws {
        let root = try root(
            """
            <xs:complexType name="Base" abstract="true"><xs:sequence><xs:element name="A" type="xs:int"/></xs:sequence><xs:attribute name="x"/></xs:complexType>
            <xs:complexType name="Mid"><xs:complexContent><xs:extension base="t:Base"><xs:sequence><xs:element name="B" type="xs:int" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
            <xs:complexType name="Narrow"><xs:complexContent><xs:restriction base="t:Mid"><xs:sequence><xs:element name="A" type="xs:int"/></xs:sequence><xs:attribute name="x" use="prohibited"/></xs:restriction></xs:complexContent></xs:complexType>
            <xs:element name="R"><xs:complexType><xs:all>
              <xs:element name="M" type="t:Mid"/><xs:element name="N" type="t:Narrow"/><xs:element name="Z" type="t:Base"/>
            </xs:all></xs:complexType></xs:element>
            """)
        #expect(root.lookup("M")?.fields.map(\.name) == ["@x", "A", "B"])
        #expect(root.lookup("M")?.objectShape?.open == false)
        #expect(root.lookup("N")?.fields.map(\.name) == ["A"])
        #expect(root.lookup("Z")?.objectShape?.open == true)
    }

    @Test func listsUnionsAndMixedContent() throws {
        let root = try root(
            """
            <xs:simpleType name="L"><xs:list itemType="xs:int"/></xs:simpleType>
            <xs:simpleType name="U"><xs:union memberTypes="xs:int xs:short"/></xs:simpleType>
            <xs:simpleType name="V"><xs:union memberTypes="xs:int"><xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType></xs:union></xs:simpleType>
            <xs:element name="R"><xs:complexType><xs:sequence>
              <xs:element name="L" type="t:L"/><xs:element name="U" type="t:U"/><xs:element name="V" type="t:V"/>
              <xs:element name="Mixed"><xs:complexType mixed="true"><xs:sequence><xs:element name="b" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
              <xs:element name="Empty"><xs:complexType/></xs:element><xs:element name="Any"/>
            </xs:sequence></xs:complexType></xs:element>
            """)
        #expect(root.lookup("L")?.facets.format == "list")
        #expect(root.lookup("U")?.kindName == "whole number")
        #expect(root.lookup("V")?.kindName == "text")
        #expect(root.lookup("Mixed")?.kindName == "object with text")
        #expect(root.lookup("Empty")?.fields.isEmpty == true)
        #expect(root.lookup("Any")?.isAny == true)
    }

    @Test func substitutesStandInForTheirHead() throws {
        let reading = read(
            [
                "c/a.xsd": schema(
                    """
                    <xs:element name="Pay"><xs:complexType><xs:sequence><xs:element ref="t:Means"/></xs:sequence></xs:complexType></xs:element>
                    <xs:element name="Means" abstract="true" type="xs:string"/>
                    <xs:element name="Card" substitutionGroup="t:Means"/>
                    <xs:element name="Iban" substitutionGroup="t:Card" type="xs:string"/>
                    """)
            ], fragment: "Pay")
        #expect(reading.codes.isEmpty)
        #expect(reading.rootFields == ["Card?", "Iban?"])
        #expect(reading.document?.root.lookup("Card")?.kindName == "text")
    }

    @Test func importsIncludesAndChameleons() throws {
        let reading = read([
            "c/a.xsd": schema(
                """
                <xs:include schemaLocation="parts/b.xsd"/>
                <xs:import namespace="urn:u" schemaLocation="../shared/u.xsd"/>
                <xs:element name="R"><xs:complexType><xs:sequence>
                  <xs:element name="B" type="t:B"/><xs:element ref="u:Other" xmlns:u="urn:u"/>
                </xs:sequence></xs:complexType></xs:element>
                """),
            "c/parts/b.xsd": """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
              <xs:include schemaLocation="../a.xsd"/>
              <xs:complexType name="B"><xs:sequence><xs:element name="C" type="C"/></xs:sequence></xs:complexType>
              <xs:simpleType name="C"><xs:restriction base="xs:int"/></xs:simpleType>
            </xs:schema>
            """,
            "shared/u.xsd": """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:u">
              <xs:import namespace="urn:t" schemaLocation="../c/a.xsd"/>
              <xs:element name="Other"><xs:complexType><xs:sequence><xs:element name="Local" type="xs:time"/></xs:sequence></xs:complexType></xs:element>
            </xs:schema>
            """,
        ])
        #expect(reading.codes.isEmpty, "\(reading.diagnostics)")
        let root = try #require(reading.document?.root)
        #expect(reading.document?.rootElement == ElementName("R", namespace: "urn:t"))
        #expect(root.field(path: "B.C")?.namespace == "urn:t")
        #expect(root.lookup("B.C")?.kindName == "whole number")
        #expect(root.field(named: "Other")?.namespace == "urn:u")
        #expect(root.field(path: "Other.Local")?.namespace == nil)
        #expect(Set(reading.document?.files ?? []) == ["c/a.xsd", "c/parts/b.xsd", "shared/u.xsd"])
    }

    @Test func problemsWithOtherFilesAreReported() {
        let reading = read([
            "c/a.xsd": schema(
                """
                <xs:include schemaLocation="missing.xsd"/>
                <xs:import namespace="urn:v" schemaLocation="https://example.com/v.xsd"/>
                <xs:import namespace="urn:w" schemaLocation="../../w.xsd"/>
                <xs:import namespace="urn:x" schemaLocation="x.xsd"/>
                <xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>
                <xs:import namespace="urn:y" schemaLocation="https://example.com/y.xsd"/>
                <xs:element name="R" type="t:Paty"/><xs:complexType name="Party"/>
                """),
            "c/x.xsd": "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><broken",
            "c/catalog.json": #"{ "https://example.com/y.xsd": "y.xsd" }"#,
            "c/y.xsd": "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:y'/>",
        ])
        #expect(reading.codes.sorted() == ["WB3203", "WB3206", "WB3207", "WB3207", "WB3220"])
        #expect(reading.diagnostics.first { $0.code == "WB3220" }?.help == "a similar name is `Party`")
        #expect(!reading.loaded.contains { $0.contains("://") || $0.contains("..") })
        #expect(reading.document?.root.isAny == true)
    }

    @Test func severalElementsNeedAName() {
        let text = schema(#"<xs:element name="A" type="xs:int"/><xs:element name="B" type="xs:date"/>"#)
        let open = read(["c/a.xsd": text])
        #expect(open.codes == ["WB3205"])
        #expect(open.document?.root.isAny == true)
        #expect(open.document?.element(named: "B")?.shape.kindName == "date")
        #expect(read(["c/a.xsd": text], fragment: "B").document?.root.kindName == "date")
        #expect(read(["c/a.xsd": text], fragment: "C").codes == ["WB3204"])
    }

    @Test func refusesEntitiesAndBrokenFiles() throws {
        let bomb = """
            <!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">&b;</xs:schema>
            """
        let reading = read(["c/a.xsd": bomb])
        #expect(reading.codes == ["WB3203"])
        #expect(reading.diagnostics.first?.primary?.text == "a reference to an entity is not allowed")
        #expect(
            read(["c/a.xsd": #"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x a="&e;"/>"#]).codes == [
                "WB3203"
            ])
        #expect(
            read(["c/a.xsd": #"<!DOCTYPE x [<!ENTITY % e SYSTEM "http://localhost/e">%e;]><x/>"#]).codes == ["WB3203"])
        #expect(read(["c/a.xsd": #"<!DOCTYPE x SYSTEM "http://localhost:1/x.dtd"><x a="&lt;"/>"#]).codes == ["WB3201"])
        let signature = #"<!DOCTYPE xs:schema PUBLIC "-//W3C" "http://localhost:1/x.dtd" [<!ENTITY d 'urn:d'>]>"#
        #expect(read(["c/a.xsd": signature + schema(#"<xs:element name="R" type="xs:int"/>"#)]).codes.isEmpty)
        #expect(read(["c/a.xsd": ""]).codes == ["WB3203"])
        #expect(read(["c/a.xsd": "<p:schema/>"]).codes == ["WB3203"])
        #expect(read(["c/a.xsd": "<other/>"]).codes == ["WB3201"])
        #expect(read(["c/a.xsd": "<a>\n<b>\n</a>"]).diagnostics.first?.primary?.span.start ?? 0 >= 4)
        let deep = String(repeating: "<a>", count: 5_000) + String(repeating: "</a>", count: 5_000)
        #expect(read(["c/a.xsd": deep]).codes == ["WB3203"])
    }

    @Test func redefinitionsChangeTheOriginal() {
        let reading = read([
            "c/a.xsd": schema(
                """
                <xs:redefine schemaLocation="b.xsd">
                  <xs:complexType name="B"><xs:complexContent><xs:extension base="t:B"><xs:attribute name="b"/></xs:extension></xs:complexContent></xs:complexType>
                  <xs:group name="G"><xs:sequence><xs:group ref="t:G"/><xs:element name="Two" type="xs:int"/></xs:sequence></xs:group>
                </xs:redefine>
                <xs:element name="R" type="t:B"/><xs:element name="S"><xs:complexType><xs:group ref="t:G"/></xs:complexType></xs:element>
                """),
            "c/b.xsd": schema(
                """
                <xs:complexType name="B"><xs:attribute name="a"/></xs:complexType>
                <xs:group name="G"><xs:sequence><xs:element name="One" type="xs:int"/></xs:sequence></xs:group>
                """),
        ])
        #expect(reading.codes == ["WB3205"])
        #expect(reading.document?.element(named: "R")?.shape.fields.map(\.name) == ["@a", "@b"])
        #expect(reading.document?.element(named: "S")?.shape.fields.map(\.name) == ["One", "Two"])
    }
}

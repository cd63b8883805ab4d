import Contracts
import Testing

/// Types that contain themselves, in every way that contracts allow.
@Suite struct RecursionTests {
    @Test func aJSONTypeThatContainsItself() throws {
        let reading = read([
            "c/tree.schema.json": """
            { "title": "Node", "type": "object", "required": ["value"], "properties": {
                "value": { "type": "integer" }, "children": { "type": "array", "items": { "$ref": "#" } } } }
            """
        ])
        let root = try #require(reading.document?.root)
        #expect(reading.codes.isEmpty)
        #expect(root.lookup("children.children.children.value")?.kindName == "whole number")
        #expect(root.field(path: "children")?.shape.itemShape.reference != nil)
        #expect(root.describeTree().contains("children[]  list of object, optional, as"))
    }

    @Test func aJSONTypeThatExtendsTheOneAroundIt() throws {
        let reading = read([
            "c/tree.schema.json": """
            { "$ref": "#/$defs/node", "$defs": { "node": { "type": "object", "properties": {
                "name": { "type": "string" },
                "child": { "allOf": [ { "$ref": "#/$defs/node" }, { "properties": { "extra": { "type": "boolean" } } } ] } } } } }
            """
        ])
        let root = try #require(reading.document?.root)
        #expect(root.lookup("child.name")?.kindName == "text")
        #expect(root.lookup("child.extra")?.kindName == "boolean")
        #expect(root.lookup("child.child.child.extra")?.kindName == "boolean")
    }

    @Test func JSONTypesBuiltOnThemselvesEnd() {
        for text in [
            ##"{ "$ref": "#" }"##, ##"{ "allOf": [{ "$ref": "#" }], "properties": { "a": { "$ref": "#" } } }"##,
            ##"{ "oneOf": [{ "$ref": "#" }, { "type": "string" }] }"##,
            ##"{ "properties": { "a": { "oneOf": [{ "$ref": "#" }, { "$ref": "#/properties/a" }] } } }"##,
            ##"{ "anyOf": [{ "$ref": "#/$defs/a" }], "$defs": { "a": { "allOf": [{ "$ref": "#/$defs/b" }] }, "b": { "anyOf": [{ "$ref": "#/$defs/a" }, {}] } } }"##,
        ] {
            let reading = read(["c/loop.schema.json": text])
            #expect(reading.document != nil)
            var shape = reading.document?.root
            for _ in 0..<200 { shape = shape?.lookup("a") }
            #expect(reading.document?.root.describeTree().isEmpty == false)
        }
    }

    @Test func aLongChainOfReferencesEnds() {
        let definitions = (0..<2_000).map {
            ##""d\##($0)": { "properties": { "n": { "$ref": "#/$defs/d\##($0 + 1)" } } }"##
        }
        let text =
            ##"{ "$ref": "#/$defs/d0", "$defs": { \##(definitions.joined(separator: ",")), "d2000": { "type": "string" } } }"##
        var shape = read(["c/deep.schema.json": text]).document?.root
        for _ in 0..<2_000 { shape = shape?.field(named: "n")?.shape }
        #expect(shape?.kindName == "text")
    }

    @Test func aLongChainOfBareReferencesEnds() {
        let definitions = (0..<3_000).map { ##""d\##($0)": { "allOf": [{ "$ref": "#/$defs/d\##($0 + 1)" }] }"## }
        let text =
            ##"{ "$ref": "#/$defs/d0", "$defs": { \##(definitions.joined(separator: ",")), "d3000": { "type": "string" } } }"##
        #expect(read(["c/deep.schema.json": text]).document != nil)
    }

    @Test func XMLTypesThatContainThemselves() throws {
        let reading = read([
            "c/tree.xsd": schema(
                """
                <xs:element name="Root" type="t:Node"/>
                <xs:complexType name="Node"><xs:sequence>
                  <xs:element name="Name" type="xs:string"/>
                  <xs:element name="Child" type="t:Node" minOccurs="0" maxOccurs="unbounded"/>
                  <xs:element name="Special" type="t:SpecialNode" minOccurs="0"/>
                  <xs:element name="Anonymous" minOccurs="0"><xs:complexType><xs:complexContent><xs:extension base="t:Node">
                    <xs:sequence><xs:element name="More" type="xs:int"/></xs:sequence>
                  </xs:extension></xs:complexContent></xs:complexType></xs:element>
                </xs:sequence></xs:complexType>
                <xs:complexType name="SpecialNode"><xs:complexContent><xs:extension base="t:Node">
                  <xs:sequence><xs:element name="Extra" type="xs:boolean"/></xs:sequence>
                </xs:extension></xs:complexContent></xs:complexType>
                """)
        ])
        let root = try #require(reading.document?.root)
        #expect(reading.codes.isEmpty)
        #expect(root.lookup("Child.Child.Name")?.kindName == "text")
        #expect(root.lookup("Special.Name")?.kindName == "text")
        #expect(root.lookup("Special.Special.Child.Special.Extra")?.kindName == "boolean")
        #expect(root.lookup("Anonymous.Anonymous.More")?.kindName == "whole number")
        #expect(root.lookup("Anonymous.Name")?.kindName == "text")
        #expect(root.describeTree().contains("as Node, which contains itself"))
    }

    @Test func elementsAndGroupsThatContainThemselves() throws {
        let reading = read([
            "c/tree.xsd": schema(
                """
                <xs:element name="Folder"><xs:complexType><xs:sequence>
                  <xs:element ref="t:Folder" minOccurs="0" maxOccurs="9"/>
                  <xs:group ref="t:Body"/>
                </xs:sequence></xs:complexType></xs:element>
                <xs:group name="Body"><xs:sequence>
                  <xs:element name="Text" type="xs:string"/>
                  <xs:element name="Inner" minOccurs="0"><xs:complexType><xs:group ref="t:Body"/></xs:complexType></xs:element>
                </xs:sequence></xs:group>
                """)
        ])
        let root = try #require(reading.document?.root)
        #expect(reading.codes.isEmpty)
        #expect(root.lookup("Folder.Folder.Text")?.kindName == "text")
        #expect(root.lookup("Inner.Inner.Inner.Text")?.kindName == "text")
    }

    @Test func definitionsBuiltOnThemselvesAreReported() {
        let reading = read([
            "c/loop.xsd": schema(
                """
                <xs:element name="Root" type="t:A"/>
                <xs:complexType name="A"><xs:complexContent><xs:extension base="t:B"/></xs:complexContent></xs:complexType>
                <xs:complexType name="B"><xs:complexContent><xs:extension base="t:A"/></xs:complexContent></xs:complexType>
                <xs:element name="S" type="t:Loop"/>
                <xs:simpleType name="Loop"><xs:restriction base="t:Loop"/></xs:simpleType>
                <xs:element name="G"><xs:complexType><xs:group ref="t:G"/></xs:complexType></xs:element>
                <xs:group name="G"><xs:sequence><xs:group ref="t:G"/></xs:sequence></xs:group>
                <xs:element name="H"><xs:complexType><xs:attributeGroup ref="t:H"/></xs:complexType></xs:element>
                <xs:attributeGroup name="H"><xs:attributeGroup ref="t:H"/></xs:attributeGroup>
                """)
        ])
        #expect(reading.document?.elements.count == 4)
        #expect(reading.codes.filter { $0 == "WB3223" }.count == 4)
    }

    @Test func deepChainsOfTypesEnd() {
        let types = (0..<1_500).map {
            """
            <xs:complexType name="T\($0)"><xs:sequence><xs:element name="n" type="t:T\($0 + 1)"/></xs:sequence></xs:complexType>
            """
        }
        let bases = (0..<1_500).map {
            """
            <xs:complexType name="E\($0)"><xs:complexContent><xs:extension base="t:E\($0 + 1)"/></xs:complexContent></xs:complexType>
            """
        }
        let reading = read([
            "c/deep.xsd": schema(
                types.joined() + bases.joined()
                    + #"<xs:simpleType name="T1500"><xs:restriction base="xs:int"/></xs:simpleType>"#
                    + #"<xs:complexType name="E1500"/><xs:element name="Root" type="t:T0"/><xs:element name="E" type="t:E0"/>"#
            )
        ])
        var shape = reading.document?.element(named: "Root")?.shape
        for _ in 0..<1_500 { shape = shape?.field(named: "n")?.shape }
        #expect(shape?.kindName == "whole number")
        #expect(reading.document?.element(named: "E") != nil)
    }
}

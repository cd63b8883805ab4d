import Contracts
import Testing

@Suite struct ServedWSDLTests {
    private func served(_ files: [String: String], _ path: String, _ address: String) -> ServedWSDL? {
        ServedWSDL.make(path: path, address: address) { name in files[name].map { Array($0.utf8) } }
    }

    private func text(_ part: ServedWSDL.Part?) -> String? { part.map { String(decoding: $0.bytes, as: UTF8.self) } }

    private static let head =
        #"<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs='http://www.w3.org/2001/XMLSchema'>"#

    @Test func onlyAddressesChange() throws {
        let before =
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n<!DOCTYPE x [ <!ELEMENT y (z)> <!-- ]> ' --> ]>\n<!-- <s:address location=\"no\"/> -->"
            + Self.head
            + "<w:documentation><![CDATA[<s:address location='no'>]]> <s:address xmlns:s=\"urn:x\" location=\"no\"/></w:documentation>"
            + "<w:service><w:port><s:address\n  location = 'http://old/?a=1&amp;b=2' x=\">\"/></w:port><w:port><q:address location=\"\" xmlns:q=\"http://schemas.xmlsoap.org/wsdl/soap12/\"></q:address></w:port></w:service></w:definitions>\n"
        let expected = before.replacing("http://old/?a=1&amp;b=2", with: "https://g/s?x=1&amp;y=&quot;&#39;&lt;&#228;")
            .replacing(
                "<q:address location=\"\"", with: "<q:address location=\"https://g/s?x=1&amp;y=&quot;&#39;&lt;&#228;\"")
        let result = try #require(served(["a.wsdl": before], "a.wsdl", "https://g/s?x=1&y=\"'<ä"))
        #expect(text(result.parts.first) == expected)
        #expect(result.parts.count == 1 && result.part(query: "WSDL")?.path == "a.wsdl")
        #expect(result.part(query: "wsdl=1") == nil)
    }

    @Test func partsAreServedBesideTheDescription() throws {
        let files = [
            "c/a.wsdl": Self.head
                + #"<w:import namespace="urn:b" location="sub/b.wsdl"/><w:types><xs:schema><xs:import namespace="urn:x" schemaLocation="x.xsd"/><xs:import namespace="urn:cat"/><xs:import namespace="urn:none"/><xs:include schemaLocation="https://far/y.xsd"/><xs:import schemaLocation="https://unknown/z.xsd"/><xs:import schemaLocation="../../etc/passwd"/><xs:import schemaLocation="missing.xsd"/></xs:schema></w:types></w:definitions>"#,
            "c/sub/b.wsdl": Self.head
                + #"<w:import location="../a.wsdl"/><w:import location="../x.xsd"/></w:definitions>"#,
            "c/x.xsd":
                #"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="x.xsd"/></xs:schema>"#,
            "y.xsd": #"<schema xmlns="http://www.w3.org/2001/XMLSchema"/>"#,
            "c/cat.xsd": #"<schema xmlns="http://www.w3.org/2001/XMLSchema"/>"#,
            "c/catalog.json": #"{ "urn:cat": "cat.xsd" }"#, "catalog.json": #"{ "https://far/y.xsd": "y.xsd" }"#,
        ]
        let result = try #require(served(files, "c/a.wsdl", "http://g/s"))
        #expect(result.parts.map(\.query) == ["wsdl", "wsdl=1", "xsd=1", "xsd=2", "xsd=3"])
        #expect(result.parts.map(\.path) == ["c/a.wsdl", "c/sub/b.wsdl", "c/x.xsd", "c/cat.xsd", "y.xsd"])
        let root = try #require(text(result.part(query: "wsdl")))
        #expect(
            root == Self.head
                + #"<w:import namespace="urn:b" location="http://g/s?wsdl=1"/><w:types><xs:schema><xs:import namespace="urn:x" schemaLocation="http://g/s?xsd=1"/><xs:import schemaLocation="http://g/s?xsd=2" namespace="urn:cat"/><xs:import namespace="urn:none"/><xs:include schemaLocation="http://g/s?xsd=3"/><xs:import schemaLocation="https://unknown/z.xsd"/><xs:import schemaLocation="../../etc/passwd"/><xs:import schemaLocation="missing.xsd"/></xs:schema></w:types></w:definitions>"#
        )
        #expect(
            text(result.part(query: "wsdl=1"))?.contains(
                #"location="http://g/s?wsdl"/><w:import location="http://g/s?xsd=1""#) == true)
        #expect(text(result.part(query: "xsd=1"))?.contains(#"schemaLocation="http://g/s?xsd=1""#) == true)
    }

    @Test func whatCanNotBeServedIsNil() {
        #expect(served([:], "a.wsdl", "http://g") == nil)
        #expect(served(["a.wsdl": "<x/>"], "a.wsdl", "http://g") == nil)
        #expect(served(["a.wsdl": "<x"], "a.wsdl", "http://g") == nil)
        #expect(served(["a.xsd": #"<schema xmlns="http://www.w3.org/2001/XMLSchema"/>"#], "a.xsd", "http://g") == nil)
        let wide = Array((Self.head + "</w:definitions>").utf16).flatMap {
            [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)]
        }
        #expect(ServedWSDL.make(path: "a", address: "http://g") { _ in [0xFF, 0xFE] + wide } == nil)
    }

    /// What is served is read again: the same operations at the new address, from its own parts.
    @Test func whatIsServedReadsTheSame() throws {
        guard let root = conformanceFolder() else { return }
        var checked = 0
        for contract in IndexValue(path: root + "/wsdl/INDEX.json")["contracts"].items
        where contract["kind"].text == "wsdl" {
            let slug = try #require(contract["slug"].text)
            let main = try #require(contract["main"].items.first?.text)
            let folder = root + "/wsdl/" + slug + "/"
            let before = try #require(read(path: main) { contents(of: folder + $0) }.document)
            let result = try #require(
                ServedWSDL.make(path: main, address: "https://gw.example/s") { contents(of: folder + $0) }, "\(slug)")
            // A client that has only the gateway: queries stand for files.
            var catalog = "{"
            var files: [String: [UInt8]] = [:]
            for (index, part) in result.parts.enumerated() {
                catalog += (index == 0 ? "" : ",") + "\"https://gw.example/s?\(part.query)\":\"\(index).xml\""
                files["\(index).xml"] = part.bytes
            }
            files["catalog.json"] = Array((catalog + "}").utf8)
            let reading = read(path: "0.xml") { files[$0] }
            let after = try #require(reading.document, "\(slug)")
            #expect(!reading.codes.contains("WB3206") && !reading.codes.contains("WB3220"), "\(slug): \(reading.codes)")
            #expect(after.operations.map(\.name) == before.operations.map(\.name), "\(slug)")
            #expect(after.operations.allSatisfy { $0.address == "https://gw.example/s" }, "\(slug)")
            for (old, new) in zip(before.operations, after.operations) {
                #expect(old.input?.elementName == new.input?.elementName)
                #expect(
                    old.input?.shape.fields.map(\.name) == new.input?.shape.fields.map(\.name), "\(slug): \(old.name)")
            }
            checked += 1
        }
        print("wsdl served and read again: \(checked)/18")
    }
}

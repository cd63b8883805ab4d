import Contracts
import Diagnostics
import Foundation
import Testing

/// Contracts made to keep the compiler busy: each ends quickly, with one clear message.
@Suite struct HostileContractTests {
    private static let limit = Duration.seconds(20)

    private func quickly(_ body: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        let start = clock.now
        try body()
        #expect(clock.now - start < Self.limit)
    }

    @Test func aChainOfImportsEnds() {
        quickly {
            let reading = read(path: "0.wsdl") { path in
                guard let number = Int(path.prefix { $0.isNumber }), path.hasSuffix(".wsdl") else { return nil }
                return Array(
                    description("<wsdl:import namespace=\"urn:t\" location=\"\(number + 1).wsdl\"/>").utf8)
            }
            #expect(reading.codes.contains("WB3254"), "\(reading.codes)")
            #expect(reading.loaded.count < 400)
        }
    }

    @Test func schemasThatIncludeMoreAndMoreEnd() {
        quickly {
            let reading = read(path: "0.xsd") { path in
                guard path.hasSuffix(".xsd") else { return nil }
                let includes = (0..<20).map { "<xs:include schemaLocation=\"\(path.dropLast(4))-\($0).xsd\"/>" }
                return Array(schema(includes.joined()).utf8)
            }
            #expect(reading.codes.contains("WB3254"), "\(reading.codes)")
            #expect(reading.diagnostics.count { $0.code == "WB3254" } == 1)
            #expect(reading.loaded.count < 2_000)
        }
    }

    @Test func theBytesOfAllPartsAreBounded() {
        let comment = Array("<!--".utf8) + [UInt8](repeating: 0x78, count: 5 << 20) + Array("-->".utf8)
        let filler = comment + comment + comment
        let end = Array("</xs:schema>".utf8)
        quickly {
            let reading = read(path: "0.xsd") { path in
                guard let number = Int(path.prefix { $0.isNumber }), path.hasSuffix(".xsd") else { return nil }
                let head = schema("<xs:include schemaLocation=\"\(number + 1).xsd\"/>")
                return Array(head.utf8.dropLast(end.count)) + (number == 0 ? [] : filler) + end
            }
            #expect(reading.codes.contains("WB3254"), "\(reading.codes)")
        }
    }

    @Test func tooManyTagsAreRefusedBeforeATreeIsMade() {
        quickly {
            let reading = read(["a.xsd": schema(String(repeating: "<a/>", count: 1_000_001))])
            #expect(reading.document == nil && reading.codes == ["WB3203"])
        }
    }

    @Test func deepNestingIsRefused() {
        let open = String(repeating: "<xs:sequence>", count: 5_000)
        let close = String(repeating: "</xs:sequence>", count: 5_000)
        let reading = read([
            "a.xsd": schema("<xs:element name=\"a\"><xs:complexType>\(open)\(close)</xs:complexType></xs:element>")
        ])
        #expect(reading.document == nil && reading.codes == ["WB3203"])
    }

    @Test func thousandsOfOperationsAreReadInLinearTime() throws {
        let count = 3_000
        let abstract = (0..<count).map {
            "<wsdl:operation name=\"o\($0)\"><wsdl:input message=\"t:m\"/></wsdl:operation>"
        }
        let bound = (0..<count).map {
            "<wsdl:operation name=\"o\($0)\"><wsdl:input><soap:body use=\"literal\"/></wsdl:input></wsdl:operation>"
        }
        let text = description(
            "<wsdl:message name=\"m\"><wsdl:part name=\"p\" element=\"t:e\"/></wsdl:message><wsdl:portType name=\"PT\">"
                + abstract.joined() + "</wsdl:portType><wsdl:binding name=\"B\" type=\"t:PT\"><soap:binding/>"
                + bound.joined() + "</wsdl:binding>" + service,
            types: schema("<xs:element name=\"e\" type=\"xs:string\"/>"))
        try quickly {
            let document = try #require(read(["a.wsdl": text]).document)
            #expect(document.operations.count == count)
        }
    }

    @Test func thousandsOfMissingNamesAreReportedInBoundedTime() {
        let bound = (0..<3_000).map { "<wsdl:operation name=\"operation\($0)\"/>" }
        let abstract = (0..<3_000).map { "<wsdl:operation name=\"operatiom\($0)\"/>" }
        let text = description(
            "<wsdl:portType name=\"PT\">" + abstract.joined()
                + "</wsdl:portType><wsdl:binding name=\"B\" type=\"t:PT\"><soap:binding/>" + bound.joined()
                + "</wsdl:binding>" + service)
        quickly {
            let reading = read(["a.wsdl": text])
            #expect(reading.diagnostics.count <= 101)
            #expect(reading.codes.contains("WB3240"))
        }
    }

    @Test func moreOperationsThanAnybodyHasAreRefused() {
        let operations = String(repeating: "<wsdl:operation name=\"o\"/>", count: 6_000)
        let bindings = (0..<4).map {
            "<wsdl:binding name=\"B\($0)\" type=\"t:PT\"><soap:binding/>\(operations)</wsdl:binding>"
        }
        quickly {
            let reading = read(["a.wsdl": description("<wsdl:portType name=\"PT\"/>" + bindings.joined() + service)])
            #expect(reading.diagnostics.contains { $0.code == "WB3254" && $0.severity == .error }, "\(reading.codes)")
        }
    }

    @Test func cataloguesCanNotLeaveTheWorkspace() {
        let reading = read([
            "c/a.wsdl": description(#"<wsdl:import namespace="urn:x" location="http://x/"/>"#),
            "c/catalog.json": #"{ "http://x/": "../../etc/passwd" }"#,
            "catalog.json": #"{ "http://x/": "/etc/passwd" }"#,
        ])
        #expect(reading.codes.contains("WB3207"))
        #expect(!reading.loaded.contains { $0.contains("passwd") })
    }

    @Test func entitiesAndOutsideFilesAreRefused() {
        let bomb =
            "<!DOCTYPE d [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
        for reference in ["&b;", "&f;"] {
            let reading = read(["a.wsdl": bomb + description("<wsdl:documentation>\(reference)</wsdl:documentation>")])
            #expect(reading.document == nil && reading.codes == ["WB3203"], "\(reference)")
            #expect(reading.loaded.allSatisfy { $0 == "a.wsdl" })
        }
        let include = read([
            "a.wsdl": description(
                #"<wsdl:documentation><x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/></wsdl:documentation>"#
            )
        ])
        #expect(include.loaded.allSatisfy { !$0.contains("passwd") })
    }

    /// Bytes of a description exchanged, cut and doubled at random: read or refused, and never a trap, by the reader and
    /// by what serves descriptions.
    @Test func mutationsAreReadOrRefused() {
        let seed =
            ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(1, bound)))
        }
        let base = Array(
            description(
                """
                <!-- c --><wsdl:import namespace="urn:x" location="b.wsdl"/>
                <wsdl:message name="In"><wsdl:part name="p" element="t:e"/></wsdl:message><wsdl:message name="R"><wsdl:part name="a" type="t:A"/></wsdl:message>
                <wsdl:portType name="PT"><wsdl:operation name="Do"><wsdl:input message="t:In"/><wsdl:output message="t:R"/><wsdl:fault name="f" message="t:In"/></wsdl:operation></wsdl:portType>
                <wsdl:binding name="B" type="t:PT"><soap:binding style="rpc"/><wsdl:operation name="Do"><soap:operation soapAction="urn:a"/>
                <wsdl:input><soap:header message="t:In" part="p"/><soap:body use="literal" namespace="urn:r"/></wsdl:input><wsdl:output><soap:body use="encoded"/></wsdl:output></wsdl:operation></wsdl:binding>
                """ + service,
                types:
                    #"<xs:schema targetNamespace="urn:t"><xs:element name="e" type="xs:int"/><xs:complexType name="A"><xs:complexContent><xs:restriction base="soapenc:Array"><xs:attribute ref="soapenc:arrayType" wsdl:arrayType="t:A[][,]"/></xs:restriction></xs:complexContent></xs:complexType></xs:schema>"#
            ).utf8)
        let pieces = [
            "<", ">", "/", "\"", "=", "&amp;", "t:", "xmlns=\"\"", "<![CDATA[", "]]>", "<!--", "[", "(", "wsdl:",
        ]
        var readable = 0
        for _ in 0..<400 {
            var bytes = base
            for _ in 0...random(2) {
                let place = random(bytes.count)
                switch random(8) {
                case 0: bytes[place] = UInt8(random(128))
                case 1, 2, 3: bytes[place] = UInt8(0x61 + random(26))
                case 4: bytes.remove(at: place)
                case 5: bytes.insert(contentsOf: Array(pieces[random(pieces.count)].utf8), at: place)
                case 6: bytes.removeSubrange(place..<min(bytes.count, place + random(30)))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random(60))], at: place)
                }
            }
            let changed = bytes
            let load = { (path: String) -> [UInt8]? in path == "a.wsdl" ? changed : path == "b.wsdl" ? base : nil }
            let reading = read(path: "a.wsdl", load: load)
            if let document = reading.document {
                readable += 1
                for operation in document.operations {
                    _ = document.request(operation).validator
                    _ = operation.input?.shape.describeTree(depth: 6, limit: 100)
                }
                _ = WSDLDispatch(document.operations)
            } else {
                #expect(!reading.codes.isEmpty, "seed \(seed)")
            }
            for part in ServedWSDL.make(path: "a.wsdl", address: "http://g/?a&b", load: load)?.parts ?? [] {
                #expect(!read(path: part.path, load: { _ in part.bytes }).codes.contains("WB3203"), "seed \(seed)")
            }
        }
        print("wsdl mutations: 400, \(readable) readable, seed \(seed)")
        #expect(readable > 0 && readable < 400, "seed \(seed)")
    }
}

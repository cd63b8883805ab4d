import Contracts
import Diagnostics
import Testing

@Suite struct WSDLTests {
    private static let types = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:pay" elementFormDefault="qualified">
          <xs:element name="CorrelationId" type="xs:string"/>
          <xs:element name="Pay"><xs:complexType><xs:sequence>
            <xs:element name="Id" type="xs:string"/><xs:element name="Amount" type="xs:decimal"/>
          </xs:sequence></xs:complexType></xs:element>
          <xs:element name="PayResponse"><xs:complexType><xs:sequence><xs:element name="At" type="xs:dateTime"/></xs:sequence></xs:complexType></xs:element>
          <xs:element name="PayFault"><xs:complexType><xs:sequence><xs:element name="Code" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
        </xs:schema>
        """

    private func wsdl(
        types: String =
            #"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:import namespace="urn:pay" schemaLocation="pay.xsd"/></xs:schema>"#,
        soap: String = "http://schemas.xmlsoap.org/wsdl/soap/", style: String = "document", use: String = "literal",
        part: String = #"element="p:Pay""#
    ) -> String {
        """
        <wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="\(soap)" xmlns:p="urn:pay"
            xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:pay">
          <wsdl:types>\(types)</wsdl:types>
          <wsdl:message name="In"><wsdl:part name="body" \(part)/></wsdl:message>
          <wsdl:message name="Out"><wsdl:part name="body" element="p:PayResponse"/></wsdl:message>
          <wsdl:message name="Wrong"><wsdl:part name="fault" element="p:PayFault"/></wsdl:message>
          <wsdl:message name="Correlation"><wsdl:part name="header" element="p:CorrelationId"/></wsdl:message>
          <wsdl:portType name="Port"><wsdl:operation name="Pay">
            <wsdl:input message="p:In"/><wsdl:output message="p:Out"/><wsdl:fault name="f" message="p:Wrong"/>
          </wsdl:operation></wsdl:portType>
          <wsdl:binding name="Soap" type="p:Port"><soap:binding style="\(style)" transport="http://schemas.xmlsoap.org/soap/http"/>
            <wsdl:operation name="Pay"><soap:operation soapAction="urn:pay/Pay"/>
              <wsdl:input><soap:header message="p:Correlation" part="header" use="literal"/><soap:body use="\(use)" namespace="urn:rpc"/></wsdl:input>
              <wsdl:output><soap:body use="\(use)"/></wsdl:output>
            </wsdl:operation>
          </wsdl:binding>
          <wsdl:service name="S"><wsdl:port name="P" binding="p:Soap"><soap:address location="http://localhost:1/soap"/></wsdl:port></wsdl:service>
        </wsdl:definitions>
        """
    }

    @Test func readsAnOperation() throws {
        let reading = read(["c/pay.wsdl": wsdl(), "c/pay.xsd": Self.types], fragment: "Pay")
        #expect(reading.codes.isEmpty, "\(reading.diagnostics)")
        let document = try #require(reading.document)
        #expect(document.language == .wsdl)
        #expect(document.files == ["c/pay.wsdl", "c/pay.xsd"])
        let operation = try #require(document.operation(named: "Pay"))
        #expect(operation.soapAction == "urn:pay/Pay")
        #expect(operation.version == .v11 && operation.style == .document && operation.isLiteral)
        #expect(operation.address == "http://localhost:1/soap")
        #expect(operation.input?.elementName == ElementName("Pay", namespace: "urn:pay"))
        #expect(operation.input?.shape.fields.map(\.name) == ["Id", "Amount"])
        #expect(operation.input?.shape.field(named: "Id")?.namespace == "urn:pay")
        #expect(operation.output?.shape.lookup("At")?.kindName == "date and time")
        #expect(operation.faults.map(\.name) == ["f"])
        #expect(operation.faults.first?.detail.shape.lookup("Code")?.kindName == "text")
        #expect(operation.fault(detail: ElementName("PayFault", namespace: "urn:pay"))?.name == "f")
        #expect(operation.exchange == .requestResponse && operation.isWrapped)
        #expect(document.services.map(\.name) == ["S"])
        #expect(document.services.first?.ports.first?.binding == "Soap")
        #expect(operation.inputHeaders.map(\.name) == ["CorrelationId"])
        #expect(operation.inputHeaders.first?.namespace == "urn:pay")
        #expect(operation.outputHeaders.isEmpty)
        #expect(document.root.fields.map(\.name) == ["Id", "Amount"])
        #expect(document.rootElement?.name == "Pay")
        #expect(document.request(operation: "Pay")?.soap?.name == "Pay")
        #expect(document.response(operation: "Pay")?.rootElement?.name == "PayResponse")
        #expect(document.element(named: "PayFault") != nil)
    }

    @Test func readsInlineTypesAndSOAP12() throws {
        let reading = read(["c/pay.wsdl": wsdl(types: Self.types, soap: "http://schemas.xmlsoap.org/wsdl/soap12/")])
        #expect(reading.codes.isEmpty)
        #expect(reading.document?.root.isAny == true)
        #expect(reading.document?.operation(named: "Pay")?.version == .v12)
        #expect(reading.document?.operation(named: "Pay", version: .v11) == nil)
    }

    @Test func rpcLiteralHasAWrapper() throws {
        let reading = read(["c/pay.wsdl": wsdl(types: Self.types, style: "rpc", part: #"type="xs:int""#)])
        let input = try #require(reading.document?.operation(named: "Pay")?.input)
        #expect(input.elementName == ElementName("Pay", namespace: "urn:rpc"))
        #expect(input.shape.field(named: "body")?.shape.kindName == "whole number")
        #expect(input.shape.field(named: "body")?.namespace == nil)
    }

    @Test func whatCanNotBeMappedMayBeAnything() {
        let typed = read(["c/pay.wsdl": wsdl(types: Self.types, part: #"type="xs:int""#)])
        #expect(typed.codes == ["WB3233"])
        #expect(typed.document?.operation(named: "Pay")?.input?.shape.isAny == true)
        let undeclared = read(["c/pay.wsdl": wsdl(types: Self.types, part: #"element="p:Pya""#)])
        #expect(undeclared.codes == ["WB3220"])
        #expect(undeclared.diagnostics.first?.help == "a similar name is `Pay`")
    }

    @Test func suggestsTheRightOperation() {
        let reading = read(["c/pay.wsdl": wsdl(types: Self.types)], fragment: "Psy")
        #expect(reading.document == nil)
        #expect(reading.codes == ["WB3204"])
        #expect(reading.diagnostics.first?.help == "write `c/pay.wsdl#Pay`")
    }

    @Test func importsDescriptionsThatImportEachOther() throws {
        let whole = wsdl(types: Self.types)
        let cut = try #require(whole.range(of: "<wsdl:binding"))
        let head =
            #"<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:p="urn:pay" targetNamespace="urn:pay">"#
        let reading = read([
            "c/service.wsdl": head + #"<wsdl:import namespace="urn:pay" location="abstract.wsdl"/>"#
                + whole[cut.lowerBound...],
            "c/abstract.wsdl": whole[..<cut.lowerBound]
                + #"<wsdl:import namespace="urn:pay" location="service.wsdl"/></wsdl:definitions>"#,
        ])
        #expect(reading.codes.isEmpty, "\(reading.diagnostics)")
        #expect(reading.document?.operation(named: "Pay")?.input?.shape.fields.count == 2)
    }

    @Test func missingPartsAreReported() {
        let base = wsdl(types: Self.types)
        func replaced(_ old: String, _ new: String) -> [String] {
            read(["c/pay.wsdl": base.replacing(old, with: new)]).codes
        }
        #expect(replaced(#"input message="p:In""#, #"input message="p:No""#) == ["WB3231"])
        #expect(replaced(#"type="p:Port""#, #"type="p:No""#) == ["WB3231"])
        #expect(replaced(#"binding="p:Soap""#, #"binding="p:No""#) == ["WB3231"])
        #expect(
            replaced(#"message="p:Correlation" part="header""#, #"message="p:Correlation" part="no""#) == ["WB3231"])
        #expect(replaced("<soap:binding ", "<p:binding ") == ["WB3230"])
        #expect(read(["c/x.wsdl": #"<description xmlns="http://www.w3.org/ns/wsdl"/>"#]).codes == ["WB3251"])
    }
}

extension String {
    /// The range of the first occurrence.
    fileprivate func range(of other: String) -> Range<String.Index>? { ranges(of: other).first }
}

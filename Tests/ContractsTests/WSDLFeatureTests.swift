import Contracts
import Diagnostics
import Documents
import Testing

/// What descriptions have beyond one operation with a request and an answer.
@Suite struct WSDLFeatureTests {
    private static let types = """
        <xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
          <xs:element name="Ask"><xs:complexType><xs:sequence><xs:element name="Id" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
          <xs:element name="Answer"><xs:complexType><xs:sequence><xs:element name="At" type="xs:dateTime"/></xs:sequence></xs:complexType></xs:element>
          <xs:element name="Problem"><xs:complexType><xs:sequence><xs:element name="Code" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
          <xs:element name="Token" type="xs:string"/>
        </xs:schema>
        """
    private static let messages = """
        <wsdl:message name="In"><wsdl:part name="body" element="t:Ask"/></wsdl:message>
        <wsdl:message name="Out"><wsdl:part name="body" element="t:Answer"/></wsdl:message>
        <wsdl:message name="Bad"><wsdl:part name="body" element="t:Problem"/></wsdl:message>
        <wsdl:message name="Head"><wsdl:part name="token" element="t:Token"/></wsdl:message>
        """

    private func whole(_ portType: String, _ binding: String, extra: String = "") -> String {
        description(
            Self.messages
                + "<wsdl:portType name=\"PT\">\(portType)</wsdl:portType><wsdl:binding name=\"B\" type=\"t:PT\">"
                + "<soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\(binding)</wsdl:binding>"
                + service + extra, types: Self.types)
    }

    private func bound(_ name: String, _ inside: String? = nil) -> String {
        let body = #"<soap:body use="literal"/>"#
        return "<wsdl:operation name=\"\(name)\"><soap:operation soapAction=\"urn:\(name)\"/>"
            + (inside ?? "<wsdl:input>\(body)</wsdl:input><wsdl:output>\(body)</wsdl:output>") + "</wsdl:operation>"
    }

    @Test func exchangesAreToldApart() throws {
        let reading = read([
            "a.wsdl": whole(
                """
                <wsdl:operation name="Both"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/></wsdl:operation>
                <wsdl:operation name="One"><wsdl:input message="t:In"/></wsdl:operation>
                <wsdl:operation name="Tell"><wsdl:output message="t:Out"/></wsdl:operation>
                <wsdl:operation name="Solicit"><wsdl:output message="t:Out"/><wsdl:input message="t:In"/></wsdl:operation>
                """, ["Both", "One", "Tell", "Solicit"].map { bound($0) }.joined())
        ])
        let document = try #require(reading.document)
        #expect(document.operations.map(\.exchange) == [.requestResponse, .oneWay, .notification, .solicitResponse])
        #expect(document.operation(named: "One")?.output == nil && document.operation(named: "One")?.refusal == nil)
        #expect(document.operation(named: "Tell")?.refusal == "it is a notification: the service sends it")
        #expect(reading.codes == ["WB3250", "WB3250"])
    }

    @Test func headersAndTheirFaultsAreRead() throws {
        let reading = read([
            "a.wsdl": whole(
                #"<wsdl:operation name="Do"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/><wsdl:fault name="No" message="t:Bad"/></wsdl:operation>"#,
                bound(
                    "Do",
                    """
                    <wsdl:input><soap:header message="t:Head" part="token" use="literal"><soap:headerfault message="t:Bad" part="body" use="literal"/></soap:header>
                    <soap:body use="literal"/></wsdl:input>
                    <wsdl:output><soap:header message="t:Head" part="token" use="literal"/><soap:body use="literal"/></wsdl:output>
                    <wsdl:fault name="No"><soap:fault name="No" use="literal"/></wsdl:fault><wsdl:fault name="Noo"/>
                    """))
        ])
        let operation = try #require(reading.document?.operation(named: "Do"))
        #expect(operation.inputHeaders.map(\.name) == ["Token"] && operation.outputHeaders.map(\.name) == ["Token"])
        #expect(operation.headerFaults.map(\.name) == ["Problem"])
        #expect(operation.faults.map(\.name) == ["No"])
        #expect(operation.faults.first?.detail.elementName == ElementName("Problem", namespace: "urn:t"))
        #expect(reading.codes == ["WB3231"])
        #expect(reading.diagnostics.first?.help == "a similar name is `No`")
        #expect(reading.document?.element(named: "Problem") != nil)
    }

    @Test func attachmentsRefuseTheirOperationOnly() {
        let multipart =
            #"<wsdl:input><mime:multipartRelated><mime:part><soap:body use="literal"/></mime:part><mime:part><mime:content part="scan" type="image/png"/></mime:part></mime:multipartRelated></wsdl:input>"#
        let text = whole(
            #"<wsdl:operation name="Send"><wsdl:input message="t:In"/></wsdl:operation><wsdl:operation name="Do"><wsdl:input message="t:In"/></wsdl:operation>"#,
            bound("Send", multipart) + bound("Do"))
        let all = read(["a.wsdl": text])
        #expect(all.codes == ["WB3250"] && all.diagnostics.first?.severity == .warning)
        #expect(all.document?.operation(named: "Send")?.refusal?.contains("attachments") == true)
        #expect(all.document?.operation(named: "Send")?.input?.name == "Ask")
        #expect(read(["a.wsdl": text], fragment: "Do").document?.rootElement?.name == "Ask")
        let chosen = read(["a.wsdl": text], fragment: "Send")
        #expect(chosen.document == nil)
        #expect(chosen.diagnostics.contains { $0.code == "WB3250" && $0.severity == .error })
    }

    @Test func otherBindingsAreLeftOutWithANote() {
        let http =
            #"<wsdl:binding name="Get" type="t:PT"><http:binding verb="GET"/></wsdl:binding><wsdl:binding name="Odd" type="t:PT"/>"#
        let reading = read([
            "a.wsdl": whole(
                #"<wsdl:operation name="Do"><wsdl:input message="t:In"/></wsdl:operation>"#, bound("Do"), extra: http)
        ])
        #expect(reading.codes == ["WB3253", "WB3253"])
        #expect(reading.diagnostics.allSatisfy { $0.severity == .note })
        #expect(reading.document?.operations.count == 1)
    }

    @Test func anotherTransportRefusesItsOperations() {
        let text = whole(#"<wsdl:operation name="Do"><wsdl:input message="t:In"/></wsdl:operation>"#, bound("Do"))
        let reading = read([
            "a.wsdl": text.replacing("http://schemas.xmlsoap.org/soap/http", with: "http://www.w3.org/2010/soapjms/")
        ])
        #expect(reading.codes == ["WB3250"])
        #expect(reading.document?.operation(named: "Do")?.refusal?.contains("soapjms") == true)
    }

    @Test func overloadsAreToldApartByTheirInput() {
        let reading = read([
            "a.wsdl": whole(
                """
                <wsdl:operation name="Do"><wsdl:input name="First" message="t:In"/></wsdl:operation>
                <wsdl:operation name="Do"><wsdl:input name="Second" message="t:Bad"/></wsdl:operation>
                """,
                ["Second", "First"].map {
                    bound("Do", "<wsdl:input name=\"\($0)\"><soap:body use=\"literal\"/></wsdl:input>")
                }.joined())
        ])
        #expect(reading.codes == ["WB3258"])
        #expect(reading.diagnostics.first?.help == "write `Do(Second)` or `Do(First)`")
        #expect(reading.document?.operation(named: "Do(First)")?.input?.name == "Ask")
        #expect(reading.document?.operation(named: "Do(Second)")?.input?.name == "Problem")
        #expect(reading.document?.operation(named: "P/Do(First)")?.input?.name == "Ask")
        #expect(reading.document?.operation(named: "B/Do")?.input?.name == "Problem")
        #expect(reading.document?.operation(named: "Q/Do") == nil)
        #expect(reading.document?.operation(named: "Do(Third)") == nil)
    }

    @Test func encodedBodiesAreStructsAndArrays() throws {
        let types = """
            <xs:schema targetNamespace="urn:t">
              <xs:complexType name="Line"><xs:sequence><xs:element name="Sku" type="soapenc:string"/></xs:sequence></xs:complexType>
              <xs:complexType name="Lines"><xs:complexContent><xs:restriction base="soapenc:Array">
                <xs:attribute ref="soapenc:arrayType" wsdl:arrayType="t:Line[]"/></xs:restriction></xs:complexContent></xs:complexType>
              <xs:complexType name="Named"><xs:complexContent><xs:restriction base="soapenc:Array"><xs:sequence>
                <xs:element name="line" type="t:Line" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
              <xs:complexType name="Grid"><xs:complexContent><xs:restriction base="soapenc:Array">
                <xs:attribute ref="soapenc:arrayType" wsdl:arrayType="xs:int[][]"/></xs:restriction></xs:complexContent></xs:complexType>
              <xs:complexType name="Tree"><xs:complexContent><xs:restriction base="soapenc:Array">
                <xs:attribute ref="soapenc:arrayType" wsdl:arrayType="t:Tree[]"/></xs:restriction></xs:complexContent></xs:complexType>
            </xs:schema>
            """
        let body = """
            <wsdl:message name="In"><wsdl:part name="b" type="t:Named"/><wsdl:part name="a" type="t:Lines"/><wsdl:part name="g" type="t:Grid"/>
              <wsdl:part name="t" type="t:Tree"/><wsdl:part name="any" type="soapenc:Array"/></wsdl:message>
            <wsdl:message name="Out"/>
            <wsdl:portType name="PT"><wsdl:operation name="Do" parameterOrder="a b g t any"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/></wsdl:operation></wsdl:portType>
            <wsdl:binding name="B" type="t:PT"><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
              <wsdl:operation name="Do"><soap:operation soapAction=""/><wsdl:input><soap:body use="encoded" namespace="urn:rpc"/></wsdl:input>
              <wsdl:output><soap:body use="encoded"/></wsdl:output></wsdl:operation></wsdl:binding>
            """
        let reading = read(["a.wsdl": description(body + service, types: types)])
        #expect(reading.codes == ["WB3232"], "\(reading.diagnostics)")
        let operation = try #require(reading.document?.operation(named: "Do"))
        #expect(!operation.isLiteral && operation.style == .rpc)
        let shape = try #require(operation.input?.shape)
        #expect(shape.fields.map(\.name) == ["a", "b", "g", "t", "any"])
        #expect(shape.lookup("a.item.Sku")?.kindName == "text")
        #expect(shape.lookup("a.@arrayType") != nil && shape.lookup("a.anyName") != nil)
        #expect(shape.lookup("b.line.Sku")?.kindName == "text")
        #expect(shape.lookup("g.item.item")?.kindName == "list of whole number")
        #expect(shape.lookup("t.item.item.item.item")?.isList == true)
        #expect(shape.lookup("any.item")?.isList == true)
        #expect(operation.output?.elementName == ElementName("DoResponse", namespace: "urn:t"))
        #expect(operation.output?.shape.fields.isEmpty == true)
    }

    @Test func whatAPolicyAsksForIsSaidWithTheKey() {
        let policy = """
            <wsp:Policy xmlns:wsp="http://www.w3.org/ns/ws-policy" xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702">
              <sp:SupportingTokens><wsp:Policy><sp:UsernameToken/></wsp:Policy></sp:SupportingTokens>
              <sp:TransportBinding><wsp:Policy><sp:TransportToken><wsp:Policy><sp:HttpsToken RequireClientCertificate="true"/></wsp:Policy></sp:TransportToken></wsp:Policy></sp:TransportBinding>
              <sp:SignedParts wsp:Optional="true"/><sp:EncryptedParts wsp:Optional="true"/>
            </wsp:Policy>
            <x:Extension xmlns:x="urn:x" wsdl:required="true"/>
            """
        let reading = read([
            "a.wsdl": whole(
                #"<wsdl:operation name="Do"><wsdl:input message="t:In"/></wsdl:operation>"#, bound("Do"), extra: policy)
        ])
        #expect(reading.codes == ["WB3252", "WB3252", "WB3252", "WB3252"])
        #expect(reading.diagnostics.map(\.severity) == [.warning, .warning, .note, .warning])
        #expect(reading.diagnostics.first?.help?.contains("ws-security: { username:") == true)
        #expect(reading.diagnostics[1].help?.contains("tls: { certificate:") == true)
    }

    @Test func cataloguesStandBesideTheContractOrAboveIt() throws {
        let importing = description(
            #"<wsdl:import namespace="urn:t" location="https://bank.example/abstract?wsdl"/>"#
                + #"<wsdl:binding name="B" type="t:PT"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>"#
                + bound("Do") + "</wsdl:binding>" + service)
        let abstract = description(
            Self.messages
                + #"<wsdl:portType name="PT"><wsdl:operation name="Do"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/></wsdl:operation></wsdl:portType>"#,
            types:
                #"<xs:schema targetNamespace="urn:u"><xs:import namespace="urn:t"/></xs:schema>"#)
        let files: KeyValuePairs = [
            "routes/bank/a.wsdl": importing, "routes/bank/abstract.wsdl": abstract,
            "shared/t.xsd": Self.types
                .replacing(
                    "<xs:schema ", with: #"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" "#),
            "routes/bank/catalog.json": #"{ "https://bank.example/abstract?wsdl": "abstract.wsdl" }"#,
            "catalog.json": #"{ "urn:t": "shared/t.xsd", "urn:evil": "../../etc/passwd" }"#,
        ]
        let reading = read(files)
        #expect(reading.codes.isEmpty, "\(reading.diagnostics)")
        #expect(reading.document?.operation(named: "Do")?.input?.shape.lookup("Id") != nil)
        #expect(reading.document?.files == ["routes/bank/a.wsdl", "routes/bank/abstract.wsdl", "shared/t.xsd"])
    }

    @Test func malformedPartsAreReportedWithAdvice() {
        let good = whole(#"<wsdl:operation name="Do"><wsdl:input message="t:In"/></wsdl:operation>"#, bound("Do"))
        func codes(_ old: String, _ new: String) -> [String] {
            let reading = read(["a.wsdl": good.replacing(old, with: new)])
            #expect(reading.diagnostics.allSatisfy { $0.help?.isEmpty == false }, "\(reading.diagnostics)")
            return reading.codes
        }
        #expect(codes("<nothing/>", "") == [])
        #expect(codes(#"name="body" element="t:Ask""#, #"name="body""#) == ["WB3256"])
        #expect(codes("<wsdl:portType", #"<wsdl:porttype/><wsdl:portType"#) == ["WB3256"])
        #expect(codes("<wsdl:portType", #"<wsdl:import namespace="urn:x"/><wsdl:portType"#) == ["WB3256"])
        #expect(codes(#"<wsdl:message name="Head">"#, "<wsdl:message>") == ["WB3256"])
        #expect(codes(#"<soap:address location="http://localhost:1/s"/>"#, "") == ["WB3257"])
        #expect(codes(#"<soap:body use="literal"/>"#, #"<soap:body use="literal" parts="bodi"/>"#) == ["WB3231"])
        #expect(
            codes("<wsdl:portType", #"<wsdl:import namespace="urn:x" location="v2.wsdl"/><wsdl:portType"#) == ["WB3206"]
        )
    }

    @Test func anImportOfVersion2IsRefused() {
        let reading = read([
            "a.wsdl": whole(
                #"<wsdl:operation name="Do"><wsdl:input message="t:In"/></wsdl:operation>"#, bound("Do"),
                extra: #"<wsdl:import namespace="urn:v2" location="v2.wsdl"/>"#),
            "v2.wsdl": #"<description xmlns="http://www.w3.org/ns/wsdl"/>"#,
        ])
        #expect(reading.codes == ["WB3251"])
    }

    // MARK: - Validators

    private func verdict(_ contract: Contract?, _ body: String) throws -> [String]? {
        let validator = try #require(contract?.validator)
        let text = Array(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\(body)</s:Body></s:Envelope>"
                .utf8)
        let document = try #require(parsed(text))
        let scratch = ValidationScratch()
        let isValid = text.withUnsafeBytes {
            validator.validate(document, at: document.firstSOAPBodyChild(), source: $0, scratch)
        }
        #expect(isValid == scratch.violations.isEmpty)
        return isValid ? nil : scratch.violations.map(\.message)
    }

    private static let fault =
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring><detail><x/></detail></s:Fault>"

    @Test func documentBodiesAreValidated() throws {
        let reading = read([
            "a.wsdl": whole(
                #"<wsdl:operation name="Do"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/><wsdl:fault name="No" message="t:Bad"/></wsdl:operation>"#,
                bound("Do"))
        ])
        let document = try #require(reading.document)
        let request = document.request(operation: "Do")
        #expect(try verdict(request, #"<Ask xmlns="urn:t"><Id>1</Id></Ask>"#) == nil)
        #expect(try verdict(request, #"<Ask xmlns="urn:t"/>"#) != nil)
        #expect(try verdict(request, "<Ask><Id>1</Id></Ask>") != nil)
        #expect(try verdict(request, "") != nil)
        #expect(try verdict(request, Self.fault) != nil)
        let response = document.response(operation: "Do")
        #expect(try verdict(response, #"<Answer xmlns="urn:t"><At>2024-01-01T00:00:00Z</At></Answer>"#) == nil)
        #expect(try verdict(response, #"<Answer xmlns="urn:t"><At>today</At></Answer>"#)?.count == 1)
        #expect(try verdict(response, Self.fault) == nil)
        #expect(try verdict(response, "<Fault/>") != nil)
        let problem = document.contract(of: try #require(document.operation(named: "Do")?.faults.first))
        #expect(try verdict(problem, #"<Problem xmlns="urn:t"><Code>1</Code></Problem>"#) == nil)
        #expect(try verdict(problem, #"<Problem xmlns="urn:t"><Code>x</Code></Problem>"#) != nil)
        #expect(read(["a.wsdl": whole("", "")]).document?.validator == nil)
    }

    @Test func rpcWrappersAreValidated() throws {
        let body = """
            <wsdl:message name="In"><wsdl:part name="id" type="xs:int"/><wsdl:part name="who" type="t:Who"/></wsdl:message>
            <wsdl:message name="Out"><wsdl:part name="ok" type="xs:boolean"/></wsdl:message><wsdl:message name="None"/>
            <wsdl:portType name="PT"><wsdl:operation name="Do"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/></wsdl:operation>
              <wsdl:operation name="Ping"><wsdl:input message="t:None"/></wsdl:operation></wsdl:portType>
            <wsdl:binding name="B" type="t:PT"><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
            <wsdl:operation name="Do"><wsdl:input><soap:body use="literal" namespace="urn:rpc"/></wsdl:input>
              <wsdl:output><soap:body use="literal" namespace="urn:rpc"/></wsdl:output></wsdl:operation>
            <wsdl:operation name="Ping"><wsdl:input><soap:body use="literal" namespace="urn:rpc"/></wsdl:input></wsdl:operation></wsdl:binding>
            """
        let types =
            #"<xs:schema targetNamespace="urn:t"><xs:complexType name="Who"><xs:sequence><xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType></xs:schema>"#
        let reading = read(["a.wsdl": description(body + service, types: types)], fragment: "Do")
        let document = try #require(reading.document)
        #expect(reading.codes == [] && document.validator != nil && document.files == ["a.wsdl"])
        let request = document.request(operation: "Do")
        let good = #"<r:Do xmlns:r="urn:rpc"><id>1</id><who><name>x</name></who></r:Do>"#
        #expect(try verdict(request, good) == nil)
        #expect(
            try verdict(request, good.replacing("urn:rpc", with: "urn:other"))?.first?.hasPrefix(
                "The body must hold `Do`") == true)
        #expect(try verdict(request, good.replacing("r:Do", with: "r:Doo")) != nil)
        #expect(try verdict(request, good.replacing(">1<", with: ">one<")) != nil)
        #expect(try verdict(request, good.replacing("<id>1</id>", with: "")) != nil)
        #expect(try verdict(request, good.replacing("name>", with: "nam>")) != nil)
        #expect(try verdict(request, "") != nil)
        #expect(try verdict(document.response(operation: "Do"), Self.fault) == nil)
        #expect(
            try verdict(
                document.response(operation: "Do"), #"<r:DoResponse xmlns:r="urn:rpc"><ok>true</ok></r:DoResponse>"#)
                == nil)
        #expect(try verdict(document.request(operation: "Ping"), #"<r:Ping xmlns:r="urn:rpc"/>"#) == nil)
        #expect(try verdict(document.request(operation: "Ping"), #"<r:Ping xmlns:r="urn:rpc"><x/></r:Ping>"#) != nil)
    }
}

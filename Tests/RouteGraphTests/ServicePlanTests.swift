import Contracts
import Documents
import RouteGraph
import Testing

/// Which operation a message to a facade is for.
@Suite struct ServicePlanTests {
    private static let service: ServicePlan = {
        func entry(_ element: String, _ action: String, _ operation: Int) -> ServicePlan.Entry {
            ServicePlan.Entry(
                WSDLOperation(
                    name: element, soapAction: action,
                    input: ElementShape(name: element, namespace: element.isEmpty ? nil : "urn:t", shape: .any)),
                operation: operation)
        }
        return ServicePlan(
            path: "/s", entries: [entry("Pay", "urn:pay", 7), entry("Ask", "", 8), entry("", "urn:ping", 9)],
            description: ServiceDescription(parts: []), allowed: [])
    }()

    private func dispatch(_ body: String, _ action: String, _ version: SOAPVersion) throws -> ServicePlan.Dispatch {
        let text = "<e:Envelope xmlns:e=\"\(version.envelopeNamespace)\"><e:Body>\(body)</e:Body></e:Envelope>"
        let document = Document()
        try Array(text.utf8).withUnsafeBytes { try document.parseXML($0) }
        return Array(action.utf8).withUnsafeBufferPointer {
            Self.service.dispatch(document, at: document.firstSOAPBodyChild(), version: version, action: $0)
        }
    }

    @Test(arguments: [SOAPVersion.v11, .v12])
    func messagesFindTheirOperation(version: SOAPVersion) throws {
        #expect(try dispatch("<Pay xmlns=\"urn:t\"/>", "urn:pay", version) == .operation(7))
        #expect(try dispatch("<Pay xmlns=\"urn:t\"/>", "", version) == .operation(7))
        #expect(try dispatch("<Pay xmlns=\"urn:t\"/>", "urn:other", version) == .otherAction)
        #expect(try dispatch("<Ask xmlns=\"urn:t\"/>", "urn:any", version) == .operation(8))
        #expect(try dispatch("<Pay/>", "urn:pay", version) == .unknownElement)
        #expect(try dispatch("<Pay xmlns=\"urn:u\"/>", "", version) == .unknownElement)
        #expect(try dispatch("", "urn:ping", version) == .operation(9))
        #expect(try dispatch("", "urn:pong", version) == .otherAction)
    }
}

import Contracts
import Diagnostics
import Documents
import Testing

@Suite struct WSDLDispatchTests {
    private func operation(
        _ name: String, _ element: String, _ namespace: String? = "urn:t", action: String = "",
        version: SOAPBindingVersion = .v11
    ) -> WSDLOperation {
        WSDLOperation(
            name: name, soapAction: action, version: version,
            input: ElementShape(name: element, namespace: namespace, shape: .any))
    }

    /// The name of the operation that a request gets to.
    private func found(_ dispatch: WSDLDispatch, _ body: String, action: String = "", soap12: Bool = false) -> String? {
        let namespace = soap12 ? "http://www.w3.org/2003/05/soap-envelope" : "http://schemas.xmlsoap.org/soap/envelope/"
        let text = "<s:Envelope xmlns:s=\"\(namespace)\"><s:Body>\(body)</s:Body></s:Envelope>"
        guard let document = parsed(Array(text.utf8)), let version = document.soapVersion else { return nil }
        let index = Array(action.utf8).withUnsafeBytes {
            dispatch.operation(document, at: document.firstSOAPBodyChild(), version: version, action: $0)
        }
        return index < 0 ? nil : dispatch.operations[index].name
    }

    @Test func theElementDecides() {
        let dispatch = WSDLDispatch([
            operation("Pay", "Pay", action: "urn:pay"), operation("Ask", "Ask", action: "urn:ask"),
            operation("Bare", "Pay", nil), operation("Twelve", "Pay", action: "urn:12", version: .v12),
        ])
        #expect(dispatch.ambiguities == [])
        #expect(found(dispatch, #"<Pay xmlns="urn:t"/>"#, action: "urn:ask") == "Pay")
        #expect(found(dispatch, #"<x:Ask xmlns:x="urn:t"/>"#) == "Ask")
        #expect(found(dispatch, "<Pay/>") == "Bare")
        #expect(found(dispatch, #"<Pay xmlns="urn:t"/>"#, soap12: true) == "Twelve")
        #expect(found(dispatch, #"<Pay xmlns="urn:other"/>"#) == nil)
        #expect(found(dispatch, #"<Ask xmlns="urn:t"/>"#, soap12: true) == nil)
    }

    @Test(arguments: ["urn:ask", "\"urn:ask\"", " \"urn:ask\"\t"])
    func theActionHelpsWhereTheElementIsUnknown(action: String) {
        let dispatch = WSDLDispatch([
            operation("Pay", "Pay", action: "urn:pay"), operation("Ask", "Ask", action: "urn:ask"),
        ])
        #expect(found(dispatch, "<Other/>", action: action) == "Ask")
        #expect(found(dispatch, "", action: action) == "Ask")
        #expect(found(dispatch, "", action: "\"") == nil)
        #expect(found(dispatch, "", action: "") == nil)
    }

    @Test func theActionDecidesBetweenOperationsOfOneElement() {
        let dispatch = WSDLDispatch([
            operation("A", "Doc", action: "urn:a"), operation("B", "Doc", action: "urn:b"), operation("C", "", nil),
        ])
        #expect(dispatch.ambiguities == [])
        #expect(found(dispatch, #"<Doc xmlns="urn:t"/>"#, action: "\"urn:b\"") == "B")
        #expect(found(dispatch, #"<Doc xmlns="urn:t"/>"#, action: "urn:c") == "A")
        #expect(found(dispatch, "") == "C")
    }

    @Test func whatCanNotBeToldApartIsReported() throws {
        let dispatch = WSDLDispatch([
            operation("A", "Doc", action: "urn:a"), operation("B", "Doc", action: "urn:a"), operation("C", "Other"),
        ])
        #expect(dispatch.ambiguities.map(\.operations) == [[0, 1]])
        let diagnostic = try #require(dispatch.diagnostics(at: nil).first)
        #expect(
            diagnostic.code == "WB3255"
                && diagnostic.notes == ["`A`, `B` share the element `Doc` and the action `urn:a`"])
        #expect(found(dispatch, #"<Doc xmlns="urn:t"/>"#, action: "urn:a") == "A")
        #expect(found(dispatch, "", action: "urn:a") == nil)
    }

    @Test func manyOperationsAreFound() {
        let dispatch = WSDLDispatch(
            (0..<2_000).map { operation("o\($0)", "E\($0)", "urn:\($0 % 7)", action: "urn:a\($0)") })
        for index in stride(from: 0, to: 2_000, by: 37) {
            #expect(found(dispatch, "<E\(index) xmlns=\"urn:\(index % 7)\"/>") == "o\(index)")
            #expect(found(dispatch, "<X/>", action: "urn:a\(index)") == "o\(index)")
        }
        #expect(found(WSDLDispatch([]), "<X/>", action: "a") == nil)
    }
}

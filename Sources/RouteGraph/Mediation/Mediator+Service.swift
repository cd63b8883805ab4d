import Documents

/// What a SOAP facade needs beside the mediation of its operations.
extension Mediator {
    /// Notes which version of SOAP the caller speaks, as far as its head tells.
    public static func noteVersion(_ call: Call) {
        let type = call.head.value(of: .contentType)
        call.serviceVersion = type.map(MediaType.isSOAP12) == true ? .v12 : .v11
    }

    /// Reads the message and finds the operation that it is for.
    /// - Returns: what refuses the call, if anything does; else `call.operation` is set.
    public func dispatch(_ call: Call, body input: UnsafeRawBufferPointer) -> Failure? {
        guard let service = call.service, let graph = call.graph else { return .notFound() }
        call.requestBytes = input.count
        if let type = call.head.value(of: .contentType), !MediaType.matches(type, .xml) {
            return .unsupportedMediaType("This service reads SOAP: text/xml or application/soap+xml.")
        }
        guard input.count > 0 else { return .badRequest("The request has no body.") }
        let limits = graph.settings.limits
        let document = call.requestBody
        do throws(DocumentError) {
            try document.parseXML(
                input, limits: DocumentLimits(bytes: max(limits.body, 1 << 20), depth: limits.depth))
        } catch {
            return .badRequest("Line \(error.line), column \(error.column): \(error.message)")
        }
        guard let version = document.soapVersion else { return .badRequest("The body is not a SOAP envelope.") }
        call.serviceVersion = version
        let node = document.firstSOAPBodyChild()
        if let header = Self.headerThatMustBeUnderstood(document) {
            return Failure(
                "header-not-understood", .contract, status: 400, title: "A header of the message is not understood",
                detail: "`\(header)` is marked mustUnderstand, and the gateway does not know it.")
        }
        call.hasRequestBody = true
        switch service.dispatch(document, at: node, version: version, action: Self.action(call, version)) {
        case .operation(let index):
            call.operation = graph.operations[index]
            return nil
        case .otherAction:
            return .badRequest("The SOAP action does not fit the element in the SOAP body.")
        case .unknownElement where node < 0: return .badRequest("The SOAP body is empty.")
        case .unknownElement:
            return Failure(
                "no-operation", .routing, status: 404, title: "No operation of the service has this message",
                detail: "The first element of the SOAP body is `\(document.nameString(node))`.")
        }
    }

    /// The action that the message gives: `SOAPAction` (SOAP 1.1, section 6.1.1) or the parameter `action` of the media type
    /// (RFC 3902), without its quotes; empty when there is none.
    private static func action(_ call: Call, _ version: SOAPVersion) -> UnsafeBufferPointer<UInt8> {
        let empty = UnsafeBufferPointer(start: UnsafePointer(call.head.bytes), count: 0)
        switch version {
        case .v11: return call.head.value(of: .soapAction).map(unquoted) ?? empty
        case .v12: return call.head.value(of: .contentType).flatMap { MediaType.parameter("action", of: $0) } ?? empty
        }
    }

    private static func unquoted(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard text.count >= 2, text.first == 0x22, text.last == 0x22 else { return text }
        return UnsafeBufferPointer(rebasing: text[1..<text.count - 1])
    }

    /// The name of a header block for us that must be understood: none is known (SOAP 1.1, section 4.2.3).
    private static func headerThatMustBeUnderstood(_ document: Document) -> String? {
        let header = document.soapHeader()
        guard header >= 0 else { return nil }
        let envelope = document[header].namespace
        var block = document.firstChild(header)
        while block >= 0 {
            let next = Int(document[block].next)
            var attribute = block + 1
            while attribute < next, document[attribute].kind == .attribute {
                if document[attribute].namespace == envelope, document.nameString(attribute) == "mustUnderstand" {
                    let value = document.string(attribute)
                    if value == "1" || value == "true" { return document.nameString(block) }
                }
                attribute += 1
            }
            block = next < Int(document[header].next) ? next : -1
        }
        return nil
    }

    /// Answers a question for the service's description: `?wsdl`, or a part that it names.
    public func describe(_ call: Call) {
        head.clear()
        body.clear()
        guard let service = call.service, let part = service.description.part(call.head.query) else {
            return fail(
                call,
                .methodNotAllowed("POST"))
        }
        for piece in part.pieces {
            switch piece {
            case .bytes(let bytes): body.write(bytes)
            case .address: writeAddress(call, service)
            }
        }
        StatusLine.write(200, into: head)
        head.write("Content-Type: text/xml; charset=utf-8\r\n")
        finishAnswer(call, 200)
    }

    /// The address that the caller has used.
    private func writeAddress(_ call: Call, _ service: ServicePlan) {
        body.write(call.isSecure ? "https://" : "http://")
        // The codec has let through a host and a port only, which need no escaping.
        if let host = call.head.value(of: .host) { body.write(host) }
        body.write(Escaping.xmlAttribute(service.path))
    }

    /// Answers a message that expects no answer.
    func accepted(_ call: Call) {
        StatusLine.write(202, into: head)
        finishAnswer(call, 202)
    }
}

/// Escaping of the few constant texts that are written at run time.
private enum Escaping {
    static func xmlAttribute(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}

internal import XML

/// The content of rpc wrappers as complex types, one for each body: a sequence of the parts, which are local elements
/// in no namespace (WSDL 1.1, section 3.5).
///
/// The types live in a namespace of their own, so they meet nothing of the contract; the wrapper's own name is checked
/// apart from its content.
struct RPCWrappers {
    static let namespace = "urn:waybill:rpc-wrappers"

    private var types: [String] = []

    /// The type of a body made of these parts; nil when a part names an element, for which there is no rule.
    mutating func add(_ parts: [XMLElement]) -> ElementName? {
        var text = ""
        for part in parts {
            guard let name = part.attribute("name"), part.attribute("element") == nil,
                let type = part.attribute("type").flatMap({ part.resolve($0) }), RPCWrappers.isName(name),
                RPCWrappers.isName(type.name)
            else { return nil }
            // Basic Profile 1.1 (R2211) allows no nil part; servers write it all the same.
            text += "<xs:element name=\"\(name)\" nillable=\"true\" "
            if let namespace = type.namespace {
                text += "type=\"p:\(type.name)\" xmlns:p=\"\(RPCWrappers.escaped(namespace))\"/>"
            } else {
                text += "type=\"\(type.name)\"/>"
            }
        }
        let name = "body\(types.count)"
        // libxml2 checks elements only, so that each type has one.
        types.append(
            "<xs:complexType name=\"\(name)\"><xs:sequence>\(text)</xs:sequence></xs:complexType>"
                + "<xs:element name=\"\(name)\" type=\"w:\(name)\"/>")
        return ElementName(name, namespace: RPCWrappers.namespace)
    }

    /// All types as a schema; nil when there is none.
    func schema() -> XMLElement? {
        guard !types.isEmpty else { return nil }
        let text =
            "<xs:schema xmlns:xs=\"\(ContractNamespace.schema)\" xmlns:w=\"\(RPCWrappers.namespace)\" targetNamespace=\"\(RPCWrappers.namespace)\">"
            + types.joined() + "</xs:schema>"
        return try? XMLReader.read(Array(text.utf8))
    }

    /// Whether it can be written into the schema as it is: a parsed name holds nothing of XML's own characters.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x26 && $0 != 0x3C && $0 != 0x3A }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}

internal import XML

extension ContractNamespace {
    static let mime = "http://schemas.xmlsoap.org/wsdl/mime/"
    static let http = "http://schemas.xmlsoap.org/wsdl/http/"
}

/// The encoding of SOAP 1.1, section 5, as far as shapes can hold it: structs are plain complex types, arrays are
/// elements around one repeated element.
enum SOAPEncoding {
    /// The types that the encoding adds to those of XML Schema.
    static func shape(_ name: XMLName) -> Shape? {
        switch name.name {
        case "Array": Shape(.object(array(of: .any)), typeName: "Array")
        case "Struct": Shape(.object(ObjectShape(fields: [], open: true)), typeName: "Struct")
        case "base64": .string
        default: nil
        }
    }

    /// An array. Its elements may have any name: `item` is what most servers write.
    static func array(of item: Shape) -> ObjectShape {
        let type = Field(
            name: "@arrayType", shape: .string, required: false, namespace: ContractNamespace.soapEncoding11)
        return ObjectShape(fields: [type, Field(name: "item", shape: .list(item), required: false)], open: true)
    }
}

extension XSDExpander {
    private static let dimensionLimit = 8

    /// A restriction of `soapenc:Array`, whose items are typed by `wsdl:arrayType` (WSDL 1.1, section 2.2) or by an
    /// element of its content.
    func soapArray(_ derivation: XMLElement, _ context: XSDSchemaSet.Context, into content: inout XSDContent) {
        particles(of: derivation, context, into: &content)
        attributes(of: derivation, context, into: &content)
        content.isOpen = true
        let declaration = derivation.children("attribute", namespace: ContractNamespace.schema).first {
            $0.attribute("arrayType", namespace: ContractNamespace.wsdl) != nil
        }
        let item = declaration.flatMap { declaration in
            declaration.attribute("arrayType", namespace: ContractNamespace.wsdl).map {
                arrayItem($0, at: declaration, context)
            }
        }
        if content.fields.isEmpty {
            content.add(XSDContent.Particle(name: "item", namespace: nil, shape: item ?? .any, min: 0, max: nil))
        } else if let item, content.fields.count == 1, content.fields[0].shape.isAny {
            content.fields[0].shape = item
        }
    }

    /// The type of one item: `t:Order[]` holds orders, `t:Order[][]` arrays of orders.
    private func arrayItem(_ text: String, at element: XMLElement, _ context: XSDSchemaSet.Context) -> Shape {
        guard let bracket = text.firstIndex(of: "[") else { return .any }
        let type = String(text[..<bracket])
        let dimensions = min(text[bracket...].count { $0 == "[" }, XSDExpander.dimensionLimit)
        guard let name = XSDSchemaSet.resolve(type, at: element, in: context) else {
            undeclared("type", type, .type, element, context)
            return .any
        }
        // `anyType` is spelled `ur-type` in old descriptions.
        var shape = name.name == "ur-type" ? Shape.any : self.type(name, from: element, context)
        for _ in 1..<max(2, dimensions) where dimensions > 1 {
            shape = Shape(.object(SOAPEncoding.array(of: shape)), source: source(element, context))
        }
        return shape
    }
}

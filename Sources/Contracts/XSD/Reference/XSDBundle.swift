internal import XML

/// The documents of a schema set, written anew so that libxml2 finds each of them: whatever a contract says about
/// places (nothing, an address on the web, a line in `catalog.json`, a neighbour in the same WSDL) was resolved when the
/// set was loaded, so that only what they declare is left.
///
/// Lines stay what they are in the contract. Annotations are left empty.
struct XSDBundle {
    private(set) var documents: [String: [UInt8]] = [:]
    private(set) var main = "all"
    /// The file that a document was written from.
    private(set) var paths: [String: String] = [:]

    init(_ set: XSDSchemaSet) {
        var names: [String: String] = [:]
        for (index, document) in set.documents.enumerated() {
            let name = "d\(index)"
            paths[name] = document.context.path
            names[document.context.path] = names[document.context.path] ?? name
        }
        // Most schemas that use `xml:lang` bring its declaration; for the others there is this one.
        let bringsXML = set.documents.contains { $0.context.namespace == ContractNamespace.xml }
        if !bringsXML { documents[XSDBundle.xmlDocument] = XSDBundle.xmlAttributes }
        var byNamespace: [(namespace: String?, names: [String])] = []
        for (index, document) in set.documents.enumerated() {
            let name = "d\(index)"
            var writer = XSDDocumentWriter(path: document.context.path) { place in
                set.redefineTargets[place].flatMap { names[$0] }.map { XMLSchemaValidator.address(of: $0) }
            }
            writer.lendsXML = !bringsXML
            documents[name] = writer.write(document.element)
            if document.isRedefined { continue }
            if let place = byNamespace.firstIndex(where: { $0.namespace == document.context.namespace }) {
                byNamespace[place].names.append(name)
            } else {
                byNamespace.append((document.context.namespace, [name]))
            }
        }
        if set.documents.count == 1 {
            main = "d0"
            return
        }
        var text = Self.start("urn:waybill:all")
        for (index, group) in byNamespace.enumerated() {
            var target = group.names[0]
            let isChameleon = set.documents[Int(target.dropFirst()) ?? 0].context.isChameleon
            if group.names.count > 1 || isChameleon {
                target = "n\(index)"
                var inner = Self.start(group.namespace)
                for name in group.names {
                    inner += "<xs:include schemaLocation=\"\(XMLSchemaValidator.address(of: name))\"/>"
                }
                documents[target] = Array((inner + "</xs:schema>").utf8)
            }
            let namespace = group.namespace.map { " namespace=\"\(XSDDocumentWriter.escaped($0))\"" } ?? ""
            text += "<xs:import\(namespace) schemaLocation=\"\(XMLSchemaValidator.address(of: target))\"/>"
        }
        documents[main] = Array((text + "</xs:schema>").utf8)
    }

    static let xmlDocument = "xml"
    private static let xmlAttributes = Array(
        (start(ContractNamespace.xml)
            + ["lang", "space", "base", "id"].map { "<xs:attribute name=\"\($0)\"/>" }.joined() + "</xs:schema>").utf8)

    private static func start(_ namespace: String?) -> String {
        let target = namespace.map { " targetNamespace=\"\(XSDDocumentWriter.escaped($0))\"" } ?? ""
        return "<xs:schema xmlns:xs=\"\(ContractNamespace.schema)\"\(target)>"
    }

    /// Compiles the set with libxml2.
    func compile() -> (validator: XMLSchemaValidator?, problems: [XMLSchemaValidator.Problem]) {
        XMLSchemaValidator.compile(main: main, documents: documents)
    }
}

/// Writes a schema document with its lines where they were.
struct XSDDocumentWriter {
    private let path: String
    private let redefined: (String) -> String?
    private var out: [UInt8] = []
    private var line = 1
    /// Whether a document that uses an attribute of `xml:` without declaring it gets the declaration.
    var lendsXML = false

    init(path: String, redefined: @escaping (String) -> String?) {
        self.path = path
        self.redefined = redefined
    }

    mutating func write(_ root: XMLElement) -> [UInt8] {
        element(root, parent: nil, isAnnotation: false)
        return out
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for c in text.unicodeScalars {
            switch c {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\r", "\t": result += "&#\(c.value);"
            default: result.unicodeScalars.append(c)
            }
        }
        return result
    }

    private func usesXML(_ element: XMLElement, depth: Int) -> Bool {
        if element.attribute("ref")?.hasPrefix("xml:") == true { return true }
        return depth < 256 && element.children.contains { usesXML($0, depth: depth + 1) }
    }

    private mutating func put(_ text: String) { out += text.utf8 }

    private mutating func element(_ element: XMLElement, parent: XMLElement?, isAnnotation: Bool) {
        let isSchema = element.namespace == ContractNamespace.schema
        // What an import or include brings is in the bundle anyway.
        if isSchema, element.name == "include" { return }
        while line < element.line {
            out.append(0x0A)
            line += 1
        }
        let name = (isSchema ? "wb-xs:" : element.namespace == nil ? "" : "wb-other:") + element.name
        put("<\(name)")
        var declared = parent == nil ? element.namespacesInScope : [:]
        if parent != nil {
            for one in element.namespaces(declaredSince: parent) { declared[one.prefix] = one.uri }
        } else {
            put(" xmlns:wb-xs=\"\(ContractNamespace.schema)\"")
        }
        for (prefix, uri) in declared.sorted(by: { $0.key < $1.key }) where prefix != "xml" {
            if prefix.isEmpty {
                put(" xmlns=\"\(Self.escaped(uri))\"")
            } else if !uri.isEmpty {
                put(" xmlns:\(prefix)=\"\(Self.escaped(uri))\"")
            }
        }
        if !isSchema, let namespace = element.namespace { put(" xmlns:wb-other=\"\(Self.escaped(namespace))\"") }
        if let language = element.attribute("lang", namespace: ContractNamespace.xml) {
            put(" xml:lang=\"\(Self.escaped(language))\"")
        }
        for attribute in element.attributes where attribute.namespace == nil {
            if isSchema, attribute.name == "schemaLocation" {
                if element.name == "import" { continue }
                if element.name == "redefine", let address = redefined("\(path):\(element.line)") {
                    put(" schemaLocation=\"\(address)\"")
                    continue
                }
            }
            put(" \(attribute.name)=\"\(Self.escaped(attribute.value))\"")
        }
        let isInside = isAnnotation || isSchema && element.name == "annotation"
        let children = element.children.filter { !isInside || $0.namespace == ContractNamespace.schema }
        let text = isInside ? "" : element.text.trimmingSpace
        let lends = parent == nil && lendsXML && usesXML(element, depth: 0)
        if children.isEmpty, text.isEmpty {
            put("/>")
            return
        }
        put(">")
        if lends {
            let address = XMLSchemaValidator.address(of: XSDBundle.xmlDocument)
            put("<wb-xs:import namespace=\"\(ContractNamespace.xml)\" schemaLocation=\"\(address)\"/>")
        }
        for child in children { self.element(child, parent: element, isAnnotation: isInside) }
        put(Self.escaped(text))
        put("</\(name)>")
    }
}

extension String {
    fileprivate var trimmingSpace: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

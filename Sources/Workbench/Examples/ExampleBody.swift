public import Contracts
import Diagnostics
import Documents
public import YAML

/// Bodies that examples write as YAML, in the format in which they travel.
public enum ExampleBody {
    /// JSON. Plain scalars that are numbers, booleans or null keep that meaning; quoted ones are text.
    public static func json(_ node: YAMLNode) -> [UInt8] {
        let out = ByteWriter()
        writeJSON(node, out)
        return Array(out.bytes)
    }

    private static func writeJSON(_ node: YAMLNode, _ out: ByteWriter) {
        switch node.content {
        case .scalar(let scalar):
            let isBare = !scalar.isQuoted && (["true", "false", "null"].contains(scalar.text) || isNumber(scalar.text))
            if isBare { out.write(scalar.text) } else { quoted(scalar.text, out) }
        case .sequence(let items):
            out.write("[")
            for (index, item) in items.enumerated() {
                if index > 0 { out.write(",") }
                writeJSON(item, out)
            }
            out.write("]")
        case .mapping(let entries):
            out.write("{")
            for (index, entry) in entries.enumerated() {
                if index > 0 { out.write(",") }
                quoted(entry.key.value, out)
                out.write(":")
                writeJSON(entry.value, out)
            }
            out.write("}")
        case .poisoned: out.write("null")
        }
    }

    private static func quoted(_ text: String, _ out: ByteWriter) {
        out.write("\"")
        out.writeJSONString(text)
        out.write("\"")
    }

    private static func isNumber(_ text: String) -> Bool {
        guard Decimal(text) != nil, let last = text.utf8.last else { return false }
        let digits = text.utf8.drop { $0 == 0x2D }
        return (0x30...0x39).contains(last) && !(digits.count > 1 && digits.first == 0x30 && !digits.contains(0x2E))
    }

    /// A SOAP envelope with one element in its body, in the order and the namespaces of the contract.
    public static func soap(_ node: YAMLNode, element: ElementShape, version: SOAPBindingVersion) -> [UInt8] {
        let namespace =
            version == .v11 ? "http://schemas.xmlsoap.org/soap/envelope/" : "http://www.w3.org/2003/05/soap-envelope"
        var writer = XMLExample()
        writer.out.write(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"\(namespace)\"><soap:Body>")
        writer.element(element.name, element.namespace, node, element.shape, inherited: nil)
        writer.out.write("</soap:Body></soap:Envelope>")
        return Array(writer.out.bytes)
    }

    /// Whether everything that `expected` writes is in `value`.
    public static func matches(_ expected: YAMLNode, _ value: [UInt8], isXML: Bool) -> Bool {
        let document = Document()
        let isReadable = value.withUnsafeBytes { bytes in
            do throws(DocumentError) {
                if isXML { try document.parseXML(bytes) } else { try document.parseJSON(bytes) }
                return true
            } catch {
                return false
            }
        }
        guard isReadable else { return false }
        let root = document.soapVersion == nil ? 0 : document.firstSOAPBodyChild()
        guard root >= 0 else { return false }
        return matches(expected, document.value(root))
    }

    private static func matches(_ expected: YAMLNode, _ value: Value) -> Bool {
        switch expected.content {
        case .poisoned: return false
        case .sequence(let items):
            guard case .list(let list) = value else { return items.count == 1 && matches(items[0], value) }
            return list.count == items.count && zip(items, list).allSatisfy { matches($0, $1) }
        case .mapping(let entries):
            guard case .context(let context) = value else { return entries.isEmpty }
            return entries.allSatisfy { entry in context[entry.key.value].map { matches(entry.value, $0) } ?? false }
        case .scalar(let scalar):
            switch value {
            case .string(let text):
                if text == scalar.text { return true }
                guard !scalar.isQuoted, let left = Decimal(text), let right = Decimal(scalar.text) else { return false }
                return left == right
            case .number(let number): return Decimal(scalar.text).map { $0 == number } ?? false
            case .boolean(let flag): return scalar.text == (flag ? "true" : "false")
            case .null: return scalar.text == "null"
            case .context(let context): return context[""].map { matches(expected, $0) } ?? false
            default: return false
            }
        }
    }
}

/// Writes example YAML as XML by a contract's shape.
private struct XMLExample {
    let out = ByteWriter()

    mutating func element(_ name: String, _ namespace: String?, _ node: YAMLNode, _ shape: Shape?, inherited: String?) {
        if case .sequence(let items) = node.content {
            var item = shape
            if case .list(let inner, _, _)? = shape?.kind { item = inner }
            for child in items { element(name, namespace, child, item, inherited: inherited) }
            return
        }
        var shape = shape
        if case .list(let inner, _, _)? = shape?.kind { shape = inner }
        out.write("<\(name)")
        if namespace != inherited {
            out.write(" xmlns=\"")
            attribute(namespace ?? "")
            out.write("\"")
        }
        var fields: [Field] = []
        if case .object(let object)? = shape?.kind { fields = object.fields }
        switch node.content {
        case .scalar(let scalar):
            out.write(">")
            text(scalar.text)
        case .mapping(let entries):
            for entry in entries where entry.key.value.hasPrefix("@") {
                out.write(" \(entry.key.value.dropFirst())=\"")
                if case .scalar(let scalar) = entry.value.content { attribute(scalar.text) }
                out.write("\"")
            }
            out.write(">")
            for entry in entries where entry.key.value.isEmpty {
                if case .scalar(let scalar) = entry.value.content { text(scalar.text) }
            }
            let order = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
            let children = entries.filter { !$0.key.value.hasPrefix("@") && !$0.key.value.isEmpty }.enumerated().sorted
            {
                let a = order[$0.element.key.value] ?? .max
                let b = order[$1.element.key.value] ?? .max
                return a != b ? a < b : $0.offset < $1.offset
            }
            for child in children {
                let field = fields.first { $0.name == child.element.key.value }
                element(
                    child.element.key.value, field?.namespace, child.element.value, field?.shape, inherited: namespace)
            }
        case .sequence, .poisoned: out.write(">")
        }
        out.write("</\(name)>")
    }

    private func text(_ text: String) {
        var text = text
        text.withUTF8 { if let base = $0.baseAddress { _ = out.writeXMLText(base, $0.count) } }
    }

    private func attribute(_ text: String) {
        var text = text
        text.withUTF8 { if let base = $0.baseAddress { _ = out.writeXMLAttribute(base, $0.count) } }
    }
}

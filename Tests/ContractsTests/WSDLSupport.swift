import Contracts
import Diagnostics
import Documents

/// A WSDL 1.1 description around what a test is about; `t` is its namespace, `soap` and `soap12` are bound.
func description(_ body: String, types: String = "") -> String {
    """
    <wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
        xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema"
        xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/"
        xmlns:http="http://schemas.xmlsoap.org/wsdl/http/" targetNamespace="urn:t">
    <wsdl:types>\(types)</wsdl:types>
    \(body)
    </wsdl:definitions>
    """
}

/// A service at a fixed address for the binding `t:B`.
let service = """
    <wsdl:service name="S"><wsdl:port name="P" binding="t:B"><soap:address location="http://localhost:1/s"/></wsdl:port></wsdl:service>
    """

/// Names of child elements and attributes in a message for which the contract has no place.
func strangers(_ document: Document, at node: Int, in shape: Shape, path: String = "") -> [String] {
    var shape = shape
    if case .list(let item, _, _) = shape.kind { shape = item }
    // `xsi:type` stands for a type derived from the declared one.
    if shape.isAny || document.attribute(node, named: "type") >= 0 && shape.lookup("@type") == nil { return [] }
    var found: [String] = []
    let end = Int(document[node].next)
    var child = node + 1
    while child < end {
        let isAttribute = document[child].kind == .attribute
        let name = (isAttribute ? "@" : "") + document.nameString(child)
        let here = path.isEmpty ? name : path + "." + name
        let namespace = String(decoding: document.namespaceName(document[child].namespace), as: UTF8.self)
        // Attributes that any element may have.
        let isFree =
            isAttribute
            && [
                "http://www.w3.org/2001/XMLSchema-instance", "http://schemas.xmlsoap.org/soap/envelope/",
                "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/XML/1998/namespace",
            ].contains(namespace)
        if let inner = shape.lookup(steps: [name]) {
            if !isAttribute { found += strangers(document, at: child, in: inner, path: here) }
        } else if !isFree {
            found.append(here)
        }
        child = Int(document[child].next)
    }
    return found
}

/// A parsed document, or nil when the bytes are not well formed.
func parsed(_ bytes: [UInt8], json: Bool = false) -> Document? {
    let document = Document()
    let isRead = bytes.withUnsafeBytes { buffer in
        do throws(DocumentError) {
            if json { try document.parseJSON(buffer) } else { try document.parseXML(buffer) }
            return true
        } catch {
            return false
        }
    }
    return isRead ? document : nil
}

/// A JSON value with the accessors that indexes of suites need.
struct IndexValue {
    let value: Value?

    init(path: String) {
        guard let bytes = contents(of: path), let document = parsed(bytes, json: true) else {
            value = nil
            return
        }
        value = document.value(document.root)
    }

    private init(_ value: Value?) { self.value = value }

    subscript(_ name: String) -> IndexValue {
        if case .context(let context)? = value { return IndexValue(context[name]) }
        return IndexValue(nil)
    }

    var items: [IndexValue] {
        if case .list(let items)? = value { return items.map { IndexValue($0) } }
        return []
    }

    var text: String? {
        if case .string(let text)? = value { return text }
        return nil
    }

    var integer: Int? {
        if case .number(let number)? = value { return Int(number.description) }
        return nil
    }

    var isTrue: Bool {
        if case .boolean(true)? = value { return true }
        return false
    }
}

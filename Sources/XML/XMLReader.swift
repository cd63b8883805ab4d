internal import CXML
internal import Glibc

/// Reads contracts (XML Schema, WSDL) into `XMLElement` trees, through libxml2.
///
/// For files that an analyst keeps in the workspace, at compile time. Messages at run time are read by `Documents`.
/// Nothing is fetched, no entity is declared or expanded, and input is bounded; libxml2's own limits on depth (256) and
/// name length stay on. A document type declaration is passed over, because published schemas (XML Signature's) have
/// one; a reference to an entity other than the five of XML itself is refused.
public enum XMLReader {
    /// The most bytes that are read: 16 MiB.
    public static let byteLimit = 16 << 20
    /// The most tags that are read, start and end tags together: a tree needs far more memory than its bytes.
    public static let tagLimit = 1_000_000

    /// The root element.
    public static func read(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        switch bytes.withUnsafeBytes({ parse($0) }) {
        case .failure(let error): throw error
        case .success(let document):
            defer { xmlFreeDoc(document) }
            guard let root = xmlDocGetRootElement(document) else {
                throw XMLError(reason: .syntax, message: "the file has no root element", line: 1)
            }
            return element(root, scope: XMLNamespaceScope(bindings: [], parent: nil))
        }
    }

    /// libxml2's tree of a document, which has a root element; the caller frees it.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Result<xmlDocPtr, XMLError> {
        guard bytes.count <= byteLimit else {
            return .failure(XMLError(reason: .size, message: "the file is larger than 16 MiB", line: 1))
        }
        guard tags(in: bytes) <= tagLimit else {
            return .failure(XMLError(reason: .size, message: "the file has more than \(tagLimit) tags", line: 1))
        }
        _ = parserIsReady
        guard let context = xmlNewParserCtxt() else {
            return .failure(XMLError(reason: .syntax, message: "there is no memory for a parser", line: 1))
        }
        defer { xmlFreeParserCtxt(context) }

        var refusal = Refusal()
        let document = withUnsafeMutablePointer(to: &refusal) { refusal -> xmlDocPtr? in
            context.pointee._private = UnsafeMutableRawPointer(refusal)
            // Some of libxml2's errors are printed unless somebody takes them; they stay with the context anyway.
            context.pointee.sax?.pointee.serror = { _, _ in }
            context.pointee.sax?.pointee.entityDecl = { _, _, _, _, _, _ in }
            context.pointee.sax?.pointee.externalSubset = { _, _, _, _ in }
            context.pointee.sax?.pointee.resolveEntity = { _, _, _ in nil }
            context.pointee.sax?.pointee.getEntity = { raw, name in
                if let entity = xmlGetPredefinedEntity(name) { return entity }
                XMLReader.refuseEntity(raw)
                return nil
            }
            context.pointee.sax?.pointee.getParameterEntity = { _, _ in nil }
            let options =
                Int32(XML_PARSE_NONET.rawValue) | Int32(XML_PARSE_NOERROR.rawValue)
                | Int32(XML_PARSE_NOWARNING.rawValue) | Int32(XML_PARSE_NOCDATA.rawValue)
                | Int32(XML_PARSE_BIG_LINES.rawValue)
            let document = xmlCtxtReadMemory(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil, nil, options)
            context.pointee._private = nil
            return document
        }
        if refusal.happened {
            if let document { xmlFreeDoc(document) }
            return .failure(
                XMLError(reason: .entity, message: "a reference to an entity is not allowed", line: refusal.line))
        }
        guard let document, context.pointee.wellFormed != 0, context.pointee.nsWellFormed != 0,
            xmlDocGetRootElement(document) != nil
        else {
            if let document { xmlFreeDoc(document) }
            return .failure(syntaxError(context))
        }
        return .success(document)
    }

    /// How often `<` occurs, in UTF-16 too; counting ends over the limit.
    private static func tags(in bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        var count = 0
        var offset = 0
        while count <= tagLimit, let found = memchr(start + offset, 0x3C, bytes.count - offset) {
            count += 1
            offset = UnsafeRawPointer(found) - start + 1
        }
        return count
    }

    /// Set once by the parser's callback, which is the only thing that reaches it.
    private struct Refusal {
        var happened = false
        var line = 1
    }

    /// libxml2 asks to be prepared before several threads use it.
    private static let parserIsReady: Bool = {
        xmlInitParser()
        return true
    }()

    private static func refuseEntity(_ raw: UnsafeMutableRawPointer?) {
        guard let raw else { return }
        let context = raw.assumingMemoryBound(to: xmlParserCtxt.self)
        // While a declaration is parsed libxml2 looks for what it has just declared: nothing.
        guard context.pointee.inSubset == 0 else { return }
        if let refusal = context.pointee._private?.assumingMemoryBound(to: Refusal.self) {
            refusal.pointee.happened = true
            refusal.pointee.line = max(1, Int(xmlSAX2GetLineNumber(raw)))
        }
        xmlStopParser(context)
    }

    private static func syntaxError(_ context: xmlParserCtxtPtr) -> XMLError {
        guard let last = xmlCtxtGetLastError(context) else {
            return XMLError(reason: .syntax, message: "the file has no root element", line: 1)
        }
        var message = last.pointee.message.map { String(cString: $0) } ?? "the file is not well formed"
        while let end = message.last, end.isWhitespace || end == "." { message.removeLast() }
        return XMLError(reason: .syntax, message: message, line: max(1, Int(last.pointee.line)))
    }

    // MARK: - Copying the tree

    private static func element(_ node: xmlNodePtr, scope outer: XMLNamespaceScope) -> XMLElement {
        var bindings: [(prefix: String, uri: String)] = []
        var declaration = node.pointee.nsDef
        while let current = declaration {
            bindings.append((prefix: string(current.pointee.prefix), uri: string(current.pointee.href)))
            declaration = current.pointee.next
        }
        let scope = bindings.isEmpty ? outer : XMLNamespaceScope(bindings: bindings, parent: outer)

        var attributes: [XMLAttribute] = []
        var attribute = node.pointee.properties
        while let current = attribute {
            attributes.append(
                XMLAttribute(
                    name: string(current.pointee.name),
                    namespace: current.pointee.ns.map { string($0.pointee.href) },
                    value: text(current.pointee.children)))
            attribute = current.pointee.next
        }

        var children: [XMLElement] = []
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_ELEMENT_NODE { children.append(element(current, scope: scope)) }
            child = current.pointee.next
        }
        return XMLElement(
            name: string(node.pointee.name), namespace: node.pointee.ns.map { string($0.pointee.href) },
            attributes: attributes, children: children, text: text(node.pointee.children),
            line: max(1, xmlGetLineNo(node)), scope: scope)
    }

    /// The text nodes of a list of siblings.
    private static func text(_ first: xmlNodePtr?) -> String {
        var result = ""
        var node = first
        while let current = node {
            if current.pointee.type == XML_TEXT_NODE || current.pointee.type == XML_CDATA_SECTION_NODE {
                result += string(current.pointee.content)
            }
            node = current.pointee.next
        }
        return result
    }

    private static func string(_ pointer: UnsafePointer<xmlChar>?) -> String {
        guard let pointer else { return "" }
        return String(decoding: UnsafeBufferPointer(start: pointer, count: Int(xmlStrlen(pointer))), as: UTF8.self)
    }
}

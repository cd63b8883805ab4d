internal import CXML

/// A set of XML Schema 1.0 documents compiled by libxml2: the reference for what is a valid schema and a valid message.
///
/// All documents are in memory and refer to each other by ``address(of:)``; libxml2 opens no file and no connection.
/// May be used from several threads.
public final class XMLSchemaValidator: @unchecked Sendable {
    /// What libxml2 says against a schema or a message.
    public struct Problem: Error, Sendable, Equatable {
        /// A sentence without a full stop.
        public let message: String
        /// The name of the schema document; empty for a message.
        public let document: String
        /// 1-based; 1 when it is unknown.
        public let line: Int
        /// Whether a content model is ambiguous (Unique Particle Attribution), which harms nobody who reads messages.
        public let isAmbiguity: Bool
        /// The dotted path of the element or attribute in a message, from the one that was checked: `Line[2].@id`.
        public var path = ""
        /// What is broken in a message: a facet, `type`, `attribute`, `key` or `content`; empty for a schema.
        public var rule = ""
    }

    private let schema: xmlSchemaPtr
    private static let problemLimit = 50

    /// What a document is called in a `schemaLocation` of another one.
    public static func address(of document: String) -> String { document + ".xsd" }

    /// Compiles the documents; `main` is the name of the one to start from.
    ///
    /// - Returns: The validator, nil when the schema is not valid; and what is wrong with it, warnings left out.
    public static func compile(
        main: String, documents: [String: [UInt8]]
    ) -> (validator: XMLSchemaValidator?, problems: [Problem]) {
        XMLProblems.silence()
        let folder = XMLSchemaSource.publish(documents)
        defer { XMLSchemaSource.withdraw(folder) }
        let collector = XMLProblems(limit: problemLimit)
        guard let context = xmlSchemaNewParserCtxt(XMLSchemaSource.address(folder, address(of: main))) else {
            return (nil, [Problem(message: "there is no memory", document: "", line: 1, isAmbiguity: false)])
        }
        defer { xmlSchemaFreeParserCtxt(context) }
        let schema = withExtendedLifetime(collector) {
            xmlSchemaSetParserStructuredErrors(
                context, { data, error in XMLProblems.add(data, error) }, collector.pointer)
            return xmlSchemaParse(context)
        }
        let problems = collector.problems
        guard let schema else {
            let unknown = Problem(message: "the schema is not valid", document: "", line: 1, isAmbiguity: false)
            return (nil, problems.isEmpty ? [unknown] : problems)
        }
        return (XMLSchemaValidator(schema), problems)
    }

    private init(_ schema: xmlSchemaPtr) {
        self.schema = schema
    }

    deinit {
        xmlSchemaFree(schema)
    }

    /// Checks a message, or one element in it: `element` holds the places among their siblings of the elements that
    /// lead to it from the root.
    ///
    /// - Parameter name: A global element whose declaration the element is held against, whatever its own name is.
    /// - Returns: What is wrong, at most `limit` problems; none for a valid message. No value of the message is in them.
    public func validate(
        _ bytes: UnsafeRawBufferPointer, element path: [Int] = [], as name: (local: String, namespace: String)? = nil,
        limit: Int = 20
    ) -> [Problem] {
        XMLProblems.silence()
        let document: xmlDocPtr
        switch XMLReader.parse(bytes) {
        case .success(let parsed): document = parsed
        case .failure(let error):
            return [Problem(message: error.message, document: "", line: error.line, isAmbiguity: false)]
        }
        defer { xmlFreeDoc(document) }
        guard let context = xmlSchemaNewValidCtxt(schema), var node = xmlDocGetRootElement(document) else {
            return [Problem(message: "there is no memory", document: "", line: 1, isAmbiguity: false)]
        }
        defer { xmlSchemaFreeValidCtxt(context) }
        for place in path {
            var child = node.pointee.children
            var left = place
            while let current = child {
                if current.pointee.type == XML_ELEMENT_NODE {
                    if left == 0 { break }
                    left -= 1
                }
                child = current.pointee.next
            }
            guard let child else {
                return [Problem(message: "the element is missing", document: "", line: 1, isAmbiguity: false)]
            }
            node = child
        }
        if let name {
            xmlNodeSetName(node, name.local)
            xmlSetNs(node, xmlNewNs(node, name.namespace, "waybill-as"))
        }
        let collector = XMLProblems(limit: max(1, limit), start: node)
        let result = withExtendedLifetime(collector) {
            xmlSchemaSetValidStructuredErrors(
                context, { data, error in XMLProblems.add(data, error) }, collector.pointer)
            return path.isEmpty && name == nil
                ? xmlSchemaValidateDoc(context, document) : xmlSchemaValidateOneElement(context, node)
        }
        if result != 0, collector.problems.isEmpty {
            return [Problem(message: "the message is not valid", document: "", line: 1, isAmbiguity: false)]
        }
        return result == 0 ? [] : collector.problems
    }
}

/// Collects what libxml2 reports.
final class XMLProblems {
    private(set) var problems: [XMLSchemaValidator.Problem] = []
    private let limit: Int
    /// The element of a message that is checked; nil for a schema.
    private let start: xmlNodePtr?

    init(limit: Int, start: xmlNodePtr? = nil) {
        self.limit = limit
        self.start = start
    }

    var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// What libxml2 says of regular expressions and memory goes to no collector: without this it would go to the
    /// process's standard error. The handler is one for each thread.
    static func silence() {
        xmlSetStructuredErrorFunc(nil, { _, _ in })
        waybill_silence_generic_errors()
    }

    static func add(_ data: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<xmlError>?) {
        guard let data, let error, error.pointee.level != XML_ERR_WARNING else { return }
        let collector = Unmanaged<XMLProblems>.fromOpaque(data).takeUnretainedValue()
        guard collector.problems.count < collector.limit else { return }
        var message = error.pointee.message.map { String(cString: $0) } ?? "it is not valid"
        while let end = message.last, end.isWhitespace || end == "." { message.removeLast() }
        // Line ends inside a message would break its sentence.
        message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        let file = error.pointee.file.map { String(cString: $0) } ?? ""
        var problem = XMLSchemaValidator.Problem(
            message: message, document: XMLSchemaSource.document(of: file), line: max(1, Int(error.pointee.line)),
            isAmbiguity: error.pointee.code == Int32(XML_SCHEMAP_NOT_DETERMINISTIC.rawValue))
        if let start = collector.start {
            let text = XMLProblemText(message)
            var path = XMLProblemText.path(of: error.pointee.node, below: start)
            if let name = text.attribute, !path.hasSuffix("@" + name) { path += (path.isEmpty ? "@" : ".@") + name }
            problem = XMLSchemaValidator.Problem(
                message: text.sentence, document: "", line: problem.line, isAmbiguity: false,
                path: path, rule: text.rule)
        }
        collector.problems.append(problem)
    }
}

internal import Contracts
public import Diagnostics

/// Reads a contract for people: which parts it has, which fields a part has.
public enum ContractTypes {
    /// The listing of the contract at `path`, or nil when it can't be read or has no such part (an error in `sink`).
    ///
    /// - Parameters:
    ///   - part: What follows `#`; nil for the whole contract.
    ///   - file: The contract in the source store, for spans.
    public static func read(
        path: String, part: String?, options: TypeOptions = TypeOptions(), load: (String) -> [UInt8]?, file: FileID,
        into sink: inout DiagnosticSink
    ) -> TypeListing? {
        guard let document = ContractReader.read(path: path, fragment: nil, load: load, file: file, into: &sink) else {
            return nil
        }
        guard let part, !part.isEmpty else { return whole(document, options) }
        switch document.language {
        case .wsdl: return wsdl(document, part, options, file, &sink)
        case .openAPI:
            return document.openAPI.flatMap { openAPI($0, document, part, options, file, &sink) }
        case .xmlSchema:
            guard let element = document.element(named: part) else {
                noSuch("element", part, document.elements.map(\.name), document, file, &sink)
                return nil
            }
            var listing = TypeListing(path: path, part: part, language: document.language)
            listing.sections = [section("", element, options)]
            return listing
        default:
            // The reader finds definitions by name and by JSON Pointer, and reports those that are not there.
            var own = DiagnosticSink()
            let named = ContractReader.read(path: path, fragment: part, load: load, file: file, into: &own)
            for diagnostic in own.diagnostics where named == nil && diagnostic.severity == .error {
                sink.add(diagnostic)
            }
            guard let named else { return nil }
            var listing = TypeListing(path: path, part: part, language: document.language)
            listing.sections = [section("", [], named.root, options)]
            return listing
        }
    }

    // MARK: - Without a part

    private static func whole(_ document: ContractDocument, _ options: TypeOptions) -> TypeListing {
        if let api = document.openAPI { return whole(api, document) }
        var listing = TypeListing(path: document.path, part: nil, language: document.language)
        switch document.language {
        case .wsdl:
            listing.partKind = "operation"
            var seen: Set<String> = []
            for operation in document.operations where seen.insert(operation.name).inserted {
                var facts = ["request \(name(operation.input))"]
                facts.append(operation.output == nil ? "one-way" : "answer \(name(operation.output))")
                if !operation.faults.isEmpty {
                    facts.append("faults \(operation.faults.map(\.name).joined(separator: ", "))")
                }
                listing.parts.append(
                    .init(
                        name: operation.name, facts: facts,
                        source: ShapeSource(path: document.path, line: operation.line)))
            }
        case .xmlSchema where document.elements.count != 1:
            listing.partKind = "element"
            for element in document.elements {
                listing.parts.append(
                    .init(name: element.name, facts: [element.shape.kindName], source: element.shape.source))
            }
        default:
            listing.sections = [section("", elementFacts(document.rootElement), document.root, options)]
        }
        return listing
    }

    // MARK: - WSDL

    private static func wsdl(
        _ document: ContractDocument, _ part: String, _ options: TypeOptions, _ file: FileID,
        _ sink: inout DiagnosticSink
    ) -> TypeListing? {
        var listing = TypeListing(path: document.path, part: part, language: document.language)
        guard let operation = document.operation(named: part) else {
            if let element = document.element(named: part) {
                listing.sections = [section("", element, options)]
                return listing
            }
            noSuch("operation", part, document.operations.map(\.name), document, file, &sink)
            return nil
        }
        listing.facts = [
            "SOAP \(operation.version.rawValue)",
            "\(operation.style.rawValue)/\(operation.isLiteral ? "literal" : "encoded")",
            operation.soapAction.isEmpty ? "no action" : "action \(operation.soapAction)",
        ]
        if !operation.address.isEmpty { listing.facts.append("at \(operation.address)") }
        for header in operation.inputHeaders { listing.sections.append(section("request header", header, options)) }
        if let input = operation.input { listing.sections.append(section("request", input, options)) }
        for header in operation.outputHeaders { listing.sections.append(section("answer header", header, options)) }
        if let output = operation.output {
            listing.sections.append(section("answer", output, options))
        } else {
            listing.facts.append("one-way: no answer")
        }
        for fault in operation.faults {
            listing.sections.append(section("fault \(fault.name)", fault.detail, options))
        }
        return listing
    }

    // MARK: - Pieces

    static func section(
        _ title: String, _ facts: [String], _ shape: Shape, _ options: TypeOptions
    ) -> TypeListing.Section {
        let walk = TypeWalk(shape, depth: options.depth, limit: options.limit)
        return .init(title: title, facts: facts, rows: walk.rows, isCut: walk.isCut)
    }

    private static func section(
        _ title: String, _ element: ElementShape, _ options: TypeOptions
    ) -> TypeListing.Section {
        section(title, elementFacts(element.elementName), element.shape, options)
    }

    private static func elementFacts(_ name: ElementName?) -> [String] {
        guard let name, !name.name.isEmpty else { return [] }
        return ["element \(name.name)"] + (name.namespace.map { ["namespace \($0)"] } ?? [])
    }

    private static func name(_ element: ElementShape?) -> String {
        guard let element, !element.name.isEmpty else { return "without a body" }
        return element.name
    }

    static func noSuch(
        _ what: String, _ name: String, _ known: [String], _ document: ContractDocument, _ file: FileID,
        _ sink: inout DiagnosticSink
    ) {
        let some = known.prefix(12).joined(separator: ", ")
        sink.add(
            Diagnostic(
                "WB3204", "`\(document.path)` has no \(what) `\(name)`",
                at: SourceSpan(file: file, start: 0, end: 0), "looked for here",
                notes: known.isEmpty ? [] : ["it has \(some)\(known.count > 12 ? ", …" : "")"],
                help: Spelling.nearest(name, in: known).map { "write `\(document.path)#\($0)`" }
                    ?? "`waybill types \(document.path)` lists all of them"))
    }
}

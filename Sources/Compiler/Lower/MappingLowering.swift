import Contracts
import Diagnostics
import Documents
import FEEL
import RouteGraph

/// What a mapping is compiled against.
struct MappingSite {
    var scope: ExpressionScope
    var sourceFormat: Document.Format
    var sourceIsSOAP: Bool
    var targetFormat: Document.Format
    /// The contract of what is written; nil when nothing is known of it.
    var target: Shape?
    /// XML: the element that the rows fill.
    var rootElement: ElementName?
    var soap: SOAPEnvelope?
    /// Prefix to namespace, as declared under the endpoint.
    var namespaces: [String: String] = [:]
}

/// The envelope that a SOAP body travels in.
struct SOAPEnvelope {
    var namespace: String
    var headers: [ElementShape]

    static func of(_ version: SOAPBindingVersion, headers: [ElementShape] = []) -> SOAPEnvelope {
        SOAPEnvelope(
            namespace: version == .v11
                ? "http://schemas.xmlsoap.org/soap/envelope/" : "http://www.w3.org/2003/05/soap-envelope",
            headers: headers)
    }
}

/// A mapping file to a mapping program.
struct MappingLowering {
    private let site: MappingSite
    private var paths = PathTree()
    private var rows: [RowPlan] = []
    private var labels: [RowLabel] = []
    private var root: TargetNode
    /// Rows that go into SOAP headers (`` `soap:Header`.CorrelationId ``).
    private var header: TargetNode
    private var tables: [LookupTable] = []
    private var seen: [String: SourceSpan] = [:]
    private var isPoisoned = false

    static func run(_ mapping: ParsedMapping, _ site: MappingSite, _ context: inout CompileContext) -> MappingPlan? {
        var lowering = MappingLowering(mapping, site, &context)
        return lowering.lower(mapping, &context)
    }

    private init(_ mapping: ParsedMapping, _ site: MappingSite, _ context: inout CompileContext) {
        var site = site
        root = TargetNode("", span: mapping.span)
        root.shape = site.target
        header = TargetNode("Header", span: mapping.span)
        for table in mapping.tables {
            if let found = context.table(table.name.value, table.value) {
                site.scope.tables.append((table.name.value, found.reverse != nil, Set(found.forward.keys)))
                tables.append(found)
            } else {
                // The name is known, so that its uses are not reported as well.
                site.scope.tables.append((table.name.value, true, nil))
                isPoisoned = true
            }
        }
        self.site = site
    }

    private mutating func lower(_ mapping: ParsedMapping, _ context: inout CompileContext) -> MappingPlan? {
        let errors = context.sink.errorCount
        let scope = site.scope.feel
        for row in mapping.rows { add(row, under: [], scope, site.scope, &context) }
        if !mapping.isPoisoned, !isPoisoned {
            var check = TargetCheck(site: site, mapping: mapping)
            check.required(&root, &context)
        }
        guard context.sink.errorCount == errors, !mapping.isPoisoned, !isPoisoned else { return nil }
        order(&root)
        var namespaces = NamespacePrefixes(declared: site.namespaces)
        namespaces.collect(root, rootElement: site.rootElement, header)
        var writer = TemplateWriter(rows: rows, prefixes: namespaces.prefixes)
        write(&writer, namespaces)
        return MappingPlan(
            target: site.targetFormat, file: context.sources[mapping.span.file].path, steps: writer.steps, rows: rows,
            labels: labels, constants: writer.constants, paths: paths.index, sourceIsSOAP: site.sourceIsSOAP,
            tables: tables)
    }

    private func order(_ node: inout TargetNode) {
        if case .object(let object)? = itemShape(node)?.kind { node.order(by: object) }
        for index in node.children.indices { order(&node.children[index]) }
    }

    private func write(_ writer: inout TemplateWriter, _ namespaces: NamespacePrefixes) {
        switch site.targetFormat {
        case .json: writer.json(root)
        case .form: writer.form(root)
        case .xml:
            var element = root
            element.name = site.rootElement?.name ?? "root"
            element.namespace = site.rootElement?.namespace
            if let soap = site.soap {
                writer.literal(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"\(soap.namespace)\"\(namespaces.declarations)>"
                )
                if !header.children.isEmpty {
                    writer.literal("<soap:Header>")
                    for child in header.children { writer.xmlElement(child) }
                    writer.literal("</soap:Header>")
                }
                writer.literal("<soap:Body>")
                writer.xmlRoot(element, declarations: "")
                writer.literal("</soap:Body></soap:Envelope>")
            } else {
                writer.literal("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
                writer.xmlRoot(element, declarations: namespaces.declarations)
            }
            writer.flush()
        }
    }

    // MARK: Rows

    private mutating func add(
        _ row: ParsedRow, under prefix: [TargetStep], _ scope: FEELScope, _ names: ExpressionScope,
        _ context: inout CompileContext
    ) {
        guard let steps = TargetStep.split(row.target.value) else {
            context.sink.add(
                Diagnostic(
                    "WB3305", "`\(row.target.value)` is not a target path", at: row.target.span,
                    help: "write the names of the fields with dots between them: `Debtor.Account.IBAN`"))
            isPoisoned = true
            return
        }
        let path = prefix + steps
        let key = path.map { $0.name + ($0.isList ? "[]" : "") }.joined(separator: ".")
        if let first = seen[key] {
            context.sink.add(
                Diagnostic(
                    "WB3304", "`\(row.target.value)` is written by two rows", at: row.target.span, "the second row",
                    secondary: [Label(first, "the first row")],
                    help: "keep one of them, or decide with `if … then … else …`"))
            return
        }
        seen[key] = row.target.span
        var check = TargetCheck(site: site, mapping: nil)
        guard let place = check.resolve(path, row.target.span, in: root.shape, &context) else {
            // Its expressions are looked at all the same, so that all mistakes are told at once.
            switch row.value {
            case .expression(let expression): _ = source(expression, scope, &context)
            case .spelledOut(let block): _ = block.from.map { source($0, scope, &context) }
            case .poisoned: break
            }
            isPoisoned = true
            return
        }
        switch row.value {
        case .poisoned: isPoisoned = true
        case .expression(let expression):
            guard let (source, shape) = source(expression, scope, &context) else { return }
            check.fits(shape, expression, place, row.target, &context)
            if place.required, case .constant(.null) = source {
                context.sink.add(
                    Diagnostic(
                        "WB3310", "`null` never fits `\(row.target.value)`", at: expression.span,
                        "null writes nothing, and the contract requires it", help: "name a field, or write a text"))
            }
            insert(path, row, source, expression, place, nil, shape, &context)
        case .spelledOut(let block) where block.isPoisoned:
            // What is left of it is looked at, so that all mistakes are told at once.
            if block.each == nil { _ = block.from.map { source($0, scope, &context) } }
            isPoisoned = true
        case .spelledOut(let block): spelledOut(block, row, path, place, scope, names, &context)
        }
    }

    private mutating func spelledOut(
        _ block: ParsedRowBlock, _ row: ParsedRow, _ path: [TargetStep], _ place: TargetPlace, _ scope: FEELScope,
        _ names: ExpressionScope, _ context: inout CompileContext
    ) {
        if let each = block.each {
            list(each, block, row, path, place, scope, names, &context)
            return
        }
        guard let from = block.from else { return }
        var options = RowOptions()
        options.when = block.when.flatMap { ExpressionLowering.condition($0, scope, &context) }
        options.truncate = block.truncate?.value
        options.failsWhenNull = block.otherwise != nil
        if let fallback = block.default, let (value, shape) = source(fallback, scope, &context) {
            options.fallback = value
            var check = TargetCheck(site: site, mapping: nil)
            check.fits(shape, fallback, place, row.target, truncatedTo: options.truncate, &context)
        }
        guard let (source, shape) = source(from, scope, &context) else { return }
        var check = TargetCheck(site: site, mapping: nil)
        check.fits(shape, from, place, row.target, truncatedTo: options.truncate, &context)
        insert(path, row, source, from, place, options, shape, &context)
    }

    private mutating func list(
        _ each: ParsedExpression, _ block: ParsedRowBlock, _ row: ParsedRow, _ path: [TargetStep], _ place: TargetPlace,
        _ scope: FEELScope, _ names: ExpressionScope, _ context: inout CompileContext
    ) {
        guard let (source, shape) = source(each, scope, &context) else {
            return
        }
        var inner = names
        if case .list(let item, _, _)? = shape?.kind {
            inner.item = .some(item)
        } else {
            if let shape, !Self.isOpen(shape) {
                context.sink.add(
                    Diagnostic(
                        "WB3306", "`each` needs a list", at: each.span, "this is one value",
                        help: "name a list, or write the fields of one item as plain rows"))
            }
            inner.item = .some(nil)
        }
        var options: RowOptions?
        if let when = block.when {
            options = RowOptions()
            options?.when = ExpressionLowering.condition(when, scope, &context)
        }
        let index = plan(row, source, each, place, options, shape, &context)
        self.place(path, row.target.span) { $0.each = index }
        let itemScope = inner.feel
        if block.rows.isEmpty, let from = block.from {
            guard let (value, valueShape) = self.source(from, itemScope, &context) else { return }
            let itemRow = plan(row, value, from, place, nil, valueShape, &context)
            self.place(path, row.target.span) { $0.row = itemRow }
            return
        }
        for child in block.rows { add(child, under: path, itemScope, inner, &context) }
    }

    private static func isOpen(_ shape: Shape) -> Bool {
        if case .any = shape.kind { return true }
        return false
    }

    private mutating func insert(
        _ path: [TargetStep], _ row: ParsedRow, _ source: RowSource, _ expression: ParsedExpression,
        _ place: TargetPlace,
        _ options: RowOptions?, _ shape: Shape?, _ context: inout CompileContext
    ) {
        let index = plan(row, source, expression, place, options, shape, &context)
        self.place(path, row.target.span) { $0.row = index }
    }

    private mutating func plan(
        _ row: ParsedRow, _ source: RowSource, _ expression: ParsedExpression, _ place: TargetPlace,
        _ options: RowOptions?,
        _ shape: Shape?, _ context: inout CompileContext
    ) -> Int {
        rows.append(
            RowPlan(
                source: source, kind: Self.kind(place.shape, shape), required: place.required,
                line: context.line(row.target.span), options: options))
        labels.append(RowLabel(target: row.target.value, text: ExpressionLowering.source(expression)))
        return rows.count - 1
    }

    /// What may be written: what the target's contract says, else what the source's says.
    private static func kind(_ target: Shape?, _ source: Shape?) -> TargetKind {
        for shape in [target, source] {
            guard var shape else { continue }
            if case .list(let item, _, _) = shape.kind { shape = item }
            if case .object(let object) = shape.kind, let text = object.text { shape = text }
            switch shape.kind {
            case .number: return .number
            case .boolean: return .boolean
            case .string, .temporal: return .string
            default: continue
            }
        }
        return .any
    }

    /// Finds or makes the node at a path.
    private mutating func place(_ path: [TargetStep], _ span: SourceSpan, _ change: (inout TargetNode) -> Void) {
        if site.soap != nil, path.first?.name == "soap:Header" {
            Self.descend(&header, path.dropFirst(), span, site, isHeader: true, change)
        } else {
            Self.descend(&root, path[...], span, site, isHeader: false, change)
        }
    }

    private static func descend(
        _ node: inout TargetNode, _ path: ArraySlice<TargetStep>, _ span: SourceSpan, _ site: MappingSite,
        isHeader: Bool,
        _ change: (inout TargetNode) -> Void
    ) {
        guard let step = path.first else { return change(&node) }
        var name = step.name
        var namespace: String?
        if let colon = name.firstIndex(of: ":"), let declared = site.namespaces[String(name[..<colon])] {
            namespace = declared
            name = String(name[name.index(after: colon)...])
        }
        let index = node.child(name, span: span)
        if case .object(let object)? = itemShape(node)?.kind, let field = object.field(named: name) {
            node.children[index].shape = field.shape
            node.children[index].required = field.required
            namespace = namespace ?? field.namespace
        } else if isHeader, let element = site.soap?.headers.first(where: { $0.name == name }) {
            node.children[index].shape = element.shape
            namespace = namespace ?? element.namespace
        }
        node.children[index].namespace = namespace
        descend(&node.children[index], path.dropFirst(), span, site, isHeader: isHeader, change)
    }

    private static func itemShape(_ node: TargetNode) -> Shape? {
        if case .list(let item, _, _)? = node.shape?.kind { return item }
        return node.shape
    }

    private func itemShape(_ node: TargetNode) -> Shape? { Self.itemShape(node) }

    // MARK: Sources

    /// Where a value comes from, and its shape as far as it is known.
    private mutating func source(
        _ expression: ParsedExpression, _ scope: FEELScope, _ context: inout CompileContext
    ) -> (RowSource, Shape?)? {
        switch expression.content {
        case .literal(let text): return (.constant(.string(text)), .string)
        case .list(let items):
            var sources: [RowSource] = []
            for item in items {
                guard let (source, _) = source(item, scope, &context) else { return nil }
                sources.append(source)
            }
            return (.list(sources), Shape.list(.any))
        case .feel(let text):
            guard let program = ExpressionLowering.program(text, scope, &context) else {
                isPoisoned = true
                return nil
            }
            return (lowered(program), program.resultShape)
        }
    }

    /// A bare path becomes a copy from the document; whatever needs thinking stays a program.
    private mutating func lowered(_ program: FEELProgram) -> RowSource {
        if let constant = program.constant { return .constant(constant) }
        guard let (root, steps) = program.purePath, !steps.isEmpty || root != RootSlot.body else {
            return .program(program.withoutShape)
        }
        // A path that may lead through or to a list of XML elements is evaluated: one node is not all of it.
        let isKnown =
            program.resultShape.map { shape in
                if case .any = shape.kind { return false }
                return true
            } ?? false
        let isList = program.resultShape.map { if case .list = $0.kind { true } else { false } } ?? false
        switch root {
        case RootSlot.body where site.sourceFormat == .json && !passesThroughList(steps): return .slot(paths.add(steps))
        case RootSlot.body where isKnown && !isList && !passesThroughList(steps): return .slot(paths.add(steps))
        case RootSlot.body where isList && !passesThroughList(steps.dropLast()): return .slot(paths.add(steps))
        case RootSlot.item where site.sourceFormat == .json || isKnown && !isList: return .item(steps)
        case RootSlot.index: return .index
        default: return .program(program.withoutShape)
        }
    }

    /// Whether a step before the last is a list by the source's contract.
    private func passesThroughList(_ steps: some Collection<String>) -> Bool {
        var shape = site.scope.body
        for (offset, step) in steps.enumerated() {
            guard case .object(let object)? = shape?.kind, let field = object.field(named: step) else { return false }
            if case .list = field.shape.kind, offset < steps.count - 1 { return true }
            shape = field.shape
        }
        return false
    }
}

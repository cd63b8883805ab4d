import Contracts
import Diagnostics
import Documents
import RouteGraph

/// Where a row writes to: what the target's contract says of that place.
struct TargetPlace {
    var shape: Shape?
    var required = false
}

/// Holds rows against the target's contract.
struct TargetCheck {
    let site: MappingSite
    let mapping: ParsedMapping?

    /// What the contract says of a path; nil when the contract has no such field, which is reported.
    mutating func resolve(
        _ path: [TargetStep], _ span: SourceSpan, in root: Shape?, _ context: inout CompileContext
    ) -> TargetPlace? {
        var steps = path[...]
        var shape = root
        if site.soap != nil, steps.first?.name == "soap:Header" {
            steps = steps.dropFirst()
            guard let name = steps.first?.name else { return TargetPlace() }
            let local = name.split(separator: ":").last.map(String.init) ?? name
            shape = site.soap?.headers.first { $0.name == local }?.shape
            steps = steps.dropFirst()
        }
        var place = TargetPlace(shape: shape, required: false)
        var walked: [String] = []
        for (offset, step) in steps.enumerated() {
            if case .list(let item, _, _)? = shape?.kind { shape = item }
            let name = step.name.split(separator: ":", maxSplits: 1).last.map(String.init) ?? step.name
            guard case .object(let object)? = shape?.kind else {
                if let shape, isClosed(shape) {
                    unknown(step.name, walked, [], span, nil, context: &context)
                    return nil
                }
                return TargetPlace()
            }
            guard let field = object.field(named: name) ?? object.field(named: step.name) else {
                if object.open || (step.name.hasPrefix("@") && object.openAttributes) { return TargetPlace() }
                unknown(
                    step.name, walked, steps.dropFirst(offset + 1).map { $0.name + ($0.isList ? "[]" : "") }, span,
                    object, context: &context)
                return nil
            }
            walked.append(step.name)
            let isLast = offset == steps.count - 1
            if step.isList {
                guard case .list = field.shape.kind else {
                    if isClosed(field.shape) {
                        context.sink.add(
                            Diagnostic(
                                "WB3303", "`\(walked.joined(separator: "."))` is not a list", at: span,
                                "the contract has it once", help: "write it without `[]`"))
                        return nil
                    }
                    return TargetPlace()
                }
            }
            shape = field.shape
            place = TargetPlace(shape: field.shape, required: isLast && field.required)
        }
        return place
    }

    private func isClosed(_ shape: Shape) -> Bool {
        if case .any = shape.kind { return false }
        return true
    }

    private func unknown(
        _ name: String, _ walked: [String], _ rest: [String], _ span: SourceSpan, _ object: ObjectShape?,
        context: inout CompileContext
    ) {
        let candidates = object?.fields.map(\.name) ?? []
        let near = Spelling.nearest(name, in: candidates)
        let parent = walked.isEmpty ? "the target" : "`\(walked.joined(separator: "."))`"
        context.sink.add(
            Diagnostic(
                "WB3301", "the target has no field `\((walked + [name]).joined(separator: "."))`", at: span,
                "not in the contract",
                help: near.map { "write `\((walked + repaired($0, rest, object)).joined(separator: "."))`" }
                    ?? (candidates.isEmpty
                        ? "\(parent) holds a single value"
                        : "\(parent) has: \(candidates.prefix(12).joined(separator: ", "))")))
    }

    /// The rest of a path behind a step that was put right, with the steps below it put right as well.
    private func repaired(_ first: String, _ rest: [String], _ object: ObjectShape?) -> [String] {
        var path = [first]
        var shape = object?.field(named: first)?.shape
        for step in rest {
            if case .list(let item, _, _)? = shape?.kind { shape = item }
            guard case .object(let object)? = shape?.kind else { return path + [step] }
            let name = step.hasSuffix("[]") ? String(step.dropLast(2)) : step
            let found = object.field(named: name)?.name ?? Spelling.nearest(name, in: object.fields.map(\.name))
            path.append((found ?? name) + (step.hasSuffix("[]") ? "[]" : ""))
            shape = found.flatMap { object.field(named: $0) }?.shape
        }
        return path
    }

    /// Lists, texts and numbers that can never fit.
    mutating func fits(
        _ source: Shape?, _ expression: ParsedExpression, _ place: TargetPlace, _ target: Located<String>,
        truncatedTo limit: Int? = nil, _ context: inout CompileContext
    ) {
        if case .literal(let text) = expression.content { looksLikePath(text, expression, &context) }
        guard let shape = place.shape else { return }
        if case .literal(let text) = expression.content {
            return literal(text, expression, shape, target, limit, &context)
        }
        guard let source else { return }
        var targetIsList = false
        if case .list = shape.kind { targetIsList = true }
        if case .list = source.kind, !targetIsList, isClosed(shape) {
            var help = "take one item, `…[1]`, or join them: `string join(…, \" \")`"
            if case .list(let items) = expression.content, items.count == 1, let item = items.first {
                help = "write it without brackets: `\(ExpressionLowering.source(item))`"
            }
            context.sink.add(
                Diagnostic(
                    "WB3303", "a list is assigned to `\(target.value)`, which holds one value", at: expression.span,
                    "this is a list", help: help))
        }
        group(source, shape, expression, target, &context)
        if case .object(let object) = source.kind, object.text == nil {
            switch shape.kind {
            case .string, .number, .boolean, .temporal:
                context.sink.add(
                    Diagnostic(
                        "WB3318", "`\(target.value)` holds one value, and this has fields", at: expression.span,
                        "a group of fields", help: "name one of its fields"))
            default: break
            }
        }
    }

    /// A quoted text that is also the path of a field: the quotes are probably a mistake.
    private func looksLikePath(_ text: String, _ expression: ParsedExpression, _ context: inout CompileContext) {
        let steps = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard steps.count > 1 else { return }
        var shape = site.scope.body
        for step in steps {
            guard case .object(let object)? = shape?.kind, let field = object.field(named: step) else { return }
            shape = field.shape
        }
        context.sink.add(
            Diagnostic(
                "WB3319", .warning, "this is the text \"\(text)\", not the field of that name", at: expression.span,
                "in quotes, so it is text", help: "write it without quotes: `\(text)`",
                fixIts: [FixIt(replace: expression.span, with: text)]))
    }

    /// A group that is copied as a whole must have the target's fields.
    private func group(
        _ source: Shape, _ target: Shape, _ expression: ParsedExpression, _ name: Located<String>,
        _ context: inout CompileContext
    ) {
        var (from, to) = (source, target)
        if case .list(let item, _, _) = from.kind { from = item }
        if case .list(let item, _, _) = to.kind { to = item }
        guard case .object(let given) = from.kind, case .object(let wanted) = to.kind, given.text == nil,
            wanted.text == nil, !wanted.open, !given.open
        else { return }
        let unknown = given.fields.first { wanted.field(named: $0.name) == nil }
        let missing = wanted.fields.first { $0.required && given.field(named: $0.name) == nil }
        guard let field = unknown ?? missing else { return }
        var isList = false
        if case .list = target.kind { isList = true }
        context.sink.add(
            Diagnostic(
                "WB3320", "the fields of this group are not those of `\(name.value)`", at: expression.span,
                unknown == nil ? "has no `\(field.name)`" : "has `\(field.name)`, which the target has not",
                notes: ["the target has: \(wanted.fields.prefix(12).map(\.name).joined(separator: ", "))"],
                help: isList
                    ? "map its fields one by one: `\(name.value)[]:` with `each:` and `rows:` below it"
                    : "write a row for each field: `\(name.value).\(wanted.fields.first?.name ?? "…"): …`"))
    }

    private func literal(
        _ text: String, _ expression: ParsedExpression, _ shape: Shape, _ target: Located<String>, _ limit: Int?,
        _ context: inout CompileContext
    ) {
        let facets = shape.facets
        var problem: (String, String)?
        if !facets.enumeration.isEmpty, !facets.enumeration.contains(text) {
            let near = Spelling.nearest(text, in: facets.enumeration)
            problem = (
                "the contract allows \(facets.enumeration.prefix(8).joined(separator: ", "))",
                near.map { "write \"\($0)\"" } ?? "choose one of the allowed values"
            )
        } else if let maximum = facets.maxLength, text.unicodeScalars.count > min(maximum, limit ?? .max) {
            problem = ("it has \(text.unicodeScalars.count) characters, the contract allows \(maximum)", "shorten it")
        } else if let minimum = facets.minLength, text.unicodeScalars.count < minimum {
            problem = ("it has \(text.unicodeScalars.count) characters, the contract asks for \(minimum)", "write more")
        }
        switch shape.kind {
        case .number
        where Int(text) == nil && !text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }):
            problem = ("the contract has a number here", "write a number without quotes")
        case .boolean where text != "true" && text != "false":
            problem = ("the contract has a boolean here", "write true or false without quotes")
        default: break
        }
        if let problem {
            context.sink.add(
                Diagnostic(
                    "WB3310", "\"\(text)\" never fits `\(target.value)`", at: expression.span, problem.0,
                    help: problem.1))
        }
    }

    /// Required fields that no row writes. A missing group of fields is reported once.
    mutating func required(_ root: inout TargetNode, _ context: inout CompileContext) {
        missing(root, [], &context, depth: 0)
    }

    private func missing(_ node: TargetNode, _ path: [String], _ context: inout CompileContext, depth: Int) {
        guard depth < 32, mapping != nil else { return }
        var shape = node.shape
        if case .list(let item, _, _)? = shape?.kind { shape = item }
        guard case .object(let object)? = shape?.kind else { return }
        // A row that copies a whole group writes all that is in it; one that writes an element's text leaves its
        // attributes to rows of their own.
        if node.row != nil, node.children.isEmpty, object.text == nil { return }
        if let text = object.text, node.row == nil, node.each == nil, !path.isEmpty, needsContent(text) {
            report(path.joined(separator: "."), text.source, &context)
        }
        for field in object.fields where node.row == nil || object.text == nil || field.isAttribute {
            if let child = node.children.first(where: { $0.name == field.name }) {
                missing(child, path + [field.name], &context, depth: depth + 1)
            } else if field.required, site.targetFormat == .json || !isEmptyContainer(field.shape) {
                report((path + [field.name]).joined(separator: "."), field.shape.source, &context)
            }
        }
    }

    private func report(_ name: String, _ source: ShapeSource?, _ context: inout CompileContext) {
        guard let mapping else { return }
        // An attribute is shown at the row of its element, any other field at the head of the rows.
        let element = name.split(separator: ".").dropLast().joined(separator: ".")
        let neighbour = mapping.rows.first { name.contains("@") && $0.target.value == element }
        context.sink.add(
            Diagnostic(
                "WB3302", "no row writes `\(name)`, which the target requires",
                at: (neighbour ?? mapping.rows.first).map(\.target.span) ?? mapping.span,
                neighbour == nil ? "a row is missing in this mapping" : "its attribute is missing",
                notes: source.map { ["the contract requires it at \($0.path):\($0.line)"] } ?? [],
                help: "add a row `\(name): …`"))
    }

    /// Whether an element's text may not be empty.
    private func needsContent(_ text: Shape) -> Bool {
        switch text.kind {
        case .number, .boolean, .temporal: true
        case .string: !text.facets.enumeration.isEmpty || (text.facets.minLength ?? 0) > 0
        default: false
        }
    }

    /// An element that may be empty need not be written by a row.
    private func isEmptyContainer(_ shape: Shape) -> Bool {
        guard case .object(let object) = shape.kind else { return false }
        return object.text == nil && object.fields.allSatisfy { !$0.required }
    }
}

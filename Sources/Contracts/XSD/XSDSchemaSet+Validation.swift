internal import Diagnostics
internal import Synchronization
internal import XML

extension XSDSchemaSet {
    /// All that validation needs, made when the first validator is asked for.
    final class Compiled: Sendable {
        let program: XSDProgram
        let elementNames: [ElementName: Int]
        let typeNames: [ElementName: Int]
        /// What is wrong with the documents, by our own reading.
        let problems: [Problem]
        /// What libxml2 says against them.
        let referenceProblems: [Problem]
        /// Types whose content can be read in two ways, by their place.
        let ambiguities: [(name: String?, place: ShapeSource)]
        /// Whether libxml2 complains of nothing but ambiguous content models.
        let isOnlyAmbiguous: Bool
        let reference: XMLSchemaValidator?
        private let typeOfElement: [Int]
        private let contents: [[Int]]
        private let constrained: [Bool]
        private let reasons: [Int: String]

        init(_ builder: XSDModelBuilder, _ set: XSDSchemaSet) {
            let model = builder.model
            let compiler = XSDCompiler.compile(model)
            var problems = set.problems
            problems += builder.problems.map {
                Problem(message: $0.message, path: $0.place.path, line: $0.place.line)
            }
            for bad in compiler.badPatterns {
                let source = model.types[bad.type].source
                problems.append(
                    Problem(
                        message: "the pattern `\(bad.text)` can't be read", path: source?.path ?? "",
                        line: source?.line ?? 1))
            }
            self.problems = problems
            program = XSDProgram(compiler.tables)
            ambiguities = model.types.compactMap { type in
                guard let source = type.source, case .elements(let particle, _) = type.content,
                    XSDAttribution.isAmbiguous(particle, model)
                else { return nil }
                return (type.name?.name, source)
            }
            func plain(_ names: [XMLName: Int]) -> [ElementName: Int] {
                var result: [ElementName: Int] = [:]
                for (name, id) in names { result[ElementName(name.name, namespace: name.namespace)] = id }
                return result
            }
            elementNames = plain(model.elementNames)
            typeNames = plain(model.typeNames)
            typeOfElement = model.elements.map(\.type)
            constrained = model.elements.map(\.hasConstraints)
            contents = compiler.contents
            reasons = compiler.reasons
            let bundle = XSDBundle(set)
            let (validator, found) = bundle.compile()
            reference = validator
            isOnlyAmbiguous = validator == nil && found.allSatisfy(\.isAmbiguity)
            referenceProblems = found.map {
                Problem(
                    message: $0.message, path: bundle.paths[$0.document] ?? "", line: $0.line,
                    isAmbiguity: $0.isAmbiguity)
            }
        }

        /// The validator of an element, or of a type when `element` is below zero.
        ///
        /// - Parameter standIn: A global element of that type.
        func validator(element: Int, type: Int = 0, standIn: ElementName? = nil) -> XSDValidator {
            let reason = reason(element: element, type: type)
            let isKnown = reference != nil && (element >= 0 || standIn != nil)
            return XSDValidator(
                program, element: element, type: type, engine: reason != nil && isKnown ? .libxml2 : .compiled,
                reason: reason.map { isKnown ? $0 : "\($0): not checked, since libxml2 can't take the schema" },
                reference: reference, standIn: standIn)
        }

        /// Why an element or type needs libxml2; nil when the compiled program knows all that it reaches.
        func reason(element: Int, type: Int) -> String? {
            var seen = Set<Int>()
            var queue: [Int] = []
            var elements = element >= 0 ? [element] : []
            if element < 0 { queue.append(type) }
            var looked = Set<Int>()
            while true {
                while let next = elements.popLast() {
                    guard looked.insert(next).inserted else { continue }
                    if constrained[next] { return "identity constraints (unique, key, keyref)" }
                    queue.append(typeOfElement[next])
                }
                guard let next = queue.popLast() else { return nil }
                guard seen.insert(next).inserted else { continue }
                if let reason = reasons[next] { return reason }
                elements += contents[next]
            }
        }
    }

    /// The set compiled for validation; nil when it is too large to be (then `refusal` says why).
    func compiled() -> Compiled? { compilation.get(self) }

    /// The validator of a global element; nil when there is none of this name or the set can't be compiled.
    func validator(forElement name: ElementName) -> (any MessageValidator)? {
        guard let compiled = compiled(), let element = compiled.elementNames[name] else { return nil }
        return compiled.validator(element: element)
    }

    /// The validator of a type, for elements that a WSDL part names; nil when there is none of this name.
    func validator(forType name: ElementName) -> (any MessageValidator)? {
        guard let compiled = compiled(), let type = compiled.typeNames[name] else { return nil }
        return compiled.validator(
            element: -1, type: type, standIn: compiled.elementNames[name] == nil ? nil : name)
    }

    /// Says what is wrong with the documents, by libxml2's rules and by our own, each line once.
    ///
    /// - Parameter isPart: Whether the schemas are part of a description, whose reader tells what it misses in them: then
    ///   only what can be read in two ways is told.
    func report(to issues: ContractIssues, isPart: Bool = false) {
        guard let compiled = compiled() else {
            let path = documents.first?.context.path ?? ""
            issues.add(
                "WB3281", .error, "`\(path)` is too large to check messages with", at: .init(path, line: 1),
                compilation.refusal ?? "it can't be compiled",
                help: "take the part of the schema that the messages need")
            return
        }
        ambiguous(compiled, issues)
        var seen: Set<String> = []
        for problem in compiled.referenceProblems + compiled.problems where !problem.path.isEmpty {
            if isPart || problem.isAmbiguity { continue }
            let place = ContractIssues.Place(problem.path, line: problem.line)
            guard !issues.isReported(place) || seen.contains("\(problem.path):\(problem.line)") else { continue }
            guard seen.insert("\(problem.path):\(problem.line)").inserted else { continue }
            issues.add(
                "WB3280", .warning, "the schema breaks a rule of XML Schema", at: place, Self.plain(problem.message),
                help: "tell its author; messages are checked by what can be read of it")
        }
    }

    /// One warning for all types that break Unique Particle Attribution: a partner's schema is used all the same.
    private func ambiguous(_ compiled: Compiled, _ issues: ContractIssues) {
        var found = compiled.ambiguities
        if found.isEmpty {
            found = compiled.referenceProblems.filter(\.isAmbiguity).map {
                (nil, ShapeSource(path: $0.path, line: $0.line))
            }
        }
        let named = found.map { (name: $0.name ?? name(at: $0.place) ?? "a type", place: $0.place) }
        guard let first = named.first else { return }
        let others = named.dropFirst().prefix(8).map { "`\($0.name)` (\($0.place.path), line \($0.place.line))" }
        let more = named.count > 9 ? ", …" : ""
        issues.add(
            "WB3280", .warning, "the content of `\(first.name)` can be read in two ways",
            at: .init(first.place.path, line: first.place.line),
            "an element may belong to either of two places (Unique Particle Attribution)",
            notes: others.isEmpty ? [] : ["so can that of \(others.joined(separator: ", "))\(more)"],
            help: "tell its author; messages are checked all the same, whichever place an element fits")
    }

    /// The nearest name around the type that begins there.
    private func name(at problem: ShapeSource) -> String? {
        func search(_ element: XMLElement, _ outer: String?) -> String? {
            let name = element.attribute("name") ?? outer
            if element.line == problem.line, element.name == "complexType" || element.name == "group" { return name }
            // The tree's depth is bounded by its reader.
            for child in element.children {
                if let found = search(child, name) { return found }
            }
            return nil
        }
        for document in documents where document.context.path == problem.path {
            if let found = search(document.element, nil) { return found }
        }
        return nil
    }

    /// A message of libxml2 with the names of XML Schema in their usual spelling.
    private static func plain(_ message: String) -> String {
        var result = message[...]
        var out = ""
        let long = "{\(ContractNamespace.schema)}"
        while let start = result.firstIndex(of: "{") {
            out += result[..<start]
            result = result[start...]
            if result.hasPrefix(long) {
                out += "xs:"
                result = result.dropFirst(long.count)
            } else {
                out.append("{")
                result = result.dropFirst()
            }
        }
        return out + result
    }

    /// Holds what is compiled once.
    final class Compilation: Sendable {
        private struct State {
            var isMade = false
            var compiled: Compiled?
            var refusal: String?
        }

        private let state = Mutex(State())

        func get(_ set: XSDSchemaSet) -> Compiled? {
            state.withLock { state in
                if state.isMade { return state.compiled }
                state.isMade = true
                let builder = XSDModelBuilder.build(set)
                if let refusal = builder.refusal {
                    state.refusal = refusal
                } else {
                    state.compiled = Compiled(builder, set)
                }
                return state.compiled
            }
        }

        var refusal: String? { state.withLock { $0.refusal } }
    }
}

internal import Diagnostics
internal import XML

/// Loads schema documents: those of a file or of WSDL's `types`, and all that they include and import.
struct XSDLoader {
    private let issues: ContractIssues
    private let load: (String) -> [UInt8]?
    private var components: [XSDSchemaSet.Key: XSDSchemaSet.Component] = [:]
    private var orderedKeys: [XSDSchemaSet.Key] = []
    private var documents: [XSDSchemaSet.Document] = []
    private var redefinitions: [XSDSchemaSet.Component] = []
    private var redefineTargets: [String: String] = [:]
    private var problems: [XSDSchemaSet.Problem] = []
    private var elementNames: [XMLName] = []
    private var substitutes: [XMLName: [XMLName]] = [:]
    private var visited: Set<Visit> = []
    private var pending: [Pending] = []
    private let catalogs: ContractCatalogs
    /// The files that were read, in order.
    private(set) var files: [String] = []
    /// Namespaces for which a schema document is there.
    private(set) var namespaces: Set<String> = []

    private struct Visit: Hashable {
        var path: String
        var namespace: String?
        var isChameleon: Bool
    }

    private struct Pending {
        var target: String
        /// The including document's namespace; nil for an import.
        var includer: String?
        var isInclude: Bool
        /// What an import says that it brings.
        var expected: String?
        var checksNamespace = false
        var place: ContractIssues.Place
    }

    init(issues: ContractIssues, load: @escaping (String) -> [UInt8]?) {
        self.issues = issues
        self.load = load
        self.catalogs = ContractCatalogs(load: load)
    }

    /// Adds a schema element and everything it refers to.
    mutating func add(_ schema: XMLElement, path: String) {
        register(schema, path: path, includer: nil, isInclude: false)
        drain()
    }

    /// Adds a schema document by path, as WSDL's `import` may.
    mutating func add(path: String, place: ContractIssues.Place) {
        pending.append(Pending(target: path, includer: nil, isInclude: false, place: place))
        drain()
    }

    func set() -> XSDSchemaSet {
        var components = components
        var orderedKeys = orderedKeys
        // The last redefinition that was met is the innermost.
        for (number, redefinition) in redefinitions.enumerated().reversed() {
            guard let local = redefinition.element.attribute("name"),
                let space = XSDLoader.space(of: redefinition.element)
            else { continue }
            let key = XSDSchemaSet.Key(space: space, name: XMLName(local, namespace: redefinition.context.namespace))
            let hidden = XMLName("\(local) (redefined \(number))", namespace: key.name.namespace)
            var made = redefinition
            if let original = components[key] {
                let hiddenKey = XSDSchemaSet.Key(space: space, name: hidden)
                components[hiddenKey] = original
                orderedKeys.append(hiddenKey)
                made.context.redefinition = XSDSchemaSet.Redefinition(key: key, original: hidden)
            } else {
                orderedKeys.append(key)
            }
            components[key] = made
        }
        let targets = Set(redefineTargets.values)
        var problems = problems
        for cycle in redefinitionCycles() {
            problems.append(
                XSDSchemaSet.Problem(message: "documents redefine each other in a circle", path: cycle, line: 1))
        }
        let documents = documents.map { document in
            var document = document
            document.isRedefined = targets.contains(document.context.path)
            return document
        }
        return XSDSchemaSet(
            components: components, orderedKeys: orderedKeys, elementNames: elementNames, substitutes: substitutes,
            documents: documents, redefineTargets: redefineTargets, problems: problems)
    }

    /// Files that redefine themselves by way of others.
    private func redefinitionCycles() -> [String] {
        var next: [String: [String]] = [:]
        for (place, target) in redefineTargets {
            let path = place.lastIndex(of: ":").map { String(place[..<$0]) } ?? place
            next[path, default: []].append(target)
        }
        return next.keys.filter { start in
            var seen: Set<String> = []
            var queue = next[start] ?? []
            while let path = queue.popLast() {
                if path == start { return true }
                if seen.insert(path).inserted { queue += next[path] ?? [] }
            }
            return false
        }.sorted()
    }

    private static func space(of element: XMLElement) -> XSDSchemaSet.Space? {
        switch element.name {
        case "complexType", "simpleType": .type
        case "group": .group
        case "attributeGroup": .attributeGroup
        default: nil
        }
    }

    private mutating func drain() {
        while let next = pending.popLast() {
            guard let root = XSDLoader.read(next.target, issues: issues, place: next.place, load: load) else {
                continue
            }
            if root.namespace == ContractNamespace.wsdl {
                // A description that imports another one's types by its address.
                for types in root.children("types", namespace: ContractNamespace.wsdl) {
                    for schema in types.children("schema", namespace: ContractNamespace.schema) {
                        register(schema, path: next.target, includer: next.includer, isInclude: next.isInclude)
                    }
                }
                continue
            }
            guard root.name == "schema", root.namespace == ContractNamespace.schema else {
                problem("what is included or imported is not an XML Schema", next.place)
                issues.add(
                    "WB3221", .warning, "`\(next.target)` is not an XML Schema",
                    at: .init(next.target, line: root.line),
                    "its root element is `\(root.name)`")
                continue
            }
            let own = root.attribute("targetNamespace")
            if next.isInclude, own != nil, own != next.includer {
                problem("an included document has the namespace of the one that includes it, or none", next.place)
            } else if !next.isInclude, own != next.expected, next.checksNamespace {
                problem("the imported document is not of the namespace that the import names", next.place)
            }
            register(root, path: next.target, includer: next.includer, isInclude: next.isInclude)
        }
    }

    private mutating func problem(_ message: String, _ place: ContractIssues.Place) {
        guard problems.count < 100 else { return }
        problems.append(XSDSchemaSet.Problem(message: message, path: place.path, line: place.line))
    }

    /// Reads a file as XML; reports why when it can't.
    static func read(
        _ path: String, issues: ContractIssues, place: ContractIssues.Place, load: (String) -> [UInt8]?
    ) -> XMLElement? {
        guard let bytes = load(path) else {
            issues.add(
                "WB3206", .error, "`\(path)` can't be read", at: place, "no such file",
                help: "correct the path, which is relative to the file it is written in")
            return nil
        }
        return read(bytes, path: path, issues: issues)
    }

    static func read(_ bytes: [UInt8], path: String, issues: ContractIssues) -> XMLElement? {
        do throws(XMLError) {
            return try XMLReader.read(bytes)
        } catch {
            issues.add(
                "WB3203", .error, "`\(path)` can't be read as XML", at: .init(path, line: error.line), error.message,
                help: XSDLoader.help(error))
            return nil
        }
    }

    private static func help(_ error: XMLError) -> String {
        switch error.reason {
        case .size: "cut it down to the services, messages and types that are used"
        case .entity: "replace the reference by the text it stands for"
        case .syntax: "correct the file, or get it from the partner once more"
        }
    }

    private mutating func register(_ schema: XMLElement, path: String, includer: String?, isInclude: Bool) {
        let own = schema.attribute("targetNamespace")
        let isChameleon = isInclude && own == nil && includer != nil
        let namespace = isChameleon ? includer : own
        // Several schemas of one WSDL share its path: the line tells them apart.
        let visit = Visit(path: "\(path):\(schema.line)", namespace: namespace, isChameleon: isChameleon)
        guard visited.insert(visit).inserted else { return }
        if !files.contains(path) { files.append(path) }
        if let namespace { namespaces.insert(namespace) }
        let context = XSDSchemaSet.Context(
            path: path, namespace: namespace, isChameleon: isChameleon,
            elementsAreQualified: schema.attribute("elementFormDefault") == "qualified",
            attributesAreQualified: schema.attribute("attributeFormDefault") == "qualified",
            blockDefault: XSDDerivations(schema.attribute("blockDefault") ?? ""),
            finalDefault: XSDDerivations(schema.attribute("finalDefault") ?? ""))
        documents.append(XSDSchemaSet.Document(element: schema, context: context))

        for child in schema.children where child.namespace == ContractNamespace.schema {
            switch child.name {
            case "element": declare(child, .element, context)
            case "complexType", "simpleType": declare(child, .type, context)
            case "group": declare(child, .group, context)
            case "attributeGroup": declare(child, .attributeGroup, context)
            case "attribute": declare(child, .attribute, context)
            case "include": follow(child, context, isInclude: true)
            case "import": follow(child, context, isInclude: false)
            case "redefine":
                for changed in child.children
                where changed.namespace == ContractNamespace.schema && changed.name != "annotation" {
                    redefinitions.append(XSDSchemaSet.Component(element: changed, context: context))
                }
                follow(child, context, isInclude: true)
            case "override":
                issues.add(
                    "WB3221", .warning, "`xs:override` is not read", at: .init(path, line: child.line),
                    "it belongs to XML Schema 1.1", help: "write the changed types into the schema itself")
            case "annotation", "notation", "defaultOpenContent": continue
            default:
                issues.add(
                    "WB3221", .warning, "`xs:\(child.name)` is not allowed here", at: .init(path, line: child.line),
                    "this is ignored")
            }
        }
    }

    private mutating func declare(_ element: XMLElement, _ space: XSDSchemaSet.Space, _ context: XSDSchemaSet.Context) {
        guard let local = element.attribute("name") else {
            issues.add(
                "WB3221", .warning, "`xs:\(element.name)` has no name", at: .init(context.path, line: element.line),
                "nothing can refer to it")
            return
        }
        let name = XMLName(local, namespace: context.namespace)
        let key = XSDSchemaSet.Key(space: space, name: name)
        if let first = components[key] {
            // The same document reached in two ways declares the same thing.
            if first.context.path != context.path || first.element.line != element.line {
                issues.add(
                    "WB3222", .warning, "`\(local)` is declared twice", at: .init(context.path, line: element.line),
                    "the first one counts", notes: ["first in \(first.context.path), line \(first.element.line)"],
                    help: "take one of the two out, or give it a name of its own")
            }
            return
        }
        components[key] = XSDSchemaSet.Component(element: element, context: context)
        orderedKeys.append(key)
        guard space == .element else { return }
        elementNames.append(name)
        if let group = element.attribute("substitutionGroup"),
            let head = XSDSchemaSet.resolve(group, at: element, in: context)
        {
            substitutes[head, default: []].append(name)
        }
    }

    // MARK: - Other files

    private mutating func follow(_ element: XMLElement, _ context: XSDSchemaSet.Context, isInclude: Bool) {
        let namespace = element.attribute("namespace")
        let place = ContractIssues.Place(context.path, line: element.line)
        if !isInclude, let namespace, ContractNamespace.known.contains(namespace) { return }
        guard let location = element.attribute("schemaLocation") else {
            // Allowed for an import: the namespace's schema may be known from elsewhere.
            if let local = catalogs.file(for: [namespace], from: context.path) {
                queue(element, local, context, isInclude: isInclude, place: place)
            }
            return
        }
        switch ContractPath.resolve(location, from: context.path) {
        case .file(let target): queue(element, target, context, isInclude: isInclude, place: place)
        case .remote:
            if let local = catalogs.file(for: [location, namespace], from: context.path) {
                queue(element, local, context, isInclude: isInclude, place: place)
            } else {
                issues.add(
                    "WB3207", .warning, "`\(location)` is not in the workspace", at: place,
                    "nothing is fetched: its types may be anything",
                    help: "save the file beside this one and name it here, or in catalog.json")
            }
        case .outside:
            issues.add(
                "WB3207", .error, "`\(location)` is outside the workspace", at: place,
                "only files of the workspace are read", help: "copy the file into the workspace and name it here")
        }
    }

    private mutating func queue(
        _ element: XMLElement, _ target: String, _ context: XSDSchemaSet.Context, isInclude: Bool,
        place: ContractIssues.Place
    ) {
        let next = Pending(
            target: target, includer: context.namespace, isInclude: isInclude, expected: element.attribute("namespace"),
            checksNamespace: true, place: place)
        if element.name == "redefine" { redefineTargets["\(context.path):\(element.line)"] = target }
        // Most files are reached many times; a file with its own namespace is read once.
        let key = Visit(path: target, namespace: isInclude ? context.namespace : nil, isChameleon: isInclude)
        if visited.insert(key).inserted { pending.append(next) }
    }
}

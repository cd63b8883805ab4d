internal import Diagnostics
internal import XML

/// The declarations of a WSDL 1.1 description and of those it imports.
struct WSDLDefinitions {
    private static let fileLimit = 128

    /// A declaration and the file it is in.
    struct Declaration {
        var element: XMLElement
        var path: String
        /// The `targetNamespace` of the file.
        var namespace: String?
    }

    private let issues: ContractIssues
    private let load: (String) -> [UInt8]?
    private let catalogs: ContractCatalogs
    private(set) var messages: [XMLName: Declaration] = [:]
    private(set) var portTypes: [XMLName: Declaration] = [:]
    /// In the order of the files.
    private(set) var bindings: [(name: XMLName, declaration: Declaration)] = []
    private(set) var services: [Declaration] = []
    /// The roots of the descriptions, for what stands beside the declarations.
    private(set) var roots: [Declaration] = []
    private(set) var files: [String] = []
    private(set) var schemas: XSDLoader
    private var bindingNames: [XMLName: Declaration] = [:]

    init(issues: ContractIssues, load: @escaping (String) -> [UInt8]?) {
        self.issues = issues
        self.load = load
        self.catalogs = ContractCatalogs(load: load)
        self.schemas = XSDLoader(issues: issues, load: load)
    }

    /// Reads the description and all it imports, each file once.
    mutating func read(_ root: XMLElement, path: String) {
        var queue: [(root: XMLElement, path: String)] = [(root, path)]
        var seen: Set<String> = [path]
        var next = 0
        while next < queue.count {
            let (root, path) = queue[next]
            next += 1
            files.append(path)
            register(root, path: path)
            for element in root.children("import", namespace: ContractNamespace.wsdl) {
                guard let (target, place) = target(of: element, path: path) else { continue }
                if seen.contains(target) { continue }
                guard seen.count < WSDLDefinitions.fileLimit else {
                    issues.add(
                        "WB3254", .error, "`\(files[0])` is too large to be read", at: place,
                        "it has more than \(WSDLDefinitions.fileLimit) descriptions",
                        help: "cut it down to the services, messages and types that are used")
                    issues.close()
                    return
                }
                seen.insert(target)
                guard let imported = XSDLoader.read(target, issues: issues, place: place, load: load) else { continue }
                if let root = take(imported, element, target, place) { queue.append((root, target)) }
            }
        }
    }

    /// A description to be read; a schema is handed on.
    private mutating func take(
        _ imported: XMLElement, _ element: XMLElement, _ target: String, _ place: ContractIssues.Place
    ) -> XMLElement? {
        switch (imported.name, imported.namespace) {
        case ("definitions", ContractNamespace.wsdl):
            let stated = element.attribute("namespace")
            let actual = imported.attribute("targetNamespace")
            if let stated, stated != actual {
                issues.add(
                    "WB3256", .warning, "`\(target)` declares another namespace than the import says", at: place,
                    "the import says `\(stated)`", notes: ["the file says \(actual.map { "`\($0)`" } ?? "none")"],
                    help: "names of the file are found in the namespace that it declares itself")
            }
            return imported
        case ("schema", ContractNamespace.schema): schemas.add(imported, path: target)
        case (_, ContractNamespace.wsdl20): WSDLDefinitions.refuseVersion2(target, imported, issues)
        default:
            issues.add(
                "WB3221", .warning, "`\(target)` is neither WSDL 1.1 nor XML Schema",
                at: .init(target, line: imported.line), "its root element is `\(imported.name)`",
                help: "name the partner's WSDL or XSD file here")
        }
        return nil
    }

    static func refuseVersion2(_ path: String, _ root: XMLElement, _ issues: ContractIssues) {
        issues.add(
            "WB3251", .error, "`\(path)` is WSDL 2.0, which is not read", at: .init(path, line: root.line),
            "the root element is `description` of WSDL 2.0",
            help: "ask the partner for the WSDL 1.1 of the service; most servers give it at `?wsdl`")
    }

    private func target(of element: XMLElement, path: String) -> (String, ContractIssues.Place)? {
        let place = ContractIssues.Place(path, line: element.line)
        let namespace = element.attribute("namespace")
        guard let location = element.attribute("location") ?? element.attribute("schemaLocation") else {
            if let local = catalogs.file(for: [namespace], from: path) { return (local, place) }
            issues.add(
                "WB3256", .warning, "an import names no file", at: place, "it has no `location`",
                help: "add `location`, or the namespace to catalog.json")
            return nil
        }
        switch ContractPath.resolve(location, from: path) {
        case .file(let target): return (target, place)
        case .remote:
            if let local = catalogs.file(for: [location, namespace], from: path) { return (local, place) }
            issues.add(
                "WB3207", .warning, "`\(location)` is not in the workspace", at: place, "nothing is fetched",
                help: "save the file beside this one and name it here, or in catalog.json")
        case .outside:
            issues.add(
                "WB3207", .error, "`\(location)` is outside the workspace", at: place,
                "only files of the workspace are read", help: "copy the file into the workspace and name it here")
        }
        return nil
    }

    private mutating func register(_ root: XMLElement, path: String) {
        let namespace = root.attribute("targetNamespace")
        roots.append(Declaration(element: root, path: path, namespace: namespace))
        for child in root.children where child.namespace == ContractNamespace.wsdl {
            let declaration = Declaration(element: child, path: path, namespace: namespace)
            switch child.name {
            case "types":
                for schema in child.children("schema", namespace: ContractNamespace.schema) {
                    schemas.add(schema, path: path)
                }
            case "message": declare(declaration, in: &messages)
            case "portType": declare(declaration, in: &portTypes)
            case "binding":
                let before = bindingNames.count
                let name = declare(declaration, in: &bindingNames)
                if let name, bindingNames.count > before { bindings.append((name, declaration)) }
            case "service": services.append(declaration)
            case "import", "documentation": continue
            default:
                issues.add(
                    "WB3256", .warning, "`\(child.name)` is not allowed in `definitions`",
                    at: .init(path, line: child.line), "this is ignored", help: "take it out, or correct its name")
            }
        }
    }

    @discardableResult
    private func declare(_ declaration: Declaration, in table: inout [XMLName: Declaration]) -> XMLName? {
        let element = declaration.element
        guard let local = element.attribute("name") else {
            issues.add(
                "WB3256", .warning, "`\(element.name)` has no name", at: .init(declaration.path, line: element.line),
                "nothing can refer to it", help: "add `name`")
            return nil
        }
        let name = XMLName(local, namespace: declaration.namespace)
        guard let first = table[name] else {
            table[name] = declaration
            return name
        }
        issues.add(
            "WB3222", .warning, "`\(local)` is declared twice", at: .init(declaration.path, line: element.line),
            "the first one counts", notes: ["first in \(first.path), line \(first.element.line)"],
            help: "take one of the two out, or give it a name of its own")
        return name
    }
}

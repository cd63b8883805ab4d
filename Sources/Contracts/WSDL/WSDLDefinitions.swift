internal import Diagnostics
internal import XML

/// The declarations of a WSDL 1.1 description and of those it imports.
struct WSDLDefinitions {
    private static let fileLimit = 128

    /// A declaration and the file it is in.
    struct Declaration {
        var element: XMLElement
        var path: String
    }

    private let issues: ContractIssues
    private let load: (String) -> [UInt8]?
    private(set) var messages: [XMLName: Declaration] = [:]
    private(set) var portTypes: [XMLName: Declaration] = [:]
    /// In the order of the files.
    private(set) var bindings: [(name: XMLName, declaration: Declaration)] = []
    private(set) var services: [Declaration] = []
    private(set) var files: [String] = []
    private(set) var schemas: XSDLoader

    init(issues: ContractIssues, load: @escaping (String) -> [UInt8]?) {
        self.issues = issues
        self.load = load
        self.schemas = XSDLoader(issues: issues, load: load)
    }

    /// Reads the description and all it imports, each file once.
    mutating func read(_ root: XMLElement, path: String) {
        var queue: [(root: XMLElement, path: String)] = [(root, path)]
        var seen: Set<String> = [path]
        var next = 0
        while next < queue.count, next < WSDLDefinitions.fileLimit {
            let (root, path) = queue[next]
            next += 1
            files.append(path)
            register(root, path: path)
            for element in root.children("import", namespace: ContractNamespace.wsdl) {
                guard let (target, place) = target(of: element, path: path), seen.insert(target).inserted,
                    let imported = XSDLoader.read(target, issues: issues, place: place, load: load)
                else { continue }
                if imported.name == "definitions", imported.namespace == ContractNamespace.wsdl {
                    queue.append((imported, target))
                } else if imported.name == "schema", imported.namespace == ContractNamespace.schema {
                    schemas.add(imported, path: target)
                } else {
                    issues.add(
                        "WB3221", .warning, "`\(target)` is neither WSDL 1.1 nor XML Schema",
                        at: .init(target, line: imported.line), "its root element is `\(imported.name)`")
                }
            }
        }
    }

    private func target(of element: XMLElement, path: String) -> (String, ContractIssues.Place)? {
        let place = ContractIssues.Place(path, line: element.line)
        guard let location = element.attribute("location") ?? element.attribute("schemaLocation") else { return nil }
        switch ContractPath.resolve(location, from: path) {
        case .file(let target): return (target, place)
        case .remote:
            if case .file(let catalog) = ContractPath.resolve("catalog.json", from: path),
                let local = ContractCatalog.read(catalog, load: load)[location],
                case .file(let target) = ContractPath.resolve(local, from: path)
            {
                return (target, place)
            }
            issues.add(
                "WB3207", .warning, "`\(location)` is not in the workspace", at: place, "nothing is fetched",
                help: "save the file beside this one and name it here, or in catalog.json")
        case .outside:
            issues.add(
                "WB3207", .error, "`\(location)` is outside the workspace", at: place,
                "only files of the workspace are read")
        }
        return nil
    }

    private mutating func register(_ root: XMLElement, path: String) {
        let namespace = root.attribute("targetNamespace")
        for child in root.children where child.namespace == ContractNamespace.wsdl {
            let name = child.attribute("name").map { XMLName($0, namespace: namespace) }
            let declaration = Declaration(element: child, path: path)
            switch child.name {
            case "types":
                for schema in child.children("schema", namespace: ContractNamespace.schema) {
                    schemas.add(schema, path: path)
                }
            case "message": if let name { declare(declaration, name, in: &messages) }
            case "portType": if let name { declare(declaration, name, in: &portTypes) }
            case "binding": if let name { bindings.append((name, declaration)) }
            case "service": services.append(declaration)
            default: continue
            }
        }
    }

    private func declare(_ declaration: Declaration, _ name: XMLName, in table: inout [XMLName: Declaration]) {
        guard let first = table[name] else {
            table[name] = declaration
            return
        }
        issues.add(
            "WB3222", .warning, "`\(name.name)` is declared twice",
            at: .init(declaration.path, line: declaration.element.line), "the first one counts",
            notes: ["first in \(first.path), line \(first.element.line)"])
    }
}

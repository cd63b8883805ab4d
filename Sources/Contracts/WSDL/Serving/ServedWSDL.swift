internal import XML

/// A WSDL description as a gateway gives it out: its addresses replaced, its parts reachable beside it.
///
/// Only the values that have to differ are changed; every other byte is the partner's or the team's own.
public struct ServedWSDL: Sendable {
    /// One file of the description.
    public struct Part: Sendable {
        /// The query it is asked for with: `wsdl` for the description itself, `wsdl=1`, `xsd=2` for what it imports.
        public let query: String
        /// The file, relative to the workspace.
        public let path: String
        public let bytes: [UInt8]
    }

    /// The description itself first, then the others in the order in which they are referred to.
    public let parts: [Part]

    /// The part that a query asks for, compared without regard to the case of ASCII letters, as clients expect
    /// (`?WSDL`); nil when there is none.
    public func part(query: String) -> Part? {
        let wanted = query.lowercased()
        return parts.first { $0.query == wanted }
    }

    /// Makes the parts of the description at `path`.
    ///
    /// - Parameters:
    ///   - path: A WSDL 1.1 file that `ContractReader` has read.
    ///   - address: What stands in for every `soap:address`, and before the query in references to parts. A reference
    ///     to a file that is not in the workspace stays as it is.
    ///   - load: Gives the files of the workspace.
    /// - Returns: Nil when the file can't be read, is no WSDL, is too large with all its parts, or is in UTF-16, whose
    ///   values can't be replaced byte by byte.
    public static func make(path: String, address: String, load: (String) -> [UInt8]?) -> ServedWSDL? {
        withoutActuallyEscaping(load) { load in
            var builder = ServedWSDLBuilder(address: address, load: load)
            return builder.run(path)
        }
    }
}

/// Collects the parts of a served description, each file once.
private struct ServedWSDLBuilder {
    private struct File {
        var path: String
        var query: String
        var bytes: [UInt8]
    }

    private struct Change {
        var range: Range<Int>
        var value: [UInt8]
    }

    private let address: String
    private let load: (String) -> [UInt8]?
    private let catalogs: ContractCatalogs
    private var files: [File] = []
    /// The file of each path; nil for one that can't be served.
    private var known: [String: Int?] = [:]
    private var counts: [String: Int] = [:]
    private var byteCount = 0

    init(address: String, load: @escaping (String) -> [UInt8]?) {
        self.address = address
        self.load = load
        self.catalogs = ContractCatalogs(load: load)
    }

    mutating func run(_ path: String) -> ServedWSDL? {
        guard let root = add(path), files[root].query == "wsdl", XMLTagScanner.canScan(files[root].bytes) else {
            return nil
        }
        var parts: [ServedWSDL.Part] = []
        var next = 0
        while next < files.count {
            let file = files[next]
            next += 1
            let bytes = XMLTagScanner.canScan(file.bytes) ? rewritten(file) : file.bytes
            parts.append(ServedWSDL.Part(query: file.query, path: file.path, bytes: bytes))
        }
        return files.count <= ContractBudget.fileLimit && byteCount <= ContractBudget.byteLimit
            ? ServedWSDL(parts: parts) : nil
    }

    /// The index of a file, read at the first reference to it.
    private mutating func add(_ path: String) -> Int? {
        if let index = known[path] { return index }
        known[path] = .some(nil)
        guard files.count <= ContractBudget.fileLimit, byteCount <= ContractBudget.byteLimit, let bytes = load(path),
            let root = try? XMLReader.read(bytes)
        else { return nil }
        let kind: String
        switch (root.name, root.namespace) {
        case ("definitions", ContractNamespace.wsdl): kind = "wsdl"
        case ("schema", ContractNamespace.schema): kind = "xsd"
        default: return nil
        }
        byteCount += bytes.count
        let number = counts[kind, default: 0] + (kind == "xsd" ? 1 : 0)
        counts[kind] = kind == "xsd" ? number : number + 1
        let query = files.isEmpty && kind == "wsdl" ? "wsdl" : "\(kind)=\(number)"
        files.append(File(path: path, query: query, bytes: bytes))
        known[path] = files.count - 1
        return files.count - 1
    }

    private mutating func rewritten(_ file: File) -> [UInt8] {
        var changes: [Change] = []
        var scanner = XMLTagScanner(file.bytes)
        while let tag = scanner.next() {
            switch (tag.name, tag.namespace) {
            case ("address", ContractNamespace.soap11), ("address", ContractNamespace.soap12):
                if let value = tag.attributes["location"]?.value {
                    changes.append(Change(range: value, value: ServedWSDLBuilder.escaped(address)))
                }
            case ("import", ContractNamespace.wsdl): reference(tag, "location", file, &changes)
            case ("import", ContractNamespace.schema), ("include", ContractNamespace.schema),
                ("redefine", ContractNamespace.schema):
                reference(tag, "schemaLocation", file, &changes)
            default: continue
            }
        }
        var result: [UInt8] = []
        result.reserveCapacity(file.bytes.count + changes.count * (address.utf8.count + 16))
        var position = 0
        for change in changes where change.range.lowerBound >= position {
            result += file.bytes[position..<change.range.lowerBound]
            result += change.value
            position = change.range.upperBound
        }
        result += file.bytes[position...]
        return result
    }

    /// Points a reference to a file of the workspace at its part. An import that names only a namespace gets the file
    /// that a catalogue gives for it.
    private mutating func reference(
        _ tag: XMLTagScanner.Tag, _ name: String, _ file: File, _ changes: inout [Change]
    ) {
        let namespace = tag.attributes["namespace"].map { XMLTagScanner.decoded(file.bytes[$0.value]) }
        guard let attribute = tag.attributes[name] else {
            guard tag.name == "import", let target = catalogs.file(for: [namespace], from: file.path),
                let index = add(target)
            else { return }
            let value = Array(" \(name)=\"".utf8) + url(of: index) + [UInt8(ascii: "\"")]
            changes.append(Change(range: tag.nameEnd..<tag.nameEnd, value: value))
            return
        }
        let location = XMLTagScanner.decoded(file.bytes[attribute.value])
        let target: String?
        switch ContractPath.resolve(location, from: file.path) {
        case .file(let path): target = path
        case .remote: target = catalogs.file(for: [location, namespace], from: file.path)
        case .outside: target = nil
        }
        guard let target, let index = add(target) else { return }
        changes.append(Change(range: attribute.value, value: url(of: index)))
    }

    private func url(of index: Int) -> [UInt8] {
        ServedWSDLBuilder.escaped(address + (address.contains("?") ? "&" : "?") + files[index].query)
    }

    /// A value between either kind of quotes, in any encoding that is ASCII where it can be.
    private static func escaped(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += Array("&amp;".utf8)
            case "<": result += Array("&lt;".utf8)
            case ">": result += Array("&gt;".utf8)
            case "\"": result += Array("&quot;".utf8)
            case "'": result += Array("&#39;".utf8)
            default:
                if scalar.isASCII, scalar.value >= 0x20, scalar.value != 0x7F {
                    result.append(UInt8(truncatingIfNeeded: scalar.value))
                } else {
                    result += Array("&#\(scalar.value);".utf8)
                }
            }
        }
        return result
    }
}

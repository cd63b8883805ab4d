import Contracts
import Diagnostics
import Glibc

/// A contract read from files in memory.
struct Reading {
    var document: ContractDocument?
    var diagnostics: [Diagnostic]
    /// Paths that were asked for, in order.
    var loaded: [String]

    var codes: [String] { diagnostics.map(\.code) }

    /// The fields of the root as `name` or `name?`.
    var rootFields: [String] {
        (document?.root.fields ?? []).map { $0.required ? $0.name : $0.name + "?" }
    }
}

/// Reads the first of `files`, unless `path` says which.
func read(_ files: KeyValuePairs<String, String>, path: String? = nil, fragment: String? = nil) -> Reading {
    var texts: [String: [UInt8]] = [:]
    for (name, text) in files { texts[name] = Array(text.utf8) }
    return read(path: path ?? files.first?.key ?? "", fragment: fragment) { texts[$0] }
}

func read(
    path: String, fragment: String? = nil, options: JSONSchemaOptions = JSONSchemaOptions(),
    load: (String) -> [UInt8]?
) -> Reading {
    var store = SourceStore()
    let file = store.add(path: path, bytes: load(path) ?? [])
    var sink = DiagnosticSink()
    var loaded: [String] = []
    let document = ContractReader.read(
        path: path, fragment: fragment, schemas: options,
        load: {
            loaded.append($0)
            return load($0)
        }, file: file, into: &sink)
    return Reading(document: document, diagnostics: sink.diagnostics, loaded: loaded)
}

/// The bytes of a file on disk.
func contents(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

/// The folder of public suites, or nil with a line on the output.
func conformanceFolder() -> String? {
    guard let root = getenv("WAYBILL_CONFORMANCE") else {
        print("skipped: WAYBILL_CONFORMANCE is not set")
        return nil
    }
    return String(cString: root)
}

/// A schema document around declarations; `t` is its namespace.
func schema(_ body: String, attributes: String = #"elementFormDefault="qualified""#) -> String {
    """
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns:t="urn:t" \(attributes)>
    \(body)
    </xs:schema>
    """
}

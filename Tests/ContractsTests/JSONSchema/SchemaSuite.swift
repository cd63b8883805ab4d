import Contracts
import Diagnostics
import Documents
import Glibc

/// The official test suite of JSON Schema, read from the folder that `WAYBILL_CONFORMANCE` names.
struct SchemaSuite {
    struct Outcome {
        var total = 0
        var failures: [String] = []
        var passed: Int { total - failures.count }
    }

    let folder: String
    private let remotes: [String: [UInt8]]

    init(_ root: String) {
        folder = root + "/json-schema-test-suite"
        var files: [String: [UInt8]] = [:]
        var catalog = "{"
        for path in SchemaSuite.files(in: folder + "/remotes", deep: true) {
            files["remotes/" + path] = contents(of: folder + "/remotes/" + path)
            catalog += (catalog.count > 1 ? "," : "") + "\"http://localhost:1234/\(path)\":\"remotes/\(path)\""
        }
        files["catalog.json"] = Array((catalog + "}").utf8)
        remotes = files
    }

    /// Runs every `*.json` of a folder of tests, not those of folders inside it.
    func run(_ name: String, dialect: JSONSchemaDialect, formats: FormatPolicy) -> Outcome {
        var outcome = Outcome()
        let options = JSONSchemaOptions(dialect: dialect, formats: formats)
        for file in SchemaSuite.files(in: folder + "/tests/" + name, deep: false) {
            guard let bytes = contents(of: folder + "/tests/\(name)/\(file)") else { continue }
            let document = Document()
            let isRead = bytes.withUnsafeBytes {
                (try? document.parseJSON($0, limits: DocumentLimits(nodes: 2_000_000))) != nil
            }
            guard isRead else {
                outcome.failures.append("\(name)/\(file): can't be read")
                continue
            }
            let stem = file.dropLast(".json".count)
            var group = 1
            while group < document.count {
                run(document, bytes, group, "\(stem)", options, &outcome)
                group = Int(document[group].next)
            }
        }
        return outcome
    }

    private func run(
        _ document: Document, _ bytes: [UInt8], _ group: Int, _ file: String, _ options: JSONSchemaOptions,
        _ outcome: inout Outcome
    ) {
        let title = document.string(document.child(group, named: "description"))
        let schema = SchemaSuite.raw(bytes, document[document.child(group, named: "schema")])
        let reading = read(path: "case.schema.json", options: options) { path in
            path == "case.schema.json" ? schema : remotes[path]
        }
        let validator = reading.document?.validator
        let scratch = ValidationScratch()
        let tests = document.child(group, named: "tests")
        var test = tests + 1
        while test < document[tests].next {
            outcome.total += 1
            let data = document.child(test, named: "data")
            let expected = document[document.child(test, named: "valid")].kind == .true
            let name = "\(file) | \(title) | \(document.string(document.child(test, named: "description")))"
            if let validator {
                let isValid = bytes.withUnsafeBytes { validator.validate(document, at: data, source: $0, scratch) }
                if isValid != expected { outcome.failures.append(name) }
                if isValid != scratch.violations.isEmpty { outcome.failures.append(name + " (violations)") }
            } else {
                outcome.failures.append(name + " \(reading.diagnostics.map(\.title))")
            }
            test = Int(document[test].next)
        }
    }

    /// The bytes of a value as the file has them: numbers lose no digit.
    private static func raw(_ bytes: [UInt8], _ node: Document.Node) -> [UInt8] {
        let start = Int(node.valueStart)
        guard node.kind == .object || node.kind == .array else {
            return Array(bytes[start..<start + Int(node.valueCount)])
        }
        var depth = 0
        var isText = false
        var i = start
        while i < bytes.count {
            let byte = bytes[i]
            if isText {
                if byte == 0x5C { i += 1 } else if byte == 0x22 { isText = false }
            } else if byte == 0x22 {
                isText = true
            } else if byte == 0x7B || byte == 0x5B {
                depth += 1
            } else if byte == 0x7D || byte == 0x5D {
                depth -= 1
                if depth == 0 { return Array(bytes[start...i]) }
            }
            i += 1
        }
        return []
    }

    private static func files(in folder: String, deep: Bool) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") {
                names.append(name)
            } else if deep, !name.hasPrefix(".") {
                names += files(in: folder + "/" + name, deep: true).map { name + "/" + $0 }
            }
        }
        return names.sorted()
    }
}

import Contracts
import Diagnostics
import Documents
import Glibc
import XML

/// Measures reading, validating and loading; prints a line of JSON for each message or contract.
///
///     validation json SCHEMA MESSAGE...
///     validation xml SCHEMA ELEMENT MESSAGE...
///     validation load FOLDER FILE [ELEMENT]
///     validation repeat COUNT json|xml ...
@main
enum Main {
    static func main() {
        var arguments = CommandLine.arguments.dropFirst()
        var repeats: Int?
        if arguments.first == "repeat" {
            arguments = arguments.dropFirst()
            repeats = arguments.popFirst().flatMap { Int($0) }
        }
        switch arguments.popFirst() {
        case "json" where arguments.count > 1:
            let schema = arguments.removeFirst()
            messages(arguments, loaded(schema, nil), format: .json, reference: nil, repeats)
        case "xml" where arguments.count > 2:
            let schema = arguments.removeFirst()
            let element = arguments.removeFirst()
            let reference = repeats == nil ? self.reference(schema) : nil
            messages(arguments, loaded(schema, element), format: .xml, reference: reference, repeats)
        case "load" where arguments.count > 1:
            Loading.measure(arguments.removeFirst(), arguments.removeFirst(), arguments.first)
        default:
            fail("usage: see the first lines of Benchmarks/validation/Program/Main.swift")
        }
    }

    /// Measures each message, or only checks it again and again, for a count of what that allocates.
    private static func messages(
        _ paths: ArraySlice<String>, _ validator: any MessageValidator, format: Document.Format,
        reference: XMLSchemaValidator?, _ repeats: Int?
    ) {
        for path in paths {
            guard let message = Files.contents(of: path) else { fail("\(path) can't be read") }
            let checking = Checking(message: message, format: format, validator: validator)
            if let repeats {
                checking.check(repeats)
            } else {
                checking.measure(path, reference: reference)
            }
        }
    }

    private static func loaded(_ path: String, _ element: String?) -> any MessageValidator {
        let (folder, name) = Files.split(path)
        var store = SourceStore()
        var sink = DiagnosticSink()
        let file = store.add(path: name, bytes: Files.contents(of: path) ?? [])
        let contract = ContractReader.read(
            path: name, fragment: element, load: { Files.contents(of: folder + "/" + $0) }, file: file, into: &sink)
        guard let validator = contract?.validator else {
            fail("the schema can't be used: \(sink.diagnostics.map(\.title))")
        }
        guard validator.engine == .compiled else { fail("the schema is not compiled: \(validator.engineReason ?? "")") }
        return validator
    }

    /// libxml2's own validator of a schema in one file.
    private static func reference(_ path: String) -> XMLSchemaValidator? {
        XMLSchemaValidator.compile(main: "main", documents: ["main": Files.contents(of: path) ?? []]).validator
    }

    static func fail(_ message: String) -> Never {
        print(message)
        exit(1)
    }
}

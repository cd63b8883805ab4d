import CFuzzer
import Contracts
import Diagnostics
import Documents
import Glibc

/// Reads the bytes as a contract of any kind; the first byte chooses the ending. A schema with a validator is asked about
/// a few documents.
@main
enum FuzzSchema {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, run))
    }
}

private let run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { data, count in
    let input = UnsafeBufferPointer(start: data, count: count)
    guard let first = input.first else { return 0 }
    let bytes = Array(input.dropFirst())
    let ending = ["schema.json", "xsd", "wsdl", "openapi.yaml"][Int(first) % 4]
    let path = "contracts/fuzz.\(ending)"
    var sources = SourceStore()
    let file = sources.add(path: path, bytes: bytes)
    var sink = DiagnosticSink()
    let contract = ContractReader.read(
        path: path, fragment: nil, load: { $0 == path ? bytes : nil }, file: file, into: &sink)
    for diagnostic in sink.diagnostics {
        guard let span = diagnostic.primary?.span else { continue }
        precondition(Int(span.end) <= bytes.count && span.start <= span.end)
    }
    guard let contract else { return 0 }
    if let validator = contract.contract.validator {
        let scratch = ValidationScratch()
        let isJSON = contract.rootElement == nil
        for text in isJSON ? json : xml {
            let document = Document()
            var text = text
            text.withUTF8 { utf8 in
                let source = UnsafeRawBufferPointer(utf8)
                do throws(DocumentError) {
                    if isJSON { try document.parseJSON(source) } else { try document.parseXML(source) }
                } catch {
                    return
                }
                let isValid = validator.validate(document, at: 0, source: source, scratch)
                precondition(isValid || !scratch.violations.isEmpty)
            }
        }
    }
    return 0
}

private let json = [
    "null", "[]", "{}", "-1.50e3", "\"text\"", "[1,[2,{\"a\":[true]}]]", "{\"a\":{\"b\":[{},\"x\",1]},\"c\":null}",
]
private let xml = ["<a/>", "<a b=\"1\">text<c/></a>", "<a xmlns=\"urn:a\"><b>1</b><b>2</b><c d=\"e\"/></a>"]

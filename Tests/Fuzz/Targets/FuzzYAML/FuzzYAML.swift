import CFuzzer
import Diagnostics
import Glibc
import YAML

/// Reads the bytes as YAML; every diagnostic must point into the file, and must be renderable.
@main
enum FuzzYAML {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, run))
    }
}

private let run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { data, count in
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    var sources = SourceStore()
    let file = sources.add(path: "routes/fuzz.route.yaml", bytes: bytes)
    var sink = DiagnosticSink()
    _ = YAMLReader.read(bytes, file: file, into: &sink)
    for diagnostic in sink.diagnostics {
        guard let span = diagnostic.primary?.span else { continue }
        precondition(Int(span.end) <= bytes.count && span.start <= span.end)
    }
    return 0
}

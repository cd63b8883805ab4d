import CFuzzer
import Documents
import Glibc

/// Reads the bytes as JSON; what was accepted is written and read again, and must be the same document.
@main
enum FuzzJSON {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, run))
    }
}

private let run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { data, count in
    let document = Document()
    do throws(DocumentError) {
        try document.parseJSON(UnsafeRawBufferPointer(start: data, count: count))
    } catch {
        precondition(document.count == 0 && error.line > 0 && error.column > 0)
        return 0
    }
    let writer = ByteWriter(capacity: 64)
    writer.writeJSON(document, document.root)
    let copy = Document()
    do throws(DocumentError) {
        try copy.parseJSON(writer.bytes)
    } catch {
        preconditionFailure("what was written cannot be read: \(error.message)")
    }
    precondition(copy.count == document.count)
    for node in 0..<document.count {
        precondition(copy[node].kind == document[node].kind)
        precondition(copy.name(node).elementsEqual(document.name(node)))
        precondition(copy.text(node).elementsEqual(document.text(node)))
    }
    return 0
}

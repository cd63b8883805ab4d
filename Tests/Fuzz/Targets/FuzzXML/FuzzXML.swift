import CFuzzer
import Documents
import Glibc

/// Reads the bytes as XML and looks at every node of what was accepted.
@main
enum FuzzXML {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, run))
    }
}

private let run: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { data, count in
    let document = Document()
    do throws(DocumentError) {
        try document.parseXML(UnsafeRawBufferPointer(start: data, count: count))
    } catch {
        precondition(document.count == 0 && error.line > 0 && error.column > 0)
        return 0
    }
    var sum = 0
    for node in 0..<document.count {
        precondition(Int(document[node].next) > node && Int(document[node].next) <= document.count)
        sum &+= document.text(node).reduce(0) { $0 &+ Int($1) }
        sum &+= document.name(node).reduce(0) { $0 &+ Int($1) }
        sum &+= document.namespaceName(document[node].namespace).count
    }
    if document.soapVersion != nil { sum &+= document.firstSOAPBodyChild() &+ document.soapHeader() }
    return sum == .min ? 1 : 0
}

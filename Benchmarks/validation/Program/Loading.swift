import Contracts
import Diagnostics

/// One contract with its files, loaded many times.
enum Loading {
    private static let rounds = 7

    /// Prints the median milliseconds of processor time from the first byte to the last validator.
    static func measure(_ folder: String, _ path: String, _ element: String?) {
        // The files come from memory: their bytes are counted, the disk is not.
        var known: [String: [UInt8]] = [:]
        var times: [Double] = []
        var validators = 0
        var total = 0
        for round in 0...rounds {
            var store = SourceStore()
            var sink = DiagnosticSink()
            var used: Set<String> = []
            let start = Clock.now
            let file = store.add(path: path, bytes: known[path] ?? [])
            let document = ContractReader.read(
                path: path, fragment: element,
                load: { name in
                    if known[name] == nil { known[name] = Files.contents(of: folder + "/" + name) }
                    if known[name] != nil { used.insert(name) }
                    return known[name]
                }, file: file, into: &sink)
            guard let document else { Main.fail("\(path) can't be loaded: \(sink.diagnostics.map(\.title))") }
            validators = document.validator == nil ? 0 : 1
            for operation in document.operations {
                if document.request(operation).validator != nil { validators += 1 }
                if document.response(operation).validator != nil { validators += 1 }
            }
            // The first round reads the disk.
            if round > 0 { times.append(Clock.now - start) }
            total = used.reduce(0) { $0 + (known[$1]?.count ?? 0) }
        }
        print(
            "{\"contract\":\"\(path)\",\"files\":\(known.count),\"bytes\":\(total),\"validators\":\(validators),"
                + "\"ns\":\(Int(Clock.median(times)))}")
    }
}

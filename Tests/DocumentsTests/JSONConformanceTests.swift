import Documents
import Glibc
import Testing

/// The public JSON parsing test suite, read from the folder that `WAYBILL_CONFORMANCE` names.
@Suite struct JSONConformanceTests {
    @Test func acceptsAndRejectsAsTheSuiteSays() throws {
        guard let root = getenv("WAYBILL_CONFORMANCE") else {
            print("skipped: WAYBILL_CONFORMANCE is not set")
            return
        }
        let folder = String(cString: root) + "/json-parsing/test_parsing"
        let names = files(in: folder)
        #expect(names.count > 300)
        let document = Document()
        // The suite holds that two members of one name are read; by default we refuse them, as RFC 8259 §4 allows.
        let limits = DocumentLimits(duplicateNames: .lastWins)
        var right = ["y_": 0, "n_": 0]
        var total = right
        for name in names {
            let bytes = try #require(contents(of: folder + "/" + name))
            let isRead = (try? parse(.json, bytes, limits: limits, into: document)) != nil
            let prefix = String(name.prefix(2))
            guard prefix != "i_" else { continue }
            total[prefix, default: 0] += 1
            if isRead == (prefix == "y_") { right[prefix, default: 0] += 1 }
            #expect(isRead == (prefix == "y_"), "\(name)")
            if name.hasPrefix("y_object_duplicated_key") {
                #expect(refusal(.json, bytes) == .duplicateKey, "\(name)")
            }
        }
        let counts = ["y_", "n_"].map { "\($0) \(right[$0] ?? 0)/\(total[$0] ?? 0)" }
        print("json-parsing: \(counts.joined(separator: ", "))")
    }

    private func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        return names.sorted()
    }

    private func contents(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}

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
        for name in names {
            let bytes = try #require(contents(of: folder + "/" + name))
            let isRead = (try? parse(.json, bytes, into: document)) != nil
            // Names of members that occur twice are refused on purpose, as RFC 8259 §4 lets a reader do.
            if name.hasPrefix("y_object_duplicated_key") {
                #expect(!isRead, "\(name)")
            } else if name.hasPrefix("y_") {
                #expect(isRead, "\(name)")
            } else if name.hasPrefix("n_") {
                #expect(!isRead, "\(name)")
            }
        }
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

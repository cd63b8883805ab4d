import Diagnostics
import Foundation
import Testing
import YAML

/// Each folder of `Tests/Fixtures/YAML` holds a file as somebody wrote it, what is said about it, and, where there is a
/// fix-it, the file with it made, which must then read. `UPDATE_GOLDEN=1` writes the expectations anew.
@Suite struct GoldenTests {
    @Test(arguments: Fixtures.names)
    func `says what is expected`(_ name: String) throws {
        let folder = Fixtures.folder.appending(path: name)
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "input.yaml")))
        var limits = YAMLLimits.standard
        if name.hasPrefix("WB1017") { limits.nodes = 5 }
        if name.hasPrefix("WB1018") { limits.bytes = 40 }
        let reading = Reading(bytes, limits: limits)
        try check(reading.rendered, folder.appending(path: "expected.txt"))
        #expect(reading.codes == [String(name.prefix(6))])

        let fixed = FixIt.applyFirst(of: reading.diagnostics, to: bytes, file: reading.file)
        let fixedFile = folder.appending(path: "fixed.yaml")
        guard fixed.applied > 0 else {
            if Fixtures.isUpdating { try? FileManager.default.removeItem(at: fixedFile) }
            #expect(!FileManager.default.fileExists(atPath: fixedFile.path))
            return
        }
        try check(String(decoding: fixed.bytes, as: UTF8.self), fixedFile)
        #expect(Reading(fixed.bytes).codes == [])
    }

    @Test func `every code has a fixture and a page`() {
        let pages = Fixtures.folder.appending(path: "../../../docs/diagnostics").standardizedFileURL
        for code in DiagnosticCode.all where code.code.hasPrefix("WB10") {
            #expect(Fixtures.names.contains { $0.hasPrefix(code.code) }, "\(code.code) has no fixture")
            let page = (try? String(contentsOf: pages.appending(path: code.code + ".md"), encoding: .utf8)) ?? ""
            #expect(page.hasPrefix("# \(code.code): \(code.title)\n"), "\(code.code) has no page")
        }
    }

    private func check(_ text: String, _ file: URL) throws {
        if Fixtures.isUpdating { try text.write(to: file, atomically: true, encoding: .utf8) }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected)
    }
}

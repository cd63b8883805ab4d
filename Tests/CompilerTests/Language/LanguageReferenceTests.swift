import Diagnostics
import Foundation
import Testing

@testable import Compiler

@Suite struct LanguageReferenceTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("docs/language is what the declarations say; UPDATE_GOLDEN=1 writes it")
    func fresh() throws {
        let update = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
        let folder = root.appendingPathComponent("docs/language")
        if update { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
        var names: Set<String> = []
        for page in LanguageReference.pages() {
            let file = root.appendingPathComponent(page.path)
            names.insert(file.lastPathComponent)
            if update { try Data(page.markdown.utf8).write(to: file) }
            let found = try? String(contentsOf: file, encoding: .utf8)
            #expect(found == page.markdown, "\(page.path) is not fresh: run the tests with UPDATE_GOLDEN=1")
        }
        let present = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
        #expect(present == names)
    }

    @Test func schemasAreJSON() throws {
        for kind in LanguageFile.allCases {
            guard let schema = LanguageSchema.schema(of: kind) else {
                #expect(kind == .environment || kind == .csv)
                continue
            }
            let object = try #require(try JSONSerialization.jsonObject(with: Data(schema.utf8)) as? [String: Any])
            #expect((object["$defs"] as? [String: Any])?.isEmpty == false)
        }
    }

    @Test func everyCodeOfStructureHasAPage() throws {
        for number in 1101...1199 {
            guard DiagnosticCode.find("WB\(number)") != nil else { continue }
            let page = root.appendingPathComponent("docs/diagnostics/WB\(number).md")
            let text = try String(contentsOf: page, encoding: .utf8)
            #expect(text.hasPrefix("# WB\(number): "))
        }
    }

    @Test func blocksThatHaveAKey() {
        #expect(
            LanguageReference.blocks(withKey: "url") == ["`endpoint`", "a place of a partner", "`proxy`", "`next`"])
        #expect(LanguageReference.blocks(withKey: "nothing").isEmpty)
    }
}

import Foundation
import Testing

/// Every code that a user can meet is registered once, used, and has its page; no page outlives its code.
@Suite struct DiagnosticCodeTests {
    static let registryFolder = "Sources/Diagnostics/Codes/"
    static let pages = Repository.files(under: "docs/diagnostics", ending: ".md").filter { file in
        file.path.contains("/WB")
    }

    /// The registered codes with their titles, in the order of the files.
    static let registered: [(code: String, title: String)] = Repository.sources
        .filter { $0.path.hasPrefix(registryFolder) }
        .flatMap { file in
            file.text.matches(of: /DiagnosticCode\(\s*"(WB\d{4})",\s*"([^"]*)"/).map {
                (String($0.output.1), String($0.output.2))
            }
        }

    /// The codes that the sources give to their diagnostics, each with one file that does.
    static let used: [String: String] = {
        var used: [String: String] = [:]
        for file in Repository.sources where !file.path.hasPrefix(registryFolder) {
            for match in file.text.matches(of: /"(WB\d{4})"/) { used[String(match.output.1)] = file.path }
        }
        return used
    }()

    @Test func aCodeIsRegisteredOnce() {
        let codes = Self.registered.map(\.code)
        #expect(codes.count > 100)
        let repeated = Dictionary(grouping: codes) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        #expect(repeated == [])
    }

    @Test func whatIsUsedIsRegistered() {
        let known = Set(Self.registered.map(\.code))
        let unknown = Self.used.filter { !known.contains($0.key) }.map { "\($0.value): \($0.key)" }.sorted()
        #expect(unknown == [])
    }

    @Test func whatIsRegisteredIsUsed() {
        let unused = Self.registered.map(\.code).filter { Self.used[$0] == nil }
        #expect(unused == [])
    }

    @Test func everyCodeHasItsPageAndEveryPageItsCode() {
        let paged = Set(Self.pages.map { Self.code(of: $0) })
        let known = Set(Self.registered.map(\.code))
        #expect(known.subtracting(paged).sorted() == [], "codes without a page")
        #expect(paged.subtracting(known).sorted() == [], "pages without a code")
    }

    /// A page opens with the code and the registered title, and answers the same three questions as every other.
    @Test func aPageSaysWhatTheRegistrySays() {
        let titles = Dictionary(Self.registered.map { ($0.code, $0.title) }, uniquingKeysWith: { first, _ in first })
        for page in Self.pages {
            let lines = page.lines.map(\.text)
            let code = Self.code(of: page)
            #expect(lines.first.map(String.init) == "# \(code): \(titles[code] ?? "")", "\(page.path)")
            for heading in ["## What it means", "## Example", "## What to do"] {
                #expect(lines.contains(heading[...]), "\(page.path) has no \(heading)")
            }
        }
    }

    private static func code(of page: Repository.File) -> String {
        String(page.path.split(separator: "/").last?.dropLast(".md".count) ?? "")
    }
}

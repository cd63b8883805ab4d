import Diagnostics
import Testing
import YAML

@testable import Compiler

/// What is declared is what is decoded.
@Suite struct DeclarationTests {
    @Test("every key's example decodes, and a key that is not run yet is refused")
    func examples() {
        for block in decodedBlocks { check(block) }
    }

    private func check<Parsed: ParsedBlock>(_ type: Parsed.Type) {
        for key in Parsed.declaration.keys {
            let text = key.facts.exampleLines
            var sink = DiagnosticSink()
            guard let node = YAMLReader.read(Array(text.utf8), file: FileID(index: 0), into: &sink),
                case .mapping(let entries) = node.content, entries.count == 1
            else {
                Issue.record("\(Parsed.declaration.facts.name): \(text)")
                continue
            }
            #expect(sink.diagnostics.isEmpty, "\(text)")
            guard let decode = key.decode else {
                let given = codes(text, type)
                #expect(given.contains("WB1110"), "\(text)")
                #expect(!given.contains("WB1101"), "\(text)")
                continue
            }
            var parsed = Parsed(span: node.span)
            var decoder = NodeDecoder()
            #expect(decode(entries[0].value, &parsed, &decoder), "\(text)")
            let serious = decoder.sink.diagnostics.filter { $0.code != "WB1110" }
            #expect(serious.isEmpty, "\(text): \(serious.map(\.title))")
        }
    }

    private func codes<Parsed: ParsedBlock>(_ text: String, _ type: Parsed.Type) -> [String] {
        decode(text, as: type).codes
    }

    @Test("the list of blocks in these tests is whole")
    func blocks() {
        let known = Set(decodedBlocks.map { name($0) })
        for kind in LanguageFile.allCases {
            for block in kind.declaration?.reachable ?? []
            where block.keys.contains(where: { $0.availability == .available }) {
                #expect(known.contains(block.name), "\(block.name)")
            }
        }
    }

    private func name<Parsed: ParsedBlock>(_ type: Parsed.Type) -> String { Parsed.declaration.facts.name }

    @Test("names are spelled alike, and each is there once")
    func names() {
        for kind in LanguageFile.allCases {
            for block in kind.declaration?.reachable ?? [] {
                let names = block.keys.map(\.name)
                #expect(Set(names).count == names.count, "\(block.name)")
                #expect(names.count <= 64)
                for key in block.keys {
                    #expect(
                        key.name.utf8.allSatisfy {
                            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
                        })
                    #expect(key.summary.hasSuffix("."), "\(block.name).\(key.name)")
                    #expect(!key.example.isEmpty)
                    #expect(!(key.isRequired && key.defaultText != nil), "\(block.name).\(key.name)")
                }
            }
        }
    }

    @Test("the pages' examples compile")
    func pages() {
        for page in LanguagePage.all {
            let diagnostics: [Diagnostic]
            switch page.kind {
            case .route:
                diagnostics =
                    decode(page.example, as: ParsedRoute.self, variables: ["acme-url": "https://a.example"]).diagnostics
            case .mapping: diagnostics = decode(page.example, as: ParsedMapping.self).diagnostics
            case .errors: diagnostics = decode(page.example, as: ParsedErrorTable.self).diagnostics
            case .rules: diagnostics = decode(page.example, as: ParsedRules.self).diagnostics
            case .table: diagnostics = decode(page.example, as: ParsedTableFile.self).diagnostics
            case .consumers: diagnostics = decode(page.example, as: ParsedConsumers.self).diagnostics
            case .gateway: diagnostics = decode(page.example, as: ParsedGateway.self).diagnostics
            case .tests: diagnostics = decode(page.example, as: ParsedTests.self).diagnostics
            case .environment, .csv: diagnostics = []
            }
            #expect(diagnostics.isEmpty, "\(page.name): \(diagnostics.map(\.title))")
        }
    }
}

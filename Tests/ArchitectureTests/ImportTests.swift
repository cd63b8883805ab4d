import Foundation
import Testing

/// Which target may import what. The compiler links no sockets and the proxy never sees YAML: that is kept here.
@Suite struct ImportTests {
    /// Every target of `Sources` with the modules it may import. A new row or entry is a decision about the design.
    static let allowed: [String: Set<String>] = [
        "CYAML": [],
        "CXML": [],
        "CSQLite": [],
        "CResolv": [],
        "DNS": ["CResolv"],
        "Diagnostics": [],
        "YAML": ["CYAML", "Diagnostics"],
        "XML": ["CXML"],
        "Documents": [],
        "Patterns": [],
        "Contracts": ["Documents", "Patterns", "XML", "YAML", "Diagnostics"],
        "FEEL": ["Documents", "Contracts", "Patterns", "Diagnostics"],
        "RouteGraph": ["Documents", "Contracts", "FEEL", "Diagnostics"],
        "Compiler": [
            "YAML", "RouteGraph", "FEEL", "Contracts", "Documents", "Diagnostics", "X509", "SwiftASN1", "Crypto",
            "FoundationEssentials",
        ],
        "Policies": ["RouteGraph", "Crypto"],
        "Workbench": ["Compiler", "YAML", "RouteGraph", "Contracts", "FEEL", "Documents", "Diagnostics"],
        "Audit": ["Documents", "Crypto"],
        "Storage": ["CSQLite", "RouteGraph", "Crypto"],
        "Proxy": [
            "RouteGraph", "Documents", "DNS", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS", "NIOHTTP2", "NIOHPACK",
        ],
        "waybill": [
            "Compiler", "Policies", "Workbench", "Audit", "Storage", "Proxy", "RouteGraph", "Contracts", "Documents",
            "Diagnostics",
            "NIOCore", "NIOPosix", "NIOTLS", "NIOHTTP1", "NIOHTTP2", "NIOHPACK", "NIOSSL", "Crypto", "X509",
            "SwiftASN1", "Logging", "ArgumentParser",
            "Foundation", "CoreFoundation",
        ],
    ]

    /// The system's own modules that any target may use.
    static let everywhere: Set<String> = ["Glibc", "Synchronization"]

    /// A C library and the one target that wraps it.
    static let wrappers = ["CYAML": "YAML", "CXML": "XML", "CSQLite": "Storage", "CResolv": "DNS"]

    @Test func everyTargetHasARow() {
        #expect(Repository.folders(in: "Sources") == Self.allowed.keys.sorted())
    }

    @Test func importsFollowTheTable() {
        var trespasses: [String] = []
        for file in Repository.sources {
            let row = Self.allowed[file.target, default: []]
            for (number, module) in Self.imports(of: file)
            where !row.contains(module) && !Self.everywhere.contains(module) {
                trespasses.append("\(file.path):\(number): \(file.target) may not import \(module)")
            }
        }
        #expect(trespasses == [])
    }

    @Test func aCLibraryIsImportedByItsWrapperOnly() {
        for (library, wrapper) in Self.wrappers {
            let users = Set(
                (Repository.sources + Repository.tests).filter { file in
                    Self.imports(of: file).contains { $0.module == library }
                }.map(\.target))
            #expect(users == [wrapper], "\(library)")
        }
    }

    /// A row that leads back to its own target would be a cycle; the order of the design has none.
    @Test func theTableHasNoCycle() {
        for start in Self.allowed.keys {
            var reached: Set<String> = []
            var waiting = Array(Self.allowed[start, default: []])
            while let module = waiting.popLast() {
                guard reached.insert(module).inserted else { continue }
                waiting += Self.allowed[module, default: []]
            }
            #expect(!reached.contains(start), "\(start) reaches itself")
        }
    }

    @Test(
        arguments: [
            ("import A", "A"), ("public import A", "A"), ("@testable import A", "A"),
            ("@_spi(X) internal import A", "A"),
            ("import struct A.B", "A"), ("  import A // why", "A"), ("importer = A", nil), ("// import A", nil),
        ] as [(String, String?)])
    func anImportLineIsRead(line: String, module: String?) {
        #expect(Self.imports(of: .init(path: "Sources/X/Y.swift", text: line)).first?.module == module)
    }

    /// The modules that a file imports, each with its line.
    static func imports(of file: Repository.File) -> [(number: Int, module: String)] {
        let pattern =
            /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(?<module>\w+)/
        return file.lines.compactMap { line in
            guard line.text.contains("import"), let match = try? pattern.firstMatch(in: line.text) else { return nil }
            return (line.number, String(match.output.module))
        }
    }
}

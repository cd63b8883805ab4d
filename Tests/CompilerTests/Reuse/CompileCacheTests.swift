import Compiler
import Diagnostics
import FoundationEssentials
import RouteGraph
import Testing

/// A compilation that uses parts of earlier ones gives what one from nothing gives.
@Suite struct CompileCacheTests {
    @Test func `any sequence of edits compiles as from nothing`() throws {
        let seed =
            ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)
        var edits = try Edits(seed: seed)
        var cache = CompileCache()
        var (graphs, messages) = (0, 0)
        for step in 0..<120 {
            let what = edits.next()
            let known = edits.compile(reusing: &cache)
            let fresh = edits.compile()
            let place = "seed \(seed), step \(step): \(what)"
            try #require(Mistakes.rendered(known) == Mistakes.rendered(fresh), "\(place)")
            try #require(known.checks == fresh.checks, "\(place)")
            try #require((known.graph == nil) == (fresh.graph == nil), "\(place)")
            // The text is long: it is compared for every graph, but made from other graphs' parts only.
            if known.graph != nil {
                try #require(GraphText.of(known.graph) == GraphText.of(fresh.graph), "\(place)")
                graphs += 1
            }
            messages += fresh.diagnostics.count
        }
        print("compile cache, seed \(seed): 120 edits, \(graphs) graphs and \(messages) messages equal")
        #expect(graphs > 10)
        #expect(messages > 50)
    }

    @Test func `an edit costs one partner`() throws {
        var edits = try Edits(seed: 1)
        var cache = CompileCache()
        let first = try #require(edits.compile(reusing: &cache).graph)
        let path = try #require(
            edits.files.paths.first { $0.hasPrefix("mappings/copy-0/") && $0.hasSuffix(".map.yaml") })
        edits.files[path] = (edits.files[path] ?? []) + Array("# a remark\n".utf8)
        let second = try #require(edits.compile(reusing: &cache).graph)
        let same = zip(first.operations, second.operations).filter { $0 === $1 }
        let others = first.operations.filter { $0.partner != "copy-0" }
        #expect(same.count == others.count)
        #expect(others.count > 0)
        #expect(first.operations.count > others.count)
        let third = try #require(edits.compile(reusing: &cache).graph)
        #expect(zip(second.operations, third.operations).allSatisfy { $0 === $1 })
    }

    @Test func `another secret is a change`() throws {
        let edits = try Edits(seed: 1)
        var cache = CompileCache()
        let first = try #require(edits.compile(reusing: &cache).graph)
        let missing = Compiler.compile(
            edits.files, environment: "production", secrets: NoSecrets(), now: 1_800_000_000, reusing: &cache)
        let without = Compiler.compile(edits.files, environment: "production", secrets: NoSecrets(), now: 1_800_000_000)
        #expect(Mistakes.rendered(missing) == Mistakes.rendered(without))
        #expect(missing.diagnostics.contains { $0.code == "WB5105" })
        let again = try #require(edits.compile(reusing: &cache).graph)
        #expect(GraphText.of(again) == GraphText.of(first))
    }
}

/// The workspace of the mistakes, with two copies of its partners, and edits of it by chance.
private struct Edits {
    var files = WorkspaceFiles()
    private let originals: WorkspaceFiles
    /// Contents that a file may have instead, mistakes all.
    private var alternatives: [(path: String, bytes: [UInt8])] = []
    private var random: SplitMix

    init(seed: UInt64) throws {
        random = SplitMix(state: seed)
        var base = WorkspaceFiles()
        try Mistakes.load("base", into: &base)
        base["expected.txt"] = nil
        let partners = Set(
            base.paths.filter { $0.hasSuffix(".route.yaml") }.compactMap { path in
                String(decoding: base[path] ?? [], as: UTF8.self).split(separator: "\n").first {
                    $0.hasPrefix("partner: ")
                }
                .map { String($0.dropFirst(9)) }
            })
        files = base
        for (number, partner) in partners.sorted().enumerated() {
            for path in base.paths where path.contains("/\(partner)/") && !path.contains("certs/") {
                let text = String(decoding: base[path] ?? [], as: UTF8.self)
                let copy = text.replacing("partner: \(partner)", with: "partner: copy-\(number)")
                    .replacing("routes/\(partner)/", with: "routes/copy-\(number)/")
                    .replacing("mappings/\(partner)/", with: "mappings/copy-\(number)/")
                    .replacing("accept: GET /", with: "accept: GET /copy-\(number)/")
                    .replacing("accept: POST /", with: "accept: POST /copy-\(number)/")
                files[path.replacing("/\(partner)/", with: "/copy-\(number)/")] = Array(copy.utf8)
            }
        }
        originals = files
        for name in Mistakes.names {
            var overlay = WorkspaceFiles()
            try Mistakes.load(name, into: &overlay)
            overlay["expected.txt"] = nil
            alternatives += overlay.paths.map { ($0, overlay[$0] ?? []) }
        }
    }

    func compile() -> Compilation {
        Compiler.compile(files, environment: "production", secrets: TestSecrets(), now: 1_800_000_000)
    }

    func compile(reusing cache: inout CompileCache) -> Compilation {
        Compiler.compile(
            files, environment: "production", secrets: TestSecrets(), now: 1_800_000_000, reusing: &cache)
    }

    /// Edits one file, and says what it did.
    mutating func next() -> String {
        switch random.next() % 8 {
        case 0, 1, 2:
            let choice = alternatives[Int(random.next() % UInt64(alternatives.count))]
            files[choice.path] = choice.bytes
            return "\(choice.path) has a mistake"
        case 3:
            let paths = files.paths
            let path = paths[Int(random.next() % UInt64(paths.count))]
            files[path] = nil
            return "\(path) is removed"
        case 4:
            let paths = files.paths.filter { !$0.hasPrefix("certs/") }
            guard !paths.isEmpty else { return "nothing" }
            let path = paths[Int(random.next() % UInt64(paths.count))]
            var lines = String(decoding: files[path] ?? [], as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            lines.remove(at: Int(random.next() % UInt64(lines.count)))
            files[path] = Array(lines.joined(separator: "\n").utf8)
            return "\(path) has a line less"
        case 5:
            files = originals
            return "all is as it was"
        default:
            let changed = Set(files.paths).union(originals.paths).filter { files[$0] != originals[$0] }.sorted()
            guard !changed.isEmpty else { return "nothing" }
            for path in changed.prefix(3) { files[path] = originals[path] }
            return "\(changed.prefix(3)) are as they were"
        }
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

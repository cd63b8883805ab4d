import Diagnostics
import Foundation
import YAML

/// One file read, with everything that was said about it.
struct Reading {
    let node: YAMLNode?
    let store: SourceStore
    let file: FileID
    let diagnostics: [Diagnostic]

    init(_ bytes: [UInt8], limits: YAMLLimits = .standard, path: String = "input.yaml") {
        var store = SourceStore()
        var sink = DiagnosticSink()
        file = store.add(path: path, bytes: bytes)
        node = YAMLReader.read(bytes, file: file, limits: limits, into: &sink)
        diagnostics = sink.sorted(in: store)
        self.store = store
    }

    init(_ text: String, limits: YAMLLimits = .standard) {
        self.init(Array(text.utf8), limits: limits)
    }

    var codes: [String] { diagnostics.map(\.code) }

    var rendered: String { TerminalRenderer().render(diagnostics, store) }

    func text(_ span: SourceSpan) -> String { store.text(of: span) }
}

/// A text in which `1️⃣`, `2️⃣`, … mark places.
struct Marked {
    let text: String
    let offsets: [Int]

    init(_ marked: String) {
        var text = ""
        var offsets: [Int] = []
        for character in marked {
            if character.unicodeScalars.contains("\u{20E3}") {
                offsets.append(text.utf8.count)
            } else {
                text.append(character)
            }
        }
        self.text = text
        self.offsets = offsets
    }

    /// From mark `a` to mark `b`, from 1.
    func range(_ a: Int, _ b: Int) -> Range<UInt32> { UInt32(offsets[a - 1])..<UInt32(offsets[b - 1]) }
}

extension SourceSpan {
    var bounds: Range<UInt32> { start..<end }
}

extension YAMLNode {
    /// The tree on one line: quoted texts in quotes, a missing value as `~`.
    var outline: String {
        switch content {
        case .poisoned: "!"
        case .scalar(let scalar): isMissing ? "~" : scalar.isQuoted ? "'\(scalar.text)'" : scalar.text
        case .sequence(let items): "[" + items.map(\.outline).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key.value): \($0.value.outline)" }.joined(separator: ", ") + "}"
        }
    }
}

enum Fixtures {
    /// `Tests/Fixtures/YAML`.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/YAML")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasPrefix("WB") }
        .sorted()

    static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
}

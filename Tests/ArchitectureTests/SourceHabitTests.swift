import Foundation
import Testing

/// Habits that hold for every source file: short files, no traps where an error belongs, unsafe escapes named one by one.
@Suite struct SourceHabitTests {
    static let longestFile = 600

    /// Never in `Sources`, and why.
    static let forbidden: [(text: String, reason: String)] = [
        ("fatalError(", "a bug is a precondition that names the state; anything else is an error"),
        ("try!", "an error is handled or passed on"),
        ("as!", "a cast that may fail is handled"),
        ("TODO", "what is not done is not in the code"),
        ("FIXME", "what is not done is not in the code"),
    ]

    /// Escapes from what the compiler proves about threads and lifetimes.
    static let escapes = ["@unchecked Sendable", "nonisolated(unsafe)", "Unmanaged"]

    /// The files that may use an escape, each for one reason.
    static let allowedEscapes: [String: Set<String>] = [
        // The thread holds itself alive through pthread_create's untyped argument.
        "Sources/Audit/Writer/AuditThread.swift": ["Unmanaged"],
        "Sources/Storage/Answers/StoreThread.swift": ["Unmanaged"],
        // Tables that are written once, before anybody else sees them.
        "Sources/Contracts/XSD/Program/XSDProgram.swift": ["@unchecked Sendable"],
        "Sources/Contracts/JSONSchema/Program/SchemaProgram.swift": ["@unchecked Sendable"],
        "Sources/Patterns/Automaton/CompiledPattern.swift": ["@unchecked Sendable"],
        // Valid while its owner holds the pattern: no counting of references for each match.
        "Sources/Patterns/Matching/PatternMatcher.swift": ["@unchecked Sendable", "Unmanaged"],
        // libxml2's compiled schema does not change; its callbacks get their collector and reader as untyped pointers.
        "Sources/XML/XMLSchemaValidator.swift": ["@unchecked Sendable", "Unmanaged"],
        "Sources/XML/XMLSchemaSource.swift": ["Unmanaged"],
    ]

    @Test func theSourcesAreFound() {
        #expect(Repository.sources.count > 100)
        #expect(Repository.tests.contains { $0.path == "Tests/ArchitectureTests/SourceHabitTests.swift" })
    }

    @Test func noFileIsLong() {
        let long = (Repository.sources + Repository.tests).filter { $0.lineCount > Self.longestFile }
        #expect(long.map { "\($0.path): \($0.lineCount) lines" } == [])
    }

    @Test func nothingForbiddenIsWritten() {
        var found: [String] = []
        for file in Repository.sources {
            for (text, reason) in Self.forbidden where file.text.contains(text) {
                for line in file.lines where Self.writes(text, in: line.text) {
                    found.append("\(file.path):\(line.number): \(text): \(reason)")
                }
            }
        }
        #expect(found == [])
    }

    @Test func escapesAreOnTheList() {
        var found: [String: Set<String>] = [:]
        for file in Repository.sources {
            let used = Self.escapes.filter { escape in
                file.text.contains(escape) && file.lines.contains { Self.writes(escape, in: $0.text) }
            }
            if !used.isEmpty { found[file.path] = Set(used) }
        }
        for (path, used) in found {
            let unlisted = used.subtracting(Self.allowedEscapes[path, default: []])
            #expect(unlisted == [], "\(path) uses an escape that is not on the list")
        }
        for (path, listed) in Self.allowedEscapes {
            let unused = listed.subtracting(found[path, default: []])
            #expect(unused == [], "\(path) no longer uses an escape that the list names")
        }
    }

    @Test(arguments: [
        ("let a = b as! C", "as!", true), ("\"it has!\"", "as!", false), ("try! go()", "try!", true),
        ("// TODO: later", "TODO", true), ("TODOS", "TODO", false), ("let x: Unmanaged<C>", "Unmanaged", true),
    ])
    func wordsAreTold(line: String, text: String, writes: Bool) {
        #expect(Self.writes(text, in: line[...]) == writes)
    }

    /// Whether the line has the text as a word of its own, not as a part of a longer one.
    static func writes(_ text: String, in line: Substring) -> Bool {
        line.ranges(of: text).contains { range in
            let before = range.lowerBound == line.startIndex ? nil : line[line.index(before: range.lowerBound)]
            let after = range.upperBound == line.endIndex ? nil : line[range.upperBound]
            let endsInWord = text.last.map(isWordCharacter) ?? false
            return !(before.map(isWordCharacter) ?? false) && !(endsInWord && (after.map(isWordCharacter) ?? false))
        }
    }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}

import Diagnostics
import Foundation
import Testing
import YAML

/// The public YAML test suite: nothing may crash, what it calls an error is refused, and what is read means the same.
@Suite struct ConformanceTests {
    struct Case: Decodable {
        var id: String
        var name: String
        var yaml: String
        var error: Bool?
        var json: String?
    }

    private struct File: Decodable {
        var cases: [Case]
    }

    static let cases: [Case] = {
        guard let folder = ProcessInfo.processInfo.environment["WAYBILL_CONFORMANCE"] else {
            print("skipped: WAYBILL_CONFORMANCE is not set, so the YAML test suite is not run")
            return []
        }
        let file = URL(filePath: folder).appending(path: "yaml-test-suite/cases.json")
        guard let data = try? Data(contentsOf: file), let parsed = try? JSONDecoder().decode(File.self, from: data)
        else {
            Issue.record("\(file.path) can't be read")
            return []
        }
        return parsed.cases
    }()

    /// Errors by YAML 1.2 that libyaml reads; each harmless here.
    static let accepted: [String: String] = [
        "9C9N": "brackets tell where a list ends, whatever the indentation of its lines",
        "CVW2": "a comment right behind a comma can't be anything else",
        "DK95/01": "a tab inside of a quoted text is folded like a space",
        "G5U8": "a lone dash in brackets is a text, which the reader of the value refuses",
        "MUS6/00": "directives mean nothing here",
        "QB6E": "quotes tell where a text ends, whatever the indentation of its lines",
        "S98Z": "empty lines before a block's text may hold any number of spaces",
        "Y79Y/003": "a tab inside of brackets indents nothing",
        "YJV2": "a lone dash in brackets is a text, which the reader of the value refuses",
    ]

    /// Read by libyaml otherwise than YAML 1.2 asks; each harmless here.
    static let different: [String: String] = [
        "JEF9/02": "line ends kept at the end of a file that doesn't end with one",
        "L24T/01": "line ends kept at the end of a file that doesn't end with one",
    ]

    @Test func `errors are refused`() {
        for test in Self.cases where test.error == true {
            let reading = Reading(test.yaml)
            let refused = reading.diagnostics.contains { $0.severity == .error }
            #expect(refused == (Self.accepted[test.id] == nil), "\(test.id): \(test.name)")
        }
    }

    @Test func `what is read is what was meant`() throws {
        var compared = 0
        for test in Self.cases where test.error != true && Self.different[test.id] == nil {
            let reading = Reading(test.yaml)
            guard let json = test.json, reading.codes.isEmpty else { continue }
            guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
            else {
                continue
            }
            compared += 1
            let isSame = reading.node.map { Self.matches($0, value) } ?? (value is NSNull)
            #expect(isSame, "\(test.id): \(test.name)\n\(reading.node?.outline ?? "nothing")\n\(json)")
        }
        #expect(Self.cases.isEmpty || compared > 80)
    }

    @Test func `no cut of a file crashes`() {
        for test in Self.cases {
            let bytes = Array(test.yaml.utf8)
            for end in 0...bytes.count {
                let reading = Reading(Array(bytes[..<end]))
                _ = reading.rendered
                _ = YAMLReader.comments(Array(bytes[..<end]), file: reading.file)
            }
        }
    }

    private static func matches(_ node: YAMLNode, _ value: Any) -> Bool {
        switch node.content {
        case .poisoned: return false
        case .scalar(let scalar):
            if let text = value as? String { return scalar.text == text }
            // Numbers, booleans and nulls are plain words here.
            return !scalar.isQuoted && !(value is [Any]) && !(value is [String: Any])
        case .sequence(let items):
            guard let values = value as? [Any], values.count == items.count else { return false }
            return zip(items, values).allSatisfy { matches($0, $1) }
        case .mapping(let entries):
            guard let values = value as? [String: Any], values.count == entries.count else { return false }
            return entries.allSatisfy { entry in values[entry.key.value].map { matches(entry.value, $0) } ?? false }
        }
    }
}

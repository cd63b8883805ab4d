import Diagnostics
import Foundation
import Testing

@Suite struct MachineRendererTests {
    private func parse(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `JSON`() throws {
        let sample = Sample()
        let text = JSONRenderer().render([sample.unknownUpstream], sample.store)
        let root = try parse(text)
        #expect(root["errors"] as? Int == 1)
        let diagnostic = try #require((root["diagnostics"] as? [[String: Any]])?.first)
        #expect(diagnostic["code"] as? String == "WB2104")
        #expect(diagnostic["file"] as? String == "routes/invoices.yaml")
        #expect(diagnostic["start"] as? [String: Int] == ["line": 12, "column": 13, "offset": 111])
        #expect(diagnostic["end"] as? [String: Int] == ["line": 12, "column": 19, "offset": 117])
        let edit = try #require(
            ((diagnostic["fixIts"] as? [[String: Any]])?.first?["edits"] as? [[String: Any]])?.first)
        #expect(edit["replacement"] as? String == "billing")
        #expect(try parse(JSONRenderer().render([], sample.store))["diagnostics"] as? [String] == [])
    }

    @Test func `JSON texts are escaped`() throws {
        let title = "a \"quote\" \\ \n \u{01} \u{7F} é"
        let root = try parse(JSONRenderer().render([Diagnostic("WB1001", title, at: nil)], SourceStore()))
        #expect((root["diagnostics"] as? [[String: Any]])?.first?["title"] as? String == title)
    }

    @Test func `SARIF`() throws {
        let sample = Sample()
        let warning = Diagnostic("WB1004", .warning, "duplicate", at: sample.span("b: 1"))
        let text = SARIFRenderer(toolVersion: "1.0.0").render([sample.unknownUpstream, warning], sample.store)
        let root = try parse(text)
        #expect(root["version"] as? String == "2.1.0")
        let run = try #require((root["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        #expect((driver["rules"] as? [[String: Any]])?.map { $0["id"] as? String } == ["WB1004", "WB2104"])
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.map { $0["level"] as? String } == ["error", "warning"])
        #expect(results.map { $0["ruleIndex"] as? Int } == [1, 0])
        let place = try #require(
            (results[0]["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
        #expect((place["artifactLocation"] as? [String: String])?["uri"] == "routes/invoices.yaml")
        let region = try #require(place["region"] as? [String: Int])
        #expect(region["startLine"] == 12)
        #expect(region["startColumn"] == 13)
        #expect(region["endColumn"] == 19)
        #expect((results[0]["relatedLocations"] as? [Any])?.count == 1)
        #expect((results[0]["fixes"] as? [Any])?.count == 1)
    }

    @Test func `SARIF percent-encodes paths and counts UTF-16`() {
        var store = SourceStore()
        let file = store.add(path: "a b/é#.yaml", bytes: Array("😀x".utf8))
        let text = SARIFRenderer().render(
            [Diagnostic("WB1001", "x", at: SourceSpan(file: file, start: 4, end: 5))], store)
        #expect(text.contains("\"a%20b/%C3%A9%23.yaml\""))
        #expect(text.contains("\"startColumn\": 3"))
    }

    @Test func `GitHub`() {
        let sample = Sample()
        #expect(
            GitHubRenderer().render([sample.unknownUpstream], sample.store)
                == "::error file=routes/invoices.yaml,line=12,endLine=12,col=13,endColumn=19,"
                + "title=WB2104%3A unknown upstream `biling`::no upstream has this name%0A"
                + "routes/upstreams.yaml:3:3: a similar name is declared here%0Ahelp: write `billing`\n")
        #expect(
            GitHubRenderer().render([Diagnostic("WB2001", .note, "100%, really", at: nil)], sample.store)
                == "::notice title=WB2001%3A 100%25%2C really::100%25, really\n")
    }
}

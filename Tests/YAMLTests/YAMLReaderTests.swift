import Diagnostics
import Testing
import YAML

@Suite struct YAMLReaderTests {
    @Test(arguments: [
        ("a: 1", "{a: 1}"),
        ("a:\n  - b\n  - 'c'\n  - \"d\"", "{a: [b, 'c', 'd']}"),
        ("a:", "{a: ~}"),
        ("a: ''", "{a: ''}"),
        ("a: { b: 1, c: [x, y] }", "{a: {b: 1, c: [x, y]}}"),
        ("- - a\n  - b\n- c", "[[a, b], c]"),
        ("a: >-\n  b\n  c", "{a: b c}"),
        ("a: |\n  b\n  c\n", "{a: b\nc\n}"),
        ("a: b\n  c", "{a: b c}"),
        ("---\na: 1\n...\n", "{a: 1}"),
        ("%YAML 1.2\n---\na: 1\n", "{a: 1}"),
        ("\u{FEFF}a: 1", "{a: 1}"),
        ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
        ("Remittance.Line[]: x", "{Remittance.Line[]: x}"),
        ("Amount.@currency: amount.currency", "{Amount.@currency: amount.currency}"),
        ("url: https://a.example:80/x", "{url: https://a.example:80/x}"),
        ("a: max(b, c)", "{a: max(b, c)}"),
        ("a: (\"x\" + b)", "{a: (\"x\" + b)}"),
        ("a: { b: (c), d: f(1) }", "{a: {b: (c), d: f(1)}}"),
        ("url: ${var:acme-url}", "{url: ${var:acme-url}}"),
        ("été: \"naïve\"", "{été: 'naïve'}"),
    ])
    func `reads`(_ text: String, _ outline: String) {
        let reading = Reading(text)
        #expect(reading.codes == [])
        #expect(reading.node?.outline == outline)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "\u{FEFF}"])
    func `an empty file has no node`(_ text: String) {
        let reading = Reading(text)
        #expect(reading.node == nil)
        #expect(reading.codes == [])
    }

    @Test func `an unreadable file is poisoned, not empty`() {
        #expect(Reading("a: \"x").node?.isPoisoned == true)
        #expect(Reading([0x61, 0xFF]).node?.isPoisoned == true)
    }

    @Test func `styles are kept`() {
        let node = Reading("a: p\nb: 's'\nc: \"d\"\nd: |\n  l\ne: >\n  f\n").node
        let styles = node?.mapping?.compactMap { $0.value.scalar?.style }
        #expect(styles == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded])
        #expect(node?["d"]?.scalar?.isQuoted == false)
        #expect(node?["b"]?.scalar?.isQuoted == true)
        #expect(Reading("\"a\": 1\nb: 2").node?.mapping?.map(\.keyIsQuoted) == [true, false])
    }

    @Test func `flow is told from block`() {
        let node = Reading("a: [x]\nb:\n  - x\nc: { d: x }").node
        #expect(node?["a"]?.isFlow == true)
        #expect(node?["b"]?.isFlow == false)
        #expect(node?["c"]?.isFlow == true)
        #expect(node?.isFlow == false)
    }

    @Test func `the first of two equal keys is kept`() {
        #expect(Reading("a: 1\nb: 2\na: 3\na: 4").node?.outline == "{a: 1, b: 2}")
        #expect(Reading("a: 1\na: 3\na: 4").codes == ["WB1004", "WB1004"])
        #expect(Reading("a: {a: 1}\nb: {a: 2}").codes == [])
        #expect(Reading("a: 1\n\"a\": 2").codes == ["WB1004"])
    }

    @Test func `a cut value is one poisoned value`() {
        let reading = Reading("X: { from: substring(name, 1, 35), when: ok }\nY: [f(a, b), c]")
        #expect(reading.codes == ["WB1020", "WB1020"])
        #expect(reading.node?.outline == "{X: {from: !, when: ok}, Y: [!, c]}")
    }

    @Test func `several mistakes that leave a tree are all reported`() {
        let reading = Reading("a: *x\nb: !t y\nc: 1\nc: 2\nd: { e }\n")
        #expect(reading.codes == ["WB1007", "WB1008", "WB1004", "WB1014"])
    }

    @Test func `limits`() {
        #expect(Reading(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)).codes == [])
        #expect(Reading(String(repeating: "[", count: 100_000)).codes == ["WB1016"])
        #expect(Reading(String(repeating: "{a: ", count: 100_000)).codes == ["WB1016"])
        #expect(Reading(String(repeating: "- ", count: 100_000)).codes == ["WB1016"])
        #expect(Reading("[a, b, c]", limits: YAMLLimits(nodes: 3)).codes == ["WB1017"])
        #expect(Reading("[a, b, c]", limits: YAMLLimits(nodes: 4)).codes == [])
        #expect(Reading("aaaa", limits: YAMLLimits(bytes: 3)).codes == ["WB1018"])
    }

    @Test func `an alias bomb stays small`() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
        #expect(Set(Reading(bomb).codes) == ["WB1007"])
    }
}

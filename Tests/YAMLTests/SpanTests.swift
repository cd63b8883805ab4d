import Diagnostics
import Foundation
import Testing
import YAML

@Suite struct SpanTests {
    @Test func `values and keys`() throws {
        let marked = Marked("1️⃣a2️⃣: 3️⃣\"é 😀\"4️⃣ # c\n5️⃣ü6️⃣:\n  - 7️⃣x y8️⃣\n  - z\n")
        let entries = try #require(Reading(marked.text).node?.mapping)
        #expect(entries[0].key.span.bounds == marked.range(1, 2))
        #expect(entries[0].value.span.bounds == marked.range(3, 4))
        #expect(entries[1].key.span.bounds == marked.range(5, 6))
        #expect(entries[1].value.sequence?[0].span.bounds == marked.range(7, 8))
    }

    @Test func `after a byte-order mark`() throws {
        let marked = Marked("\u{FEFF}1️⃣a2️⃣: 3️⃣b4️⃣")
        let entry = try #require(Reading(marked.text).node?.mapping?.first)
        #expect(entry.key.span.bounds == marked.range(1, 2))
        #expect(entry.value.span.bounds == marked.range(3, 4))
    }

    @Test func `collections end with their last child`() throws {
        let marked = Marked("a:\n  1️⃣b: c\n  d:\n    - e2️⃣\n\n# comment\nf: 3️⃣{ g: h }4️⃣\n5️⃣i: |6️⃣\n  text7️⃣\n\n")
        let node = try #require(Reading(marked.text).node)
        #expect(node["a"]?.span.bounds == marked.range(1, 2))
        #expect(node["f"]?.span.bounds == marked.range(3, 4))
        #expect(node["i"]?.span.bounds == marked.range(6, 7).lowerBound - 1..<marked.range(6, 7).upperBound)
    }

    @Test func `a missing value stands behind the colon`() throws {
        let marked = Marked("a:1️⃣\nb:2️⃣ # c\n")
        let node = try #require(Reading(marked.text).node)
        #expect(node["a"]?.span.bounds == marked.range(1, 1))
        #expect(node["b"]?.span.bounds == marked.range(2, 2))
    }

    /// The text between the first two marks of the file must be where `word` of the scalar is said to stand.
    @Test(arguments: [
        ("a: x + 1️⃣foo2️⃣ + y", "foo"),
        ("a: 'x 1️⃣foo2️⃣ y'", "foo"),
        ("a: 'it''s 1️⃣foo2️⃣ y'", "foo"),
        ("a: \"x\\n1️⃣foo2️⃣\"", "foo"),
        ("a: \"x\\u00e9 1️⃣foo2️⃣\"", "foo"),
        ("a: \"é\\x41\\U0001F600 1️⃣foo2️⃣\"", "foo"),
        ("a: \"x \\\n  y 1️⃣foo2️⃣\"", "foo"),
        ("a: x\n   y\n\n   1️⃣foo2️⃣ z", "foo"),
        ("a: 'x  \n   1️⃣foo2️⃣ z'", "foo"),
        ("a: |\n  x\n  y 1️⃣foo2️⃣\n  z\n", "foo"),
        ("a: |\n\n  x\n    y 1️⃣foo2️⃣\n\n\n  z\n", "foo"),
        ("a: |2-\n    x\n   1️⃣foo2️⃣\n", "foo"),
        ("a: >-\n  x\n  y\n\n  1️⃣foo2️⃣ z\n", "foo"),
        ("a: >\n  x\n\n    y\n    1️⃣foo2️⃣\n  z\n", "foo"),
        ("a: >-  # why\n      if ok\n      then 1️⃣foo2️⃣\n      else y\n", "foo"),
        ("a: |\r\n  x\r\n  1️⃣foo2️⃣\r\n", "foo"),
        ("é: >-\n  é é\n  1️⃣foo2️⃣\n", "foo"),
    ])
    func `inside of scalars`(_ text: String, _ word: String) throws {
        let marked = Marked(text)
        let reading = Reading(marked.text)
        let node = try #require(reading.node?.mapping?.first?.value)
        let scalar = try #require(node.scalar)
        let range = try #require(scalar.text.range(of: word))
        let bytes =
            scalar.text.utf8.distance(
                from: scalar.text.startIndex, to: range.lowerBound)..<scalar.text.utf8.distance(
                from: scalar.text.startIndex, to: range.upperBound)
        #expect(scalar.span(of: bytes, in: node.span).bounds == marked.range(1, 2))
        // However wrong the range, the span stays inside of the value.
        let all = scalar.span(of: 0..<scalar.text.utf8.count + 10, in: node.span)
        #expect(all.start >= node.span.start && all.end <= node.span.end)
    }

    @Test func `comments`() {
        let text = "# one\na: b # two\nc: 'x # no'\nd: | # three\n  # no\ne: a#no\n  # four\nf: \"#\" #five\n"
        let bytes = Array(text.utf8)
        let reading = Reading(bytes)
        #expect(
            YAMLReader.comments(bytes, file: reading.file).map(reading.text)
                == ["# one", "# two", "# three", "# four", "#five"])
        #expect(YAMLReader.comments(Array("é: ü # é".utf8), file: reading.file).map(\.start) == [7])
        #expect(YAMLReader.comments(Array("a: \"x # y".utf8), file: reading.file).isEmpty)
    }
}

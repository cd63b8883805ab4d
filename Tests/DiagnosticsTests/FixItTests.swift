import Diagnostics
import Testing

@Suite struct FixItTests {
    private let file = FileID(index: 0)
    private let bytes = Array("one two three".utf8)

    private func span(_ start: Int, _ end: Int) -> SourceSpan { SourceSpan(file: file, start: start, end: end) }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func `edits are made in the order of their places`() {
        let fixIt = FixIt("t", [TextEdit(span(8, 13), "3"), TextEdit(span(0, 3), "1"), TextEdit(span(4, 4), ">")])
        #expect(text(fixIt.apply(to: bytes, file: file)) == "1 >two 3")
    }

    @Test func `overlapping edits and edits outside of the file are refused`() {
        #expect(FixIt("t", [TextEdit(span(0, 5), ""), TextEdit(span(4, 6), "")]).apply(to: bytes, file: file) == nil)
        #expect(FixIt("t", [TextEdit(span(10, 50), "")]).apply(to: bytes, file: file) == nil)
    }

    @Test func `edits of other files are left`() {
        let other = SourceSpan(file: FileID(index: 1), start: 0, end: 3)
        #expect(text(FixIt(replace: other, with: "x").apply(to: bytes, file: file)) == "one two three")
    }

    @Test func `a fix-it that overlaps an earlier one waits`() {
        func diagnostic(_ start: Int, _ end: Int, _ new: String) -> Diagnostic {
            Diagnostic("WB1001", "t", at: span(start, end), fixIts: [FixIt(replace: span(start, end), with: new)])
        }
        let result = FixIt.applyFirst(
            of: [diagnostic(0, 3, "1"), diagnostic(2, 5, "x"), diagnostic(8, 13, "3")], to: bytes, file: file)
        #expect(text(result.bytes) == "1 two 3")
        #expect(result.applied == 2)
    }
}

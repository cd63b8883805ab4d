import Diagnostics
import Testing

@Suite struct LineIndexTests {
    @Test func `line ends of all kinds`() {
        let index = LineIndex(Array("a\nb\r\nc\rd".utf8))
        #expect(index.lineCount == 4)
        #expect((0...8).map(index.line) == [1, 1, 2, 2, 2, 3, 3, 4, 4])
        #expect((1...4).map(index.text(ofLine:)) == ["a", "b", "c", "d"])
        #expect(index.text(ofLine: 9) == "")
    }

    @Test func `columns count characters, or UTF-16 units`() {
        let text = "é😀e\u{301}x"
        let index = LineIndex(Array(text.utf8))
        #expect(index.position(at: text.utf8.count - 1) == SourcePosition(line: 1, column: 4))
        #expect(index.utf16Position(at: text.utf8.count - 1) == SourcePosition(line: 1, column: 6))
        // Inside of a character is at the character.
        #expect(index.position(at: 4) == SourcePosition(line: 1, column: 2))
        #expect(index.offset(line: 1, utf16Column: 6) == text.utf8.count - 1)
        #expect(index.offset(line: 1, utf16Column: 99) == text.utf8.count)
    }

    @Test func `a byte-order mark takes no column`() {
        let index = LineIndex(Array("\u{FEFF}ab".utf8))
        #expect(index.position(at: 4) == SourcePosition(line: 1, column: 2))
        #expect(index.text(ofLine: 1) == "ab")
    }

    @Test func `an empty file has one line`() {
        let index = LineIndex([])
        #expect(index.lineCount == 1)
        #expect(index.position(at: 0) == SourcePosition(line: 1, column: 1))
        #expect(index.position(at: 10) == SourcePosition(line: 1, column: 1))
    }
}

import Diagnostics
import Testing

@testable import Compiler

@Suite struct CSVTableReaderTests {
    private func read(_ text: String) -> (ParsedTable, [Diagnostic]) {
        var sink = DiagnosticSink()
        let table = CSVTableReader.read(Array(text.utf8), file: FileID(index: 0), into: &sink)
        return (table, sink.diagnostics)
    }

    private func rows(_ text: String) -> [[String]] {
        let (table, diagnostics) = read(text)
        #expect(diagnostics.isEmpty)
        #expect(!table.isPoisoned)
        return table.rows.map { [$0.name.value, $0.value.value] }
    }

    @Test func plain() {
        #expect(rows("DE,DEU\nFR,FRA\n") == [["DE", "DEU"], ["FR", "FRA"]])
        #expect(rows("DE,DEU\r\nFR,FRA") == [["DE", "DEU"], ["FR", "FRA"]])
        #expect(rows("DE,DEU\n\n") == [["DE", "DEU"]])
        #expect(rows("\u{FEFF}DE,DEU\n") == [["DE", "DEU"]])
        #expect(rows("X,\n") == [["X", ""]])
    }

    @Test func quotes() {
        #expect(rows("NL,\"Netherlands, the\"\n") == [["NL", "Netherlands, the"]])
        #expect(rows("A,\"say \"\"hi\"\"\"\nB,\"two\nlines\"\n") == [["A", "say \"hi\""], ["B", "two\nlines"]])
    }

    @Test func headers() {
        #expect(rows("from,to\nDE,DEU\n") == [["DE", "DEU"]])
        #expect(rows("Key,Value\nDE,DEU\n") == [["DE", "DEU"]])
        #expect(rows("# ISO 3166, two to three\nDE,DEU\n") == [["DE", "DEU"]])
        #expect(rows("DE,DEU\nfrom,to\n") == [["DE", "DEU"], ["from", "to"]])
    }

    @Test(arguments: [
        ("DE\n", "WB1118"), ("DE,DEU,x\n", "WB1118"), ("DE;DEU\n", "WB1118"), ("D\"E,x\n", "WB1118"),
        ("\"DE\"x,y\n", "WB1118"),
        ("\"DE,x\n", "WB1118"), (",x\n", "WB1118"), ("DE,a\nFR,b\nDE,c\n", "WB1119"), ("", "WB1109"),
        ("from,to\n", "WB1109"),
        ("A,b\n\nC,d\n", "WB1118"),
    ])
    func mistakes(_ text: String, _ code: String) {
        let (table, diagnostics) = read(text)
        #expect(diagnostics.map(\.code) == [code])
        #expect(table.isPoisoned)
    }

    @Test func duplicatesShowBothPlaces() {
        let (_, diagnostics) = read("DE,a\nDE,c\n")
        #expect(diagnostics.first?.primary?.span.range == 5..<7)
        #expect(diagnostics.first?.secondary.first?.span.range == 0..<2)
    }

    @Test func notUTF8() {
        var sink = DiagnosticSink()
        let table = CSVTableReader.read([0x44, 0x2C, 0xFF, 0x0A], file: FileID(index: 0), into: &sink)
        #expect(table.isPoisoned)
        #expect(sink.diagnostics.map(\.code) == ["WB1118"])
    }
}

import Documents
import Testing

@Suite struct ValueTests {
    @Test func comparesAsFEELDoes() {
        #expect(Value.number(Decimal("1.0") ?? 0) == 1)
        #expect(Value.string("e\u{301}") != .string("\u{E9}"))
        #expect(Value.null != .boolean(false))
        #expect(Value.string("1") != 1)
        #expect((["a": 1, "b": 2] as Context) == ["b": 2, "a": 1])
        #expect((["a": 1] as Context) != ["a": 1, "b": .null])
        #expect(Value.string("a").compared(to: "b") == -1)
        #expect(Value.string("\u{FF5E}").compared(to: "\u{1F30D}") == -1)
        #expect(Value.boolean(true).compared(to: false) == nil)
        #expect(Value.number(1).compared(to: "1") == nil)
    }

    @Test func contextsKeepTheirOrder() {
        var context = Context()
        for k in 0..<100 { context["n\(k)"] = .number(Decimal(k)) }
        context["n5"] = "five"
        context["n50"] = nil
        #expect(context.count == 99)
        #expect(context["n5"] == "five")
        #expect(context["n50"] == nil)
        #expect(context["n99"] == 99)
        #expect(context["missing"] == nil)
        #expect(context.names.prefix(7).last == "n6")
        for k in 10..<100 { context["n\(k)"] = nil }
        #expect(context.names == (0..<10).map { "n\($0)" })
        #expect(context["n9"] == 9)
        for entry in context.entries { #expect(context[entry.name] == entry.value) }
    }

    @Test func rangesContainWhatLiesBetweenTheirEnds() {
        let range = RangeValue(lower: 1, upper: 10, includesUpper: false)
        #expect(range.contains(1) == true)
        #expect(range.contains(10) == false)
        #expect(range.contains("x") == nil)
        #expect(RangeValue(lower: 5, upper: nil, includesLower: false).contains(5) == false)
        #expect(RangeValue(lower: nil, upper: 5).contains(-100) == true)
        #expect(range == RangeValue(lower: 1, upper: 10, includesLower: true, includesUpper: false))
        #expect(Value.range(range) != .range(RangeValue(lower: 1, upper: 10)))
    }

    @Test func documentsBecomeValues() throws {
        #expect(
            try json(#"{"a":[1,"x",null,true],"b":{"c":1.50}}"#).value(0)
                == ["a": [1, "x", nil, true], "b": ["c": .number(Decimal("1.5") ?? 0)]])
        #expect(
            try xml("<r><i>1</i><j a='2'>t</j><i>3</i><k><l/></k></r>").value(0)
                == ["i": ["1", "3"], "j": ["@a": "2", "": "t"], "k": ["l": ""]])
        let xsi = "xmlns:x='http://www.w3.org/2001/XMLSchema-instance'"
        #expect(try xml("<r \(xsi)><i x:type='s'>1</i></r>").value(0) == ["i": "1"])
        let many = try xml("<r>" + (0..<20_000).map { "<i>\($0)</i><j\($0 % 50)/>" }.joined() + "</r>").value(0)
        guard case .context(let context) = many, case .list(let items)? = context["i"] else {
            Issue.record("not a context")
            return
        }
        #expect(items.count == 20_000)
        #expect(context.count == 51)
    }

    @Test func valuesAreWrittenAsJSON() {
        let writer = ByteWriter()
        writer.writeJSON(
            .context([
                "n": .number(Decimal("12.10") ?? 0), "s": "a\"b", "l": [true, nil], "c": .context([:]),
                "t": Temporal("2026-11-21").map(Value.temporal) ?? .null,
            ]))
        #expect(writer.string == #"{"n":12.10,"s":"a\"b","l":[true,null],"c":{},"t":"2026-11-21"}"#)
    }
}

import Documents
import FEEL
import Testing

/// Expressions and their values. Each runs twice: folded, and with its numbers hidden in variables so that the program
/// runs.
@Suite struct ExpressionTests {
    static let table: [(String, String)] = [
        // Literals keep their digits.
        ("12.10", "12.10"), ("-5", "-5"), (".5", "0.5"), ("1e3", "1000"),
        ("12345678901234567890", "12345678901234567890"),
        ("\"a\\\"b\\u00e9\\U01F600\\uD83D\\uDE00\"", "\"a\"bé😀😀\""), ("true", "true"), ("null", "null"),
        ("@\"2026-11-21\"", "2026-11-21"), ("@\"P1Y\"", "P1Y"), ("[1, \"a\", null]", "[1, \"a\", null]"),
        ("{a: 1, \"b c\": 2}", "{a: 1, b c: 2}"), ("{a: 1, b: a + 1}", "{a: 1, b: 2}"), ("{}", "{}"), ("[]", "[]"),
        // Arithmetic is exact and decimal.
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("0.1 + 0.2", "0.3"), ("0.1 + 0.2 = 0.3", "true"), ("1 / 4", "0.25"),
        ("10 - 2 - 3", "5"), ("2 ** 3 ** 2", "64"), ("-2 ** 2", "4"), ("-(3)", "-3"), ("12.50 * 2", "25.00"),
        ("1 + null", "null"), ("\"a\" + \"b\"", "\"ab\""), ("1 - -1", "2"), ("6/3/2", "1"),
        // Dates and durations.
        ("date(\"2026-11-21\") + duration(\"P1D\")", "2026-11-22"),
        ("date(\"2026-03-01\") - date(\"2026-02-01\")", "P28D"),
        ("date(\"2024-01-31\") + duration(\"P1M\")", "2024-02-29"), ("duration(\"P1D\") * 2", "P2D"),
        ("duration(\"P2D\") / duration(\"P1D\")", "2"), ("date(\"2026-11-21\").year", "2026"),
        ("date(\"2026-11-21\").weekday", "6"), ("time(\"10:30:00+01:00\").time offset", "PT1H"),
        ("date and time(\"2026-11-21T10:30:00Z\").hour", "10"), ("duration(\"P1DT2H\").hours", "2"),
        ("-duration(\"P1D\")", "-P1D"),
        // Comparison, with three-valued logic.
        ("1 = 1.0", "true"), ("1 != 2", "true"), ("\"a\" < \"b\"", "true"), ("null = null", "true"),
        ("1 = null", "false"),
        ("1 != null", "true"), ("1 < null", "null"), ("[1, 2] = [1, 2]", "true"), ("{a: 1} = {a: 1}", "true"),
        ("true and null", "null"), ("false and null", "false"), ("null or true", "true"), ("null or false", "null"),
        ("not(null)", "null"), ("not(1 = 2)", "true"), ("true or false and false", "true"),
        ("date(\"2026-01-01\") < date(\"2026-01-02\")", "true"), ("\"é\" = \"e\\u0301\"", "false"),
        // if
        ("if 1 < 2 then \"a\" else \"b\"", "\"a\""), ("if null then 1 else 2", "2"),
        ("if false then 1 else if true then 2 else 3", "2"),
        // in and between
        ("3 in [1..5]", "true"), ("5 in [1..5)", "false"), ("1 in (1..5]", "false"), ("1 in ]1..5]", "false"),
        ("5 in [1..5[", "false"), ("3 in (1, 2, 3)", "true"), ("3 in (< 2, > 2)", "true"), ("3 in > 5", "false"),
        ("3 in [1, 2, 3]", "true"), ("\"a\" in (\"b\", \"c\")", "false"), ("3 in not(1, 2)", "true"),
        ("3 in ([1..2], [3..4])", "true"), ("null in (1, 2)", "false"), ("2 between 1 and 3", "true"),
        ("4 between 1 and 3", "false"), ("null between 1 and 3", "null"), ("2 in 2", "true"),
        ("5 in (1..3]", "false"), ("date(\"2026-06-01\") in [date(\"2026-01-01\")..date(\"2026-12-31\")]", "true"),
        // Lists and filters
        ("[1, 2, 3][1]", "1"), ("[1, 2, 3][-1]", "3"), ("[1, 2, 3][4]", "null"), ("[1, 2, 3][0]", "null"),
        ("[1, 2, 3][item > 1]", "[2, 3]"), ("[{a: 1}, {a: 2}][a = 2]", "[{a: 2}]"), ("[{a: 1}, {a: 2}].a", "[1, 2]"),
        ("[{a: 1}, {a: 2}][a = 2].a", "[2]"), ("[1, 2, 3][count([1, 2])]", "2"), ("[][count([])]", "null"),
        ("5[1]", "5"), ("5[2]", "null"), ("null[1]", "null"), ("[[1, 2], [3]][1][2]", "2"),
        ("[1, 2, null][item != null]", "[1, 2]"),
        ("[{a: 1}, {b: 2}][a = 1]", "[{a: 1}]"), ("[1, 2, 3][item >= 2][1]", "2"),
        // for, some, every
        ("for x in [1, 2, 3] return x * 2", "[2, 4, 6]"), ("for x in 1..3 return x", "[1, 2, 3]"),
        ("for x in 3..1 return x", "[3, 2, 1]"), ("for x in [1, 2], y in [10, 20] return x + y", "[11, 21, 12, 22]"),
        ("for x in [[1, 2], [3]], y in x return y", "[1, 2, 3]"), ("for x in null return x", "null"),
        ("for x in 5 return x", "[5]"), ("for x in [1..3] return x", "[1, 2, 3]"),
        ("for x in [1..3) return x", "[1, 2]"),
        ("for x in [] return x", "[]"), ("some x in [1, 2, 3] satisfies x > 2", "true"),
        ("every x in [1, 2, 3] satisfies x > 2", "false"), ("every x in [] satisfies x > 2", "true"),
        ("some x in [] satisfies x > 2", "false"), ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
        ("some x in null satisfies x > 1", "null"),
        ("for x in [1, 2] return for y in [x, x * 10] return y", "[[1, 10], [2, 20]]"),
        // Contexts
        ("{a: {b: 2}}.a.b", "2"), ("{a: 1}.b", "null"), ("{a: [1, 2]}.a[2]", "2"),
        // Named arguments, comments, white space, names that look like keywords.
        ("substring(string: \"foobar\", start position: 3)", "\"obar\""),
        ("substring(length: 1, start position: 3, string: \"foobar\")", "\"o\""),
        ("1 /* one */ + 1 // two", "2"), ("for `for` in [1] return `for`", "[1]"), ("1\u{a0}+\u{a0}1", "2"),
        ("{`if`: 1}.if", "1"), ("string join([\"a\", string(1.50)], \"-\")", "\"a-1.50\""),
        ("string([1, \"a\", {b: null}])", "\"[1, \"a\", {b: null}]\""),
        ("contains(\"abc\", \"b\") and not(contains(\"abc\", \"x\"))", "true"),
        ("true and date and time(\"2026-11-21T10:30:00\").day = 21", "true"),
        ("get value({a: 1}, \"a\")", "1"), ("day of week(@\"2026-11-21\")", "\"Saturday\""),
    ]

    @Test func `expressions have their values`() {
        for (text, expected) in Self.table {
            let evaluation = Evaluation(text)
            // A constant field that is not there is a mistake; the table asks for what happens when it runs.
            guard evaluation.diagnostics.isEmpty || text == "{a: 1}.b" || text.hasPrefix("[{a: 1}, {b: 2}]") else {
                Issue.record("\(text): \(evaluation.diagnostics)")
                continue
            }
            guard evaluation.program != nil else { continue }
            #expect(show(evaluation.value()) == expected, "\(text)")
        }
    }

    /// The same with every number and text as a variable: nothing can be folded, so the instructions run.
    @Test func `programs give what folding gives`() {
        for (text, expected) in Self.table {
            let (hidden, values) = Self.hideLiterals(text)
            var scope = FEELScope()
            let roots = TestRoots()
            for (index, value) in values.enumerated() {
                scope.add("v\(index)", index + 1, shape: nil)
                roots.values[index + 1] = value
            }
            let evaluation = Evaluation(hidden, scope: scope)
            guard evaluation.program != nil else {
                let isExpected = text == "{a: 1}.b" || text.contains("@\"") || text.contains("{")
                #expect(isExpected, "\(hidden): \(evaluation.diagnostics)")
                continue
            }
            #expect(show(evaluation.value(roots)) == expected, "\(hidden)")
        }
    }

    /// Replaces plain integers by variables.
    static func hideLiterals(_ text: String) -> (String, [Value]) {
        var result = ""
        var values: [Value] = []
        var isText = false
        let scalars = Array(text.unicodeScalars)
        var index = 0
        func isWord(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isAlphabetic || scalar == "." || scalar == "\"" || ("0"..."9").contains(scalar)
        }
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\"" { isText.toggle() }
            let before = index > 0 ? scalars[index - 1] : " "
            let after = index + 1 < scalars.count ? scalars[index + 1] : " "
            if !isText, ("0"..."9").contains(scalar),
                !isWord(before) || (before == "." && index > 1 && scalars[index - 2] == "."),
                !isWord(after) || after == ".",
                !(after == "." && index + 2 < scalars.count && ("0"..."9").contains(scalars[index + 2]))
            {
                result += "v\(values.count)"
                values.append(.number(Decimal(Int(scalar.value) - 48)))
            } else {
                result.unicodeScalars.append(scalar)
            }
            index += 1
        }
        return (result, values)
    }

    @Test func `every built-in does what its examples say`() {
        var count = 0
        for function in FEELFunction.all {
            for example in function.examples {
                count += 1
                let expected = Evaluation(example.gives).value()
                #expect(Evaluation(example.call).value() == expected, "\(example.call)")
                // As a program too: the arguments go through a loop variable.
                let looped = Evaluation("(for x in [0] return [\(example.call), x])[1][1]")
                #expect(looped.value() == expected, "\(example.call)")
            }
            #expect(!function.doc.isEmpty && function.usage.contains(function.name))
        }
        #expect(count > 80)
        #expect(Set(FEELFunction.all.map(\.name)).count == FEELFunction.all.count)
    }

    @Test func `the clock is read when a program runs`() {
        #expect(Evaluation("today()").program?.constant == nil)
        #expect(show(Evaluation("today()").value()) == "2026-11-21")
        #expect(show(Evaluation("now()").value()) == "2026-11-21T12:00:00Z")
        #expect(show(Evaluation("now().hour").value()) == "12")
    }

    @Test func `constants are folded`() {
        #expect(Evaluation("1 + 2").program?.constant == 3)
        #expect(Evaluation("\"a\"").program?.constant == "a")
        #expect(Evaluation("upper case(\"eur\")").program?.constant == "EUR")
    }
}

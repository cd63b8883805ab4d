import Diagnostics
import FEEL
import Testing

/// Mistakes and what is said about them.
@Suite struct DiagnosticTests {
    /// Expression, code with what is underlined, a part of the help, and the expression after its fix-it.
    static let table: [(String, String, help: String, fixed: String)] = [
        // Syntax
        ("debtor.name currency", "WB3001[currency]", "", ""),
        ("currency EUR", "WB3001[EUR]", "`\"currency EUR\"`", ""),
        ("1 +", "WB3001[+]", "", ""), ("debtor.", "WB3001[.]", "backticks", ""),
        ("> 5", "WB3001[>]", "what is compared", ""),
        ("amount between 1 or 2", "WB3001[or]", "between low and high", ""), ("3M", "WB3001[3M]", "`\"3M\"`", ""),
        ("debtor.name.trim()", "WB3001[trim]", "`trim(…)`", ""), ("line[]", "WB3001[[]]", "`[1]`", ""),
        ("10:30", "WB3001[:]", "time(", ""), ("for x in line", "WB3001[e]", "return", ""),
        ("substring(debtor.name, start position: 1)", "WB3001[start position]", "by name", ""),
        ("\"abc", "WB3002[\"abc]", "end the text", ""), ("\"a\\qb\"", "WB3002[\\q]", "`\\n`", ""),
        ("`abc", "WB3002[`abc]", "", ""),
        ("1 /* x", "WB3002[/*]", "", ""),
        ("007", "WB3003[007]", "`\"007\"`", "\"007\""),
        ("2026-11-21", "WB3004[2026-11-21]", "`date(\"2026-11-21\")`", "date(\"2026-11-21\")"),
        ("due < 2026-01-05", "WB3004[2026-01-05]", "`date(\"2026-01-05\")`", "due < date(\"2026-01-05\")"),
        (
            "2026-11-21T10:00:00Z", "WB3004[2026-11-21T10:00:00Z]", "date and time",
            "date and time(\"2026-11-21T10:00:00Z\")"
        ),
        ("currency == \"EUR\"", "WB3005[==]", "`=`", "currency = \"EUR\""),
        ("express && express", "WB3005[&&]", "`and`", "express and express"),
        ("express || express", "WB3005[||]", "`or`", "express or express"), ("!express", "WB3005[!]", "`not(…)`", ""),
        ("currency = 'EUR'", "WB3005['EUR']", "`\"EUR\"`", "currency = \"EUR\""),
        ("amount <> 1", "WB3005[<>]", "`!=`", "amount != 1"), ("amount % 2", "WB3005[%]", "modulo", ""),
        ("express ? 1 : 2", "WB3005[?]", "`if … then … else …`", ""), ("currency = “EUR”", "WB3005[“]", "straight", ""),
        ("amount – 1", "WB3005[–]", "`-`", "amount - 1"), ("${amount}", "WB3005[${]", "the path itself", ""),
        ("", "WB3006[]", "`\"\"`", ""), ("  ", "WB3006[  ]", "`\"\"`", ""),
        ("(1 + 2", "WB3007[(]", "`)`", ""), ("upper case(debtor.name", "WB3007[(]", "`)`", ""),
        ("1 + 2)", "WB3007[)]", "", ""),
        ("sqrt(4)", "WB3009[sqrt]", "", ""),
        ("matches(currency, \"E(\\\\d\")", "WB3114[(]", "`)`", ""),
        ("matches(currency, \"é\\\\w(a)\\\\1\")", "WB3114[\\\\1]", "alternatives", ""),
        ("matches(currency, debtor.name)", "WB3114[debtor.name]", "contains", ""),
        ("matches(currency, \"E\", \"z\")", "WB3114[\"z\"]", "flags", ""),
        ("replace(currency, \"E*\", \"x\")", "WB3114[E*]", "`+`", ""),
        ("replace(currency, \"E\", \"a$b\")", "WB3114[$]", "`\\$`", ""),
        ("split(currency, \"[,;\")", "WB3114[[]", "`]`", ""),
        ("amount instance of number", "WB3009[instance of]", "", ""),
        ("function(x) x", "WB3009[function]", "", ""), ("#1", "WB3010[#]", "quotes", ""),
        ("if express then 1", "WB3011[if]", "else null", ""), ("{a: 1, a: 2}", "WB3012[a]", "remove", ""),
        // Names
        ("EUR", "WB3101[EUR]", "quote it if it is text: `\"EUR\"`", "\"EUR\""),
        ("curency", "WB3101[curency]", "`currency`", "currency"),
        ("x-tenant", "WB3101[x] WB3101[tenant]", "`` `x-tenant` ``", ""),
        ("debtor.nmae", "WB3102[nmae]", "`name`", "debtor.name"), ("fee.unit", "WB3102[unit]", "`@unit`", "fee.@unit"),
        ("line.txt", "WB3102[txt]", "`text`", "line.text"), ("due.hour", "WB3102[hour]", "`year`", ""),
        ("line[prize > 1]", "WB3101[prize]", "`price`", "line[price > 1]"),
        ("upperCase(currency)", "WB3103[upperCase]", "`upper case(…)`", "upper case(currency)"),
        ("toUpper(currency)", "WB3103[toUpper]", "`upper case(…)`", "upper case(currency)"),
        ("alpah3(currency)", "WB3103[alpah3]", "`alpha3(…)`", "alpha3(currency)"),
        ("frobnicate(1)", "WB3103[frobnicate]", "tables:", ""),
        ("substring(currency)", "WB3104[substring(currency)]", "length?", ""),
        ("substring(string: currency, start: 1)", "WB3104[start]", "`substring", ""),
        ("alpha3()", "WB3104[alpha3()]", "`alpha3(value)`", ""),
        ("state.reverse(currency)", "WB3110[state.reverse]", "one to one", ""),
        ("alpha3", "WB3112[alpha3]", "`alpha3(value)`", ""), ("today", "WB3112[today]", "`today(…)`", ""),
        ("debtor.name.first", "WB3113[first]", "", ""), ("currency.year", "WB3113[year]", "date(currency).year", ""),
        // Types
        ("upper case(amount)", "WB3105[amount]", "`string(amount)`", ""),
        ("abs(1) + floor(currency)", "WB3105[currency]", "`number(currency)`", ""),
        ("amount = \"5\"", "WB3106[\"5\"]", "", ""), ("currency = 5", "WB3106[5]", "`\"5\"`", ""),
        ("due < \"2026-01-01\"", "WB3106[\"2026-01-01\"]", "`date(\"2026-01-01\")`", ""),
        ("amount in (1, \"2\")", "WB3106[\"2\"]", "", ""),
        ("amount in [\"a\", \"b\"]", "WB3106[\"a\"] WB3106[\"b\"]", "", ""),
        ("currency between 1 and 2", "WB3106[1] WB3106[2]", "", ""),
        ("\"No \" + amount", "WB3107[amount]", "`\"No \" + string(amount)`", ""),
        ("due + 30", "WB3107[30]", "duration(\"P30D\")", ""),
        ("-currency", "WB3107[currency]", "", ""), ("amount and express", "WB3108[amount]", "comparison", ""),
        ("if currency then 1 else 2", "WB3108[currency]", "comparison", ""), ("line[text]", "WB3108[text]", "", ""),
        ("some l in line satisfies l.text", "WB3108[l.text]", "", ""),
        ("date(\"2026-02-30\")", "WB3109[date(\"2026-02-30\")]", "", ""), ("1 / 0", "WB3109[1 / 0]", "", ""),
        ("@\"nonsense\"", "WB3109[@\"nonsense\"]", "", ""), ("number(\"x\") + amount", "WB3109[number(\"x\")]", "", ""),
        ("currency = \"EURO\"", "WB3111[\"EURO\"]", "`\"EUR\"`", "currency = \"EUR\""),
        ("currency in (\"EUR\", \"GBP\")", "WB3111[\"GBP\"]", "`EUR`", ""),
        ("alpha3(\"DEE\")", "WB3111[\"DEE\"]", "`\"DE\"`", ""),
        // Several mistakes of one expression are all shown, each once.
        ("foo + bar * upper case(amount)", "WB3101[foo] WB3101[bar] WB3105[amount]", "", ""),
    ]

    @Test func `mistakes are named where they are`() {
        for (text, expected, help, fixed) in Self.table {
            let evaluation = Evaluation(text, scope: RunTests.scope())
            #expect(evaluation.diagnostics.joined(separator: " ") == expected, "\(text)")
            #expect(help.isEmpty || evaluation.help.contains(help), "\(text): \(evaluation.help)")
            #expect(evaluation.program == nil)
            if !fixed.isEmpty {
                #expect(evaluation.fixed == fixed, "\(text)")
                #expect(Evaluation(fixed, scope: RunTests.scope()).diagnostics.isEmpty, "\(fixed)")
            }
        }
    }

    @Test func `every code has an entry`() {
        let known = Set(DiagnosticCode.all.map(\.code))
        for (text, _, _, _) in Self.table {
            for diagnostic in Evaluation(text, scope: RunTests.scope()).sink.diagnostics {
                #expect(known.contains(diagnostic.code), "\(diagnostic.code)")
            }
        }
    }

    @Test func `deep and long expressions are refused`() {
        func code(_ text: String) -> String { Evaluation(text).sink.diagnostics.first?.code ?? "" }
        #expect(code(String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100)) == "WB3008")
        #expect(code(String(repeating: "-", count: 100_000) + "1") == "WB3008")
        #expect(code(String(repeating: "[", count: 100_000)) == "WB3008")
        #expect(code("1" + String(repeating: " + 1", count: 100_000)) == "WB3008")
        #expect(code("1" + String(repeating: " + 1", count: 1000)) == "WB3008")
        #expect(code("1" + String(repeating: " + 1", count: 400)) == "")
        #expect(code("a" + String(repeating: ".a", count: 1000)) == "WB3008")
        #expect(code("[1.." + String(repeating: "1 + ", count: 1000) + "1]") == "WB3008")
        #expect(code("[" + String(repeating: "1, ", count: 2000) + "1]") == "")
        #expect(code(String(repeating: "if true then ", count: 1000)) == "WB3008")
        #expect(code(String(repeating: "not(", count: 1000)) == "WB3008")
    }

    @Test func `a diagnostic reads well`() {
        let evaluation = Evaluation("amount > \"15000\"", scope: RunTests.scope())
        let text = TerminalRenderer(color: false).render(evaluation.sink.diagnostics, evaluation.sources)
        #expect(text.contains("error[WB3106]: comparison of a number with text"))
        #expect(text.contains("this is text"))
        #expect(text.contains("this is a number"))
    }

    @Test func `no input crashes the parser`() {
        let pieces = [
            "(", ")", "[", "]", "{", "}", "..", ".", ",", ":", "\"", "`", "@", "1", "0", "a", "if", "then", "else",
            "for", "in",
            "return", "some", "every", "satisfies", "and", "or", "not", "between", " ", "-", "+", "=", "<", "é", "“",
            "\\",
            "date and time(", "2026-11-21", "reverse", "null", "/*", "//", "'", "?", "!", "\u{a0}", "item",
        ]
        var state: UInt64 = 42
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int(state >> 60) + 1 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            let evaluation = Evaluation(text, scope: RunTests.scope(nil))
            #expect((evaluation.program == nil) == evaluation.sink.hasErrors)
            _ = evaluation.program?.evaluate(TestRoots())
        }
    }
}

import Patterns
import Testing

@Suite struct XPathPatternTests {
    @Test(arguments: [
        // XPath functions 3.1, section 5.6.3.
        ("abracadabra", "bra", "", true), ("abracadabra", "^a.*a$", "", true), ("abracadabra", "^bra", "", false),
        ("a\nb", "a.b", "", false), ("a\nb", "a.b", "s", true), ("a\rb", "a.b", "", false),
        ("x\nKaum hat dies der Hahn gesehen,\ny", "Kaum.*gesehen,$", "", false),
        ("x\nKaum hat dies der Hahn gesehen,\ny", "^Kaum.*gesehen,$", "m", true),
        ("x\nKaum hat dies der Hahn gesehen,\ny", "^Kaum.*gesehen,$", "", false),
        ("O'Reilly", "o'reilly", "i", true), ("O'Reilly", "o'reilly", "", false),
        ("helloworld", "hello world", "x", true), ("helloworld", "hello[ ]world", "x", false),
        ("hello world", "hello\\ sworld", "x", true), ("hello world", "hello world", "x", false),
        ("a.b", "a.b", "q", true), ("axb", "a.b", "q", false), ("A.B", "a.b", "qi", true), ("a+b", "a+b", "q", true),
        ("12", "^\\d+$", "", true), ("٣", "^\\d+$", "", true), ("é", "^\\w$", "", true), ("_", "^\\w$", "", false),
        ("x:y", "^\\i\\c*$", "", true), ("aeb", "^[a-z-[aeiou]]+$", "", false), ("xyz", "^[a-z-[aeiou]]+$", "", true),
        ("abc", "^(?:a|b|c)+$", "", true), ("aaa", "^a{2,3}?$", "", true), ("$5", "\\$\\d", "", true),
        ("A", "\\p{IsBasicLatin}", "", true), ("é", "^\\p{Ll}$", "", true), ("É", "^\\p{Ll}$", "", false),
        ("", "^$", "", true), ("\n", "^$", "", false), ("Ω", "Ω", "i", true), ("K", "k", "i", true),
    ])
    func matches(text: String, source: String, flags: String, expected: Bool) throws {
        // A backslash before ignored whitespace still escapes what follows it in the pattern's own text.
        guard !source.contains("\\ ") else {
            #expect(throws: PatternError.self) { try Pattern(source, dialect: .xpath, flags: flags) }
            return
        }
        #expect(try Pattern(source, dialect: .xpath, flags: flags).matches(text) == expected)
    }

    @Test(arguments: [
        "(", ")", "[", "a**", "?", "{", "}", "]", "\\q", "(?<n>a)", "(?=a)", "(?!a)", "\\b", "\\u0061", "a{2,1}", "[a",
        "[]", "\\p{Script=Greek}", "[b-a]", "\\", "a{x}",
    ])
    func refused(source: String) {
        #expect(throws: PatternError.self) { try Pattern(source, dialect: .xpath) }
    }

    @Test(arguments: [
        ("abracadabra", "bra", "*", "a*cada*"), ("abracadabra", "a.*a", "*", "*"),
        ("abracadabra", "a.*?a", "*", "*c*bra"),
        ("abracadabra", "a", "", "brcdbr"), ("abracadabra", "a(.)", "a$1$1", "abbraccaddabbra"),
        ("AAAA", "A+", "b", "b"),
        ("AAAA", "A+?", "b", "bbbb"), ("darted", "^(.*?)d(.*)$", "$1c$2", "carted"),
        ("reluctant", "r.*?t", "X", "Xant"),
        ("a\\b", "\\\\", "/", "a/b"), ("x", "x", "\\$1\\\\", "$1\\"),
        ("abcd", "(ab)|(a)", "[1=$1][2=$2]", "[1=ab][2=]cd"),
        ("ab", "(a)(b)", "$2$1", "ba"), ("ab", "(a)(b)", "$0-$0", "ab-ab"), ("ab", "(a)", "$12", "a2b"),
        ("ab", "a|ab", "x", "xb"), ("ab", "ab|a", "x", "x"), ("aXbxc", "(?:X|x)", "-", "a-b-c"),
        ("2024-02-29", "(\\d+)-(\\d+)-(\\d+)", "$3.$2.$1", "29.02.2024"), ("été", "é", "e", "ete"),
        ("none", "x", "y", "none"),
        ("aaa", "(a)|b", "<$1>", "<a><a><a>"), ("abab", "(a)|(b)", "[$1|$2]", "[a|][|b][a|][|b]"),
        ("xaay", "(a+)", "$1$1", "xaaaay"), ("foo  bar   baz", " +", " ", "foo bar baz"),
        ("a1b22", "[0-9]+", "#", "a#b#"),
        ("abcabc", "(a(b)(c))", "$3$2$1", "cbabccbabc"), ("aab", "(a*?)b", "[$1]", "[aa]"),
        ("aab", "(a{1,2}?)(a*)b", "$1|$2", "a|a"),
        ("ab", "(a(x)?)b", "$1$2", "a"), ("😀a", "😀", "x", "xa"),
    ])
    func replaces(text: String, source: String, replacement: String, expected: String) throws {
        #expect(try Pattern(source, dialect: .xpath).replacing(text, with: replacement) == expected)
    }

    @Test func replacingIsRefused() throws {
        let pattern = try Pattern("a(.)", dialect: .xpath)
        for (replacement, range) in [("$", 0..<1), ("x\\y", 1..<3), ("\\", 0..<1), ("é$a", 2..<3)] {
            do throws(PatternError) {
                _ = try pattern.replacing("abc", with: replacement)
                Issue.record("\(replacement) was accepted")
            } catch {
                #expect(error.kind == .badReplacement)
                #expect(error.range == range)
            }
        }
        for source in ["a*", "", "^", "a?", "x|"] {
            let empty = try Pattern(source, dialect: .xpath)
            #expect(throws: PatternError.self) { try empty.replacing("abc", with: "x") }
            #expect(throws: PatternError.self) { try empty.split("abc") }
        }
        #expect(try Pattern("a.b", dialect: .xpath, flags: "q").replacing("a.b", with: "$\\") == "$\\")
    }

    @Test(arguments: [
        ("a,b,c", ",", ["a", "b", "c"]), ("1, 15, 24, 50", ",\\s*", ["1", "15", "24", "50"]),
        ("John Doe", "\\s", ["John", "Doe"]),
        ("a;b;c;;", ";", ["a", "b", "c", "", ""]), ("abc", "x", ["abc"]), ("", "x", [""]), (",a", ",", ["", "a"]),
        ("aXbxc", "[xX]", ["a", "b", "c"]), ("é-è", "-", ["é", "è"]),
    ])
    func splits(text: String, source: String, expected: [String]) throws {
        #expect(try Pattern(source, dialect: .xpath).split(text) == expected)
    }

    @Test func groupsAreNoted() throws {
        let pattern = try Pattern("(b)|(c)(d)?", dialect: .xpath)
        var text = "aéc"
        text.withUTF8 { bytes in
            let match = pattern.firstMatch(in: bytes)
            #expect(match?.groups == [3..<4, nil, 3..<4, nil])
            #expect(pattern.firstMatch(in: bytes, from: 4) == nil)
            #expect(pattern.firstMatch(in: bytes, from: 99) == nil)
        }
    }
}

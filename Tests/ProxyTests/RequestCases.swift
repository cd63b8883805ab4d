import Testing

/// Request heads, and what a strict reader makes of them. `\r\n` stands as it is sent.
struct RequestCase: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    /// nil accepts.
    var refusedAs: String?

    init(_ name: String, _ text: String, _ refusedAs: String? = nil) {
        self.name = name
        bytes = Array(text.utf8)
        self.refusedAs = refusedAs
    }

    init(_ name: String, bytes: [UInt8], _ refusedAs: String?) {
        self.name = name
        self.bytes = bytes
        self.refusedAs = refusedAs
    }

    var testDescription: String { name }
}

/// A head with one more line.
private func with(_ line: String, method: String = "GET", version: String = "1.1") -> String {
    "\(method) / HTTP/\(version)\r\nHost: a\r\n\(line)\r\n\r\n"
}

private func line(_ line: String) -> String { "\(line)\r\nHost: a\r\n\r\n" }

private func raw(_ parts: Any...) -> [UInt8] {
    parts.flatMap { part -> [UInt8] in
        if let text = part as? String { return Array(text.utf8) }
        if let byte = part as? Int { return [UInt8(byte)] }
        return []
    }
}

extension RequestCase {
    static let accepted: [RequestCase] = [
        RequestCase("plain", line("GET / HTTP/1.1")),
        RequestCase("one empty line before", "\r\n" + line("GET / HTTP/1.1")),
        RequestCase("query", line("GET /a/b?c=d&e=%20 HTTP/1.1")),
        RequestCase("query with brackets", line("GET /a?b[]=1 HTTP/1.1")),
        RequestCase("question mark in query", line("GET /a?b?c HTTP/1.1")),
        RequestCase("sub-delimiters", line("GET /a;b=c,d!$&'()*+:@ HTTP/1.1")),
        RequestCase("unknown method", line("PURGE / HTTP/1.1")),
        RequestCase("asterisk", line("OPTIONS * HTTP/1.1")),
        RequestCase("absolute form", "GET http://example.com/a?b HTTP/1.1\r\nHost: example.com\r\n\r\n"),
        RequestCase(
            "absolute form with port", "GET http://example.com:8080/ HTTP/1.1\r\nHost: example.com:8080\r\n\r\n"),
        RequestCase("absolute form, https", "GET HTTPS://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n"),
        RequestCase("version 1.0 without host", "GET / HTTP/1.0\r\n\r\n"),
        RequestCase("value with tab and obs-text", with("X: a\tb \u{e9}")),
        RequestCase("empty value", with("X:")),
        RequestCase("white space around value", with("X: \t a \t ")),
        RequestCase("no white space before value", with("X:a")),
        RequestCase("token characters in name", with("!#$%&'*+-.^_`|~09azAZ: 1")),
        RequestCase("content length", with("Content-Length: 12", method: "POST")),
        RequestCase("content length zero", with("Content-Length: 0", method: "POST")),
        RequestCase("content length with leading zeros", with("Content-Length: 0012", method: "POST")),
        RequestCase("chunked", with("Transfer-Encoding: chunked", method: "POST")),
        RequestCase("chunked in other case", with("transfer-ENCODING: Chunked", method: "POST")),
        RequestCase("body on GET", with("Content-Length: 3")),
        RequestCase("host with port", "GET / HTTP/1.1\r\nHost: a:80\r\n\r\n"),
        RequestCase("host is IPv6", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
        RequestCase("host with empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"),
        RequestCase("expect", with("Expect: 100-Continue")),
        RequestCase("connection close", with("Connection: close")),
        RequestCase("connection list", with("Connection: keep-alive, X-Foo ,")),
        RequestCase("dots in a longer segment", line("GET /a/.b/..c/d. HTTP/1.1")),
        RequestCase("dots in the query", line("GET /a?x=/../ HTTP/1.1")),
        RequestCase("absolute form with a query only", line("GET http://a?b HTTP/1.1")),
        RequestCase("upgrade is left alone", with("Upgrade: h2c")),
    ]

    static let refusedStartLines: [RequestCase] = [
        RequestCase("two spaces after method", line("GET  / HTTP/1.1"), "badTarget"),
        RequestCase("two spaces before version", line("GET /  HTTP/1.1"), "badVersion"),
        RequestCase("tab as separator", line("GET\t/ HTTP/1.1"), "badMethod"),
        RequestCase("tab before version", line("GET /\tHTTP/1.1"), "badTarget"),
        RequestCase("space before method", line(" GET / HTTP/1.1"), "badMethod"),
        RequestCase("space after version", line("GET / HTTP/1.1 "), "badVersion"),
        RequestCase("no version", line("GET /"), "badTarget"),
        RequestCase("HTTP/0.9", "GET /\r\n", "badTarget"),
        RequestCase("only a method", line("GET"), "badMethod"),
        RequestCase("no target", line("GET HTTP/1.1"), "badTarget"),
        RequestCase("lower-case protocol", line("GET / http/1.1"), "badVersion"),
        RequestCase("HTTP/2.0", line("GET / HTTP/2.0"), "unsupportedVersion"),
        RequestCase("HTTP/1.2", line("GET / HTTP/1.2"), "unsupportedVersion"),
        RequestCase("HTTP/1.01", line("GET / HTTP/1.01"), "badVersion"),
        RequestCase("HTTP/1", line("GET / HTTP/1"), "badVersion"),
        RequestCase("HTTP/+1.1", line("GET / HTTP/+.1"), "badVersion"),
        RequestCase("HTTP/1,1", line("GET / HTTP/1,1"), "badVersion"),
        RequestCase("HTP/1.1", line("GET / HTP/1.1"), "badVersion"),
        RequestCase("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "unsupportedVersion"),
        RequestCase("method with a colon", line("GE:T / HTTP/1.1"), "badMethod"),
        RequestCase("method with a quote", line("\"GET\" / HTTP/1.1"), "notHTTP|badMethod"),
        RequestCase("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "connectMethod"),
        RequestCase("TLS to a plain port", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3], "notHTTP"),
        RequestCase("fragment", line("GET /a#b HTTP/1.1"), "badTarget"),
        RequestCase("backslash", line("GET /a\\b HTTP/1.1"), "badTarget"),
        RequestCase("quote in target", line("GET /\"a\" HTTP/1.1"), "badTarget"),
        RequestCase("angle bracket", line("GET /<a> HTTP/1.1"), "badTarget"),
        RequestCase("caret", line("GET /^ HTTP/1.1"), "badTarget"),
        RequestCase("pipe", line("GET /a|b HTTP/1.1"), "badTarget"),
        RequestCase("brace", line("GET /{a} HTTP/1.1"), "badTarget"),
        RequestCase("bracket in path", line("GET /[a] HTTP/1.1"), "badTarget"),
        RequestCase("non-ASCII target", line("GET /\u{e9} HTTP/1.1"), "badTarget"),
        RequestCase("NUL in target", bytes: raw("GET /", 0, " HTTP/1.1\r\nHost: a\r\n\r\n"), "badTarget"),
        RequestCase("DEL in target", bytes: raw("GET /", 127, " HTTP/1.1\r\nHost: a\r\n\r\n"), "badTarget"),
        RequestCase("percent at the end", line("GET /a% HTTP/1.1"), "badTarget"),
        RequestCase("percent with one digit", line("GET /a%2 HTTP/1.1"), "badTarget"),
        RequestCase("percent with other letters", line("GET /%zz HTTP/1.1"), "badTarget"),
        RequestCase("percent in query broken", line("GET /?a=%g0 HTTP/1.1"), "badTarget"),
        RequestCase("encoded NUL", line("GET /a%00b HTTP/1.1"), "badTarget"),
        RequestCase("relative target", line("GET a HTTP/1.1"), "badTargetForm"),
        RequestCase("empty path with query", line("GET ?a HTTP/1.1"), "badTargetForm"),
        RequestCase("asterisk with GET", line("GET * HTTP/1.1"), "badTargetForm"),
        RequestCase("authority with GET", line("GET a:80 HTTP/1.1"), "badTargetForm"),
        RequestCase("other scheme", line("GET ftp://a/ HTTP/1.1"), "badTargetForm"),
        RequestCase("absolute form without host", line("GET http:///a HTTP/1.1"), "badTargetForm"),
        RequestCase("absolute form with user", line("GET http://u@a/ HTTP/1.1"), "badTargetForm"),
        RequestCase("dot segment", line("GET /a/./b HTTP/1.1"), "dotSegment"),
        RequestCase("dot-dot segment", line("GET /a/../b HTTP/1.1"), "dotSegment"),
        RequestCase("dot-dot at the end", line("GET /a/.. HTTP/1.1"), "dotSegment"),
        RequestCase("encoded dot-dot", line("GET /a/%2e%2E/b HTTP/1.1"), "dotSegment"),
        RequestCase("half encoded dot-dot", line("GET /.%2e/b HTTP/1.1"), "dotSegment"),
        RequestCase("two empty lines before", "\r\n\r\n" + line("GET / HTTP/1.1"), "emptyStartLine"),
        RequestCase("bare LF before", "\n" + line("GET / HTTP/1.1"), "bareLineFeed"),
        RequestCase("start line ends with LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", "bareLineFeed"),
        RequestCase("start line has a bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", "badVersion"),
        RequestCase(
            "target too long", "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n", "targetTooLong"),
        RequestCase("endless target", "GET /" + String(repeating: "a", count: 9000), "targetTooLong"),
    ]

    static let refusedFields: [RequestCase] = [
        RequestCase("no host", "GET / HTTP/1.1\r\n\r\n", "missingHost"),
        RequestCase("no host, absolute form", "GET http://a/ HTTP/1.1\r\n\r\n", "missingHost"),
        RequestCase("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "repeatedHost"),
        RequestCase("two equal hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "repeatedHost"),
        RequestCase("two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "repeatedHost"),
        RequestCase("empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "badHost"),
        RequestCase("host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "badHost"),
        RequestCase("host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "badHost"),
        RequestCase("host with space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "badHost"),
        RequestCase("host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "badHost"),
        RequestCase("host with bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "badHost"),
        RequestCase("host with open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "badHost"),
        RequestCase("only a port", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "badHost"),
        RequestCase("space before colon", with("X : 1"), "spaceBeforeColon"),
        RequestCase("tab before colon", with("X\t: 1"), "spaceBeforeColon"),
        RequestCase("space before colon of length", with("Content-Length : 3"), "spaceBeforeColon"),
        RequestCase("space before colon of coding", with("Transfer-Encoding : chunked"), "spaceBeforeColon"),
        RequestCase("folded line", with("X: a\r\n b"), "foldedLine"),
        RequestCase("folded line with tab", with("X: a\r\n\tb"), "foldedLine"),
        RequestCase("folded coding", with("Transfer-Encoding:\r\n chunked"), "transferCoding"),
        RequestCase("first line folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "foldedLine"),
        RequestCase("line of white space", with(" "), "foldedLine"),
        RequestCase("empty name", with(": a"), "emptyName"),
        RequestCase("no colon", with("Hello"), "missingColon"),
        RequestCase("name with space", with("A B: 1"), "spaceBeforeColon"),
        RequestCase("name with bracket", with("A(B): 1"), "badName"),
        RequestCase("name with slash", with("A/B: 1"), "badName"),
        RequestCase("name with quote", with("\"A\": 1"), "badName"),
        RequestCase("name not ASCII", with("\u{e9}: 1"), "badName"),
        RequestCase("NUL in name", bytes: raw("GET / HTTP/1.1\r\nHost: a\r\nA", 0, "B: 1\r\n\r\n"), "badName"),
        RequestCase("NUL in value", bytes: raw("GET / HTTP/1.1\r\nHost: a\r\nA: ", 0, "\r\n\r\n"), "badValue"),
        RequestCase(
            "NUL far in value", bytes: raw("GET / HTTP/1.1\r\nHost: a\r\nA: 0123456789", 0, "1\r\n\r\n"), "badValue"),
        RequestCase(
            "DEL in value", bytes: raw("GET / HTTP/1.1\r\nHost: a\r\nA: 01234567", 127, "\r\n\r\n"), "badValue"),
        RequestCase("escape in value", bytes: raw("GET / HTTP/1.1\r\nHost: a\r\nA: ", 27, "\r\n\r\n"), "badValue"),
        RequestCase("bare CR in value", with("X: a\rb"), "badValue"),
        RequestCase("bare CR hides a field", with("X: a\rTransfer-Encoding: chunked"), "badValue"),
        RequestCase("two CR before LF", with("X: a\r"), "badValue"),
        RequestCase("bare LF in fields", with("X: a\nY: b"), "bareLineFeed"),
        RequestCase("bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", "bareLineFeed"),
        RequestCase("head too large", with("X: " + String(repeating: "a", count: 20_000)), "headTooLarge"),
        RequestCase("endless field", "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000), "headTooLarge"),
        RequestCase("too many fields", with((1...120).map { "X\($0): 1" }.joined(separator: "\r\n")), "tooManyFields"),
        RequestCase("bad connection", with("Connection: a b"), "badConnection"),
        RequestCase("expectation", with("Expect: 200-ok"), "expectation"),
        RequestCase("two expectations in one", with("Expect: 100-continue, x"), "expectation"),
    ]

    static let smuggling: [RequestCase] = [
        RequestCase(
            "length and coding", with("Content-Length: 3\r\nTransfer-Encoding: chunked"), "lengthAndTransferCoding"),
        RequestCase(
            "coding and length", with("Transfer-Encoding: chunked\r\nContent-Length: 3"), "lengthAndTransferCoding"),
        RequestCase(
            "length zero and coding", with("Content-Length: 0\r\nTransfer-Encoding: chunked"), "lengthAndTransferCoding"
        ),
        RequestCase("two lengths", with("Content-Length: 3\r\nContent-Length: 4"), "repeatedLength"),
        RequestCase("two equal lengths", with("Content-Length: 3\r\nContent-Length: 3"), "repeatedLength"),
        RequestCase("length list", with("Content-Length: 3, 3"), "badLength"),
        RequestCase("signed length", with("Content-Length: +3"), "badLength"),
        RequestCase("negative length", with("Content-Length: -1"), "badLength"),
        RequestCase("hexadecimal length", with("Content-Length: 0x3"), "badLength"),
        RequestCase("length with unit", with("Content-Length: 3b"), "badLength"),
        RequestCase("length with space", with("Content-Length: 1 2"), "badLength"),
        RequestCase("length with underscore", with("Content-Length: 1_0"), "badLength"),
        RequestCase("fractional length", with("Content-Length: 3.0"), "badLength"),
        RequestCase("empty length", with("Content-Length:"), "badLength"),
        RequestCase("length overflows", with("Content-Length: 18446744073709551617"), "badLength"),
        RequestCase("quoted length", with("Content-Length: \"3\""), "badLength"),
        RequestCase("coding gzip", with("Transfer-Encoding: gzip"), "transferCoding"),
        RequestCase("coding identity", with("Transfer-Encoding: identity"), "transferCoding"),
        RequestCase("coding gzip, chunked", with("Transfer-Encoding: gzip, chunked"), "transferCoding"),
        RequestCase("coding chunked, gzip", with("Transfer-Encoding: chunked, gzip"), "transferCoding"),
        RequestCase("coding chunked, identity", with("Transfer-Encoding: chunked, identity"), "transferCoding"),
        RequestCase("coding chunked twice", with("Transfer-Encoding: chunked, chunked"), "transferCoding"),
        RequestCase(
            "two coding fields", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), "transferCoding"),
        RequestCase("coding xchunked", with("Transfer-Encoding: xchunked"), "transferCoding"),
        RequestCase("coding with parameter", with("Transfer-Encoding: chunked;a=b"), "transferCoding"),
        RequestCase("coding quoted", with("Transfer-Encoding: \"chunked\""), "transferCoding"),
        RequestCase("coding with comma", with("Transfer-Encoding: ,chunked"), "transferCoding"),
        RequestCase("coding empty", with("Transfer-Encoding:"), "transferCoding"),
        RequestCase(
            "coding with vertical tab",
            bytes: raw("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ", 11, "chunked\r\n\r\n"), "badValue"),
        RequestCase("coding not ASCII", with("Transfer-Encoding: chun\u{212A}ed"), "transferCoding"),
        RequestCase("coding in 1.0", with("Transfer-Encoding: chunked", version: "1.0"), "transferCodingInVersion10"),
        RequestCase(
            "underscore in coding's name", with("Transfer_Encoding: chunked\r\nContent-Length: 3"),
            "badName"),
    ]
}

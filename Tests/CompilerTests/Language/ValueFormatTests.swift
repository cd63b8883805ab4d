import Diagnostics
import Testing

@testable import Compiler

@Suite struct ValueFormatTests {
    @Test(arguments: [
        ("5s", 5_000_000_000), ("100ms", 100_000_000), ("1m30s", 90_000_000_000), ("24h", 86_400_000_000_000),
        ("0s", 0),
        ("7d", 604_800_000_000_000), ("250us", 250_000),
    ])
    func durations(_ text: String, _ nanoseconds: Int64) {
        #expect(Quantity.duration(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: ["", "5", "s", "5 s", "1.5s", "-1s", "5S", "30s1m", "1s1s", "5sec", "999999999999999999d", "1s "])
    func notDurations(_ text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(arguments: [("512", 512), ("512B", 512), ("16KiB", 16384), ("1MiB", 1 << 20), ("2GiB", 2 << 30)])
    func sizes(_ text: String, _ bytes: Int) {
        #expect(Quantity.bytes(text) == bytes)
    }

    @Test(arguments: ["", "KiB", "1KB", "1 MiB", "1.5MiB", "-1", "9999999999999999GiB"])
    func notSizes(_ text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test func ratesAndPercentages() {
        #expect(Rate(text: "100/s")?.count == 100)
        #expect(Rate(text: "5/10s")?.interval == .seconds(10))
        for text in ["100", "/s", "0/s", "1/", "1/0s", "x/s", "1/2"] { #expect(Rate(text: text) == nil, "\(text)") }
        #expect(Percentage(text: "20%")?.hundredths == 20)
        for text in ["20", "101%", "%", "5.5%", "-1%"] { #expect(Percentage(text: text) == nil, "\(text)") }
        #expect(Quantity.durationRange("100ms..2s") == .milliseconds(100)...Duration.seconds(2))
        for text in ["2s..1s", "1s", "1s..", "..1s", "1s...2s"] {
            #expect(Quantity.durationRange(text) == nil, "\(text)")
        }
    }

    @Test func urls() throws {
        let plain = try ParsedURL.parse("http://localhost:9000").get()
        #expect(plain == ParsedURL(isSecure: false, host: "localhost", port: 9000, basePath: ""))
        #expect(try ParsedURL.parse("https://a.example/x/y/").get().basePath == "/x/y")
        #expect(
            try ParsedURL.parse("https://[::1]:8443/").get()
                == ParsedURL(isSecure: true, host: "::1", port: 8443, basePath: ""))
        for text in [
            "a.example", "ftp://a", "https://", "https:///x", "https://a:b@c", "https://a:0", "https://a:99999",
            "https://a?x",
            "https://a#b", "https://a b", "https://a/ü", "https://[::1", "https://a:", "https://ä.example",
        ] {
            #expect((try? ParsedURL.parse(text).get()) == nil, "\(text)")
        }
    }

    @Test func addresses() {
        func parse(_ text: String) -> ParsedAddress? { ParsedAddress(Array(text.utf8)[...], defaultPort: nil) }
        #expect(parse("0.0.0.0:8080")?.port == 8080)
        #expect(parse("[::]:0")?.host == "::")
        for text in ["8080", ":8080", "a", "a:", "a:x", "[]:1", "[::1]", "a:1:2"] {
            #expect(parse(text) == nil, "\(text)")
        }
    }

    @Test func statuses() {
        #expect(ParsedStatusPattern(text: "429")?.range == 429...429)
        #expect(ParsedStatusPattern(text: "5xx")?.range == 500...599)
        for text in ["", "42", "600", "0xx", "50x", "5x", "x00", "4290"] {
            #expect(ParsedStatusPattern(text: text) == nil, "\(text)")
        }
    }

    @Test func base64() {
        #expect(Base64.decode("TWFu".utf8) == Array("Man".utf8))
        #expect(Base64.decode("TWE=".utf8) == Array("Ma".utf8))
        #expect(Base64.decode("TQ==".utf8) == Array("M".utf8))
        for text in ["TQ=", "TQ", "T===", "TQ=a", "T Q="] { #expect(Base64.decode(text.utf8) == nil, "\(text)") }
    }

    @Test func plainDollars() {
        let result = decode("username: \"a$b$${c}\"\npassword: \"x${env:P}y\"", as: ParsedBasicCredentials.self)
        #expect(result.codes.isEmpty)
        #expect(result.parsed.username?.literal == "a$b${c}")
        #expect(result.parsed.password?.parts.count == 3)
    }
}

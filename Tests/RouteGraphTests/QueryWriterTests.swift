import Documents
import Testing

@testable import RouteGraph

/// Lists and objects as query parameters, in the styles of OpenAPI 3.1, section 4.8.12.4.
@Suite struct QueryWriterTests {
    private func written(_ value: Value, _ style: QueryStyle) -> String {
        let out = ByteWriter()
        var writer = QueryWriter(out)
        writer.add("a", .string("1"), .exploded)
        writer.add("color", value, style)
        return out.string
    }

    @Test(arguments: [
        (QueryStyle.exploded, "?a=1&color=blue&color=a%26b"), (.commas, "?a=1&color=blue,a%26b"),
        (.spaces, "?a=1&color=blue%20a%26b"), (.pipes, "?a=1&color=blue%7Ca%26b"), (.tabs, "?a=1&color=blue%09a%26b"),
    ])
    func lists(style: QueryStyle, expected: String) {
        #expect(written(.list([.string("blue"), .null, .string("a&b")]), style) == expected)
        #expect(written(.list([]), style) == "?a=1")
        #expect(written(.null, style) == "?a=1")
    }

    @Test(arguments: [
        (QueryStyle.exploded, "?a=1&R=100&G=x%20y"), (.commas, "?a=1&color=R,100,G,x%20y"),
        (.deepObject, "?a=1&color%5BR%5D=100&color%5BG%5D=x%20y"),
    ])
    func objects(style: QueryStyle, expected: String) {
        let value = Context([("R", Value.number(Decimal(100))), ("N", .null), ("G", .string("x y"))])
        #expect(written(.context(value), style) == expected)
        #expect(written(.string("plain"), style) == "?a=1&color=plain")
    }
}

/// The built-in types of XML Schema (Part 2, section 3) as shapes.
enum XSDBuiltins {
    /// The shape of a built-in type; nil when there is none of this name.
    static func shape(_ name: String) -> Shape? { shapes[name] }

    private static let shapes: [String: Shape] = {
        var shapes: [String: Shape] = [
            "anyType": .any, "boolean": Shape(.boolean, typeName: "boolean"), "string": .string,
            "anySimpleType": .string, "anyAtomicType": .string,
            "decimal": Shape(.number(integer: false), typeName: "decimal"),
            "date": Shape(.temporal(.date)), "time": Shape(.temporal(.time)), "dateTime": Shape(.temporal(.dateTime)),
            "dateTimeStamp": Shape(.temporal(.dateTime)), "duration": Shape(.temporal(.duration)),
            "dayTimeDuration": Shape(.temporal(.daysDuration)),
            "yearMonthDuration": Shape(.temporal(.yearsDuration)),
        ]
        // `INF` and `NaN` are values of these two.
        for name in ["float", "double"] { shapes[name] = formatted(.number(integer: false), name) }
        for name in [
            "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID", "IDREF", "ENTITY", "anyURI",
            "QName", "NOTATION", "base64Binary", "hexBinary", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay",
        ] {
            shapes[name] = formatted(.string, name)
        }
        for name in ["NMTOKENS", "IDREFS", "ENTITIES"] { shapes[name] = formatted(.string, "list") }
        let ranges: [(name: String, low: String?, high: String?)] = [
            ("integer", nil, nil), ("nonPositiveInteger", nil, "0"), ("negativeInteger", nil, "-1"),
            ("nonNegativeInteger", "0", nil), ("positiveInteger", "1", nil),
            ("long", "-9223372036854775808", "9223372036854775807"), ("int", "-2147483648", "2147483647"),
            ("short", "-32768", "32767"), ("byte", "-128", "127"), ("unsignedLong", "0", "18446744073709551615"),
            ("unsignedInt", "0", "4294967295"), ("unsignedShort", "0", "65535"), ("unsignedByte", "0", "255"),
        ]
        for range in ranges {
            var facets = Facets()
            facets.minimum = range.low.map { Facets.Bound($0) }
            facets.maximum = range.high.map { Facets.Bound($0) }
            shapes[range.name] = Shape(.number(integer: true), facets: facets, typeName: range.name)
        }
        return shapes
    }()

    private static func formatted(_ kind: Shape.Kind, _ format: String) -> Shape {
        var facets = Facets()
        facets.format = format
        return Shape(kind, facets: facets, typeName: format)
    }
}

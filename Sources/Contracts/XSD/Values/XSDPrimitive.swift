/// The primitive types of XML Schema (Part 2, section 3.2), and the built-in ones whose spelling differs from that of
/// their primitive.
enum XSDPrimitive: UInt8, Sendable {
    case anySimple, string, boolean, decimal, integer, float, double, duration, dateTime, time, date, gYearMonth, gYear
    case gMonthDay, gDay, gMonth, hexBinary, base64Binary, anyURI, qName, notation
    case language, name, ncName, nmtoken, id, idref

    /// Whether values are compared and measured as text.
    var isText: Bool {
        switch self {
        case .anySimple, .string, .anyURI, .language, .name, .ncName, .nmtoken, .id, .idref, .qName, .notation: true
        default: false
        }
    }

    var isCalendar: Bool {
        switch self {
        case .dateTime, .time, .date, .gYearMonth, .gYear, .gMonthDay, .gDay, .gMonth: true
        default: false
        }
    }

    /// What a person calls a value of it.
    var words: String {
        switch self {
        case .anySimple, .string: "text"
        case .boolean: "true or false"
        case .decimal: "a decimal number"
        case .integer: "a whole number"
        case .float, .double: "a number"
        case .duration: "a duration such as P1DT2H"
        case .dateTime: "a date and time such as 2024-05-31T13:20:00Z"
        case .time: "a time such as 13:20:00"
        case .date: "a date such as 2024-05-31"
        case .gYearMonth: "a month such as 2024-05"
        case .gYear: "a year such as 2024"
        case .gMonthDay: "a day such as --05-31"
        case .gDay: "a day such as ---31"
        case .gMonth: "a month such as --05"
        case .hexBinary: "pairs of hexadecimal digits"
        case .base64Binary: "base64"
        case .anyURI: "a URI"
        case .qName, .notation: "a qualified name"
        case .language: "a language such as en-GB"
        case .name, .ncName, .id, .idref: "an XML name"
        case .nmtoken: "a name token"
        }
    }
}

/// How white space in a value is treated (XML Schema Part 2, section 4.3.6).
enum XSDWhiteSpace: UInt8, Sendable { case preserve, replace, collapse }

/// The formats that texts are held to (JSON Schema 2020-12, validation, section 7.3).
enum StringFormat: UInt8, Sendable {
    case none
    case dateTime, date, time, duration
    case email, internationalEmail
    case asciiHostname, hostname, internationalHostname
    case ipv4, ipv6
    case uri, uriReference, iri, iriReference, uriTemplate
    case uuid, regex, jsonPointer, relativeJSONPointer

    /// Nil for a format that is only an annotation.
    init?(name: String, dialect: JSONSchemaDialect) {
        guard let format = StringFormat.names[name] else { return nil }
        // Until draft 6 a host name is RFC 1034's, which knows nothing of labels that stand for others.
        self = format == .hostname && !dialect.isAtLeast(.draft7) ? .asciiHostname : format
    }

    private static let names: [String: StringFormat] = [
        "date-time": .dateTime, "date": .date, "time": .time, "duration": .duration, "email": .email,
        "idn-email": .internationalEmail, "hostname": .hostname, "idn-hostname": .internationalHostname,
        "ipv4": .ipv4, "ipv6": .ipv6, "uri": .uri, "uri-reference": .uriReference, "iri": .iri,
        "iri-reference": .iriReference, "uri-template": .uriTemplate, "uuid": .uuid, "regex": .regex,
        "json-pointer": .jsonPointer, "relative-json-pointer": .relativeJSONPointer,
    ]

    /// As schemas name it.
    var name: String {
        self == .asciiHostname ? "hostname" : StringFormat.names.first { $0.value == self }?.key ?? ""
    }

    /// What it is, after "must be".
    var title: String {
        switch self {
        case .none: "text"
        case .dateTime: "a date and time with a time zone, like 2026-03-31T10:15:00Z"
        case .date: "a date, like 2026-03-31"
        case .time: "a time with a time zone, like 10:15:00Z"
        case .duration: "a duration, like P3DT12H"
        case .email, .internationalEmail: "an e-mail address"
        case .asciiHostname, .hostname, .internationalHostname: "a host name"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        case .uri, .iri: "an absolute URI"
        case .uriReference, .iriReference: "a URI or a relative reference"
        case .uriTemplate: "a URI template"
        case .uuid: "a UUID"
        case .regex: "a regular expression"
        case .jsonPointer: "a JSON Pointer"
        case .relativeJSONPointer: "a relative JSON Pointer"
        }
    }

    /// Whether a text is in the format. Works on the bytes as they are; only `regex` and the international host names
    /// need memory.
    func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .none: true
        case .dateTime: TimeFormats.isDateTime(text)
        case .date: TimeFormats.isDate(text)
        case .time: TimeFormats.isTime(text)
        case .duration: TimeFormats.isDuration(text)
        case .email: AddressFormats.isEmail(text, international: false)
        case .internationalEmail: AddressFormats.isEmail(text, international: true)
        case .asciiHostname: HostFormats.isHostname(text, decodes: false)
        case .hostname: HostFormats.isHostname(text)
        case .internationalHostname: HostFormats.isInternational(text)
        case .ipv4: AddressFormats.isIPv4(text)
        case .ipv6: AddressFormats.isIPv6(text)
        case .uri: URIFormats.isReference(text, international: false, absolute: true)
        case .uriReference: URIFormats.isReference(text, international: false, absolute: false)
        case .iri: URIFormats.isReference(text, international: true, absolute: true)
        case .iriReference: URIFormats.isReference(text, international: true, absolute: false)
        case .uriTemplate: URITemplateFormat.isTemplate(text)
        case .uuid: TokenFormats.isUUID(text)
        case .regex: TokenFormats.isPattern(text)
        case .jsonPointer: TokenFormats.isPointer(text, from: 0)
        case .relativeJSONPointer: TokenFormats.isRelativePointer(text)
        }
    }
}

/// Classes of ASCII bytes.
enum ASCII {
    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
    @inline(__always) static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }
    @inline(__always) static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 97 < 6 }
    @inline(__always) static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
}

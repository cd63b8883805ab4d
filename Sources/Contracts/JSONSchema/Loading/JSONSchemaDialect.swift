/// The language a schema is written in.
public enum JSONSchemaDialect: String, Sendable, CaseIterable {
    case draft4 = "draft 4"
    case draft6 = "draft 6"
    case draft7 = "draft 7"
    case draft201909 = "draft 2019-09"
    case draft202012 = "draft 2020-12"
    /// OpenAPI 3.0's schema object: like draft 5, with `nullable` in place of lists of types.
    case openAPI30 = "OpenAPI 3.0"

    /// The dialect that a `$schema` names; nil for an address that is none of the standard ones.
    init?(address: String) {
        let bare = address.hasSuffix("#") ? String(address.dropLast()) : address
        let text = bare.hasPrefix("https://") ? "http://" + bare.dropFirst("https://".count) : bare
        switch text {
        case "http://json-schema.org/draft-04/schema": self = .draft4
        case "http://json-schema.org/draft-06/schema": self = .draft6
        case "http://json-schema.org/draft-07/schema": self = .draft7
        case "http://json-schema.org/draft/2019-09/schema": self = .draft201909
        case "http://json-schema.org/draft/2020-12/schema", "http://json-schema.org/schema",
            "http://spec.openapis.org/oas/3.1/dialect/base":
            self = .draft202012
        default: return nil
        }
    }

    private var age: Int {
        switch self {
        case .draft4, .openAPI30: 4
        case .draft6: 6
        case .draft7: 7
        case .draft201909: 2019
        case .draft202012: 2020
        }
    }

    func isAtLeast(_ other: JSONSchemaDialect) -> Bool { age >= other.age }

    /// `id` until draft 4, `$id` since; OpenAPI 3.0 has none.
    var identifier: String? {
        switch self {
        case .draft4: "id"
        case .openAPI30: nil
        default: "$id"
        }
    }

    /// Until draft 7, what stands beside a `$ref` is not looked at.
    var refHidesSiblings: Bool { age <= 7 }

    /// Whether `exclusiveMinimum` is a boolean beside `minimum`.
    var hasBooleanExclusives: Bool { age == 4 }
}

/// Whether a `format` refuses a text that is not in it.
public enum FormatPolicy: Sendable {
    /// Every known format is asserted. The rule for contracts: who writes `format: date` means it.
    case asserted
    /// As the dialect says: an annotation from 2019-09 on, unless the schema's vocabulary asserts it.
    case byVocabulary
}

/// Who sends the message that a schema describes: OpenAPI's `readOnly` properties are not sent by clients, `writeOnly`
/// ones not by servers.
public enum MessageDirection: Sendable {
    case any, request, response
}

/// How schemas are compiled.
public struct JSONSchemaOptions: Sendable {
    /// The language of a schema without `$schema`.
    public var dialect: JSONSchemaDialect
    public var formats: FormatPolicy
    public var direction: MessageDirection

    public init(
        dialect: JSONSchemaDialect = .draft202012, formats: FormatPolicy = .asserted,
        direction: MessageDirection = .any
    ) {
        self.dialect = dialect
        self.formats = formats
        self.direction = direction
    }
}

/// The parts of a dialect that a metaschema may leave out (`$vocabulary`, 2019-09 on).
struct SchemaVocabulary: Sendable, Hashable {
    var applicator = true
    var validation = true
    var unevaluated = true
    var formatAssertion = false

    static let whole = SchemaVocabulary()

    init() {}

    /// What a metaschema's `$vocabulary` turns on.
    init(_ declared: SchemaNode, dialect: JSONSchemaDialect) {
        let names = declared.members.compactMap { member in
            member.name.split(separator: "/").last.map(String.init)
        }
        applicator = names.contains("applicator")
        validation = names.contains("validation")
        unevaluated = dialect == .draft202012 ? names.contains("unevaluated") : applicator
        formatAssertion = names.contains("format-assertion")
    }
}

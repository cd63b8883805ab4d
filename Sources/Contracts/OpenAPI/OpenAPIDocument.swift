/// The versions of OpenAPI that are read.
public enum OpenAPIVersion: String, Sendable {
    /// Swagger 2.0: read only, as a description of a partner that exists.
    case v20 = "2.0"
    case v30 = "3.0"
    case v31 = "3.1"

    /// The language of the schemas; those of 2.0 are read as those of 3.0, which grew out of them.
    var dialect: JSONSchemaDialect { self == .v31 ? .draft202012 : .openAPI30 }
}

/// What an OpenAPI document describes, references followed.
public struct OpenAPIDocument: Sendable {
    public var version: OpenAPIVersion
    /// `info.title`; empty when there is none.
    public var title: String
    /// Addresses, variables filled with their defaults; relative ones as written.
    public var servers: [String]
    /// In the document's order.
    public var operations: [OpenAPIOperation]
    /// Entries below `paths`, with and without operations.
    public var pathCount: Int
    /// The named schemas, in the document's order.
    public var schemas: [OpenAPISchema]
    public var securitySchemes: [OpenAPISecurityScheme]
    /// Places in the document by JSON Pointer, for schemas that have no name.
    let files: OpenAPIFiles
    let path: String

    /// The operation of this `operationId`, or of this method and path: `GET /accounts/{id}`.
    public func operation(named name: String) -> OpenAPIOperation? {
        operations.first { $0.name == name } ?? operations.first { $0.methodAndPath == name }
    }

    /// The schema of this name.
    public func schema(named name: String) -> OpenAPISchema? { schemas.first { $0.name == name } }

    /// What stands after `#` where a contract is named.
    public enum Part: Sendable {
        case operation(OpenAPIOperation)
        /// `authorizeCharge/404`: the answer of a status; `authorizeCharge/request`.
        case request(OpenAPIOperation)
        case response(OpenAPIOperation, OpenAPIResponse)
        case schema(OpenAPISchema)
    }

    /// The part of this name: an operation, an operation and a status after a slash, a schema's name, or a JSON Pointer
    /// to a schema.
    public func part(named name: String) -> Part? {
        if let operation = operation(named: name) { return .operation(operation) }
        if let slash = name.lastIndex(of: "/"), let operation = operation(named: String(name[..<slash])) {
            let rest = name[name.index(after: slash)...]
            if rest == "request" { return .request(operation) }
            if let response = operation.response(key: String(rest)) { return .response(operation, response) }
        }
        if let schema = schema(named: name) { return .schema(schema) }
        if name.hasPrefix("/"), let found = files.resolve("#" + name, in: path), found.node.isSchema {
            return .schema(OpenAPISchema(found, name: name.split(separator: "/").last.map(String.init), in: files))
        }
        return nil
    }
}

/// One method of one path.
public struct OpenAPIOperation: Sendable {
    /// Its `operationId`; `GET /path` when it has none, or one that another operation has too.
    public var name: String
    public var operationId: String?
    /// In capitals.
    public var method: String
    /// With its parameters in braces, as written.
    public var path: String
    public var summary: String
    /// Those of the path and the operation's own, which replace them.
    public var parameters: [OpenAPIParameter]
    /// Nil when it takes no body.
    public var request: OpenAPIBody?
    /// In the document's order.
    public var responses: [OpenAPIResponse]
    /// Any of these sets of security schemes is enough; empty when none is needed.
    public var security: [[String]]
    public var isDeprecated: Bool
    public var source: ShapeSource

    /// `GET /accounts/{id}`.
    public var methodAndPath: String { "\(method) \(path)" }

    /// The declared parameter of this name and place; names of headers are compared without case.
    public func parameter(_ name: String, in place: OpenAPIParameter.Place) -> OpenAPIParameter? {
        parameters.first {
            $0.place == place && (place == .header ? $0.name.lowercased() == name.lowercased() : $0.name == name)
        }
    }

    /// The answer that describes a status: the exact one, its range (`2XX`), `default`.
    public func response(status: Int) -> OpenAPIResponse? {
        responses.first { $0.status == .exact(status) } ?? responses.first { $0.status == .range(status / 100) }
            ?? responses.first { $0.status == .default }
    }

    /// The answer of this key: `404`, `2XX`, `default`.
    public func response(key: String) -> OpenAPIResponse? {
        OpenAPIResponse.Status(key).flatMap { status in responses.first { $0.status == status } }
    }

    /// The answers of success that have a body; `default` when no success is described.
    public var successes: [OpenAPIResponse] {
        let good = responses.filter { response in
            switch response.status {
            case .exact(let status): (200...299).contains(status)
            case .range(let hundreds): hundreds == 2
            case .default: false
            }
        }
        if good.isEmpty { return responses.filter { $0.status == .default && !$0.contents.isEmpty } }
        return good.filter { !$0.contents.isEmpty }
    }
}

/// A value that a request carries outside of its body.
public struct OpenAPIParameter: Sendable {
    public enum Place: String, Sendable {
        case path, query, header, cookie
    }

    /// How lists and objects are written (OpenAPI 3.1, section 4.8.12.2).
    public enum Style: String, Sendable {
        case matrix, label, form, simple, spaceDelimited, pipeDelimited, deepObject
        /// Swagger 2.0's `tsv`.
        case tabDelimited
    }

    public var name: String
    public var place: Place
    public var isRequired: Bool
    public var style: Style
    /// Whether each item of a list is a parameter of its own.
    public var isExploded: Bool
    public var isDeprecated: Bool
    /// Nil when nothing is said of the value.
    public var schema: OpenAPISchema?
    /// Where the value is a document of its own, its media type.
    public var mediaType: String?
    public var source: ShapeSource
}

/// A request's body.
public struct OpenAPIBody: Sendable {
    public var isRequired: Bool
    public var contents: [OpenAPIContent]
}

/// What a body looks like in one media type.
public struct OpenAPIContent: Sendable {
    /// What a body is, of the formats that the gateway reads and writes.
    public enum Format: Sendable {
        case json, form, xml, text, other
    }

    /// As written: `application/json; charset=utf-8`.
    public var mediaType: String
    public var schema: OpenAPISchema?

    public var format: Format { OpenAPIContent.format(of: mediaType) }

    static func format(of mediaType: String) -> Format {
        let bare = mediaType.split(separator: ";").first.map(String.init) ?? mediaType
        let type = String(bare.filter { $0 != " " }).lowercased()
        switch type {
        case "application/json", "text/json", "*/*", "application/*": return .json
        case "application/x-www-form-urlencoded": return .form
        case "application/xml", "text/xml": return .xml
        default:
            if type.hasSuffix("+json") { return .json }
            if type.hasSuffix("+xml") { return .xml }
            return type.hasPrefix("text/") ? .text : .other
        }
    }
}

/// An answer.
public struct OpenAPIResponse: Sendable {
    /// The statuses it stands for.
    public enum Status: Sendable, Hashable, CustomStringConvertible {
        case exact(Int)
        /// The hundreds: 2 for `2XX`.
        case range(Int)
        case `default`

        /// Nil for a text that is no key of `responses`.
        init?(_ key: String) {
            if key == "default" {
                self = .default
                return
            }
            let bytes = Array(key.utf8)
            guard bytes.count == 3, (0x31...0x35).contains(bytes[0]) else { return nil }
            if bytes[1] | 0x20 == 0x78, bytes[2] | 0x20 == 0x78 {
                self = .range(Int(bytes[0]) - 0x30)
            } else if let status = Int(key), (100...599).contains(status) {
                self = .exact(status)
            } else {
                return nil
            }
        }

        public var description: String {
            switch self {
            case .exact(let status): "\(status)"
            case .range(let hundreds): "\(hundreds)XX"
            case .default: "default"
            }
        }
    }

    public var status: Status
    public var summary: String
    public var contents: [OpenAPIContent]
    /// Headers of the answer.
    public var headers: [OpenAPIParameter]
}

/// How callers prove who they are.
public struct OpenAPISecurityScheme: Sendable {
    public enum Kind: Sendable, Equatable {
        case apiKey(name: String, in: OpenAPIParameter.Place)
        /// An HTTP scheme in lower case: `basic`, `bearer`.
        case http(String)
        case oauth2
        case openIdConnect
        case mutualTLS
    }

    public var name: String
    public var kind: Kind
}

/// What a value looks like, for messages, the reference and the editor schema.
indirect enum ValueKind: Sendable {
    case text
    case identifier
    case boolean
    case integer(ClosedRange<Int>)
    case size
    case duration
    case durationRange
    case rate
    case percentage
    case url
    case address
    case path
    case contractPath
    case expression
    case pathTemplate
    case secret
    case keySource
    case pin
    case accept
    case statusPattern
    case document
    case choice([ChoiceDeclaration])
    case list(ValueKind)
    case oneOrMore(ValueKind)
    case map(keys: String, ValueKind)
    case block(BlockReference)
    case either([ValueKind])

    /// With its article: "`timeout` takes a duration".
    var phrase: String {
        switch self {
        case .text: "text"
        case .identifier: "an identifier"
        case .boolean: "`true` or `false`"
        case .integer(let range):
            range.upperBound == .max
                ? "a whole number from \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .size: "a size"
        case .duration: "a duration"
        case .durationRange: "a range of durations"
        case .rate: "a rate"
        case .percentage: "a percentage"
        case .url: "a URL"
        case .address: "an address"
        case .path: "a path"
        case .contractPath: "a path to a contract"
        case .expression: "text or an expression"
        case .pathTemplate: "a path with `{expressions}`"
        case .secret: "a secret reference"
        case .keySource: "a path to a private key, or a secret reference"
        case .pin: "a pin"
        case .accept: "a method and a path"
        case .statusPattern: "an HTTP status such as `429` or `5xx`"
        case .document: "any YAML"
        case .choice(let options): options.count == 1 ? "`\(options[0].name)`" : "one of \(Self.words(options))"
        case .list(let item): "a list of \(item.plural)"
        case .oneOrMore(let item): "\(item.phrase), or a list"
        case .map(let keys, let value): "a block of \(keys): \(value.phrase)"
        case .block: "a block of keys"
        case .either(let kinds): kinds.map(\.phrase).joined(separator: ", or ")
        }
    }

    private var plural: String {
        switch self {
        case .text: "texts"
        case .identifier: "identifiers"
        case .path: "paths"
        case .pin: "pins"
        case .block: "blocks"
        case .url: "URLs"
        case .either(let kinds): kinds.map(\.plural).joined(separator: " and ")
        case .choice(let options): "words out of \(Self.words(options))"
        case .statusPattern: "HTTP statuses"
        default: phrase
        }
    }

    private static func words(_ options: [ChoiceDeclaration]) -> String {
        options.map { "`\($0.name)`" }.joined(separator: ", ")
    }

    /// The blocks that a value of this kind can hold.
    var blocks: [BlockDeclaration] {
        switch self {
        case .block(let reference): [reference.resolve()]
        case .list(let inner), .oneOrMore(let inner), .map(_, let inner): inner.blocks
        case .either(let kinds): kinds.flatMap(\.blocks)
        default: []
        }
    }

    /// The words that a value may be, if it is one of some.
    var choices: [ChoiceDeclaration] {
        switch self {
        case .choice(let options): options
        case .list(let inner), .oneOrMore(let inner): inner.choices
        default: []
        }
    }
}

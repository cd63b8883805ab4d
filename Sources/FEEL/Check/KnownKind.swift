internal import Contracts

/// The kind of a value as far as checks need it. Lists and what is unknown have none: one value and a list of it are
/// exchangeable in FEEL, so nothing can be said about a list where one value is wanted.
enum KnownKind: Equatable {
    case text, number, boolean, context
    case temporal(Shape.TemporalKind)

    init?(_ shape: Shape?) {
        guard let shape else { return nil }
        switch shape.kind {
        case .string: self = .text
        case .number: self = .number
        case .boolean: self = .boolean
        case .temporal(let kind): self = .temporal(kind)
        case .object(let object):
            if let text = object.text {
                guard let kind = KnownKind(text) else { return nil }
                self = kind
            } else {
                self = .context
            }
        case .any, .null, .list: return nil
        }
    }

    /// The kind as a message says it: "a number".
    var description: String {
        switch self {
        case .text: "text"
        case .number: "a number"
        case .boolean: "true or false"
        case .context: "an object"
        case .temporal(let kind):
            switch kind {
            case .date: "a date"
            case .time: "a time"
            case .dateTime: "a date and time"
            case .duration, .daysDuration, .yearsDuration: "a duration"
            }
        }
    }

    var isTemporal: Bool {
        if case .temporal = self { return true }
        return false
    }

    /// Whether values of the two kinds can be compared.
    func compares(with other: KnownKind) -> Bool {
        switch (self, other) {
        case (.temporal(let a), .temporal(let b)):
            let durations: [Shape.TemporalKind] = [.duration, .daysDuration, .yearsDuration]
            if durations.contains(a), durations.contains(b) { return a == b || a == .duration || b == .duration }
            return a == b
        default: return self == other
        }
    }
}

extension Shape {
    /// The shape of an item when the shape is iterated over: one value counts as a list of it.
    var iterated: Shape { itemShape }

    static func temporal(_ kind: TemporalKind) -> Shape { Shape(.temporal(kind)) }
}

extension Builtin.Result {
    /// The shape of a call's value.
    func shape(_ first: Emitter.Typed?, _ second: Emitter.Typed?) -> Shape? {
        switch self {
        case .any, .temporal: nil
        case .text: .string
        case .number: .number
        case .boolean: .boolean
        case .date: .temporal(.date)
        case .time: .temporal(.time)
        case .dateTime: .temporal(.dateTime)
        case .daysDuration: .temporal(.daysDuration)
        case .yearsDuration: .temporal(.yearsDuration)
        case .listOfText: .list(.string)
        case .listOfNumbers: .list(.number)
        case .listOfAny: .list(.any)
        case .sameList: first?.shape.map { .list($0.itemShape) }
        case .sameKind: Emitter.plain(first?.kind)
        case .itemOfFirst: Emitter.plain(KnownKind(first?.shape?.itemShape))?.allowingNull()
        case .either:
            if let first, let second { Emitter.merged(first, second) } else { nil }
        }
    }
}

extension Builtin.Kind {
    /// Whether an argument of a known kind fits.
    func accepts(_ kind: KnownKind) -> Bool {
        switch self {
        case .any, .list: true
        case .text: kind == .text
        case .number: kind == .number
        case .boolean: kind == .boolean
        case .context: kind == .context
        case .temporal: kind.isTemporal
        case .textOrTemporal: kind == .text || kind.isTemporal
        }
    }

    var description: String {
        switch self {
        case .any: "any value"
        case .list: "a list"
        case .text: "text"
        case .number: "a number"
        case .boolean: "true or false"
        case .context: "an object"
        case .temporal: "a date, time or duration"
        case .textOrTemporal: "text or a date"
        }
    }
}

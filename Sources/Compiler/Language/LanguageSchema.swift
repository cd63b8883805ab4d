/// JSON Schema (2020-12) of a kind of file, for editors that complete and check YAML by schema. It tells shape and words;
/// what only the compiler can know is left to the compiler.
public enum LanguageSchema {
    /// Nil for a kind of file without keys of its own.
    public static func schema(of kind: LanguageFile) -> String? {
        guard let root = kind.declaration else { return nil }
        let blocks = root.reachable
        var text = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$ref\":\"#/$defs/0\",\"$defs\":{"
        text += blocks.enumerated().map { "\"\($0.offset)\":\(object($0.element, blocks))" }.joined(separator: ",")
        return text + "}}\n"
    }

    private static func object(_ block: BlockDeclaration, _ all: [BlockDeclaration]) -> String {
        let keys = block.keys.map { key -> String in
            var facts = [quoted("description") + ":" + quoted(key.summary)]
            if let value = key.defaultText { facts.append("\"x-default\":" + quoted(value)) }
            if key.availability == .notYet { facts.append("\"deprecated\":true") }
            facts.append("\"allOf\":[\(value(key.kind, all))]")
            return "\(quoted(key.name)):{\(facts.joined(separator: ","))}"
        }
        let required = block.keys.filter(\.isRequired).map { quoted($0.name) }
        return "{\"type\":\"object\",\"description\":\(quoted(block.summary)),\"additionalProperties\":false,"
            + "\"required\":[\(required.joined(separator: ","))],\"properties\":{\(keys.joined(separator: ","))}}"
    }

    private static func value(_ kind: ValueKind, _ all: [BlockDeclaration]) -> String {
        switch kind {
        case .boolean: return anyOf(["{\"type\":\"boolean\"}", variable])
        case .integer(let range):
            let most = range.upperBound == .max ? "" : ",\"maximum\":\(range.upperBound)"
            return anyOf(["{\"type\":\"integer\",\"minimum\":\(range.lowerBound)\(most)}", variable])
        case .size:
            return anyOf(["{\"type\":\"integer\",\"minimum\":0}", pattern("^[0-9]+(B|KiB|MiB|GiB)$"), variable])
        case .duration: return anyOf([pattern("^([0-9]+(us|ms|s|m|h|d))+$"), variable])
        case .percentage: return anyOf([pattern("^[0-9]{1,3}%$"), variable])
        case .identifier: return pattern("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
        case .choice(let options):
            // A word such as `1.2` is a number to other readers of YAML.
            let words = options.map { quoted($0.name) } + options.filter { Double($0.name) != nil }.map(\.name)
            return anyOf(["{\"enum\":[\(words.joined(separator: ","))]}", variable])
        case .text, .durationRange, .rate, .url, .address, .path, .contractPath, .pathTemplate, .secret, .keySource,
            .pin, .accept,
            .statusPattern:
            return scalar
        case .expression: return anyOf([scalar, "{\"type\":\"boolean\"}", "{\"type\":\"array\"}"])
        case .document: return "true"
        case .list(let item): return "{\"type\":\"array\",\"minItems\":1,\"items\":\(value(item, all))}"
        case .oneOrMore(let item): return anyOf([value(item, all), value(.list(item), all)])
        case .map(_, let item): return "{\"type\":\"object\",\"additionalProperties\":\(value(item, all))}"
        case .block(let reference):
            let block = reference.resolve()
            return "{\"$ref\":\"#/$defs/\(all.firstIndex { $0 === block } ?? 0)\"}"
        case .either(let kinds): return anyOf(kinds.map { value($0, all) })
        }
    }

    private static let scalar = "{\"type\":[\"string\",\"number\",\"boolean\"]}"
    private static let variable = pattern("\\$\\{var:")

    private static func pattern(_ text: String) -> String { "{\"type\":\"string\",\"pattern\":\(quoted(text))}" }

    private static func anyOf(_ schemas: [String]) -> String { "{\"anyOf\":[\(schemas.joined(separator: ","))]}" }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..<"\u{20}": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

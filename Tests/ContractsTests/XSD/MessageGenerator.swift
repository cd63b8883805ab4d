import Documents
import Patterns
import XML

@testable import Contracts

/// Random numbers that a seed repeats.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int(next() % UInt64(limit)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// An element of a message that is made up.
final class MadeElement {
    var name: XMLName
    var attributes: [(name: XMLName, value: String)] = []
    var children: [MadeElement] = []
    var text = ""

    init(_ name: XMLName) {
        self.name = name
    }

    func copy() -> MadeElement {
        let result = MadeElement(name)
        result.attributes = attributes
        result.children = children.map { $0.copy() }
        result.text = text
        return result
    }

    var all: [MadeElement] { [self] + children.flatMap(\.all) }

    func xml() -> String {
        var prefixes: [String: String] = [ContractNamespace.xml: "xml"]
        var names: [String] = []
        for element in all {
            for name in [element.name] + element.attributes.map(\.name) {
                guard let namespace = name.namespace, prefixes[namespace] == nil else { continue }
                prefixes[namespace] = "n\(names.count)"
                names.append(namespace)
            }
        }
        let declarations = names.enumerated().map { " xmlns:n\($0.offset)=\"\(escaped($0.element))\"" }.joined()
        return text(prefixes, declarations)
    }

    private func text(_ prefixes: [String: String], _ declarations: String) -> String {
        func qualified(_ name: XMLName) -> String {
            name.namespace.flatMap { prefixes[$0] }.map { "\($0):\(name.name)" } ?? name.name
        }
        var out = "<\(qualified(name))\(declarations)"
        for attribute in attributes { out += " \(qualified(attribute.name))=\"\(escaped(attribute.value))\"" }
        out += ">" + escaped(text)
        for child in children { out += child.text(prefixes, "") }
        return out + "</\(qualified(name))>"
    }

    private func escaped(_ text: String) -> String {
        var out = ""
        for c in text.unicodeScalars {
            switch c {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n", "\t", "\r": out += "&#\(c.value);"
            default: out.unicodeScalars.append(c)
            }
        }
        return out
    }
}

/// Makes up messages that a schema allows, and breaks them.
struct MessageGenerator {
    let model: XSDModel
    let program: XSDProgram
    var random: SeededGenerator
    private var budget = 0
    private var identifiers = 0
    private var values: [Int: [String]] = [:]
    private var samplers: [String: TextSampler?] = [:]

    init(_ model: XSDModel, _ program: XSDProgram, seed: UInt64) {
        self.model = model
        self.program = program
        random = SeededGenerator(seed)
    }

    mutating func message(_ element: Int) -> MadeElement {
        budget = 150
        identifiers = 0
        return make(element, depth: 0)
    }

    private mutating func make(_ id: Int, depth: Int) -> MadeElement {
        let element = model.elements[id]
        let made = MadeElement(element.name)
        budget -= 1
        var type = model.types[element.type]
        if type.isAbstract {
            let derived = model.types.filter { !$0.isAbstract && $0.name != nil && model.derives($0.id, from: type.id) }
            if let one = derived.first { type = one }
        }
        for attribute in type.attributes where attribute.isRequired || random.chance(depth < 8 ? 40 : 10) {
            if isReference(attribute.type), !attribute.isRequired { continue }
            made.attributes.append((attribute.name, attribute.fixed ?? value(attribute.type)))
        }
        if let fixed = element.fixed {
            made.text = fixed
        } else if type.simple != nil {
            made.text = value(type.id)
        } else if case .simple(let simple) = type.content {
            made.text = value(simple)
        } else if case .elements(let particle, let mixed) = type.content {
            fill(made, particle, depth: depth)
            if mixed, made.children.isEmpty { made.text = random.chance(50) ? "mixed" : "" }
        }
        return made
    }

    private mutating func fill(_ made: MadeElement, _ particle: XSDParticle, depth: Int) {
        var count = particle.min
        if depth < 12, budget > 0 {
            let most = min(particle.max, particle.min + 2)
            while count < most, random.chance(max(5, 45 - depth * 4)) { count += 1 }
        }
        for _ in 0..<min(count, 20) {
            switch particle.term {
            case .element(let id):
                let choices = XSDCompiler.substitutes(of: id, model)
                if !choices.isEmpty {
                    made.children.append(make(choices[random.below(choices.count)], depth: depth + 1))
                }
            case .wildcard(let wildcard):
                if wildcard.process != .strict, wildcard.allows("urn:example:other") {
                    made.children.append(MadeElement(XMLName("other", namespace: "urn:example:other")))
                }
            case .group(.choice, let parts):
                guard !parts.isEmpty else { continue }
                // The shallow end of a recursion is among the first branches more often than not.
                let place = budget > 0 ? random.below(parts.count) : 0
                fill(made, parts[place], depth: depth)
            case .group(.all, let parts):
                for part in parts.shuffled(using: &random) { fill(made, part, depth: depth) }
            case .group(.sequence, let parts): for part in parts { fill(made, part, depth: depth) }
            }
        }
    }

    private func isReference(_ type: Int) -> Bool {
        switch model.types[type].simple?.variety {
        case .atomic(let kind)?: kind == .idref
        case .list(let item)?: isReference(item)
        default: false
        }
    }

    // MARK: - Values

    /// A value of a simple type: one of some that were found to fit.
    private mutating func value(_ type: Int) -> String {
        if case .atomic(.id)? = model.types[type].simple?.variety {
            identifiers += 1
            return "id\(identifiers)"
        }
        if let known = values[type] { return known[random.below(known.count)] }
        var found: [String] = []
        for _ in 0..<60 where found.count < 6 {
            let text = candidate(type, depth: 0)
            if isValue(text, type), !found.contains(text) { found.append(text) }
        }
        if found.isEmpty { found = [candidate(type, depth: 0)] }
        values[type] = found
        return found[random.below(found.count)]
    }

    private func isValue(_ text: String, _ type: Int) -> Bool {
        let document = Document()
        guard Array("<x/>".utf8).withUnsafeBytes({ (try? document.parseXML($0)) != nil }) else { return false }
        let run = XSDRun(program, document, 0, ValidationScratch())
        var value = XSDValue()
        var culprit = 0
        return Array(text.utf8).withUnsafeBufferPointer {
            run.check(type, $0, &value, &culprit, depth: 0) == .none
        }
    }

    private mutating func candidate(_ type: Int, depth: Int) -> String {
        guard let simple = model.types[type].simple, depth < 8 else { return "x" }
        if let values = simple.facets.enumeration, !values.isEmpty { return values[random.below(values.count)] }
        switch simple.variety {
        case .list(let item):
            let count = max(simple.facets.minLength ?? 0, random.below(3))
            return (0..<min(count, 9)).map { _ in candidate(item, depth: depth + 1) }.joined(separator: " ")
        case .union(let members):
            return members.isEmpty ? "x" : candidate(members[random.below(members.count)], depth: depth + 1)
        case .atomic(let primitive):
            // A pattern narrows a date or number; what matches it alone seldom is one.
            if primitive.isText || random.chance(30), let pattern = simple.facets.patterns.last,
                let text = sample(pattern, simple.facets.maxLength)
            {
                return text
            }
            return plain(primitive, simple.facets)
        }
    }

    private mutating func sample(_ pattern: String, _ most: Int?) -> String? {
        let key = "\(most ?? 40) \(pattern)"
        if samplers[key] == nil {
            let made = (try? Pattern(pattern, dialect: .xmlSchema)).flatMap {
                TextSampler(TextLanguage(pattern: $0), maximumLength: min(most ?? 40, 60))
            }
            samplers[key] = .some(made)
        }
        guard case .some(.some(let sampler)) = samplers[key] else { return nil }
        return sampler.sample(using: &random)
    }

    private mutating func plain(_ primitive: XSDPrimitive, _ facets: XSDFacets) -> String {
        func pick(_ texts: [String]) -> String { texts[random.below(texts.count)] }
        switch primitive {
        case .boolean: return pick(["true", "false", "1", "0"])
        case .decimal, .integer:
            var texts = ["0", "1", "-1", "7", "42", "100", "99999", "+5", "007"]
            if primitive == .decimal { texts += ["1.5", "0.01", "12.3400", "-0.5", ".5", "3."] }
            if let low = facets.minimum?.text { texts += [low, low + "1"] }
            if let high = facets.maximum?.text { texts += [high] }
            return pick(texts)
        case .float, .double: return pick(["1", "-1.5E4", "INF", "NaN", "0.25", "1e3"])
        case .duration: return pick(["P1D", "PT2H30M", "-P1Y2M", "P3Y6M4DT12H30M5.5S"])
        case .dateTime: return pick(["2024-05-31T13:20:00Z", "2023-01-01T00:00:00", "2020-02-29T23:59:59.999+02:00"])
        case .time: return pick(["13:20:00Z", "00:00:00", "23:59:59.5-05:00"])
        case .date: return pick(["2024-05-31", "2020-02-29Z", "1999-12-31+01:00", "2015-06-01"])
        case .gYearMonth: return pick(["2024-05", "1999-12Z"])
        case .gYear: return pick(["2024", "1999Z"])
        case .gMonthDay: return pick(["--05-31", "--02-29Z"])
        case .gDay: return pick(["---31", "---01Z"])
        case .gMonth: return pick(["--05", "--12Z"])
        case .hexBinary: return pick(["", "00", "CAFE", "0aF1"])
        case .base64Binary: return pick(["", "AAAA", "SGVsbG8=", "SGVsbA=="])
        case .anyURI: return pick(["http://example.com/a?b=c#d", "urn:x:y", "a/b", ""])
        case .language: return pick(["en", "en-GB", "hu"])
        case .name, .ncName, .nmtoken, .id, .idref: return pick(["a", "name", "x_1", "b-c"])
        case .qName, .notation: return "xml:lang"
        case .anySimple, .string:
            let least = facets.minLength ?? 0
            let most = min(facets.maxLength ?? least + 12, least + 12)
            let count = least + random.below(max(1, most - least + 1))
            let letters = Array("abcXYZ 019éß€")
            var text = (0..<count).map { _ in letters[random.below(letters.count)] }
            if text.first == " " { text[0] = "a" }
            if text.last == " " { text[text.count - 1] = "z" }
            return String(text)
        }
    }

    // MARK: - Mistakes

    /// A message with one or two things changed; often, but not always, no longer valid.
    mutating func mutated(_ message: MadeElement) -> MadeElement {
        let result = message.copy()
        for _ in 0...random.below(2) { mutate(result) }
        return result
    }

    private mutating func mutate(_ root: MadeElement) {
        let all = root.all
        let one = all[random.below(all.count)]
        switch random.below(11) {
        case 0: if !one.children.isEmpty { one.children.remove(at: random.below(one.children.count)) }
        case 1:
            if !one.children.isEmpty {
                one.children.insert(
                    one.children[random.below(one.children.count)].copy(), at: random.below(one.children.count + 1))
            }
        case 2:
            if one.children.count > 1 {
                one.children.swapAt(random.below(one.children.count), random.below(one.children.count))
            }
        case 3: if one !== root { one.name = XMLName(one.name.name + "x", namespace: one.name.namespace) }
        case 4: if one !== root { one.name = XMLName(one.name.name, namespace: "urn:example:other") }
        case 5:
            one.children.insert(
                MadeElement(XMLName("stranger", namespace: one.name.namespace)),
                at: random.below(one.children.count + 1))
        case 6: one.attributes.append((XMLName("stranger", namespace: nil), "1"))
        case 7: if !one.attributes.isEmpty { one.attributes.remove(at: random.below(one.attributes.count)) }
        case 8: if !one.attributes.isEmpty { one.attributes[random.below(one.attributes.count)].value = junk() }
        default:
            let leaves = all.filter(\.children.isEmpty)
            let leaf = random.chance(80) ? leaves[random.below(leaves.count)] : one
            leaf.text = junk()
        }
    }

    private mutating func junk() -> String {
        let texts = [
            "", "x", "12", "-1", "1.5", "true", "2024-02-30", "2024-05-31", "2024-05-31T10:00:00Z", "a b", "é€ß",
            "9999999999", "0.000000001", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ", "P1D", "1e5", "EUR",
            "00",
            String(repeating: "long ", count: 80) + "text",
        ]
        return texts[random.below(texts.count)]
    }
}

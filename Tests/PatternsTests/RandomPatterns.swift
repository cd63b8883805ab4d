import Foundation

/// A small generator whose numbers depend on nothing but its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The seed in `WAYBILL_SEED`, or a new one; printed, so that a failure can be repeated.
    static func announced(_ purpose: String) -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 1...UInt64(UInt32.max))
        print("\(purpose): WAYBILL_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A pattern that a test makes up, with the plainest meaning there is: trying everything.
indirect enum SmallPattern {
    case letter(Character)
    case any
    case sequence([SmallPattern])
    case choice([SmallPattern])
    case repeated(SmallPattern, Int, Int?)
    case start, end, boundary
    case ahead(SmallPattern, negative: Bool)
    case behind(SmallPattern, negative: Bool)

    static func random(_ depth: Int, looks: Bool, _ generator: inout SeededGenerator) -> SmallPattern {
        let kind = Int.random(in: 0..<(depth > 0 ? (looks ? 14 : 11) : 5), using: &generator)
        func inner(_ looks: Bool) -> SmallPattern { random(depth - 1, looks: looks, &generator) }
        switch kind {
        case 0, 1, 2: return .letter(["a", "b", "é"].randomElement(using: &generator) ?? "a")
        case 3: return .any
        case 4: return [.start, .end, .boundary, .letter("a")].randomElement(using: &generator) ?? .any
        case 5, 6, 7: return .sequence((0..<Int.random(in: 0...3, using: &generator)).map { _ in inner(looks) })
        case 8: return .choice((0..<Int.random(in: 1...3, using: &generator)).map { _ in inner(looks) })
        case 9, 10:
            let low = Int.random(in: 0...2, using: &generator)
            return .repeated(
                inner(looks), low, Bool.random(using: &generator) ? nil : low + Int.random(in: 0...2, using: &generator)
            )
        case 11, 12: return .ahead(inner(false), negative: Bool.random(using: &generator))
        default:
            return .behind(.letter("b"), negative: Bool.random(using: &generator))
        }
    }

    var source: String {
        switch self {
        case .letter(let letter): String(letter)
        case .any: "."
        case .sequence(let parts): parts.map(\.source).joined()
        case .choice(let parts): "(?:" + parts.map(\.source).joined(separator: "|") + ")"
        case .repeated(let body, let low, let high):
            "(?:\(body.source)){\(low),\(high.map(String.init) ?? "")}"
        case .start: "^"
        case .end: "$"
        case .boundary: "\\b"
        case .ahead(let body, let negative): "(?\(negative ? "!" : "=")\(body.source))"
        case .behind(let body, let negative): "(?<\(negative ? "!" : "=")\(body.source))"
        }
    }

    /// The places where a match that begins at `place` may end.
    func ends(_ text: [Character], _ place: Int) -> Set<Int> {
        switch self {
        case .letter(let letter): return place < text.count && text[place] == letter ? [place + 1] : []
        case .any: return place < text.count ? [place + 1] : []
        case .sequence(let parts):
            return parts.reduce([place]) { places, part in
                places.reduce(into: Set()) { $0.formUnion(part.ends(text, $1)) }
            }
        case .choice(let parts): return parts.reduce(into: Set()) { $0.formUnion($1.ends(text, place)) }
        case .repeated(let body, let low, let high):
            var current: Set<Int> = [place]
            var result: Set<Int> = low == 0 ? [place] : []
            for count in 1...max(1, high ?? (low + text.count + 1)) where high != 0 {
                current = current.reduce(into: Set()) { $0.formUnion(body.ends(text, $1)) }
                if count >= low { result.formUnion(current) }
            }
            return result
        case .start: return place == 0 ? [place] : []
        case .end: return place == text.count ? [place] : []
        case .boundary:
            let before = place > 0 && text[place - 1].isASCII
            let after = place < text.count && text[place].isASCII
            return before != after ? [place] : []
        case .ahead(let body, let negative): return body.ends(text, place).isEmpty == negative ? [place] : []
        case .behind(let body, let negative):
            let holds = (0...place).contains { body.ends(text, $0).contains(place) }
            return holds != negative ? [place] : []
        }
    }

    func matches(_ text: [Character]) -> Bool {
        (0...text.count).contains { !ends(text, $0).isEmpty }
    }

    /// Every text over an alphabet up to a length, the short ones first.
    static func texts(_ alphabet: [Character], upTo length: Int) -> [[Character]] {
        var result: [[Character]] = [[]]
        var last = result
        for _ in 0..<length {
            last = last.flatMap { text in alphabet.map { text + [$0] } }
            result += last
        }
        return result
    }
}

/// Looks for a shortest member of a set, breadth first, over states made when they are reached.
struct LanguageSearch {
    enum Answer {
        case none
        case found(String)
        case exceeded(String)
    }

    private var product: LanguageProduct

    init(_ form: TextLanguage.Form) {
        product = LanguageProduct(form)
    }

    mutating func shortest() -> Answer {
        guard let start = product.start() else { return Self.patternTooLarge }
        var states = [start]
        var known: [[Int32]: Int] = [start: 0]
        var origins: [(parent: Int, letter: Int)] = [(0, 0)]
        if product.accepts(start) { return .found("") }
        var steps = 0
        var current = 0
        while current < states.count {
            let state = states[current]
            if !product.isHopeless(state) {
                for letter in product.letters.indices {
                    steps += 1
                    guard let next = product.step(state, letter) else { return Self.patternTooLarge }
                    guard known[next] == nil else { continue }
                    known[next] = states.count
                    states.append(next)
                    origins.append((current, letter))
                    if product.accepts(next) { return .found(text(to: states.count - 1, origins)) }
                }
            }
            current += 1
            guard states.count <= PatternLimits.productStates, steps <= PatternLimits.productSteps else {
                return .exceeded("the comparison needs more than \(PatternLimits.productStates) states")
            }
        }
        return .none
    }

    private static let patternTooLarge = Answer.exceeded("a pattern's automaton would be too large")

    private func text(to last: Int, _ origins: [(parent: Int, letter: Int)]) -> String {
        var scalars: [UInt32] = []
        var current = last
        while current != 0 {
            scalars.append(product.letters[origins[current].letter].scalar)
            current = origins[current].parent
        }
        var text = ""
        for value in scalars.reversed() { text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}") }
        return text
    }
}

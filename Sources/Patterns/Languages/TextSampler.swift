/// Draws random members of a set of texts: valid examples for generators and mocks.
public struct TextSampler: Sendable {
    private struct Choice: Sendable {
        var target: Int
        var letter: Int
    }

    private let choices: [[Choice]]
    private let accepting: [Bool]
    /// The number of further characters to the nearest member; `Int.max` when there is none.
    private let distances: [Int]
    private let letters: [[ClosedRange<UInt32>]]
    private let maximumLength: Int

    /// States of a set that can be sampled.
    private static let stateLimit = 20_000
    private static let stepLimit = 500_000

    /// Prepares to draw members of at most `maximumLength` scalars. Nil when there is none, or when the set needs more
    /// states than the limit.
    public init?(_ language: TextLanguage, maximumLength: Int) {
        var product = LanguageProduct(language.form)
        guard let start = product.start() else { return nil }
        var states = [start]
        var known: [[Int32]: Int] = [start: 0]
        var choices: [[Choice]] = []
        var steps = 0
        while choices.count < states.count {
            var found: [Choice] = []
            let state = states[choices.count]
            for letter in product.letters.indices {
                steps += 1
                guard steps <= Self.stepLimit, let next = product.step(state, letter) else { return nil }
                if product.isHopeless(next) { continue }
                let number = known[next] ?? states.count
                if number == states.count {
                    guard states.count < Self.stateLimit else { return nil }
                    known[next] = number
                    states.append(next)
                }
                found.append(Choice(target: number, letter: letter))
            }
            choices.append(found)
        }
        self.choices = choices
        var accepting: [Bool] = []
        for state in states { accepting.append(product.accepts(state)) }
        self.accepting = accepting
        letters = product.letters.map { ReadableScalars.readable(in: $0.ranges) }
        self.maximumLength = maximumLength
        distances = Self.distances(choices, accepting)
        guard distances[0] <= maximumLength else { return nil }
    }

    /// The distance of each state to the nearest one that accepts, backwards from those.
    private static func distances(_ choices: [[Choice]], _ accepting: [Bool]) -> [Int] {
        var sources = [[Int]](repeating: [], count: choices.count)
        for (state, list) in choices.enumerated() {
            for choice in list { sources[choice.target].append(state) }
        }
        var distances = accepting.map { $0 ? 0 : Int.max }
        var queue = accepting.indices.filter { accepting[$0] }
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for source in sources[state] where distances[source] == .max {
                distances[source] = distances[state] + 1
                queue.append(source)
            }
        }
        return distances
    }

    /// A random member. Every member of at most the maximum length made of printable characters can come out, short
    /// ones more often.
    public func sample(using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        var state = 0
        var remaining = maximumLength
        while true {
            let open = remaining > 0 ? choices[state].filter { distances[$0.target] <= remaining - 1 } : []
            if accepting[state], open.isEmpty || Int.random(in: 0..<6, using: &generator) == 0 { return text }
            guard let choice = open.randomElement(using: &generator),
                let range = letters[choice.letter].randomElement(using: &generator)
            else { return text }
            let value = UInt32.random(in: range, using: &generator)
            text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
            state = choice.target
            remaining -= 1
        }
    }
}

extension Pattern {
    /// A random text of at most `maxLength` scalars that the pattern matches; nil when there is none, or when its
    /// automaton is too large to draw from. To draw many, keep a `TextSampler`.
    public func sample(using generator: inout some RandomNumberGenerator, maxLength: Int) -> String? {
        TextSampler(TextLanguage(pattern: self), maximumLength: maxLength)?.sample(using: &generator)
    }
}

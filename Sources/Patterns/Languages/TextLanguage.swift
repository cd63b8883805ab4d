/// A regular set of texts: what a contract allows in one place. The compiler's proof asks whether every text of one set
/// is in another, and for a short text that is not.
public struct TextLanguage: Sendable {
    /// The answer to whether one set lies within another.
    public enum Inclusion: Sendable, Equatable {
        case included
        /// A shortest text that is in the first set and not in the second, of readable characters where there is a
        /// choice.
        case notIncluded(witness: String)
        /// The question needs more states than the limits allow.
        case unknown(reason: String)
    }

    indirect enum Form: Sendable {
        case pattern(CompiledPattern)
        case literals(LiteralTrie)
        /// Texts of some numbers of scalars; without an upper bound, at least so many.
        case lengths(Int, Int?)
        case every([Form])
        case some([Form])
        case not(Form)
    }

    let form: Form

    init(form: Form) {
        self.form = form
    }

    /// Every text.
    public static let all = TextLanguage(form: .every([]))

    /// No text.
    public static let none = TextLanguage(form: .some([]))

    /// The whole texts that a pattern matches.
    public init(pattern: Pattern) {
        form = .pattern(pattern.compiled)
    }

    /// Some texts, such as the values of an enumeration.
    public init(literals: [String]) {
        form = .literals(LiteralTrie(literals))
    }

    /// The texts of at least `minimum` and, when it is given, at most `maximum` Unicode scalars.
    public init(minimumLength minimum: Int, maximumLength maximum: Int? = nil) {
        form = .lengths(max(0, minimum), maximum)
    }

    /// The texts whose number of Unicode scalars is in a range.
    public init(lengths: ClosedRange<Int>) {
        self.init(minimumLength: lengths.lowerBound, maximumLength: lengths.upperBound)
    }

    /// The texts in both sets.
    public func intersection(_ other: TextLanguage) -> TextLanguage {
        TextLanguage(form: .every(parts(isEvery: true) + other.parts(isEvery: true)))
    }

    /// The texts in either set.
    public func union(_ other: TextLanguage) -> TextLanguage {
        TextLanguage(form: .some(parts(isEvery: false) + other.parts(isEvery: false)))
    }

    /// The texts that are not in the set.
    public var complement: TextLanguage {
        if case .not(let inner) = form { return TextLanguage(form: inner) }
        return TextLanguage(form: .not(form))
    }

    /// Whether every text of this set is in another. Breadth first over the states of both at once, so the answer's
    /// text is a shortest one; bounded, so it always ends.
    public func inclusion(in other: TextLanguage) -> Inclusion {
        // Lengths that are certain need no states: contracts bound texts by large numbers.
        let lengths = LengthBounds(of: form)
        let open = other.parts(isEvery: true).filter { part in
            if case .lengths(let low, let high) = part { return !lengths.lie(within: low, high) }
            return true
        }
        if open.isEmpty { return .included }
        var search = LanguageSearch(intersection(TextLanguage(form: .every(open)).complement).form)
        return switch search.shortest() {
        case .none: .included
        case .found(let text): .notIncluded(witness: text)
        case .exceeded(let reason): .unknown(reason: reason)
        }
    }

    /// A shortest member; nil when there is none or when the limits do not allow an answer.
    public func shortest() -> String? {
        var search = LanguageSearch(form)
        if case .found(let text) = search.shortest() { return text }
        return nil
    }

    /// Whether a text is a member.
    public func contains(_ text: String) -> Bool {
        Self.contains(text, form)
    }

    private static func contains(_ text: String, _ form: Form) -> Bool {
        switch form {
        case .pattern(let compiled):
            var text = text
            return text.withUTF8 { compiled.matches($0) }
        case .literals(let trie): return trie.contains(text)
        case .lengths(let low, let high):
            let count = text.unicodeScalars.count
            return count >= low && high.map { count <= $0 } ?? true
        case .every(let parts): return parts.allSatisfy { contains(text, $0) }
        case .some(let parts): return parts.contains { contains(text, $0) }
        case .not(let inner): return !contains(text, inner)
        }
    }

    /// The operands when the set is already such a combination: chains stay flat, however long.
    private func parts(isEvery: Bool) -> [Form] {
        switch form {
        case .every(let parts) where isEvery: parts
        case .some(let parts) where !isEvery: parts
        default: [form]
        }
    }
}

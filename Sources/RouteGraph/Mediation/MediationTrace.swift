public import Contracts

/// What `explain` shows of a call: each value that was written, and the row that it comes from. Only made for that; a proxy has none.
public final class MediationTrace {
    /// One value of a mapped body.
    public struct Entry: Sendable {
        public var target: String
        public var value: String
        public var source: String
        /// File and line of the row.
        public var origin: String
    }

    public private(set) var entries: [Entry] = []
    /// Rules in order, with what their condition gave.
    public private(set) var rules: [(name: String, held: Bool, origin: String)] = []
    /// What in the consumer's body breaks its contract; nil when nothing was checked.
    public private(set) var requestViolations: [Violation]?
    /// What in the partner's answer breaks its contract; nil when nothing was checked.
    public private(set) var answerViolations: [Violation]?
    /// The error-table row that answered.
    public private(set) var errorRow: String?

    public init() {}

    /// Forgets the entries of the stage before.
    public func reset() {
        entries = []
        rules = []
        errorRow = nil
        requestViolations = nil
        answerViolations = nil
    }

    func wrote(_ plan: MappingPlan, _ row: Int, _ value: String) {
        let label = plan.labels[row]
        entries.append(
            Entry(target: label.target, value: value, source: label.text, origin: plan.origin(ofRow: row)))
    }

    func checked(_ rule: RulePlan, _ held: Bool) {
        rules.append((rule.name, held, rule.origin))
    }

    func validated(isAnswer: Bool, _ violations: [Violation]) {
        if isAnswer { answerViolations = violations } else { requestViolations = violations }
    }

    func answered(by row: ErrorRowPlan) {
        errorRow = row.origin
    }
}

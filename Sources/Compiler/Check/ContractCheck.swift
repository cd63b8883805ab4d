public import Contracts

/// A body of an operation that a contract describes, and what checks it at run time.
public struct ContractCheck: Sendable, Equatable {
    /// `partner.operation`.
    public var operation: String
    /// Whether it is the answer's body.
    public var isAnswer: Bool
    /// The contract as the route names it, with its part.
    public var contract: String
    /// Nil when nothing checks the body.
    public var engine: ValidationEngine?
    /// Why it is not the compiled program, what that leaves unchecked, or why nothing checks the body.
    public var reason: String?

    /// One line for people: `acme.pay request: contracts/pay.wsdl#Pay, compiled`.
    public var line: String {
        let engine: String
        switch self.engine {
        case .compiled?: engine = "compiled"
        case .libxml2?: engine = "by libxml2"
        case nil: engine = "not checked"
        }
        let why = reason.map { " (\($0))" } ?? ""
        return "\(operation) \(isAnswer ? "answer" : "request"): \(contract), \(engine)\(why)"
    }

    init(_ operation: String, isAnswer: Bool, contract name: String, _ contract: Contract) {
        self.operation = operation
        self.isAnswer = isAnswer
        self.contract = name
        engine = contract.validator?.engine
        reason = contract.validator?.engineReason
        guard contract.validator == nil else { return }
        if contract.soap?.isLiteral == false {
            reason = "its bodies are encoded, which no schema describes"
        } else if contract.rootElement != nil, contract.http != nil {
            reason = "a JSON Schema describes this XML"
        } else {
            reason = "the contract does not say what the body is"
        }
    }
}

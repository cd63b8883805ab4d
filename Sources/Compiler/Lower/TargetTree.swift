import Contracts
import Diagnostics
import RouteGraph

/// One step of a target path: a name, and whether it stands for a list (`Line[]`).
struct TargetStep: Equatable {
    var name: String
    var isList = false

    /// Splits `Remittance.Line[]`, with backticks around steps that hold odd characters.
    static func split(_ path: String) -> [TargetStep]? {
        var steps: [TargetStep] = []
        var current = ""
        var quoted = false
        var wasQuoted = false
        func finish() -> Bool {
            var step = TargetStep(name: current)
            if !wasQuoted, current.hasSuffix("[]") {
                step.name = String(current.dropLast(2))
                step.isList = true
            }
            guard !step.name.isEmpty else { return false }
            steps.append(step)
            current = ""
            wasQuoted = false
            return true
        }
        for character in path {
            if character == "`" {
                quoted.toggle()
                wasQuoted = true
            } else if character == ".", !quoted {
                guard finish() else { return nil }
            } else {
                current.append(character)
            }
        }
        return !quoted && finish() ? steps : nil
    }
}

/// The target of a mapping as a tree: what the rows say, in the order in which it is written.
struct TargetNode {
    var name: String
    var isAttribute: Bool { name.utf8.first == 0x40 }
    /// The row whose value this node holds.
    var row: Int?
    /// The row of an `each`, when the node is a list.
    var each: Int?
    var children: [TargetNode] = []
    var shape: Shape?
    var required = false
    var namespace: String?
    /// Where the path was first written.
    var span: SourceSpan

    init(_ name: String, span: SourceSpan) {
        self.name = name
        self.span = span
    }

    /// Position of the child with this name, made when there is none.
    mutating func child(_ name: String, span: SourceSpan) -> Int {
        if let index = children.firstIndex(where: { $0.name == name }) { return index }
        children.append(TargetNode(name, span: span))
        return children.count - 1
    }

    /// Puts the children into the contract's order; what it does not know stays behind, as written.
    mutating func order(by object: ObjectShape?) {
        guard let object else { return }
        let positions = Dictionary(object.fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
        let indexed = children.enumerated().sorted { a, b in
            let x = positions[a.element.name] ?? Int.max
            let y = positions[b.element.name] ?? Int.max
            return x != y ? x < y : a.offset < b.offset
        }
        children = indexed.map(\.element)
    }
}

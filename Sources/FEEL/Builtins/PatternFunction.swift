internal import Documents
internal import Patterns

/// A built-in function that takes a pattern. The pattern is a constant, so it is compiled with the expression and a call
/// only runs it.
enum PatternFunction: Sendable {
    case matches, replace, split

    /// Where the flags stand among the arguments.
    var flagsPosition: Int? {
        switch self {
        case .matches: 2
        case .replace: 3
        case .split: nil
        }
    }

    /// What runs when the pattern is null, or when it is text that only the run knows: a plain one can still split.
    func plainBody() -> Builtin.Body {
        .pure { arguments in
            guard let text = arguments.text(0), let pattern = arguments.text(1) else { return .null }
            guard case .split = self, let delimiter = FEELText.plainPattern(pattern) else {
                return arguments.fail(.badPattern)
            }
            return .list(FEELText.split(text, delimiter).map { .string($0) })
        }
    }

    /// What runs with a compiled pattern.
    /// - Parameter replacement: the replacement, when it is a constant too.
    func body(_ pattern: Pattern, replacement: PatternReplacement?) -> Builtin.Body {
        switch self {
        case .matches:
            return .pure { arguments in
                guard let text = arguments.text(0) else { return .null }
                return .boolean(pattern.matches(text))
            }
        case .replace:
            return .pure { arguments in
                guard let text = arguments.text(0), let source = arguments.text(2) else { return .null }
                if let replacement { return .string(pattern.replacing(text, with: replacement)) }
                guard let result = try? pattern.replacing(text, with: source) else {
                    return arguments.fail(.badReplacement)
                }
                return .string(result)
            }
        case .split:
            return .pure { arguments in
                guard let text = arguments.text(0) else { return .null }
                guard let parts = try? pattern.split(text) else { return arguments.fail(.badPattern) }
                return .list(parts.map { .string($0) })
            }
        }
    }
}

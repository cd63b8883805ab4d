internal import Diagnostics
internal import Documents
internal import Patterns

/// Calls of functions that take a pattern: it is compiled here, and what is wrong with it is shown in its own text.
extension Emitter {
    /// What a call of a function runs; nil after a report.
    mutating func body(of function: Builtin, _ arguments: [FEELArgument?]) -> Builtin.Body? {
        guard let kind = function.pattern else { return function.body }
        guard arguments.count > 1, let node = arguments[1]?.value, !Self.isNull(node) else { return function.body }
        guard let source = Self.text(node) else {
            if case .split = kind { return function.body }
            sink.add(.patternNotConstant("pattern", of: function.name, at: expression.span(node)))
            return nil
        }
        if case .split = kind, FEELText.plainPattern(source) != nil { return function.body }
        var flags = ""
        if let position = kind.flagsPosition, position < arguments.count, let given = arguments[position]?.value,
            !Self.isNull(given)
        {
            guard let text = Self.text(given) else {
                sink.add(.patternNotConstant("flags", of: function.name, at: expression.span(given)))
                return nil
            }
            flags = text
            if let error = Self.refusal(of: "", flags) {
                sink.add(.unusablePattern(error, at: expression.span(given)))
                return nil
            }
        }
        return compile(kind, source, flags, node, arguments)
    }

    private mutating func compile(
        _ kind: PatternFunction, _ source: String, _ flags: String, _ node: FEELNode, _ arguments: [FEELArgument?]
    ) -> Builtin.Body? {
        do throws(PatternError) {
            let pattern = try Pattern(source, dialect: .xpath, flags: flags)
            guard case .matches = kind else {
                if let refusal = pattern.refusalToSplit() { throw refusal }
                return replacing(kind, pattern, arguments)
            }
            return kind.body(pattern, replacement: nil)
        } catch {
            sink.add(.unusablePattern(error, at: place(of: error.range, in: node)))
            return nil
        }
    }

    private mutating func replacing(
        _ kind: PatternFunction, _ pattern: Pattern, _ arguments: [FEELArgument?]
    ) -> Builtin.Body? {
        guard case .replace = kind, arguments.count > 2, let node = arguments[2]?.value, let text = Self.text(node)
        else {
            return kind.body(pattern, replacement: nil)
        }
        do throws(PatternError) {
            return kind.body(pattern, replacement: try PatternReplacement(text, for: pattern))
        } catch {
            sink.add(.unusablePattern(error, at: place(of: error.range, in: node)))
            return nil
        }
    }

    private static func refusal(of source: String, _ flags: String) -> PatternError? {
        do throws(PatternError) {
            _ = try Pattern(source, dialect: .xpath, flags: flags)
            return nil
        } catch {
            return error
        }
    }

    private static func text(_ node: FEELNode) -> String? {
        if case .literal(.string(let text)) = node.kind { return text }
        return nil
    }

    private static func isNull(_ node: FEELNode) -> Bool {
        if case .literal(.null) = node.kind { return true }
        return false
    }

    /// The place of some bytes of a text in quotes: an escape there is one byte of the text. All of it, when it has an
    /// escape of another width or when nothing in it is meant.
    private func place(of range: Range<Int>, in node: FEELNode) -> SourceSpan {
        let raw = Array(expression.slice(node.range).utf8)
        var offsets: [Int] = []
        var index = 1
        while index < raw.count - 1 {
            offsets.append(index)
            if raw[index] == UInt8(ascii: "\\") {
                let next = raw[index + 1]
                guard next != UInt8(ascii: "u"), next != UInt8(ascii: "U") else { return expression.span(node) }
                index += 1
            }
            index += 1
        }
        offsets.append(raw.count - 1)
        guard range.upperBound < offsets.count, !range.isEmpty else { return expression.span(node) }
        let start = node.range.lowerBound
        return expression.at(start + offsets[range.lowerBound]..<start + offsets[range.upperBound])
    }
}

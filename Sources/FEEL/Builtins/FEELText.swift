internal import Documents

/// Work on texts by Unicode code points and bytes, without regular expressions and without Foundation.
enum FEELText {
    /// The text of a value as FEEL writes it; a text is itself at the top and quoted inside of lists and contexts.
    static func text(of value: Value) -> String {
        if case .string(let text) = value { return text }
        return literal(value)
    }

    /// The value as an expression that gives it.
    static func literal(_ value: Value) -> String {
        switch value {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .number(let number): return number.description
        case .string(let text): return quoted(text)
        case .temporal(let temporal): return temporal.description
        case .list(let items): return "[" + items.map { literal($0) }.joined(separator: ", ") + "]"
        case .context(let context):
            return "{" + context.entries.map { "\(key($0.name)): \(literal($0.value))" }.joined(separator: ", ") + "}"
        case .range(let range):
            let low = range.lower.map { literal($0) } ?? ""
            let high = range.upper.map { literal($0) } ?? ""
            return (range.includesLower ? "[" : "(") + low + ".." + high + (range.includesUpper ? "]" : ")")
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func key(_ name: String) -> String {
        name.utf8.allSatisfy { Lexer.isNameStart($0) || Lexer.isDigit($0) || $0 == 0x20 } && !name.isEmpty
            ? name : quoted(name)
    }

    /// The offset of the first occurrence in bytes from an offset on; nil if there is none.
    static func find(_ needle: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
        if needle.isEmpty { return start }
        guard text.count - start >= needle.count else { return nil }
        var offset = start
        while offset <= text.count - needle.count {
            if text[offset] == needle[0] {
                var length = 1
                while length < needle.count, text[offset + length] == needle[length] { length += 1 }
                if length == needle.count { return offset }
            }
            offset += 1
        }
        return nil
    }

    static func contains(_ text: String, _ needle: String) -> Bool {
        find(Array(needle.utf8), in: Array(text.utf8)) != nil
    }

    static func replacing(_ old: String, in text: String, by new: String) -> String {
        split(text, old).joined(separator: new)
    }

    static func split(_ text: String, _ delimiter: String) -> [String] {
        let bytes = Array(text.utf8)
        let needle = Array(delimiter.utf8)
        guard !needle.isEmpty else { return text.unicodeScalars.map { String($0) } }
        var parts: [String] = []
        var start = 0
        while let found = find(needle, in: bytes, from: start) {
            parts.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + needle.count
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }

    /// The text that a pattern stands for when it is a plain one: `;`, `, `, `\.`, `\|`; nil for anything that needs a
    /// regular expression.
    static func plainPattern(_ pattern: String) -> String? {
        var plain = ""
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "t": plain += "\t"
                case "n": plain += "\n"
                case "r": plain += "\r"
                case "0"..."9", "a"..."z", "A"..."Z": return nil
                default: plain.unicodeScalars.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if ".*+?()[]{}|^$".unicodeScalars.contains(scalar) {
                return nil
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return isEscaped ? nil : plain
    }

    /// The text without white space around it.
    static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }

    /// `length` characters from a position on, from 1 or from -1 backwards; nil for a position that is not there.
    static func substring(_ text: String, _ position: Int, _ length: Int?) -> String? {
        let scalars = text.unicodeScalars
        let start: String.UnicodeScalarView.Index
        if position > 0 {
            guard let index = scalars.index(scalars.startIndex, offsetBy: position - 1, limitedBy: scalars.endIndex),
                index < scalars.endIndex
            else { return nil }
            start = index
        } else {
            guard position < 0,
                let index = scalars.index(scalars.endIndex, offsetBy: position, limitedBy: scalars.startIndex)
            else { return nil }
            start = index
        }
        guard let length else { return String(scalars[start...]) }
        guard length >= 1 else { return nil }
        let end = scalars.index(start, offsetBy: length, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return String(scalars[start..<end])
    }
}

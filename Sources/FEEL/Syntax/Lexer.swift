internal import Documents

/// Cuts an expression into tokens (DMN 1.5 §10.3.1.2, grammar rules 26 to 37), and names the mistakes that come from
/// other languages at the place where they are made.
struct Lexer {
    /// The most tokens an expression may have.
    static let maximumTokens = 20_000

    let bytes: [UInt8]
    private var cursor = 0
    private var tokens: [Token] = []

    static func tokens(of bytes: [UInt8]) throws(SyntaxProblem) -> [Token] {
        var lexer = Lexer(bytes: bytes)
        lexer.tokens.reserveCapacity(min(64, 2 + bytes.count / 4))
        try lexer.run()
        return lexer.tokens
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func run() throws(SyntaxProblem) {
        while true {
            try skipSpace()
            let start = cursor
            guard cursor < bytes.count else {
                tokens.append(Token(kind: .end, range: start..<start))
                return
            }
            guard tokens.count < Lexer.maximumTokens else {
                throw SyntaxProblem(
                    "WB3008", "expression is too long", start..<bytes.count, "more than \(Lexer.maximumTokens) words",
                    help: "split it, or put the values into a table")
            }
            let kind = try next(bytes[cursor])
            tokens.append(Token(kind: kind, range: start..<cursor))
        }
    }

    func peek(_ distance: Int) -> UInt8 {
        let index = cursor + distance
        return index < bytes.count ? bytes[index] : 0
    }

    private mutating func next(_ byte: UInt8) throws(SyntaxProblem) -> Token.Kind {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: ".") where Lexer.isDigit(peek(1)): return try number()
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "`"): return try quotedName()
        case UInt8(ascii: "'"): throw foreignQuote()
        default:
            if Lexer.isNameStart(byte) { return try name() }
            return try sign(byte)
        }
    }

    /// Skips white space and comments (`//` to the end of the line, `/* */`).
    private mutating func skipSpace() throws(SyntaxProblem) {
        while cursor < bytes.count {
            let byte = bytes[cursor]
            if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
                cursor += 1
            } else if byte == 0xC2, peek(1) == 0xA0 {
                cursor += 2
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while cursor < bytes.count, bytes[cursor] != 0x0A { cursor += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                let start = cursor
                cursor += 2
                while cursor < bytes.count, !(bytes[cursor] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    cursor += 1
                }
                guard cursor < bytes.count else {
                    throw SyntaxProblem("WB3002", "comment is not closed", start..<start + 2, "no `*/` follows")
                }
                cursor += 2
            } else {
                return
            }
        }
    }

    // MARK: Names

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isNameStart(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || byte == UInt8(ascii: "_") || byte >= 0x80
            || byte == UInt8(ascii: "?")
    }

    private mutating func name() throws(SyntaxProblem) -> Token.Kind {
        let start = cursor
        if bytes[cursor] >= 0x80 { try refuseTypography() }
        if bytes[cursor] == UInt8(ascii: "?"), !Lexer.isNameStart(peek(1)) {
            if case .name? = tokens.last?.kind, peek(1) == 0x20 { throw conditionalOperator() }
        }
        cursor += 1
        while cursor < bytes.count {
            let byte = bytes[cursor]
            if byte >= 0x80 {
                if isSpaceOrTypography() { break }
            } else if byte == UInt8(ascii: "?") || !(Lexer.isNameStart(byte) || Lexer.isDigit(byte)) {
                break
            }
            cursor += 1
        }
        return .name(text(start..<cursor))
    }

    /// Whether a no-break space or a typographic sign is here: they end a name or number.
    private func isSpaceOrTypography() -> Bool {
        (peek(0) == 0xC2 && peek(1) == 0xA0) || isTypography()
    }

    private mutating func quotedName() throws(SyntaxProblem) -> Token.Kind {
        let start = cursor
        cursor += 1
        while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "`") { cursor += 1 }
        guard cursor < bytes.count else {
            throw SyntaxProblem("WB3002", "name in backticks is not closed", start..<bytes.count, "no closing backtick")
        }
        cursor += 1
        guard cursor - start > 2 else { throw SyntaxProblem("WB3001", "name is empty", start..<cursor) }
        return .quotedName(text(start + 1..<cursor - 1))
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    // MARK: Numbers

    /// A number (grammar rule 37, with the exponent of DMN 1.4); dates written without quotes and leading zeros, which
    /// would quietly mean something else, are refused.
    private mutating func number() throws(SyntaxProblem) -> Token.Kind {
        let start = cursor
        if let end = dateLike(start) {
            let written = text(start..<end)
            let function = written.utf8.count > 10 ? "date and time" : "date"
            throw SyntaxProblem(
                "WB3004", "date is read as a subtraction", start..<end,
                "this is a number minus a number minus a number",
                help: "write `\(function)(\"\(written)\")`, or put it in quotes if it is text",
                replacement: "\(function)(\"\(written)\")")
        }
        while Lexer.isDigit(peek(0)) { cursor += 1 }
        if cursor - start > 1, bytes[start] == UInt8(ascii: "0") {
            while Lexer.isDigit(peek(0)) || Lexer.isNameStart(peek(0)) { cursor += 1 }
            if let grouped = groupedDigits(start) { throw grouped }
            throw SyntaxProblem(
                "WB3003", "leading zeros are lost", start..<cursor,
                "this is a number, and a number has no leading zeros",
                help: "put it in quotes if it is a code: `\"\(text(start..<cursor))\"`",
                replacement: "\"\(text(start..<cursor))\"")
        }
        if peek(0) == UInt8(ascii: "."), Lexer.isDigit(peek(1)) {
            cursor += 1
            while Lexer.isDigit(peek(0)) { cursor += 1 }
        }
        if peek(0) | 0x20 == UInt8(ascii: "e") {
            let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
            if Lexer.isDigit(peek(signed ? 2 : 1)) {
                cursor += signed ? 2 : 1
                while Lexer.isDigit(peek(0)) { cursor += 1 }
            }
        }
        if Lexer.isNameStart(peek(0)), peek(0) != UInt8(ascii: "?"), !isSpaceOrTypography() {
            let digits = cursor
            while Lexer.isDigit(peek(0)) || Lexer.isNameStart(peek(0)) { cursor += 1 }
            throw SyntaxProblem(
                "WB3001", "name starts with a digit", start..<cursor, "a number ends after `\(text(start..<digits))`",
                help: "put it in quotes if it is text: `\"\(text(start..<cursor))\"`; a name goes in backticks")
        }
        guard let value = Decimal(text(start..<cursor)) else {
            throw SyntaxProblem("WB3001", "number is out of range", start..<cursor, "exponents go to about 6000")
        }
        return .number(value)
    }

    /// The end of `2026-11-21`, with or without a time after it, that starts here.
    private func dateLike(_ start: Int) -> Int? {
        func digits(_ from: Int, _ count: Int) -> Bool {
            guard from + count <= bytes.count else { return false }
            return bytes[from..<from + count].allSatisfy(Lexer.isDigit)
        }
        guard digits(start, 4), digits(start + 5, 2), digits(start + 8, 2), bytes[start + 4] == UInt8(ascii: "-"),
            bytes[start + 7] == UInt8(ascii: "-")
        else { return nil }
        var end = start + 10
        if end < bytes.count, Lexer.isDigit(bytes[end]) { return nil }
        if end < bytes.count, bytes[end] == UInt8(ascii: "T"), digits(end + 1, 2) {
            while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: ","), bytes[end] != UInt8(ascii: ")")
            {
                end += 1
            }
        }
        return end
    }

    // MARK: Strings

    private mutating func string() throws(SyntaxProblem) -> Token.Kind {
        let start = cursor
        cursor += 1
        while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "\""), bytes[cursor] != UInt8(ascii: "\\") {
            cursor += 1
        }
        if cursor < bytes.count, bytes[cursor] == UInt8(ascii: "\"") {
            cursor += 1
            return .string(text(start + 1..<cursor - 1))
        }
        var scalars = String.UnicodeScalarView(text(start + 1..<cursor).unicodeScalars)
        while true {
            guard cursor < bytes.count else {
                throw SyntaxProblem(
                    "WB3002", "text is not closed", start..<bytes.count, "no closing `\"`",
                    help: "end the text with `\"`; a quote inside of it is written `\\\"`")
            }
            let byte = bytes[cursor]
            if byte == UInt8(ascii: "\"") {
                cursor += 1
                return .string(String(scalars))
            }
            if byte == UInt8(ascii: "\\") {
                scalars.append(try escape())
                continue
            }
            let from = cursor
            while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "\""), bytes[cursor] != UInt8(ascii: "\\") {
                cursor += 1
            }
            scalars.append(contentsOf: text(from..<cursor).unicodeScalars)
        }
    }

    /// `\n \t \r \" \' \\ \uXXXX \UXXXXXX` (grammar rule 66); a surrogate pair is two `\u`.
    private mutating func escape() throws(SyntaxProblem) -> Unicode.Scalar {
        let start = cursor
        let letter = peek(1)
        cursor += 2
        switch letter {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "'"): return "'"
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            var code = try hexadecimal(letter == UInt8(ascii: "u") ? 4 : 6, from: start)
            if code >= 0xD800, code < 0xDC00, peek(0) == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
                cursor += 2
                let low = try hexadecimal(4, from: start)
                guard low >= 0xDC00, low < 0xE000 else { throw badEscape(start) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw badEscape(start) }
            return scalar
        default:
            cursor = min(cursor, bytes.count)
            throw badEscape(start)
        }
    }

    private mutating func hexadecimal(_ count: Int, from start: Int) throws(SyntaxProblem) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = UInt32(text(cursor..<min(cursor + 1, bytes.count)), radix: 16) else {
                throw badEscape(start)
            }
            value = value << 4 | digit
            cursor += 1
        }
        return value
    }

    private func badEscape(_ start: Int) -> SyntaxProblem {
        SyntaxProblem(
            "WB3002", "unknown escape in a text", start..<max(start + 1, min(cursor, bytes.count)),
            help: "these exist: `\\n` `\\t` `\\r` `\\\"` `\\\\` `\\u00E9` `\\U01F600`; a backslash itself is `\\\\`")
    }

    // MARK: Signs

    private mutating func sign(_ byte: UInt8) throws(SyntaxProblem) -> Token.Kind {
        if let foreign = foreignSign(byte) { throw foreign }
        let two = text(cursor..<min(cursor + 2, bytes.count))
        if two.utf8.count == 2, let sign = Token.Sign(rawValue: two) {
            cursor += 2
            return .sign(sign)
        }
        if let sign = Token.Sign(rawValue: String(UnicodeScalar(byte))) {
            cursor += 1
            return .sign(sign)
        }
        throw SyntaxProblem(
            "WB3010", "character has no meaning in an expression", cursor..<cursor + 1,
            help: byte == UInt8(ascii: "~")
                ? "write `null` for nothing; put the value in quotes if it is text"
                : "put the value in quotes if it is text; a name with odd characters goes in backticks")
    }

    /// `15 000` and `15.000,00`: numbers as they are written for people.
    private func groupedDigits(_ start: Int) -> SyntaxProblem? {
        var before = tokens[...]
        if start > 0, bytes[start - 1] == UInt8(ascii: ","), case .sign(.comma)? = before.last?.kind {
            before = before.dropLast()
        }
        guard case .number? = before.last?.kind, let first = before.last else { return nil }
        return SyntaxProblem(
            "WB3001", "a number is written without signs between its digits", first.range.lowerBound..<cursor,
            "two numbers", help: "write the digits alone, with a dot for the decimals: `15000.00`")
    }

    /// The token before, for messages.
    var previous: Token? { tokens.last }
    /// Where the next token starts.
    var position: Int { cursor }
}

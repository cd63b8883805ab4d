import Glibc

extension XMLParser {
    /// Reads text up to the next `<`.
    mutating func text() -> Bool {
        var runStart = i
        // Line ends and tabs between elements; the spaces after them pass below, eight at a time.
        while p[i] == 0x0A || p[i] == 0x09 { i &+= 1 }
        while true {
            var k = i
            while true {
                let word = WordScan.load(p + k)
                let marks =
                    WordScan.equal(word, 0x3C) | WordScan.equal(word, 0x26) | WordScan.equal(word, 0x5D)
                    | WordScan.below(word, 0x20) | WordScan.notASCII(word)
                if marks != 0 {
                    k &+= WordScan.firstMatch(marks)
                    break
                }
                k &+= 8
            }
            i = k
            switch p[k] {
            case 0x3C:
                take(runStart)
                return true
            case 0x09, 0x0A:
                i &+= 1
            case 0x26:
                take(runStart)
                if textEnd == textStart {
                    textStart = i
                    textEnd = i
                }
                var w = textEnd
                if !reference(&w) { return false }
                textEnd = w
                isEscaped = true
                runStart = i
            case 0x5D:
                if p[i &+ 1] == 0x5D, p[i &+ 2] == 0x3E { return fail(.syntax, "`]]>` has to be escaped in text.") }
                i &+= 1
            case 0x0D:
                take(runStart)
                carriageReturn()
                runStart = i
            case 0x80...:
                if !otherScript() { return false }
            default:
                return fail(
                    .syntax, i >= n ? "The document ends inside an element." : "XML cannot hold this control character."
                )
            }
        }
    }

    /// Reads a CDATA section from its `<` on.
    mutating func characterData() -> Bool {
        i &+= 9
        isEscaped = true
        var runStart = i
        while true {
            switch p[i] {
            case 0x5D where p[i &+ 1] == 0x5D && p[i &+ 2] == 0x3E:
                take(runStart)
                i &+= 3
                return true
            case 0x0D:
                take(runStart)
                carriageReturn()
                runStart = i
            case 0x80...:
                if !otherScript() { return false }
            case 0x20..., 0x09, 0x0A:
                i &+= 1
            default:
                return fail(
                    .syntax,
                    i >= n ? "The document ends inside a CDATA section." : "XML cannot hold this control character.")
            }
        }
    }

    /// Adds the bytes from `start` to `i` to the text of the open element.
    @inline(__always)
    private mutating func take(_ start: Int) {
        let count = i &- start
        if textEnd == textStart {
            textStart = start
            textEnd = i
        } else {
            if textEnd != start { memmove(p + textEnd, p + start, count) }
            textEnd &+= count
        }
    }

    /// Line ends become line feeds (XML 1.0 §2.11).
    private mutating func carriageReturn() {
        if textEnd == textStart {
            textStart = i
            textEnd = i
        }
        p[textEnd] = 0x0A
        textEnd &+= 1
        i &+= p[i &+ 1] == 0x0A ? 2 : 1
        isEscaped = true
    }

    /// Passes over a run of well-formed characters beyond ASCII.
    @inline(__always)
    private mutating func otherScript() -> Bool {
        repeat {
            let length = UTF8Check.length(p + i)
            if length == 0 { return fail(.encoding, "The text is not valid UTF-8 here.") }
            if length == 3, p[i] == 0xEF, p[i &+ 1] == 0xBF, p[i &+ 2] >= 0xBE {
                return fail(.syntax, "XML cannot hold this character.")
            }
            i &+= length
        } while p[i] >= 0x80
        return true
    }

    /// Reads a reference from its `&` on and writes what it stands for at `w`, which moves on.
    private mutating func reference(_ w: inout Int) -> Bool {
        let start = i
        i &+= 1
        if p[i] == UInt8(ascii: "#") {
            i &+= 1
            guard let scalar = characterNumber() else {
                i = start
                return fail(.entity, "The reference is not one of a character of XML.")
            }
            w &+= UTF8Check.encode(scalar, to: p + w)
            return true
        }
        let c: UInt8
        if starts(with: "amp;") {
            c = 0x26
            i &+= 4
        } else if starts(with: "lt;") {
            c = 0x3C
            i &+= 3
        } else if starts(with: "gt;") {
            c = 0x3E
            i &+= 3
        } else if starts(with: "quot;") {
            c = 0x22
            i &+= 5
        } else if starts(with: "apos;") {
            c = 0x27
            i &+= 5
        } else {
            i = start
            return fail(
                .entity, "Only `&amp;`, `&lt;`, `&gt;`, `&quot;` and `&apos;` are known; write `&amp;` for `&`.")
        }
        p[w] = c
        w &+= 1
        return true
    }

    /// Reads a character reference after its `#`; nil when it is not one of a character of XML (XML 1.0 §4.1).
    private mutating func characterNumber() -> UInt32? {
        var value: UInt32 = 0
        let isHexadecimal = p[i] == UInt8(ascii: "x")
        if isHexadecimal { i &+= 1 }
        let start = i
        while true {
            let digit = UTF8Check.hexadecimal(p[i])
            guard digit < (isHexadecimal ? 16 : 10) else { break }
            value = value &* (isHexadecimal ? 16 : 10) &+ UInt32(digit)
            if value > 0x10FFFF { return nil }
            i &+= 1
        }
        guard i > start, p[i] == UInt8(ascii: ";") else { return nil }
        i &+= 1
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: return value
        default: return nil
        }
    }

    /// Reads an attribute's value in quotes and normalises it (XML 1.0 §3.3.3).
    mutating func attributeValue(_ start: inout Int, _ count: inout Int, _ flags: inout UInt8) -> Bool {
        let quote = p[i]
        guard quote == 0x22 || quote == 0x27 else { return fail(.syntax, "A value in quotes is expected here.") }
        i &+= 1
        start = i
        var w = i
        var runStart = i
        while true {
            let word = WordScan.load(p + i)
            let marks =
                WordScan.equal(word, quote) | WordScan.equal(word, 0x3C) | WordScan.equal(word, 0x26)
                | WordScan.below(word, 0x20) | WordScan.notASCII(word)
            if marks == 0 {
                i &+= 8
                continue
            }
            i &+= WordScan.firstMatch(marks)
            let c = p[i]
            if c >= 0x80 {
                if !otherScript() { return false }
                continue
            }
            if c == 0x3C { return fail(.syntax, "`<` has to be escaped in a value.") }
            if c < 0x20, c != 0x09, c != 0x0A, c != 0x0D {
                return fail(
                    .syntax, i >= n ? "The document ends inside a tag." : "XML cannot hold this control character.")
            }
            if w != runStart { memmove(p + w, p + runStart, i &- runStart) }
            w &+= i &- runStart
            if c == quote {
                count = w &- start
                i &+= 1
                return true
            }
            flags = Document.NodeFlags.escaped
            if c == 0x26 {
                if !reference(&w) { return false }
            } else {
                i &+= c == 0x0D && p[i &+ 1] == 0x0A ? 2 : 1
                p[w] = 0x20
                w &+= 1
            }
            runStart = i
        }
    }

    /// Puts aside the text before a child element, to be joined with what follows the child.
    mutating func parkText() {
        if textEnd == textStart { return }
        if isEscaped { store.nodes[Int(store.frames[depth &- 1].node)].flags |= Document.NodeFlags.escaped }
        store.setPiece(
            pieceCount,
            DocumentStore.Slice(
                start: UInt32(truncatingIfNeeded: textStart), count: UInt32(truncatingIfNeeded: textEnd &- textStart)))
        pieceCount &+= 1
    }

    /// Gives an element with child elements its text: none when there is only white space around them.
    mutating func joinText(_ element: Int, _ first: Int) {
        parkText()
        var total = 0
        var isBlank = true
        for k in first..<pieceCount {
            let piece = store.pieces[k]
            total += Int(piece.count)
            var at = Int(piece.start)
            let end = at + Int(piece.count)
            while isBlank, at < end {
                isBlank = XMLParser.isSpace(p[at])
                at += 1
            }
        }
        guard !isBlank else { return }
        var start = Int(store.pieces[first].start)
        if pieceCount - first > 1 {
            start = reserveTail(total)
            for k in first..<pieceCount {
                let piece = store.pieces[k]
                memcpy(p + store.byteCount, p + Int(piece.start), Int(piece.count))
                store.byteCount += Int(piece.count)
            }
        }
        store.nodes[element].valueStart = UInt32(truncatingIfNeeded: start)
        store.nodes[element].valueCount = UInt32(truncatingIfNeeded: total)
    }

    /// Passes over a comment or a processing instruction from its `<` on; refuses a document type.
    mutating func misc() -> Bool {
        if p[i &+ 1] == UInt8(ascii: "?") { return instruction() }
        if starts(with: "<!--") { return comment() }
        if starts(with: "<!DOCTYPE") { return fail(.doctype, "A document type declaration is not accepted.") }
        return fail(.syntax, "A comment, an instruction or an element is expected here.")
    }

    private mutating func comment() -> Bool {
        i &+= 4
        while true {
            let c = p[i]
            if c == 0x2D, p[i &+ 1] == 0x2D {
                guard p[i &+ 2] == 0x3E else { return fail(.syntax, "`--` may not stand inside a comment.") }
                i &+= 3
                return true
            }
            if !ignoredCharacter() { return false }
        }
    }

    private mutating func instruction() -> Bool {
        i &+= 2
        let start = i
        if !unqualifiedName() { return false }
        if i &- start == 3, p[start] | 0x20 == 0x78, p[start &+ 1] | 0x20 == 0x6D, p[start &+ 2] | 0x20 == 0x6C {
            i = start
            return fail(.syntax, "The XML declaration stands at the very start of a document.")
        }
        if p[i] != UInt8(ascii: "?"), !XMLParser.isSpace(p[i]) {
            return fail(.syntax, "A space is expected after the name of an instruction.")
        }
        while true {
            if p[i] == UInt8(ascii: "?"), p[i &+ 1] == UInt8(ascii: ">") {
                i &+= 2
                return true
            }
            if !ignoredCharacter() { return false }
        }
    }

    private mutating func ignoredCharacter() -> Bool {
        switch p[i] {
        case 0x80...: return otherScript()
        case 0x20..., 0x09, 0x0A, 0x0D:
            i &+= 1
            return true
        default:
            return fail(
                .syntax, i >= n ? "The document ends inside a comment." : "XML cannot hold this control character.")
        }
    }

    /// Reads `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` (XML 1.0 §2.8).
    mutating func declaration() -> Bool {
        i &+= 5
        var step = 0
        while true {
            let before = i
            skipSpace()
            if starts(with: "?>") {
                i &+= 2
                return step > 0 ? true : fail(.syntax, "The XML declaration has no version.")
            }
            guard i > before else { return fail(.syntax, "The XML declaration is not well-formed.") }
            let name = i
            if !unqualifiedName() { return false }
            let count = i &- name
            skipSpace()
            guard p[i] == UInt8(ascii: "=") else { return fail(.syntax, "The XML declaration is not well-formed.") }
            i &+= 1
            skipSpace()
            let quote = p[i]
            guard quote == 0x22 || quote == 0x27 else { return fail(.syntax, "A value in quotes is expected here.") }
            i &+= 1
            let value = i
            while p[i] != quote, p[i] > 0x20, p[i] < 0x80 { i &+= 1 }
            guard p[i] == quote else { return fail(.syntax, "The XML declaration is not well-formed.") }
            let label = UnsafeBufferPointer(start: UnsafePointer(p + value), count: i &- value)
            i &+= 1
            if step == 0, count == 7, memcmp(p + name, "version", 7) == 0 {
                step = 1
                guard label.count >= 3, memcmp(p + value, "1.", 2) == 0,
                    label.dropFirst(2).allSatisfy({ $0 &- 48 < 10 })
                else { return fail(.syntax, "Only XML 1.0 is read.") }
            } else if step == 1, count == 8, memcmp(p + name, "encoding", 8) == 0 {
                step = 2
                guard label.count == 5, strncasecmp(p + value, "utf-8", 5) == 0 else {
                    i = value
                    return fail(.encoding, "The document declares an encoding other than UTF-8.")
                }
            } else if step == 1 || step == 2, count == 10, memcmp(p + name, "standalone", 10) == 0 {
                step = 3
                guard label.elementsEqual("yes".utf8) || label.elementsEqual("no".utf8) else {
                    return fail(.syntax, "The XML declaration is not well-formed.")
                }
            } else {
                return fail(.syntax, "The XML declaration is not well-formed.")
            }
        }
    }
}

import Glibc

/// Reads JSON (RFC 8259) into flat nodes: one pass, no recursion, strings decoded in place.
struct JSONParser {
    private(set) var store: DocumentStore
    private let p: UnsafeMutablePointer<UInt8>
    private let n: Int
    private var i = 0
    private var depth = 0
    private let greatestDepth: Int
    private let greatestCount: Int
    private let greatestName: Int
    private var problem: DocumentProblem?
    // The last string read.
    private var stringStart = 0
    private var stringCount = 0
    private var stringFlags: UInt8 = 0

    init(_ store: DocumentStore, _ limits: DocumentLimits) {
        self.store = store
        p = store.bytes
        n = store.byteCount
        greatestDepth = limits.depth
        greatestCount = limits.nodes
        greatestName = limits.nameLength
    }

    mutating func run(_ problem: inout DocumentProblem?) {
        // RFC 8259 §8.1 lets a reader ignore a byte order mark.
        if n >= 3, p[0] == 0xEF, p[1] == 0xBB, p[2] == 0xBF { i = 3 }
        skipSpace()
        if i == n {
            _ = fail(.syntax, "The document is empty.")
        } else {
            _ = values()
        }
        problem = self.problem
    }

    @inline(never)
    private mutating func fail(_ reason: DocumentError.Reason, _ message: StaticString) -> Bool {
        if problem == nil { problem = DocumentProblem(reason: reason, offset: min(i, n), message: message) }
        return false
    }

    @inline(__always)
    private mutating func skipSpace() {
        // The zero byte after the input ends the loop.
        while p[i] == 0x20 || p[i] == 0x0A || p[i] == 0x0D || p[i] == 0x09 { i &+= 1 }
    }

    /// Reads the root value and everything inside it; false after a problem.
    private mutating func values() -> Bool {
        var nameStart = 0
        var nameCount = 0
        while true {
            // A value starts at `i`.
            if store.count >= greatestCount {
                return fail(.size, "The document has more values than the limit allows.")
            }
            let start = i
            var kind = Document.NodeKind.null
            var isOpen = false
            switch p[i] {
            case UInt8(ascii: "\""):
                kind = .string
                if !string() { return false }
            case UInt8(ascii: "{"):
                kind = .object
                isOpen = true
                i &+= 1
            case UInt8(ascii: "["):
                kind = .array
                isOpen = true
                i &+= 1
            case UInt8(ascii: "t"):
                kind = .true
                if !literal("true") { return false }
            case UInt8(ascii: "f"):
                kind = .false
                if !literal("false") { return false }
            case UInt8(ascii: "n"):
                if !literal("null") { return false }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                kind = .number
                if !number() { return false }
            default:
                return fail(.syntax, i >= n ? "The document ends before a value." : "A value is expected here.")
            }
            let isString = kind == .string
            let node = store.append(
                Document.Node(
                    kind: kind, flags: isString ? stringFlags : 0, namespace: 0,
                    nameStart: UInt32(truncatingIfNeeded: nameStart), nameCount: UInt32(truncatingIfNeeded: nameCount),
                    valueStart: UInt32(truncatingIfNeeded: isString ? stringStart : start),
                    valueCount: UInt32(truncatingIfNeeded: isString ? stringCount : (isOpen ? 0 : i &- start)),
                    next: UInt32(truncatingIfNeeded: store.count &+ 1), childCount: 0))
            nameStart = 0
            nameCount = 0
            if isOpen {
                if depth >= greatestDepth {
                    i = start
                    return fail(.depth, "The document is nested deeper than the limit allows.")
                }
                store.reserveFrame(depth)
                store.frames[depth] = DocumentStore.Frame(node: UInt32(truncatingIfNeeded: node))
                depth &+= 1
                skipSpace()
                if p[i] != (kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    if kind == .object, !name(&nameStart, &nameCount) { return false }
                    continue
                }
                i &+= 1
                depth &-= 1
            }
            // A value has ended: close what ends with it, up to the next value.
            while true {
                skipSpace()
                if depth == 0 {
                    return i == n ? true : fail(.syntax, "Nothing may follow the end of the document.")
                }
                let open = Int(store.frames[depth &- 1].node)
                store.nodes[open].childCount &+= 1
                let isObject = store.nodes[open].kind == .object
                if p[i] == UInt8(ascii: ",") {
                    i &+= 1
                    skipSpace()
                    if isObject, !name(&nameStart, &nameCount) { return false }
                    break
                }
                guard p[i] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    return fail(
                        .syntax,
                        i >= n
                            ? "The document ends inside an object or array."
                            : (isObject ? "A comma or `}` is expected here." : "A comma or `]` is expected here."))
                }
                i &+= 1
                store.nodes[open].next = UInt32(truncatingIfNeeded: store.count)
                depth &-= 1
                if isObject, store.nodes[open].childCount > 16, !checkNames(open) { return false }
            }
        }
    }

    /// Reads the name of a member and the colon after it, up to its value.
    private mutating func name(_ start: inout Int, _ count: inout Int) -> Bool {
        guard p[i] == UInt8(ascii: "\"") else {
            return fail(.syntax, i >= n ? "The document ends inside an object." : "A name in quotes is expected here.")
        }
        let quote = i
        if !string() { return false }
        if stringCount > greatestName {
            i = quote
            return fail(.size, "A name is longer than the limit allows.")
        }
        start = stringStart
        count = stringCount
        if !isNew(quote) { return false }
        skipSpace()
        guard p[i] == UInt8(ascii: ":") else { return fail(.syntax, "A colon is expected here.") }
        i &+= 1
        skipSpace()
        return true
    }

    /// Whether the name just read is new among the first members of the open object. A bit for each name seen spares
    /// most comparisons; large objects are checked when they end.
    @inline(__always)
    private mutating func isNew(_ quote: Int) -> Bool {
        let frame = depth &- 1
        let object = Int(store.frames[frame].node)
        if store.nodes[object].childCount > 16 { return true }
        let c = stringCount
        let first = c > 0 ? Int(p[stringStart]) : 0
        let last = c > 0 ? Int(p[stringStart &+ c &- 1]) : 0
        let bit: UInt64 = 1 << UInt64((first &* 5 &+ last &* 3 &+ c &* 7) & 63)
        if store.frames[frame].mark & bit == 0 {
            store.frames[frame].mark |= bit
            return true
        }
        var sibling = object &+ 1
        while sibling < store.count {
            let node = store.nodes + sibling
            if Int(node.pointee.nameCount) == c, memcmp(p + Int(node.pointee.nameStart), p + stringStart, c) == 0 {
                i = quote
                return fail(.duplicateKey, "The object has two members of this name.")
            }
            sibling = Int(node.pointee.next)
        }
        return true
    }

    @inline(never)
    private mutating func checkNames(_ object: Int) -> Bool {
        var table = NameTable(Int(store.nodes[object].childCount))
        var member = object &+ 1
        while member < store.count {
            if table.earlier(member, store.nodes, p) >= 0 {
                i = max(0, Int(store.nodes[member].nameStart) - 1)
                return fail(.duplicateKey, "The object has two members of this name.")
            }
            member = Int(store.nodes[member].next)
        }
        return true
    }

    private mutating func literal(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard memcmp(p + i, text.utf8Start, count) == 0 else {
            return fail(.syntax, "Only `true`, `false` and `null` can stand without quotes.")
        }
        i &+= count
        return true
    }

    /// Checks a number's form (RFC 8259 §6); its digits are kept as they are.
    private mutating func number() -> Bool {
        if p[i] == UInt8(ascii: "-") { i &+= 1 }
        if p[i] == UInt8(ascii: "0") {
            i &+= 1
            if p[i] &- 48 < 10 { return fail(.number, "A number has no leading zeros.") }
        } else if !digits() {
            return false
        }
        if p[i] == UInt8(ascii: ".") {
            i &+= 1
            if !digits() { return false }
        }
        if p[i] | 0x20 == UInt8(ascii: "e") {
            i &+= 1
            if p[i] == UInt8(ascii: "+") || p[i] == UInt8(ascii: "-") { i &+= 1 }
            if !digits() { return false }
        }
        return true
    }

    @inline(__always)
    private mutating func digits() -> Bool {
        let start = i
        while p[i] &- 48 < 10 { i &+= 1 }
        return i > start ? true : fail(.number, "A digit is expected here.")
    }

    /// Reads a string from its quote on and leaves its slice in `stringStart` and `stringCount`.
    private mutating func string() -> Bool {
        i &+= 1
        let start = i
        stringStart = start
        stringFlags = 0
        // Zero bytes after the input are below 0x20, so that no test for the end is needed.
        while true {
            let word = WordScan.load(p + i)
            let marks =
                WordScan.equal(word, 0x22) | WordScan.equal(word, 0x5C) | WordScan.below(word, 0x20)
                | WordScan.notASCII(word)
            if marks == 0 {
                i &+= 8
                continue
            }
            i &+= WordScan.firstMatch(marks)
            let c = p[i]
            if c == 0x22 {
                stringCount = i &- start
                i &+= 1
                return true
            }
            if c >= 0x80 {
                // Other scripts come in runs: stay byte by byte until ASCII returns.
                repeat {
                    let length = UTF8Check.length(p + i)
                    if length == 0 { return fail(.encoding, "The text is not valid UTF-8 here.") }
                    i &+= length
                } while p[i] >= 0x80
                continue
            }
            if c == 0x5C { return escapedString(start) }
            return endOfString()
        }
    }

    private mutating func endOfString() -> Bool {
        fail(
            .syntax,
            i >= n ? "The document ends inside a string." : "A control character in a string has to be escaped.")
    }

    /// Goes on with a string from its first backslash: what follows moves down over what the escapes leave.
    private mutating func escapedString(_ start: Int) -> Bool {
        stringFlags = Document.NodeFlags.escaped
        var w = i
        while true {
            let c = p[i]
            if c == 0x22 {
                stringCount = w &- start
                i &+= 1
                return true
            }
            if c == 0x5C {
                if !escape(&w) { return false }
                continue
            }
            if c < 0x20 { return endOfString() }
            if c >= 0x80 {
                let length = UTF8Check.length(p + i)
                if length == 0 { return fail(.encoding, "The text is not valid UTF-8 here.") }
                memmove(p + w, p + i, length)
                w &+= length
                i &+= length
                continue
            }
            p[w] = c
            w &+= 1
            i &+= 1
        }
    }

    private mutating func escape(_ w: inout Int) -> Bool {
        let decoded: UInt8
        switch p[i &+ 1] {
        case 0x22: decoded = 0x22
        case 0x5C: decoded = 0x5C
        case UInt8(ascii: "/"): decoded = UInt8(ascii: "/")
        case UInt8(ascii: "b"): decoded = 0x08
        case UInt8(ascii: "f"): decoded = 0x0C
        case UInt8(ascii: "n"): decoded = 0x0A
        case UInt8(ascii: "r"): decoded = 0x0D
        case UInt8(ascii: "t"): decoded = 0x09
        case UInt8(ascii: "u"): return unicodeEscape(&w)
        default: return fail(.syntax, "There is no such escape.")
        }
        p[w] = decoded
        w &+= 1
        i &+= 2
        return true
    }

    private mutating func unicodeEscape(_ w: inout Int) -> Bool {
        guard var scalar = fourDigits(i &+ 2) else { return fail(.syntax, "Four hexadecimal digits follow `\\u`.") }
        var length = 6
        if scalar & 0xF800 == 0xD800 {
            guard scalar < 0xDC00, p[i &+ 6] == 0x5C, p[i &+ 7] == UInt8(ascii: "u"), let low = fourDigits(i &+ 8),
                low & 0xFC00 == 0xDC00
            else { return fail(.encoding, "A surrogate needs its other half.") }
            scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
            length = 12
        }
        w &+= UTF8Check.encode(scalar, to: p + w)
        i &+= length
        return true
    }

    private func fourDigits(_ at: Int) -> UInt32? {
        var value: UInt32 = 0
        for k in at..<at &+ 4 {
            let digit = UTF8Check.hexadecimal(p[k])
            if digit == 255 { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

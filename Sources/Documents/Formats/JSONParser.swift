import Glibc

/// Reads JSON (RFC 8259) into flat nodes: one pass, no recursion, strings decoded in place.
struct JSONParser {
    private(set) var store: DocumentStore
    let p: UnsafeMutablePointer<UInt8>
    let n: Int
    var i = 0
    private let greatestDepth: Int
    private let greatestCount: Int
    private let greatestName: Int
    private let keepsLast: Bool
    /// Whether members were met that later ones of the same name replace.
    private(set) var hasReplaced = false
    private var problem: DocumentProblem?
    // The last string that was not plain.
    var stringCount = 0
    var stringFlags: UInt8 = 0

    init(_ store: DocumentStore, _ limits: DocumentLimits) {
        self.store = store
        p = store.bytes
        n = store.byteCount
        greatestDepth = limits.depth
        greatestCount = limits.nodes
        greatestName = limits.nameLength
        keepsLast = limits.duplicateNames == .lastWins
    }

    mutating func run(_ problem: inout DocumentProblem?) {
        // RFC 8259 §8.1 lets a reader ignore a byte order mark.
        if n >= 3, p[0] == 0xEF, p[1] == 0xBB, p[2] == 0xBF { i = 3 }
        JSONParser.skipSpace(p, &i)
        if i == n {
            _ = fail(.syntax, "The document is empty.")
        } else {
            _ = values()
        }
        problem = self.problem
    }

    @inline(never)
    mutating func fail(_ reason: DocumentError.Reason, _ message: StaticString) -> Bool {
        if problem == nil { problem = DocumentProblem(reason: reason, offset: min(i, n), message: message) }
        return false
    }

    /// Moves past white space; mostly there is none. The zero byte after the input ends the loop.
    @inline(__always)
    private static func skipSpace(_ p: UnsafePointer<UInt8>, _ i: inout Int) {
        if p[i] > 0x20 { return }
        while p[i] == 0x20 || p[i] == 0x0A || p[i] == 0x0D || p[i] == 0x09 { i &+= 1 }
    }

    /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII. Zero bytes after
    /// the input are control characters, so that no test for the end is needed.
    @inline(__always)
    static func endOfPlainText(_ p: UnsafePointer<UInt8>, _ start: Int) -> Int {
        var k = start
        while true {
            let word = WordScan.load(p + k)
            let marks =
                WordScan.equal(word, 0x22) | WordScan.equal(word, 0x5C) | WordScan.below(word, 0x20)
                | WordScan.notASCII(word)
            if marks != 0 { return k &+ WordScan.firstMatch(marks) }
            k &+= 8
        }
    }

    /// Reads the root value and everything inside it; false after a problem.
    ///
    /// Where the input and the nodes end are locals, which `self` only learns when something rare goes on with them:
    /// in memory they would be stored and loaded for each byte.
    private mutating func values() -> Bool {
        let p = p
        var i = self.i
        var nodes = store.nodes
        var count = store.count
        var depth = 0
        var isMember = false
        while true {
            // A value starts at `i`, or a member with its name.
            var nameStart = 0
            var nameCount = 0
            if isMember {
                let quote = i
                guard p[quote] == UInt8(ascii: "\"") else { return noName(at: i) }
                nameStart = i &+ 1
                let end = JSONParser.endOfPlainText(p, nameStart)
                if p[end] == 0x22 {
                    nameCount = end &- nameStart
                    i = end &+ 1
                } else {
                    if !string(from: nameStart, scanned: end) { return false }
                    nameCount = stringCount
                    i = self.i
                }
                if nameCount > greatestName {
                    self.i = quote
                    return fail(.size, "A name is longer than the limit allows.")
                }
                let frame = store.frames + (depth &- 1)
                let object = Int(frame.pointee.node)
                // A bit for each name seen spares most comparisons; large objects are checked when they end.
                if nodes[object].childCount <= 16 {
                    let first = nameCount > 0 ? Int(p[nameStart]) : 0
                    let last = nameCount > 0 ? Int(p[nameStart &+ nameCount &- 1]) : 0
                    let sum = UInt64(truncatingIfNeeded: first &* 5 &+ last &* 3 &+ nameCount &* 7)
                    let bit: UInt64 = 1 &<< (sum & 63)
                    let mark = frame.pointee.mark
                    frame.pointee.mark = mark | bit
                    if mark & bit != 0 {
                        store.count = count
                        if isRepeated(object, nameStart, nameCount), !repeated(at: quote) { return false }
                    }
                }
                JSONParser.skipSpace(p, &i)
                guard p[i] == UInt8(ascii: ":") else {
                    self.i = i
                    return fail(.syntax, "A colon is expected here.")
                }
                i &+= 1
                JSONParser.skipSpace(p, &i)
            }
            if count >= greatestCount {
                self.i = i
                return fail(.size, "The document has more values than the limit allows.")
            }
            var start = i
            var length = 0
            var kind = Document.NodeKind.null
            var flags: UInt8 = 0
            var isOpen = false
            switch p[i] {
            case UInt8(ascii: "\""):
                kind = .string
                start = i &+ 1
                let end = JSONParser.endOfPlainText(p, start)
                if p[end] == 0x22 {
                    length = end &- start
                    i = end &+ 1
                } else {
                    if !string(from: start, scanned: end) { return false }
                    length = stringCount
                    flags = stringFlags
                    i = self.i
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                kind = p[i] == UInt8(ascii: "{") ? .object : .array
                isOpen = true
                i &+= 1
            default:
                self.i = i
                guard scalar(&kind) else { return false }
                i = self.i
                length = i &- start
            }
            if count == store.nodeCapacity {
                store.count = count
                store.growNodes()
                nodes = store.nodes
            }
            (nodes + count).initialize(
                to: Document.Node(
                    kind: kind, flags: flags, namespace: 0, nameStart: UInt32(truncatingIfNeeded: nameStart),
                    nameCount: UInt32(truncatingIfNeeded: nameCount), valueStart: UInt32(truncatingIfNeeded: start),
                    valueCount: UInt32(truncatingIfNeeded: length), next: UInt32(truncatingIfNeeded: count &+ 1),
                    childCount: 0))
            count &+= 1
            if isOpen {
                if depth >= greatestDepth {
                    self.i = start
                    return fail(.depth, "The document is nested deeper than the limit allows.")
                }
                store.reserveFrame(depth)
                store.frames[depth] = DocumentStore.Frame(node: UInt32(truncatingIfNeeded: count &- 1))
                depth &+= 1
                JSONParser.skipSpace(p, &i)
                isMember = kind == .object
                if p[i] != (isMember ? UInt8(ascii: "}") : UInt8(ascii: "]")) { continue }
                i &+= 1
                depth &-= 1
            }
            // A value has ended: close what ends with it, up to the next value.
            while true {
                JSONParser.skipSpace(p, &i)
                if depth == 0 {
                    self.i = i
                    store.count = count
                    return i == n ? true : fail(.syntax, "Nothing may follow the end of the document.")
                }
                let open = Int(store.frames[depth &- 1].node)
                nodes[open].childCount &+= 1
                isMember = nodes[open].kind == .object
                if p[i] == UInt8(ascii: ",") {
                    i &+= 1
                    JSONParser.skipSpace(p, &i)
                    break
                }
                guard p[i] == (isMember ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    return notClosed(at: i, isObject: isMember)
                }
                i &+= 1
                nodes[open].next = UInt32(truncatingIfNeeded: count)
                depth &-= 1
                if isMember, nodes[open].childCount > 16 {
                    self.i = i
                    store.count = count
                    if !checkNames(open) { return false }
                }
            }
        }
    }

    @inline(never)
    private mutating func noName(at place: Int) -> Bool {
        i = place
        return fail(
            .syntax, i >= n ? "The document ends inside an object." : "A name in quotes is expected here.")
    }

    @inline(never)
    private mutating func notClosed(at place: Int, isObject: Bool) -> Bool {
        i = place
        return fail(
            .syntax,
            i >= n
                ? "The document ends inside an object or array."
                : (isObject ? "A comma or `}` is expected here." : "A comma or `]` is expected here."))
    }

    /// Reads a value that is neither text nor has parts.
    private mutating func scalar(_ kind: inout Document.NodeKind) -> Bool {
        switch p[i] {
        case UInt8(ascii: "t"):
            kind = .true
            return literal("true")
        case UInt8(ascii: "f"):
            kind = .false
            return literal("false")
        case UInt8(ascii: "n"): return literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            kind = .number
            return number()
        default:
            return fail(.syntax, i >= n ? "The document ends before a value." : "A value is expected here.")
        }
    }

    /// Whether an earlier member of the open object has this name.
    @inline(never)
    private func isRepeated(_ object: Int, _ start: Int, _ count: Int) -> Bool {
        var sibling = object &+ 1
        while sibling < store.count {
            let node = store.nodes + sibling
            if Int(node.pointee.nameCount) == count, memcmp(p + Int(node.pointee.nameStart), p + start, count) == 0 {
                return true
            }
            sibling = Int(node.pointee.next)
        }
        return false
    }

    @inline(never)
    private mutating func checkNames(_ object: Int) -> Bool {
        var table = NameTable(Int(store.nodes[object].childCount))
        var member = object &+ 1
        while member < store.count {
            if table.earlier(member, store.nodes, p) >= 0 {
                if !repeated(at: max(0, Int(store.nodes[member].nameStart) - 1)) { return false }
            }
            member = Int(store.nodes[member].next)
        }
        return true
    }

    /// A name for the second time in its object.
    @inline(never)
    private mutating func repeated(at place: Int) -> Bool {
        if keepsLast {
            hasReplaced = true
            return true
        }
        i = place
        return fail(.duplicateKey, "The object has two members of this name.")
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
        var k = i
        if p[k] == UInt8(ascii: "-") { k &+= 1 }
        if p[k] == UInt8(ascii: "0") {
            k &+= 1
            if p[k] &- 48 < 10 {
                i = k
                return fail(.number, "A number has no leading zeros.")
            }
        } else if !digits(&k) {
            return false
        }
        if p[k] == UInt8(ascii: ".") {
            k &+= 1
            if !digits(&k) { return false }
        }
        if p[k] | 0x20 == UInt8(ascii: "e") {
            k &+= 1
            if p[k] == UInt8(ascii: "+") || p[k] == UInt8(ascii: "-") { k &+= 1 }
            if !digits(&k) { return false }
        }
        i = k
        return true
    }

    @inline(__always)
    private mutating func digits(_ k: inout Int) -> Bool {
        let start = k
        while p[k] &- 48 < 10 { k &+= 1 }
        if k > start { return true }
        i = k
        return fail(.number, "A digit is expected here.")
    }
}

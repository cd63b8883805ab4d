import Glibc

/// Reads `application/x-www-form-urlencoded` (WHATWG URL §5.1) into an object; stricter than browsers are: a broken `%`
/// escape and text that is not UTF-8 are refused.
struct FormParser {
    private(set) var store: DocumentStore
    private let p: UnsafeMutablePointer<UInt8>
    private let n: Int
    private var i = 0
    private let limits: DocumentLimits
    private var problem: DocumentProblem?

    init(_ store: DocumentStore, _ limits: DocumentLimits) {
        self.store = store
        p = store.bytes
        n = store.byteCount
        self.limits = limits
    }

    mutating func run(_ problem: inout DocumentProblem?) {
        _ = store.append(
            Document.Node(
                kind: .object, flags: 0, namespace: 0, nameStart: 0, nameCount: 0, valueStart: 0, valueCount: 0,
                next: 1,
                childCount: 0))
        if pairs() {
            group()
            store.nodes[0].next = UInt32(truncatingIfNeeded: store.count)
        }
        problem = self.problem
    }

    private mutating func fail(_ reason: DocumentError.Reason, _ message: StaticString) -> Bool {
        problem = DocumentProblem(reason: reason, offset: i, message: message)
        return false
    }

    private mutating func pairs() -> Bool {
        while i < n {
            if p[i] == UInt8(ascii: "&") {
                i &+= 1
                continue
            }
            if store.count >= limits.nodes { return fail(.size, "The form has more fields than the limit allows.") }
            let nameStart = i
            var nameCount = 0
            var flags: UInt8 = 0
            if !piece(isName: true, &nameCount, &flags) { return false }
            if nameCount > limits.nameLength {
                i = nameStart
                return fail(.size, "A name is longer than the limit allows.")
            }
            if i < n, p[i] == UInt8(ascii: "=") { i &+= 1 }
            let valueStart = i
            var valueCount = 0
            flags = 0
            if !piece(isName: false, &valueCount, &flags) { return false }
            _ = store.append(
                Document.Node(
                    kind: .string, flags: flags, namespace: 0, nameStart: UInt32(nameStart),
                    nameCount: UInt32(nameCount), valueStart: UInt32(valueStart), valueCount: UInt32(valueCount),
                    next: UInt32(store.count + 1), childCount: 0))
            store.nodes[0].childCount &+= 1
        }
        return true
    }

    /// Decodes a name or a value in place, up to `=` or `&`.
    private mutating func piece(isName: Bool, _ count: inout Int, _ flags: inout UInt8) -> Bool {
        let start = i
        var w = i
        while i < n {
            let c = p[i]
            if c == UInt8(ascii: "&") || (isName && c == UInt8(ascii: "=")) { break }
            if c == UInt8(ascii: "%") {
                let high = UTF8Check.hexadecimal(p[i &+ 1]), low = UTF8Check.hexadecimal(p[i &+ 2])
                if high > 15 || low > 15 { return fail(.syntax, "Two hexadecimal digits follow `%`.") }
                p[w] = high << 4 | low
                i &+= 3
            } else {
                p[w] = c == UInt8(ascii: "+") ? 0x20 : c
                i &+= 1
            }
            if p[w] < 0x20 || p[w] == 0x22 || p[w] == 0x5C { flags = Document.NodeFlags.escaped }
            w &+= 1
        }
        count = w &- start
        let end = w
        // The zero after the piece keeps the check from reading into what follows.
        let kept = p[end]
        p[end] = 0
        defer { p[end] = kept }
        var k = start
        while k < end {
            if p[k] < 0x80 {
                k &+= 1
                continue
            }
            let length = UTF8Check.length(p + k)
            if length == 0 {
                i = start
                return fail(.encoding, "The text is not valid UTF-8 here.")
            }
            k &+= length
        }
        return true
    }

    /// Puts the values of a repeated name into an array at its first place.
    private mutating func group() {
        let pairs = store.count - 1
        guard pairs > 1 else { return }
        var table = NameTable(pairs)
        var following = [Int](repeating: -1, count: store.count)
        var last = [Int](repeating: -1, count: store.count)
        var isFirst = [Bool](repeating: true, count: store.count)
        var hasRepeats = false
        for node in 1..<store.count {
            let earlier = table.earlier(node, store.nodes, p)
            if earlier < 0 {
                last[node] = node
            } else {
                hasRepeats = true
                isFirst[node] = false
                following[last[earlier]] = node
                last[earlier] = node
            }
        }
        guard hasRepeats else { return }
        let flat = (0..<store.count).map { store.nodes[$0] }
        store.count = 1
        store.nodes[0].childCount = 0
        for first in 1..<flat.count where isFirst[first] {
            store.nodes[0].childCount += 1
            var node = flat[first]
            if following[first] < 0 {
                node.next = UInt32(store.count + 1)
                _ = store.append(node)
                continue
            }
            let array = store.append(
                Document.Node(
                    kind: .array, flags: 0, namespace: 0, nameStart: node.nameStart, nameCount: node.nameCount,
                    valueStart: node.valueStart, valueCount: 0, next: 0, childCount: 0))
            var member = first
            while member >= 0 {
                var item = flat[member]
                item.nameStart = 0
                item.nameCount = 0
                item.next = UInt32(store.count + 1)
                _ = store.append(item)
                store.nodes[array].childCount += 1
                member = following[member]
            }
            store.nodes[array].next = UInt32(store.count)
        }
    }
}

import Glibc

/// Reads XML 1.0 with namespaces into flat nodes: one pass, no recursion, references resolved in place.
///
/// Well-formedness is checked as XML 1.0 (fifth edition) and Namespaces in XML 1.0 ask, except that a document type
/// declaration is refused: with it go entities, defaulted attributes and everything that makes XML dangerous.
struct XMLParser {
    var store: DocumentStore
    /// The bytes; refreshed when the store moves them.
    var p: UnsafeMutablePointer<UInt8>
    let n: Int
    var i = 0
    var depth = 0
    let limits: DocumentLimits
    var problem: DocumentProblem?
    // Text of the innermost open element since its start or its last child: [textStart, textEnd).
    var textStart = 0
    var textEnd = 0
    var isEscaped = false
    /// Pieces of text that wait for the end of their elements, which have child elements.
    var pieceCount = 0
    /// Namespace declarations in scope.
    var bindingCount = 0
    /// Index of the namespace of `xsi:` attributes, once it was seen.
    var schemaInstance: UInt16 = 0
    // The last name read: its prefix (with count 0 for none) and local part.
    var prefixStart = 0
    var prefixCount = 0
    var localStart = 0
    var localCount = 0

    init(_ store: DocumentStore, _ limits: DocumentLimits) {
        self.store = store
        p = store.bytes
        n = store.byteCount
        self.limits = limits
    }

    mutating func run(_ problem: inout DocumentProblem?) {
        if document() { markSOAP() }
        problem = self.problem
    }

    @inline(never)
    mutating func fail(_ reason: DocumentError.Reason, _ message: StaticString) -> Bool {
        if problem == nil { problem = DocumentProblem(reason: reason, offset: min(i, n), message: message) }
        return false
    }

    @inline(__always)
    mutating func skipSpace() {
        while p[i] == 0x20 || p[i] == 0x0A || p[i] == 0x0D || p[i] == 0x09 { i &+= 1 }
    }

    private mutating func document() -> Bool {
        if n >= 2, p[0] == 0xFE && p[1] == 0xFF || p[0] == 0xFF && p[1] == 0xFE {
            return fail(.encoding, "The document is UTF-16; only UTF-8 is read.")
        }
        if n >= 3, p[0] == 0xEF, p[1] == 0xBB, p[2] == 0xBF { i = 3 }
        if starts(with: "<?xml"), XMLParser.isSpace(p[i &+ 5]), !declaration() { return false }
        while true {
            skipSpace()
            guard p[i] == UInt8(ascii: "<") else {
                return fail(
                    .syntax, i >= n ? "The document has no root element." : "No text may stand before the root element."
                )
            }
            if p[i &+ 1] == UInt8(ascii: "!") || p[i &+ 1] == UInt8(ascii: "?") {
                if !misc() { return false }
            } else {
                break
            }
        }
        if !elements() { return false }
        while true {
            skipSpace()
            if i >= n { return true }
            guard p[i] == UInt8(ascii: "<"), p[i &+ 1] == UInt8(ascii: "!") || p[i &+ 1] == UInt8(ascii: "?") else {
                return fail(.syntax, "Nothing but comments may follow the root element.")
            }
            if !misc() { return false }
        }
    }

    /// Reads the root element and everything inside it, from its `<` on.
    private mutating func elements() -> Bool {
        repeat {
            // `i` is at a `<`, or after the text of the open element.
            let next = p[i &+ 1]
            if next == UInt8(ascii: "/"), depth > 0 {
                if !endTag() { return false }
            } else if next == UInt8(ascii: "!"), starts(with: "<![CDATA[") {
                if !characterData() { return false }
            } else if next == UInt8(ascii: "!") || next == UInt8(ascii: "?") {
                if !misc() { return false }
            } else {
                if !startTag() { return false }
            }
            if depth == 0 { break }
            if !text() { return false }
        } while true
        return true
    }

    /// Reads a start tag or an empty element from its `<` on.
    private mutating func startTag() -> Bool {
        let start = i
        if store.count >= limits.nodes { return fail(.size, "The document has more nodes than the limit allows.") }
        i &+= 1
        if !qualifiedName() { return false }
        let elementPrefix = prefixCount
        if depth > 0 { parkText() }
        let element = store.append(
            Document.Node(
                kind: .element, flags: 0, namespace: 0, nameStart: UInt32(truncatingIfNeeded: localStart),
                nameCount: UInt32(truncatingIfNeeded: localCount), valueStart: UInt32(truncatingIfNeeded: start),
                valueCount: 0, next: 0, childCount: 0))
        if depth > 0 {
            let parent = Int(store.frames[depth &- 1].node)
            store.nodes[parent].childCount &+= 1
            store.nodes[parent].flags |= Document.NodeFlags.parent
        }
        let bindings = bindingCount
        if p[i] != UInt8(ascii: ">"), !attributes(element) { return false }
        let prefixAt = Int(store.nodes[element].nameStart) - elementPrefix - 1
        guard let namespace = resolve(elementPrefix > 0 ? prefixAt : 0, elementPrefix, isAttribute: false) else {
            i = start
            return fail(.namespace, "The prefix is not declared.")
        }
        store.nodes[element].namespace = namespace
        if p[i] == UInt8(ascii: "/") {
            guard p[i &+ 1] == UInt8(ascii: ">") else { return fail(.syntax, "`>` is expected here.") }
            i &+= 2
            store.nodes[element].next = UInt32(truncatingIfNeeded: store.count)
            bindingCount = bindings
            textStart = i
            textEnd = i
            isEscaped = false
            return depth < limits.depth || tooDeep(start)
        }
        guard p[i] == UInt8(ascii: ">") else { return fail(.syntax, "`>` or an attribute is expected here.") }
        i &+= 1
        if depth >= limits.depth { return tooDeep(start) }
        store.reserveFrame(depth)
        store.frames[depth] = DocumentStore.Frame(
            node: UInt32(truncatingIfNeeded: element), mark: UInt64(elementPrefix),
            bindings: UInt32(truncatingIfNeeded: bindings), pieces: UInt32(truncatingIfNeeded: pieceCount))
        depth &+= 1
        textStart = i
        textEnd = i
        isEscaped = false
        return true
    }

    private mutating func tooDeep(_ start: Int) -> Bool {
        i = start
        return fail(.depth, "The document is nested deeper than the limit allows.")
    }

    /// Reads an end tag from its `<` on and closes the innermost element.
    private mutating func endTag() -> Bool {
        let frame = store.frames[depth &- 1]
        let element = Int(frame.node)
        let nameStart = Int(store.nodes[element].nameStart), nameCount = Int(store.nodes[element].nameCount)
        let qualified = frame.mark > 0 ? Int(frame.mark) &+ 1 : 0
        let length = nameCount &+ qualified
        let after = i &+ 2 &+ length
        guard after < n, memcmp(p + i + 2, p + nameStart - qualified, length) == 0 else {
            return fail(.syntax, "The end tag does not match the start tag.")
        }
        i = after
        skipSpace()
        guard p[i] == UInt8(ascii: ">") else { return fail(.syntax, "The end tag does not match the start tag.") }
        i &+= 1
        if store.nodes[element].flags & Document.NodeFlags.parent != 0 {
            joinText(element, Int(frame.pieces))
        } else {
            store.nodes[element].valueStart = UInt32(truncatingIfNeeded: textStart)
            store.nodes[element].valueCount = UInt32(truncatingIfNeeded: textEnd &- textStart)
            if isEscaped { store.nodes[element].flags |= Document.NodeFlags.escaped }
        }
        store.nodes[element].next = UInt32(truncatingIfNeeded: store.count)
        pieceCount = Int(frame.pieces)
        bindingCount = Int(frame.bindings)
        depth &-= 1
        textStart = i
        textEnd = i
        isEscaped = false
        return true
    }

    /// Reads the attributes of an element up to `>` or `/`; declarations of namespaces leave no node.
    private mutating func attributes(_ element: Int) -> Bool {
        let firstBinding = bindingCount
        var count = 0
        while true {
            let before = i
            skipSpace()
            let c = p[i]
            if c == UInt8(ascii: ">") || c == UInt8(ascii: "/") { break }
            if i == before { return fail(.syntax, "A space, `>` or `/>` is expected here.") }
            let start = i
            if !qualifiedName() { return false }
            let prefixAt = prefixStart, prefixLength = prefixCount
            let nameAt = localStart, nameLength = localCount
            skipSpace()
            guard p[i] == UInt8(ascii: "=") else {
                return fail(.syntax, "`=` and a value in quotes are expected here.")
            }
            i &+= 1
            skipSpace()
            var valueStart = 0
            var valueCount = 0
            var flags: UInt8 = 0
            if !attributeValue(&valueStart, &valueCount, &flags) { return false }
            let isDefault = prefixLength == 0 && nameLength == 5 && memcmp(p + nameAt, "xmlns", 5) == 0
            if isDefault || (prefixLength == 5 && memcmp(p + prefixAt, "xmlns", 5) == 0) {
                let prefix = DocumentStore.Slice(start: UInt32(nameAt), count: isDefault ? 0 : UInt32(nameLength))
                let name = DocumentStore.Slice(start: UInt32(valueStart), count: UInt32(valueCount))
                if !declare(prefix, name, since: firstBinding, at: start) { return false }
                continue
            }
            if store.count >= limits.nodes {
                return fail(.size, "The document has more nodes than the limit allows.")
            }
            // The length of the prefix waits in `childCount` until all declarations of the tag are known.
            _ = store.append(
                Document.Node(
                    kind: .attribute, flags: flags, namespace: 0, nameStart: UInt32(truncatingIfNeeded: nameAt),
                    nameCount: UInt32(truncatingIfNeeded: nameLength),
                    valueStart: UInt32(truncatingIfNeeded: valueStart),
                    valueCount: UInt32(truncatingIfNeeded: valueCount),
                    next: UInt32(truncatingIfNeeded: store.count &+ 1),
                    childCount: UInt32(truncatingIfNeeded: prefixLength)))
            count &+= 1
        }
        if count == 0 { return true }
        store.nodes[element].flags |= Document.NodeFlags.attributed
        store.nodes[element].childCount = UInt32(truncatingIfNeeded: count)
        return settle(element, count)
    }

    /// Resolves the prefixes of an element's attributes and finds two of the same name.
    private mutating func settle(_ element: Int, _ count: Int) -> Bool {
        for attribute in element &+ 1...element &+ count {
            let prefixLength = Int(store.nodes[attribute].childCount)
            store.nodes[attribute].childCount = 0
            guard prefixLength > 0 else { continue }
            let prefixAt = Int(store.nodes[attribute].nameStart) &- prefixLength &- 1
            guard let namespace = resolve(prefixAt, prefixLength, isAttribute: true) else {
                i = prefixAt
                return fail(.namespace, "The prefix is not declared.")
            }
            store.nodes[attribute].namespace = namespace
            if namespace == schemaInstance, namespace != 0 { markInstance(element, attribute) }
        }
        if count < 2 { return true }
        if count > 16 {
            var table = NameTable(count)
            for attribute in element &+ 1...element &+ count
            where table.earlier(attribute, store.nodes, p) >= 0 {
                return duplicate(attribute)
            }
            return true
        }
        for later in element &+ 2...element &+ count {
            for earlier in element &+ 1..<later where NameTable.same(earlier, later, store.nodes, p) {
                return duplicate(later)
            }
        }
        return true
    }

    private mutating func duplicate(_ attribute: Int) -> Bool {
        i = Int(store.nodes[attribute].nameStart)
        return fail(.duplicateKey, "The element has two attributes of this name.")
    }

    /// Marks an element that says `xsi:nil="true"`, and resolves the prefix in `xsi:type` (XML Schema part 1 §2.6).
    private mutating func markInstance(_ element: Int, _ attribute: Int) {
        let node = store.nodes[attribute]
        let value = p + Int(node.valueStart)
        let count = Int(node.valueCount)
        if node.nameCount == 3, memcmp(p + Int(node.nameStart), "nil", 3) == 0 {
            if count == 4 && memcmp(value, "true", 4) == 0 || count == 1 && value[0] == 0x31 {
                store.nodes[element].flags |= Document.NodeFlags.nil
            }
        } else if node.nameCount == 4, memcmp(p + Int(node.nameStart), "type", 4) == 0 {
            var start = 0
            while start < count, XMLParser.isSpace(value[start]) { start &+= 1 }
            var colon = start
            while colon < count, value[colon] != UInt8(ascii: ":") { colon &+= 1 }
            let prefix = colon < count ? colon &- start : 0
            if let namespace = resolve(Int(node.valueStart) &+ start, prefix, isAttribute: false) {
                store.nodes[attribute].childCount = UInt32(namespace) &+ 1
            }
        }
    }

    /// Notes the version of SOAP when the root is an envelope.
    private mutating func markSOAP() {
        let root = store.nodes[0]
        guard root.nameCount == 8, root.namespace > 0, memcmp(p + Int(root.nameStart), "Envelope", 8) == 0 else {
            return
        }
        let name = store.namespaces[Int(root.namespace)]
        for version in [SOAPVersion.v11, .v12]
        where Int(name.count) == version.envelopeNamespace.utf8CodeUnitCount
            && memcmp(p + Int(name.start), version.envelopeNamespace.utf8Start, Int(name.count)) == 0
        {
            store.soapVersion = version
        }
    }

    /// Whether the input goes on with these bytes.
    func starts(with text: StaticString) -> Bool {
        i &+ text.utf8CodeUnitCount <= n && memcmp(p + i, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    @inline(__always)
    static func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x0A || c == 0x0D || c == 0x09 }
}

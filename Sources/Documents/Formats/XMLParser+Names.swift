import Glibc

extension XMLParser {
    // Bit sets of the ASCII characters that names start with and consist of, the colon left out
    // (XML 1.0 §2.3, Namespaces in XML 1.0 §3).
    @inline(__always)
    static func isASCIINameStart(_ c: UInt8) -> Bool {
        c >= 64 && c < 128 && 0x07FF_FFFE_87FF_FFFE >> UInt64(c &- 64) & 1 == 1
    }

    @inline(__always)
    static func isASCIIName(_ c: UInt8) -> Bool {
        c < 64 ? 0x03FF_6000_0000_0000 >> UInt64(c) & 1 == 1 : isASCIINameStart(c)
    }

    /// Reads a qualified name into `prefixStart`… and `localStart`….
    mutating func qualifiedName() -> Bool {
        let start = i
        if !unqualifiedName() { return false }
        prefixCount = 0
        localStart = start
        localCount = i &- start
        if p[i] == UInt8(ascii: ":") {
            prefixStart = start
            prefixCount = localCount
            i &+= 1
            localStart = i
            if !unqualifiedName() { return false }
            localCount = i &- localStart
            if p[i] == UInt8(ascii: ":") { return fail(.namespace, "A name has one colon at most.") }
        }
        if i &- start > limits.nameLength {
            i = start
            return fail(.size, "A name is longer than the limit allows.")
        }
        return true
    }

    /// Passes over a name without a colon.
    mutating func unqualifiedName() -> Bool {
        let start = i
        if XMLParser.isASCIINameStart(p[start]) {
            var k = start &+ 1
            while XMLParser.isASCIIName(p[k]) { k &+= 1 }
            i = k
            if p[k] < 0x80 { return true }
        }
        while true {
            let c = p[i]
            if XMLParser.isASCIIName(c) {
                if i == start, !XMLParser.isASCIINameStart(c) { break }
                i &+= 1
            } else if c >= 0x80 {
                let length = UTF8Check.length(p + i)
                if length == 0 { return fail(.encoding, "The text is not valid UTF-8 here.") }
                guard XMLParser.isName(UTF8Check.scalar(p + i, length: length), isStart: i == start) else { break }
                i &+= length
            } else {
                break
            }
        }
        return i > start ? true : fail(.syntax, "A name is expected here.")
    }

    /// Whether a scalar beyond ASCII may stand in a name (XML 1.0 §2.3).
    private static func isName(_ c: UInt32, isStart: Bool) -> Bool {
        switch c {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F,
            0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: !isStart
        default: false
        }
    }

    /// Brings a namespace declaration into scope (Namespaces in XML 1.0 §2.2, §3).
    mutating func declare(
        _ prefix: DocumentStore.Slice, _ name: DocumentStore.Slice, since first: Int, at start: Int
    ) -> Bool {
        let after = i
        i = start
        for k in first..<bindingCount {
            let other = store.bindings[k].prefix
            if other.count == prefix.count, memcmp(p + Int(other.start), p + Int(prefix.start), Int(prefix.count)) == 0
            {
                return fail(.duplicateKey, "The element declares this prefix twice.")
            }
        }
        let isXML = same(prefix, "xml")
        if isXML != same(name, XMLParser.xmlNamespace) || same(name, "http://www.w3.org/2000/xmlns/")
            || same(prefix, "xmlns")
        {
            return fail(.namespace, "The prefixes `xml` and `xmlns` and their namespaces are fixed.")
        }
        if name.count == 0, prefix.count > 0 {
            return fail(.namespace, "A prefix cannot be declared with an empty namespace.")
        }
        if bindingCount >= DocumentStore.greatestNamespaces {
            return fail(.namespace, "The document declares more namespaces than the limit allows.")
        }
        var index: UInt16 = 0
        if name.count > 0 {
            guard let found = intern(name) else {
                return fail(.namespace, "The document declares more namespaces than the limit allows.")
            }
            index = found
        }
        store.bindings[bindingCount] = DocumentStore.Binding(prefix: prefix, namespace: index)
        bindingCount += 1
        i = after
        return true
    }

    /// The index of a namespace name; nil when there are too many.
    private mutating func intern(_ name: DocumentStore.Slice) -> UInt16? {
        var k = 1
        while k <= store.namespaceCount {
            let known = store.namespaces[k]
            if known.count == name.count, memcmp(p + Int(known.start), p + Int(name.start), Int(name.count)) == 0 {
                return UInt16(k)
            }
            k += 1
        }
        guard k <= DocumentStore.greatestNamespaces else { return nil }
        store.namespaceCount = k
        store.namespaces[k] = name
        if same(name, "http://www.w3.org/2001/XMLSchema-instance") { schemaInstance = UInt16(k) }
        return UInt16(k)
    }

    /// The namespace of a prefix in scope; nil when it is not declared.
    mutating func resolve(_ start: Int, _ count: Int, isAttribute: Bool) -> UInt16? {
        if count == 0, isAttribute { return 0 }
        var k = bindingCount &- 1
        while k >= 0 {
            let binding = store.bindings[k]
            if Int(binding.prefix.count) == count,
                count == 0 || memcmp(p + Int(binding.prefix.start), p + start, count) == 0
            {
                return binding.namespace
            }
            k &-= 1
        }
        if count == 0 { return 0 }
        guard count == 3, memcmp(p + start, "xml", 3) == 0 else { return nil }
        return xmlNamespaceIndex()
    }

    static let xmlNamespace: StaticString = "http://www.w3.org/XML/1998/namespace"

    /// The index of the namespace that `xml:` always has; its name is put after the input.
    private mutating func xmlNamespaceIndex() -> UInt16? {
        let count = XMLParser.xmlNamespace.utf8CodeUnitCount
        for k in 1..<max(1, store.namespaceCount + 1) where same(store.namespaces[k], XMLParser.xmlNamespace) {
            return UInt16(k)
        }
        guard store.namespaceCount < DocumentStore.greatestNamespaces else { return nil }
        let start = reserveTail(count)
        memcpy(p + start, XMLParser.xmlNamespace.utf8Start, count)
        store.byteCount += count
        return intern(DocumentStore.Slice(start: UInt32(start), count: UInt32(count)))
    }

    /// Makes room after the bytes in use, behind the zero bytes that end the input; where it starts.
    mutating func reserveTail(_ count: Int) -> Int {
        if store.byteCount == n { store.byteCount = n + DocumentStore.padding }
        store.extendBytes(count)
        p = store.bytes
        return store.byteCount
    }

    func same(_ slice: DocumentStore.Slice, _ text: StaticString) -> Bool {
        Int(slice.count) == text.utf8CodeUnitCount
            && memcmp(p + Int(slice.start), text.utf8Start, Int(slice.count)) == 0
    }
}

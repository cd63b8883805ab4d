import Glibc

extension Document {
    /// The value of a leaf: decoded text, digits of a number, the own text of an element; valid until the next parse.
    @inlinable
    public func text(_ node: Int) -> UnsafeBufferPointer<UInt8> {
        let n = nodes + node
        return UnsafeBufferPointer(
            start: bytes + Int(n.pointee.valueStart), count: Int(n.pointee.valueCount))
    }

    /// The name of a member, element or attribute; empty for the root of JSON and the items of an array.
    @inlinable
    public func name(_ node: Int) -> UnsafeBufferPointer<UInt8> {
        let n = nodes + node
        return UnsafeBufferPointer(start: bytes + Int(n.pointee.nameStart), count: Int(n.pointee.nameCount))
    }

    /// The first member or child element with that (local) name; -1 when there is none.
    public func child(_ node: Int, named name: UnsafeBufferPointer<UInt8>) -> Int {
        let end = Int(nodes[node].next)
        var k = node + 1
        while k < end {
            if nodes[k].kind != .attribute, hasName(k, name) { return k }
            k = Int(nodes[k].next)
        }
        return -1
    }

    /// The first child element with that local name and namespace index; -1 when there is none.
    public func child(_ node: Int, named name: UnsafeBufferPointer<UInt8>, namespace: UInt16) -> Int {
        let end = Int(nodes[node].next)
        var k = node + 1
        while k < end {
            if nodes[k].kind != .attribute, nodes[k].namespace == namespace, hasName(k, name) { return k }
            k = Int(nodes[k].next)
        }
        return -1
    }

    /// The attribute with that local name; -1 when there is none.
    public func attribute(_ node: Int, named name: UnsafeBufferPointer<UInt8>) -> Int {
        let end = Int(nodes[node].next)
        var k = node + 1
        while k < end, nodes[k].kind == .attribute {
            if hasName(k, name) { return k }
            k += 1
        }
        return -1
    }

    /// The first member, item or child element of a node; -1 when there is none.
    public func firstChild(_ node: Int) -> Int {
        let end = Int(nodes[node].next)
        var k = node + 1
        while k < end, nodes[k].kind == .attribute { k += 1 }
        return k < end ? k : -1
    }

    /// The first child element from `sibling` on, inside `parent`, with that name; -1 when there is none. Walks
    /// repeated elements: `sibling` is `nodes[found].next`.
    public func child(of parent: Int, from sibling: Int, named name: UnsafeBufferPointer<UInt8>) -> Int {
        let end = Int(nodes[parent].next)
        var k = sibling
        while k < end {
            if nodes[k].kind != .attribute, hasName(k, name) { return k }
            k = Int(nodes[k].next)
        }
        return -1
    }

    /// `child(_:named:)` for names that are not on the way of every call.
    public func child(_ node: Int, named name: String) -> Int {
        var name = name
        return name.withUTF8 { child(node, named: $0) }
    }

    /// `attribute(_:named:)` for names that are not on the way of every call.
    public func attribute(_ node: Int, named name: String) -> Int {
        var name = name
        return name.withUTF8 { attribute(node, named: $0) }
    }

    /// Whether a node has that (local) name.
    @inlinable
    public func hasName(_ node: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let n = nodes + node
        guard Int(n.pointee.nameCount) == name.count, let other = name.baseAddress else {
            return n.pointee.nameCount == 0 && name.isEmpty
        }
        return Document.sameBytes(bytes + Int(n.pointee.nameStart), other, name.count)
    }

    @usableFromInline
    static func sameBytes(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        memcmp(left, right, count) == 0
    }

    /// A copy of a node's value as text.
    public func string(_ node: Int) -> String { String(decoding: text(node), as: UTF8.self) }

    /// A copy of a node's name.
    public func nameString(_ node: Int) -> String { String(decoding: name(node), as: UTF8.self) }

    /// The number of namespaces of the document; indexes start at 1.
    public var namespaceCount: Int { store.namespaceCount }

    /// The name of a namespace; empty for index 0.
    public func namespaceName(_ index: UInt16) -> UnsafeBufferPointer<UInt8> {
        guard index > 0, Int(index) <= store.namespaceCount else { return UnsafeBufferPointer(start: nil, count: 0) }
        let slice = store.namespaces[Int(index)]
        return UnsafeBufferPointer(start: bytes + Int(slice.start), count: Int(slice.count))
    }

    /// The index of a namespace in this document; nil when the document does not declare it.
    public func namespaceIndex(_ name: UnsafeBufferPointer<UInt8>) -> UInt16? {
        if name.isEmpty { return 0 }
        for index in 1..<UInt16(store.namespaceCount + 1) where namespaceName(index).elementsEqual(name) {
            return index
        }
        return nil
    }

    /// The index of the namespace that the prefix in the value of an `xsi:type` attribute stands for; -1 when the prefix
    /// is not declared.
    @inlinable
    public func typeNamespace(_ attribute: Int) -> Int { Int(nodes[attribute].childCount) - 1 }

    /// The version of SOAP when the root is an envelope of it.
    public var soapVersion: SOAPVersion? { count > 0 && format == .xml ? store.soapVersion : nil }

    /// The `Body` of a SOAP envelope; -1 when the root is not one.
    public func soapBody() -> Int { envelopeChild("Body") }

    /// The `Header` of a SOAP envelope; -1 when there is none.
    public func soapHeader() -> Int { envelopeChild("Header") }

    /// The first element inside the body of a SOAP envelope; -1 when there is none.
    public func firstSOAPBodyChild() -> Int {
        let body = soapBody()
        return body < 0 ? -1 : firstChild(body)
    }

    private func envelopeChild(_ name: StaticString) -> Int {
        guard soapVersion != nil else { return -1 }
        let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return child(root, named: text, namespace: nodes[root].namespace)
    }
}

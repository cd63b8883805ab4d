internal import Documents
import Glibc

extension XSDRun {
    /// Begins an element as a declaration (or as a type when `element` is below zero); whether its children are to be
    /// looked at: then `next` is the first of them.
    mutating func enter(_ node: Int, _ element: Int, _ declared: Int, _ next: inout Int) -> Bool {
        var type = declared
        var isNillable = true
        var standIn = -1
        var fixed = -1
        var block: UInt8 = 0
        if element >= 0 {
            let row = program.elements[element]
            if row.isAbstract {
                fault(node, "abstract", expected: nil, "is abstract: one of its substitutes stands in its place")
                return false
            }
            if row.needsReference {
                needsReference = hasReference
                return false
            }
            type = Int(row.type)
            isNillable = row.isNillable
            standIn = Int(row.defaultValue)
            fixed = Int(row.fixed)
            block = row.block
        }
        let flags = nodes[node].flags
        var isNil = false
        if flags & Document.NodeFlags.attributed != 0, instance != .max {
            guard instanceAttributes(node, &type, &isNil, isNillable, block) else { return false }
        }
        let row = program.types.baseAddress.unsafelyUnwrapped + type
        if row.pointee.isAbstract {
            fault(node, "type", expected: nil, "is of an abstract type: `xsi:type` has to name a type derived from it")
            return false
        }
        if row.pointee.content == .unsupported {
            needsReference = hasReference
            return false
        }
        let first = attributes(node, row)
        let text = document.text(node)
        if isNil {
            if first < Int(nodes[node].next) || !text.isEmpty {
                fault(node, "nil", expected: "no content", "is nil and must be empty")
            } else if fixed >= 0 {
                fault(node, "nil", expected: nil, "has a fixed value and can't be nil")
            }
            return false
        }
        switch row.pointee.content {
        case .simpleType, .simple:
            if first < Int(nodes[node].next) {
                fault(node, "content", expected: "text", "holds text and no elements")
                return false
            }
            if text.isEmpty, standIn >= 0 {
                // The default fits the declared type; a type that `xsi:type` names may be narrower.
                if type != Int(program.elements[element].type) {
                    value(node, Int(row.pointee.simple), program.values[standIn].text, fixed)
                }
                return false
            }
            value(node, Int(row.pointee.simple), text, fixed)
            return false
        case .empty:
            if first < Int(nodes[node].next) {
                fault(first, "content", expected: "nothing", "is not expected: the element around it is empty")
            } else if !text.isEmpty {
                fault(node, "content", expected: "nothing", "must be empty")
            }
            return false
        case .slots, .automaton, .all, .anything:
            if !row.pointee.isMixed, !text.isEmpty, !isBlank(text) {
                fault(node, "content", expected: "elements", "holds elements and no text of its own")
            }
            if fixed >= 0, row.pointee.isMixed, !text.isEmpty || first < Int(nodes[node].next) {
                let value = program.values[fixed]
                if first < Int(nodes[node].next) || !XSDValue.same(value.text, text) { fixedFault(node, fixed) }
            }
            scratch.reserve(depth: depth)
            scratch.frames[depth] = Frame(
                node: Int32(truncatingIfNeeded: node), end: Int32(truncatingIfNeeded: nodes[node].next),
                type: Int32(truncatingIfNeeded: type), state: 0, count: 0, bits: 0, isSpoiled: false)
            depth &+= 1
            next = first
            return true
        case .unsupported: return false
        }
    }

    private func isBlank(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for c in text where c != 0x20 && c != 0x0A && c != 0x09 && c != 0x0D { return false }
        return true
    }

    func hasTypeAttribute(_ node: Int) -> Bool {
        guard instance != .max else { return false }
        var k = node &+ 1
        while k < Int(nodes[node].next), nodes[k].kind == .attribute {
            if nodes[k].namespace == instance, isNamed(k, "type") { return true }
            k &+= 1
        }
        return false
    }

    func isNamed(_ node: Int, _ name: StaticString) -> Bool {
        Int(nodes[node].nameCount) == name.utf8CodeUnitCount
            && memcmp(bytes + Int(nodes[node].nameStart), name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    /// Reads `xsi:nil` and `xsi:type` (XML Schema Part 1, section 2.6); false when the element can't be checked then.
    private mutating func instanceAttributes(
        _ node: Int, _ type: inout Int, _ isNil: inout Bool, _ isNillable: Bool, _ block: UInt8
    ) -> Bool {
        var k = node &+ 1
        let end = Int(nodes[node].next)
        while k < end, nodes[k].kind == .attribute {
            defer { k &+= 1 }
            guard nodes[k].namespace == instance else { continue }
            if isNamed(k, "nil") {
                var value = XSDValue()
                guard XSDLexical.read(trimmed(document.text(k)), .boolean, &value) else {
                    fault(k, "nil", expected: "true or false", "must be true or false")
                    continue
                }
                if !isNillable {
                    fault(k, "nil", expected: nil, "is not allowed: the element can't be nil")
                    return false
                }
                isNil = value.flag
            } else if isNamed(k, "type") {
                guard substitute(node, k, &type, block) else { return false }
            }
        }
        return true
    }

    /// Takes the type that `xsi:type` names.
    private mutating func substitute(_ node: Int, _ attribute: Int, _ type: inout Int, _ block: UInt8) -> Bool {
        let text = trimmed(document.text(attribute))
        let index = document.typeNamespace(attribute)
        guard index >= 0, let base = text.baseAddress else {
            fault(attribute, "type", expected: "a type of the contract", "does not name a type of the contract")
            return false
        }
        let colon = text.firstIndex(of: 0x3A)
        let start = colon.map { $0 + 1 } ?? 0
        let namespace = Int(namespaces[index])
        let hash = XSDProgram.hash(base + start, text.count - start, namespace)
        let found = program.globalTypes.find(hash, base + start, text.count - start, namespace, program)
        guard found >= 0 else {
            fault(attribute, "type", expected: "a type of the contract", "does not name a type of the contract")
            return false
        }
        guard derives(found, from: type, blocked: block | program.types[type].block) else {
            fault(
                attribute, "type", expected: "a type derived from the declared one",
                "names a type that can't stand in for the declared one")
            return false
        }
        type = found
        return true
    }

    private func derives(_ type: Int, from base: Int, blocked: UInt8) -> Bool {
        var current = type
        var steps = 0
        while current != base {
            let row = program.types[current]
            if current == XSDModel.anyType || steps > 4096 { return false }
            if row.derivation & blocked != 0 { return false }
            if isMember(current, ofUnion: base) { return true }
            current = Int(row.base)
            steps &+= 1
        }
        return true
    }

    private func isMember(_ type: Int, ofUnion base: Int, depth: Int = 0) -> Bool {
        guard program.types[base].content == .simpleType else { return false }
        let row = program.simples[base]
        guard row.variety == .union, !row.hasFacets else { return false }
        for k in 0..<Int(row.memberCount) {
            let member = Int(program.members[Int(row.members) + k])
            if member == type || depth < 32 && isMember(type, ofUnion: member, depth: depth + 1) { return true }
        }
        return false
    }

    // MARK: - Attributes

    /// Checks the attributes of an element; the node after them.
    private mutating func attributes(_ node: Int, _ type: UnsafePointer<XSDProgram.TypeRow>) -> Int {
        var k = node &+ 1
        let end = Int(nodes[node].next)
        var missing = type.pointee.required
        let rows = program.attributes.baseAddress.unsafelyUnwrapped + Int(type.pointee.attributes)
        while k < end, nodes[k].kind == .attribute {
            defer { k &+= 1 }
            if type.pointee.content == .simpleType || nodes[k].namespace == instance {
                if nodes[k].namespace == instance { instanceAttribute(k, type) } else { unknownAttribute(k) }
                continue
            }
            let namespace = Int(namespaces[Int(nodes[k].namespace)])
            let hash = hash(k, namespace)
            var row = 0
            while row < Int(type.pointee.attributeCount) {
                if rows[row].hash == hash, isSame(rows + row, k, namespace) { break }
                row &+= 1
            }
            if row < Int(type.pointee.attributeCount) {
                if rows[row].bit >= 0 { missing &= ~(1 << UInt64(rows[row].bit)) }
                value(k, Int(rows[row].simple), document.text(k), Int(rows[row].fixed))
            } else {
                wildAttribute(k, hash, namespace, type)
            }
        }
        if missing != 0 { missingAttributes(node, type, missing) }
        return k
    }

    private func isSame(_ row: UnsafePointer<XSDProgram.AttributeRow>, _ node: Int, _ namespace: Int) -> Bool {
        guard Int(row.pointee.count) == Int(nodes[node].nameCount), Int(row.pointee.namespace) == namespace,
            let names = program.bytes.baseAddress
        else { return false }
        return memcmp(names + Int(row.pointee.start), bytes + Int(nodes[node].nameStart), Int(row.pointee.count)) == 0
    }

    /// `xsi:` attributes are of every type: four of them.
    private mutating func instanceAttribute(_ node: Int, _ type: UnsafePointer<XSDProgram.TypeRow>) {
        if isNamed(node, "nil") || isNamed(node, "type") || isNamed(node, "schemaLocation")
            || isNamed(node, "noNamespaceSchemaLocation")
        {
            return
        }
        guard type.pointee.content != .simpleType else { return unknownAttribute(node) }
        let namespace = program.instanceNamespace
        wildAttribute(node, hash(node, namespace), namespace, type)
    }

    private mutating func wildAttribute(
        _ node: Int, _ hash: UInt32, _ namespace: Int, _ type: UnsafePointer<XSDProgram.TypeRow>
    ) {
        guard type.pointee.wildcard >= 0 else { return unknownAttribute(node) }
        let wildcard = program.wildcards[Int(type.pointee.wildcard)]
        guard program.allowed[Int(wildcard.allowed) &+ namespace] else { return unknownAttribute(node) }
        if wildcard.process == XSDWildcard.Process.skip.rawValue { return }
        let n = nodes[node]
        let found = program.globalAttributes.find(hash, bytes + Int(n.nameStart), Int(n.nameCount), namespace, program)
        if found >= 0 {
            let row = program.attributes[found]
            value(node, Int(row.simple), document.text(node), Int(row.fixed))
        } else if wildcard.process == XSDWildcard.Process.strict.rawValue {
            fault(node, "attribute", expected: "a declared attribute", "is not declared by the contract")
        }
    }
}

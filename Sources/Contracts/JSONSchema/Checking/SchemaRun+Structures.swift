internal import Documents
internal import Glibc
internal import Patterns

extension SchemaRun {
    // MARK: - Objects

    mutating func object(_ index: Int, _ node: Int, tracks: Bool) -> Bool {
        let rules = tables.objects[index]
        let count = Int(nodes[node].childCount)
        if count < Int(rules.least) || count > Int(rules.most) { return false }
        var required = Int(rules.requiredCount)
        if required > count { return false }
        let end = Int(nodes[node].next)
        let isPlain = rules.patternCount == 0 && rules.names == SchemaCode.always
        let slots = tables.slots.baseAddress.unsafelyUnwrapped
        let texts = tables.bytes.baseAddress.unsafelyUnwrapped
        let table: NameTable? = rules.table >= 0 ? tables.tables[Int(rules.table)] : nil
        var child = node &+ 1
        while child < end {
            let name = bytes + Int(nodes[child].nameStart)
            let nameCount = Int(nodes[child].nameCount)
            var isKnown = false
            if let table, let slot = table.find(name, nameCount, slots, texts) {
                if slot.pointee.isRequired { required &-= 1 }
                if slot.pointee.schema >= 0 {
                    isKnown = true
                    if !holds(slot.pointee.schema, child, tracks: false) { return false }
                }
            }
            if !isPlain {
                if rules.names != SchemaCode.always, !checkName(rules.names, child) { return false }
                if rules.patternCount > 0, !patterns(rules, child, &isKnown) { return false }
            }
            if !isKnown, rules.additional >= 0 {
                if !check(rules.additional, child, tracks: false) { return false }
                isKnown = true
            }
            if tracks, isKnown { scratch.log.append(Int32(truncatingIfNeeded: child)) }
            child = Int(nodes[child].next)
        }
        if required > 0 { return false }
        return rules.dependencyCount == 0 || dependencies(rules, node)
    }

    private mutating func patterns(_ rules: ObjectRules, _ child: Int, _ isKnown: inout Bool) -> Bool {
        let name = UnsafeBufferPointer(
            start: bytes + Int(nodes[child].nameStart), count: Int(nodes[child].nameCount))
        var place = Int(rules.firstPattern)
        let last = place &+ Int(rules.patternCount) &* 2
        while place < last {
            steps &-= 1 &+ name.count &>> 6
            if tables.matchers[Int(tables.lists[place])].matches(name) {
                isKnown = true
                if !check(tables.lists[place &+ 1], child, tracks: false) { return false }
            }
            place &+= 2
        }
        return true
    }

    /// Whether a schema holds for the name of a member, taken as a text.
    mutating func checkName(_ schema: Int32, _ child: Int) -> Bool {
        let outer = nodes
        let member = nodes[child]
        let name = Document.Node(
            kind: .string, flags: 0, namespace: 0, nameStart: 0, nameCount: 0, valueStart: member.nameStart,
            valueCount: member.nameCount, next: 1, childCount: 0)
        defer { nodes = outer }
        return withUnsafePointer(to: name) { pointer in
            nodes = pointer
            return check(schema, 0, tracks: false)
        }
    }

    private mutating func dependencies(_ rules: ObjectRules, _ node: Int) -> Bool {
        var place = Int(rules.firstDependency)
        for _ in 0..<Int(rules.dependencyCount) {
            let count = Int(tables.lists[place &+ 1])
            if member(node, named: tables.lists[place]) >= 0 {
                for index in place &+ 2..<place &+ 2 &+ count where member(node, named: tables.lists[index]) < 0 {
                    return false
                }
            }
            place &+= 2 &+ count
        }
        return true
    }

    /// The member with the name of a text constant; -1 when there is none.
    mutating func member(_ node: Int, named constant: Int32) -> Int {
        guard let texts = tables.bytes.baseAddress else { return -1 }
        let wanted = tables.constants[Int(constant)]
        let count = Int(wanted.valueCount)
        let end = Int(nodes[node].next)
        var child = node &+ 1
        steps &-= 1 &+ Int(nodes[node].childCount) &>> 3
        while child < end {
            if Int(nodes[child].nameCount) == count,
                memcmp(bytes + Int(nodes[child].nameStart), texts + Int(wanted.valueStart), count) == 0
            {
                return child
            }
            child = Int(nodes[child].next)
        }
        return -1
    }

    // MARK: - Arrays

    mutating func array(_ index: Int, _ node: Int, tracks: Bool) -> Bool {
        let rules = tables.arrays[index]
        let count = Int(nodes[node].childCount)
        if count < Int(rules.least) || count > Int(rules.most) { return false }
        let end = Int(nodes[node].next)
        var position = 0
        var contained = 0
        var child = node &+ 1
        while child < end {
            var isKnown = false
            if position < Int(rules.prefixCount) {
                if !check(tables.lists[Int(rules.firstPrefix) &+ position], child, tracks: false) { return false }
                isKnown = true
            } else if rules.items >= 0 {
                if !holds(rules.items, child, tracks: false) { return false }
                isKnown = true
            }
            if rules.contains >= 0, check(rules.contains, child, tracks: false) {
                contained &+= 1
                isKnown = isKnown || rules.containsEvaluates
            }
            if tracks, isKnown { scratch.log.append(Int32(truncatingIfNeeded: child)) }
            position &+= 1
            child = Int(nodes[child].next)
        }
        if rules.contains >= 0, contained < Int(rules.leastContained) || contained > Int(rules.mostContained) {
            return false
        }
        if rules.isUnique, count > 1 { return repeated(node) < 0 }
        return true
    }

    /// The first item that is equal to an earlier one; -1 when there is none.
    mutating func repeated(_ node: Int) -> Int {
        let count = Int(nodes[node].childCount)
        let end = Int(nodes[node].next)
        steps &-= end &- node
        if count <= 8 {
            var child = node &+ 1
            while child < end {
                var earlier = node &+ 1
                while earlier < child {
                    if equal(child, nodes, bytes, earlier) { return child }
                    earlier = Int(nodes[earlier].next)
                }
                child = Int(nodes[child].next)
            }
            return -1
        }
        var size = 32
        while size < count &* 2 { size &*= 2 }
        while scratch.slots.count < size {
            scratch.slots.append(-1)
            scratch.hashes.append(0)
        }
        for index in 0..<size { scratch.slots[index] = -1 }
        var child = node &+ 1
        while child < end {
            let hash = ValueEquality.hash(child, nodes, bytes)
            var place = Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) &>> 20) & (size &- 1)
            while scratch.slots[place] >= 0 {
                steps &-= 1
                if steps < 0 { return child }
                if scratch.hashes[place] == hash, equal(child, nodes, bytes, Int(scratch.slots[place])) {
                    return child
                }
                place = (place &+ 1) & (size &- 1)
            }
            scratch.slots[place] = Int32(truncatingIfNeeded: child)
            scratch.hashes[place] = hash
            child = Int(nodes[child].next)
        }
        return -1
    }

    mutating func equal(
        _ other: Int, _ otherNodes: UnsafePointer<Document.Node>, _ otherBytes: UnsafePointer<UInt8>, _ node: Int
    ) -> Bool {
        ValueEquality.equal(node, nodes, bytes, other, otherNodes, otherBytes, &steps)
    }
}

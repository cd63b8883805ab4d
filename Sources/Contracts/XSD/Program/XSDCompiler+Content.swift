extension XSDCompiler {
    /// The most edges of all content models together.
    private static let edgeLimit = 4_000_000

    /// A slot while it is collected.
    private struct Slot {
        var elements: [Int] = []
        var wildcards: [XSDWildcard] = []
        var min: Int
        var max: Int
    }

    /// Compiles a content model: a row of slots when it is a plain sequence, bits for `all`, else an automaton.
    mutating func compile(_ particle: XSDParticle, of type: XSDType, into row: inout XSDProgram.TypeRow) {
        if case .group(.all, let members) = particle.term {
            all(members, particle, of: type, into: &row)
            return
        }
        var slots: [Slot] = []
        if flatten(particle, into: &slots, depth: 0), areDisjoint(slots) {
            row.content = .slots
            row.first = Int32(tables.slots.count)
            row.count = Int32(slots.count)
            for slot in slots {
                let first = tables.edges.count
                for element in slot.elements { edge(to: element, target: 0, of: type) }
                for wildcard in slot.wildcards { edge(through: wildcard) }
                tables.slots.append(
                    XSDProgram.SlotRow(
                        first: Int32(first), count: Int32(tables.edges.count - first),
                        min: UInt32(clamping: slot.min), max: UInt32(clamping: slot.max)))
            }
            return
        }
        var automaton = XSDAutomaton(model)
        guard tables.edges.count < XSDCompiler.edgeLimit, automaton.build(particle) else {
            unsupported(&row, type, "a content model with too many states")
            return
        }
        automaton.emit(into: &self, type, &row)
    }

    /// Elements that may stand where this one is declared: itself and its substitution group.
    static func substitutes(of id: Int, _ model: XSDModel) -> [Int] {
        let head = model.elements[id]
        var result = head.isAbstract ? [] : [id]
        guard head.isGlobal, !head.block.contains(.substitution) else { return result }
        for member in model.substitutes[id] ?? [] where !model.elements[member].isAbstract {
            let blocked = head.block.union(model.types[head.type].block)
            if model.derives(model.elements[member].type, from: head.type, blocked: blocked) { result.append(member) }
        }
        return result
    }

    mutating func edge(to element: Int, target: Int, of type: XSDType) {
        let name = tables.names[Int(tables.elements[element].name)]
        tables.edges.append(
            XSDProgram.EdgeRow(
                hash: name.hash, namespace: name.namespace, count: name.count, start: name.start,
                element: Int32(element), target: Int32(target)))
        contents[type.id].append(element)
    }

    private mutating func edge(through wildcard: XSDWildcard) {
        let index = wildcardRow(wildcard)
        tables.edges.append(
            XSDProgram.EdgeRow(hash: 0, namespace: 0, count: 0, start: 0, element: -1 - index, target: 0))
    }

    private func flatten(_ particle: XSDParticle, into slots: inout [Slot], depth: Int) -> Bool {
        guard depth < 64, slots.count < 2_000 else { return false }
        if particle.max == 0 { return true }
        switch particle.term {
        case .element(let id):
            guard tables.edges.count < XSDCompiler.edgeLimit else { return false }
            slots.append(
                Slot(elements: XSDCompiler.substitutes(of: id, model), min: particle.min, max: particle.max))
            return true
        case .wildcard(let wildcard):
            slots.append(Slot(wildcards: [wildcard], min: particle.min, max: particle.max))
            return true
        case .group(.all, _): return false
        case .group(.sequence, let parts):
            if parts.isEmpty { return true }
            if parts.count == 1, let merged = XSDCompiler.merged(particle, parts[0]) {
                return flatten(merged, into: &slots, depth: depth + 1)
            }
            guard particle.min == 1, particle.max == 1 else { return false }
            return parts.allSatisfy { flatten($0, into: &slots, depth: depth + 1) }
        case .group(.choice, let parts):
            if parts.count == 1, let merged = XSDCompiler.merged(particle, parts[0]) {
                return flatten(merged, into: &slots, depth: depth + 1)
            }
            guard !parts.isEmpty else { return false }
            var slot = Slot(min: particle.min, max: particle.max)
            guard gather(parts, into: &slot, depth: depth + 1) else { return false }
            slots.append(slot)
            return true
        }
    }

    /// Alternatives that are single elements become one slot.
    private func gather(_ parts: [XSDParticle], into slot: inout Slot, depth: Int) -> Bool {
        guard depth < 64 else { return false }
        for part in parts where part.max > 0 {
            let repeats = part.max == XSDParticle.unbounded && part.min <= 1 && slot.max == XSDParticle.unbounded
            guard part.max == 1 || repeats else { return false }
            switch part.term {
            case .element(let id):
                slot.elements += XSDCompiler.substitutes(of: id, model)
            case .wildcard(let wildcard): slot.wildcards.append(wildcard)
            case .group(.choice, let inner):
                guard !inner.isEmpty, gather(inner, into: &slot, depth: depth + 1) else { return false }
            case .group(.sequence, let inner):
                guard inner.count == 1, gather(inner, into: &slot, depth: depth + 1) else { return false }
            case .group: return false
            }
            if part.min == 0 { slot.min = 0 }
        }
        return true
    }

    /// A group of one part as that part with both numbers of occurrences; nil when no two numbers say the same.
    private static func merged(_ outer: XSDParticle, _ inner: XSDParticle) -> XSDParticle? {
        var result = inner
        if outer.min == 1, outer.max == 1 { return inner }
        if inner.min == 1, inner.max == 1 {
            result.min = outer.min
            result.max = outer.max
            return result
        }
        let unbounded = XSDParticle.unbounded
        guard inner.min <= 1 else { return nil }
        if outer.min == 0, outer.max == 1 {
            result.min = 0
            return result
        }
        if inner.max == unbounded {
            result.min = inner.min == 0 ? 0 : outer.min
            return result
        }
        if outer.max == unbounded {
            result.min = inner.min == 0 ? 0 : outer.min
            result.max = unbounded
            return result
        }
        return nil
    }

    /// Whether an element can be of one slot only, so that no look ahead is needed.
    private func areDisjoint(_ slots: [Slot]) -> Bool {
        var seen: [Int32: Int] = [:]
        for (place, slot) in slots.enumerated() {
            for element in slot.elements {
                let name = tables.elements[element].name
                if seen[name] != nil { return false }
                seen[name] = place
            }
        }
        let wild = slots.flatMap(\.wildcards)
        if wild.isEmpty { return true }
        for (index, wildcard) in wild.enumerated() {
            for name in seen.keys {
                let namespace = Int(tables.names[Int(name)].namespace)
                if wildcard.allows(namespace == 0 ? nil : tables.namespaces[namespace]) { return false }
            }
            for other in wild[(index + 1)...] {
                let both = wildcard.intersected(with: other)
                if both.namespaces != .some([]) { return false }
            }
        }
        return true
    }

    private mutating func all(
        _ members: [XSDParticle], _ particle: XSDParticle, of type: XSDType, into row: inout XSDProgram.TypeRow
    ) {
        guard members.count <= 64 else {
            unsupported(&row, type, "more than 64 elements in any order")
            return
        }
        row.content = .all
        row.isEmptiable = particle.min == 0
        row.first = Int32(tables.edges.count)
        for (bit, member) in members.enumerated() where member.max > 0 {
            guard case .element(let id) = member.term else { continue }
            if member.min > 0 { row.allRequired |= 1 << UInt64(bit) }
            for element in XSDCompiler.substitutes(of: id, model) { edge(to: element, target: bit, of: type) }
        }
        row.count = Int32(tables.edges.count) - row.first
    }
}

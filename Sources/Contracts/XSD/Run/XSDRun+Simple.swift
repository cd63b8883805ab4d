internal import Documents
import Glibc
internal import Patterns

/// What a value breaks: a facet, or its type.
enum XSDFault: UInt8 {
    case none, type, length, minLength, maxLength, pattern, enumeration, minInclusive, maxInclusive, minExclusive
    case maxExclusive, totalDigits, fractionDigits, union, reference

    /// The word that a violation carries.
    var keyword: String {
        switch self {
        case .none, .type, .reference: "type"
        case .length: "length"
        case .minLength: "minLength"
        case .maxLength: "maxLength"
        case .pattern: "pattern"
        case .enumeration: "enumeration"
        case .minInclusive: "minInclusive"
        case .maxInclusive: "maxInclusive"
        case .minExclusive: "minExclusive"
        case .maxExclusive: "maxExclusive"
        case .totalDigits: "totalDigits"
        case .fractionDigits: "fractionDigits"
        case .union: "union"
        }
    }
}

extension XSDRun {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// Checks the text of an element or attribute.
    mutating func value(_ node: Int, _ simple: Int, _ raw: Text, _ fixed: Int) {
        var value = XSDValue()
        var culprit = simple
        let fault = check(simple, raw, &value, &culprit, depth: 0)
        if fault == .reference {
            needsReference = hasReference
            return
        }
        if fault != .none {
            valueFault(node, fault, culprit, raw)
            return
        }
        identify(node, simple, value.text)
        guard fixed >= 0 else { return }
        if program.simples[simple].variety == .list {
            if !sameLists(value.text, program.values[fixed].text, simple) { fixedFault(node, fixed) }
            return
        }
        XSDLexical.measure(&value)
        if XSDValue.compare(value, program.values[fixed]) != 0 { fixedFault(node, fixed) }
    }

    func trimmed(_ text: Text) -> Text {
        var first = 0
        var last = text.count
        while first < last, isSpace(text[first]) { first &+= 1 }
        while last > first, isSpace(text[last &- 1]) { last &-= 1 }
        return first == 0 && last == text.count ? text : Text(rebasing: text[first..<last])
    }

    @inline(__always)
    func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x0A || c == 0x09 || c == 0x0D }

    /// A text with its white space treated; a copy in scratch memory when it has to change inside.
    private func normalized(_ raw: Text, _ space: XSDWhiteSpace, isText: Bool) -> Text {
        switch space {
        case .preserve: return raw
        case .replace:
            for c in raw where c == 0x09 || c == 0x0A || c == 0x0D { return copied(raw, collapsing: false) }
            return raw
        case .collapse:
            let text = trimmed(raw)
            guard isText else { return text }
            var k = 0
            while k < text.count {
                let c = text[k]
                if c <= 0x20, c != 0x20 || k &+ 1 < text.count && text[k &+ 1] <= 0x20 {
                    return copied(text, collapsing: true)
                }
                k &+= 1
            }
            return text
        }
    }

    private func copied(_ text: Text, collapsing: Bool) -> Text {
        scratch.reserve(text: text.count)
        let p = scratch.text
        var count = 0
        var wasSpace = false
        for c in text {
            if isSpace(c) {
                if collapsing, wasSpace { continue }
                wasSpace = true
                p[count] = 0x20
            } else {
                wasSpace = false
                p[count] = c
            }
            count &+= 1
        }
        return Text(start: p, count: count)
    }

    /// Checks a text against a simple type; `value` is what it stands for.
    func check(
        _ simple: Int, _ raw: Text, _ value: inout XSDValue, _ culprit: inout Int, depth: Int
    ) -> XSDFault {
        let row = program.simples.baseAddress.unsafelyUnwrapped + simple
        if row.pointee.needsReference { return .reference }
        switch row.pointee.variety {
        case .atomic:
            let text = normalized(raw, row.pointee.whiteSpace, isText: needsCollapsing(row.pointee.primitive))
            guard XSDLexical.read(text, row.pointee.primitive, &value) else {
                culprit = simple
                return .type
            }
            if !row.pointee.hasFacets { return .none }
            let fault = facets(row, text, &value)
            if fault != .none { culprit = simple }
            return fault
        case .list: return list(row, raw, &value, &culprit, simple, depth)
        case .union:
            guard depth < 40 else { return .reference }
            for k in 0..<Int(row.pointee.memberCount) {
                let member = Int(program.members[Int(row.pointee.members) &+ k])
                let fault = check(member, raw, &value, &culprit, depth: depth &+ 1)
                if fault == .reference { return .reference }
                guard fault == .none else { continue }
                culprit = simple
                if !patterns(row, value.text) { return .pattern }
                return enumeration(row, &value) ? .none : .enumeration
            }
            culprit = simple
            return .union
        }
    }

    @inline(__always)
    private func needsCollapsing(_ primitive: XSDPrimitive) -> Bool { primitive.isText || primitive == .base64Binary }

    private func facets(_ row: UnsafePointer<XSDProgram.SimpleRow>, _ text: Text, _ value: inout XSDValue) -> XSDFault {
        let r = row.pointee
        if r.minLength > 0 || r.maxLength < .max {
            let fault = lengths(row, text, value)
            if fault != .none { return fault }
        }
        if r.totalDigits < .max, value.whole.count &+ value.fraction.count > Int(r.totalDigits) { return .totalDigits }
        if r.fractionDigits < .max, value.fraction.count > Int(r.fractionDigits) { return .fractionDigits }
        if r.minimum >= 0 || r.maximum >= 0 {
            XSDLexical.measure(&value)
            if r.minimum >= 0 {
                let order = XSDValue.compare(value, program.values[Int(r.minimum)])
                guard let order, r.minIsExclusive ? order > 0 : order >= 0 else {
                    return r.minIsExclusive ? .minExclusive : .minInclusive
                }
            }
            if r.maximum >= 0 {
                let order = XSDValue.compare(value, program.values[Int(r.maximum)])
                guard let order, r.maxIsExclusive ? order < 0 : order <= 0 else {
                    return r.maxIsExclusive ? .maxExclusive : .maxInclusive
                }
            }
        }
        if !patterns(row, text) { return .pattern }
        if r.enumerationCount >= 0 {
            XSDLexical.measure(&value)
            if !enumeration(row, &value) { return .enumeration }
        }
        return .none
    }

    /// Lengths count characters, or the octets of binary data.
    private func lengths(
        _ row: UnsafePointer<XSDProgram.SimpleRow>, _ text: Text, _ value: XSDValue
    ) -> XSDFault {
        var count = text.count
        switch row.pointee.primitive {
        case .hexBinary, .base64Binary: count = value.octets
        case .qName, .notation: return .none
        default:
            // There are at most as many characters as bytes.
            if count <= Int(row.pointee.maxLength), row.pointee.minLength <= 1 {
                return count >= Int(row.pointee.minLength) ? .none : shorter(row)
            }
            count = 0
            for c in text where c & 0xC0 != 0x80 { count &+= 1 }
        }
        if count < Int(row.pointee.minLength) { return shorter(row) }
        if count > Int(row.pointee.maxLength) {
            return row.pointee.minLength == row.pointee.maxLength ? .length : .maxLength
        }
        return .none
    }

    private func shorter(_ row: UnsafePointer<XSDProgram.SimpleRow>) -> XSDFault {
        row.pointee.minLength == row.pointee.maxLength ? .length : .minLength
    }

    private func patterns(_ row: UnsafePointer<XSDProgram.SimpleRow>, _ text: Text) -> Bool {
        var k = 0
        while k < Int(row.pointee.patternCount) {
            let pattern = Int(program.members[Int(row.pointee.patterns) &+ k])
            if !program.matchers[pattern].matches(text) { return false }
            k &+= 1
        }
        return true
    }

    private func enumeration(_ row: UnsafePointer<XSDProgram.SimpleRow>, _ value: inout XSDValue) -> Bool {
        let count = Int(row.pointee.enumerationCount)
        if count < 0 { return true }
        let first = Int(row.pointee.enumeration)
        if row.pointee.isSorted { return isListed(value.text, first, count) }
        XSDLexical.measure(&value)
        for k in first..<first &+ count where XSDValue.compare(value, program.values[k]) == 0 { return true }
        return false
    }

    /// Looks a text up among values in order of length and bytes.
    private func isListed(_ text: Text, _ first: Int, _ count: Int) -> Bool {
        let values = program.values.baseAddress.unsafelyUnwrapped + first
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) / 2
            let other = values[middle].text
            var order = other.count &- text.count
            if order == 0, let a = other.baseAddress, let b = text.baseAddress {
                order = Int(memcmp(a, b, text.count))
            }
            if order == 0 { return true }
            if order < 0 { low = middle &+ 1 } else { high = middle }
        }
        return false
    }

    // MARK: - Identifiers

    /// Keeps `ID` and `IDREF` values: the first are all different, the second name one of them.
    @inline(__always)
    private mutating func identify(_ node: Int, _ simple: Int, _ text: Text) {
        let row = program.simples.baseAddress.unsafelyUnwrapped + simple
        switch row.pointee.variety {
        case .atomic:
            if row.pointee.primitive == .id {
                if !scratch.identifiers.insert(text) {
                    fault(node, "id", expected: "a value of its own", "repeats the identifier of another element")
                }
            } else if row.pointee.primitive == .idref {
                scratch.references.append((Int32(truncatingIfNeeded: node), text))
            }
        case .list:
            guard program.simples[Int(program.members[Int(row.pointee.members)])].primitive == .idref,
                program.simples[Int(program.members[Int(row.pointee.members)])].variety == .atomic
            else { return }
            // The copy of a list in scratch memory does not last: its own text is split instead.
            var start = 0
            let raw = document.text(node)
            while start < raw.count {
                while start < raw.count, isSpace(raw[start]) { start &+= 1 }
                var end = start
                while end < raw.count, !isSpace(raw[end]) { end &+= 1 }
                if end > start {
                    scratch.references.append(
                        (Int32(truncatingIfNeeded: node), Text(rebasing: raw[start..<end])))
                }
                start = end
            }
        case .union: return
        }
    }

    /// Checks that each reference names an identifier.
    mutating func resolveReferences() {
        for (node, text) in scratch.references where !scratch.identifiers.contains(text) {
            fault(Int(node), "idref", expected: "an identifier of the message", "names no identifier of the message")
        }
    }

    // MARK: - Lists

    private func list(
        _ row: UnsafePointer<XSDProgram.SimpleRow>, _ raw: Text, _ value: inout XSDValue, _ culprit: inout Int,
        _ simple: Int, _ depth: Int
    ) -> XSDFault {
        guard depth < 40 else { return .reference }
        let text = normalized(raw, .collapse, isText: true)
        let item = Int(program.members[Int(row.pointee.members)])
        var count = 0
        var start = 0
        var part = XSDValue()
        while let word = nextWord(text, &start) {
            count &+= 1
            let fault = check(item, word, &part, &culprit, depth: depth &+ 1)
            if fault != .none { return fault }
        }
        value.primitive = .string
        value.text = text
        culprit = simple
        if count < Int(row.pointee.minLength) { return shorter(row) }
        if count > Int(row.pointee.maxLength) {
            return row.pointee.minLength == row.pointee.maxLength ? .length : .maxLength
        }
        if !patterns(row, text) { return .pattern }
        guard row.pointee.enumerationCount >= 0 else { return .none }
        let first = Int(row.pointee.enumeration)
        for k in first..<first &+ Int(row.pointee.enumerationCount)
        where sameLists(text, program.values[k].text, simple) { return .none }
        return .enumeration
    }

    private func nextWord(_ text: Text, _ start: inout Int) -> Text? {
        while start < text.count, text[start] == 0x20 { start &+= 1 }
        guard start < text.count else { return nil }
        var end = start
        while end < text.count, text[end] != 0x20 { end &+= 1 }
        defer { start = end }
        return Text(rebasing: text[start..<end])
    }

    /// Whether two lists hold equal values.
    private func sameLists(_ a: Text, _ b: Text, _ simple: Int) -> Bool {
        let item = Int(program.members[Int(program.simples[simple].members)])
        var i = 0
        var j = 0
        while true {
            let left = nextWord(a, &i)
            let right = nextWord(b, &j)
            guard let left, let right else { return left == nil && right == nil }
            if XSDValue.same(left, right) { continue }
            var first = XSDValue()
            var second = XSDValue()
            var culprit = 0
            guard check(item, left, &first, &culprit, depth: 1) == .none,
                check(item, right, &second, &culprit, depth: 1) == .none
            else { return false }
            XSDLexical.measure(&first)
            XSDLexical.measure(&second)
            if XSDValue.compare(first, second) != 0 { return false }
        }
    }
}

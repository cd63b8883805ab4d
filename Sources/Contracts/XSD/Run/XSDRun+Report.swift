internal import Documents

extension ValidationScratch {
    /// Whether no more violations are kept.
    var isFull: Bool { violations.count >= limit }
}

/// Violations in words. Nothing here runs for a valid message.
extension XSDRun {
    @inline(never)
    mutating func fault(
        _ node: Int, _ keyword: String, expected: String?, _ sentence: String, actual: String? = nil
    ) {
        isValid = false
        guard !report.isFull else { return }
        let path = path(to: node)
        let place = path.isEmpty ? "The root element" : "`\(path)`"
        report.violations.append(
            Violation(
                pointer: path, keyword: keyword, message: "\(place) \(sentence).", expected: expected, actual: actual))
    }

    /// The dotted path of a node from the root of the contract: `Debtor.Line[2].@id`, counted from 1.
    private func path(to target: Int) -> String {
        var path = ""
        var node = start
        var steps = 0
        while node != target, steps < 10_000 {
            var k = node + 1
            let end = Int(nodes[node].next)
            while k < end, !(k <= target && target < Int(nodes[k].next)) { k = Int(nodes[k].next) }
            guard k < end else { return path }
            if !path.isEmpty { path += "." }
            if nodes[k].kind == .attribute {
                return path + "@" + document.nameString(k)
            }
            path += document.nameString(k)
            var place = 0
            var total = 0
            var other = node + 1
            while other < end {
                if nodes[other].kind == .element, nodes[other].namespace == nodes[k].namespace,
                    document.hasName(other, document.name(k))
                {
                    total += 1
                    if other == k { place = total }
                }
                other = Int(nodes[other].next)
            }
            if total > 1 { path += "[\(place)]" }
            node = k
            steps += 1
        }
        return path
    }

    // MARK: - Content

    /// An element that can't stand where it is: the place goes on behind it, or behind what is missing before it.
    mutating func unexpected(
        _ node: Int, _ frame: UnsafeMutablePointer<Frame>, _ hash: UInt32, _ namespace: Int, _ next: inout Int
    ) {
        let allowed = expected(frame)
        let words = XSDRun.list(allowed)
        let name = document.nameString(node)
        if !frame.pointee.isSpoiled || !resync(node, frame, hash, namespace, isTrial: true) {
            let sentence: String
            if allowed.isEmpty {
                sentence = "is not expected here: nothing more may follow"
            } else if resync(node, frame, hash, namespace, isTrial: true) {
                sentence = "comes too early: before it stands \(words)"
            } else {
                sentence = "is not expected here; what may follow is \(words)"
            }
            fault(node, "content", expected: allowed.isEmpty ? "no more elements" : words, sentence, actual: name)
        }
        isValid = false
        if resync(node, frame, hash, namespace, isTrial: false) {
            // The element itself is checked, as what it would be one place on.
            if case .element(let element) = resynced(node, frame, hash, namespace) {
                _ = enter(node, element, -1, &next)
            }
        } else {
            frame.pointee.isSpoiled = true
        }
    }

    /// Whether the element is expected once what is missing is passed over; moves there unless it is a trial.
    private mutating func resync(
        _ node: Int, _ frame: UnsafeMutablePointer<Frame>, _ hash: UInt32, _ namespace: Int, isTrial: Bool
    ) -> Bool {
        let type = program.types[Int(frame.pointee.type)]
        switch type.content {
        case .slots:
            var place = Int(frame.pointee.state) + 1
            while place < Int(type.count) {
                let row = program.slots[Int(type.first) + place]
                if case .element = edge(node, hash, namespace, Int(row.first), Int(row.first + row.count)) {
                    if !isTrial {
                        frame.pointee.state = Int32(place)
                        frame.pointee.count = 1
                    }
                    return true
                }
                place += 1
            }
            return false
        case .automaton:
            let row = program.states[Int(type.first + frame.pointee.state)]
            for k in Int(row.first)..<Int(row.first + row.count) {
                let target = program.states[Int(type.first + program.edges[k].target)]
                for j in Int(target.first)..<Int(target.first + target.count)
                where matches(program.edges.baseAddress.unsafelyUnwrapped + j, node, hash, namespace) {
                    if !isTrial { frame.pointee.state = program.edges[j].target }
                    return true
                }
            }
            return false
        default: return false
        }
    }

    /// The declaration that an element has after a resynchronisation.
    private func resynced(
        _ node: Int, _ frame: UnsafeMutablePointer<Frame>, _ hash: UInt32, _ namespace: Int
    ) -> NoEdge {
        let type = program.types[Int(frame.pointee.type)]
        switch type.content {
        case .slots:
            let row = program.slots[Int(type.first + frame.pointee.state)]
            return edge(node, hash, namespace, Int(row.first), Int(row.first + row.count))
        case .automaton:
            for state in Int(type.first)..<Int(type.first + type.count) {
                let row = program.states[state]
                let found = edge(node, hash, namespace, Int(row.first), Int(row.first + row.count))
                if case .element = found { return found }
            }
            return .none
        default: return .none
        }
    }

    mutating func incomplete(_ frame: UnsafeMutablePointer<Frame>) {
        let words = XSDRun.list(expected(frame, onlyRequired: true))
        fault(
            Int(frame.pointee.node), "content", expected: words,
            "is not complete: \(words.isEmpty ? "an element" : words) is missing")
    }

    /// The names of the elements that may come next.
    private func expected(_ frame: UnsafeMutablePointer<Frame>, onlyRequired: Bool = false) -> [String] {
        let type = program.types[Int(frame.pointee.type)]
        var names: [String] = []
        func add(_ first: Int32, _ count: Int32) {
            for k in Int(first)..<Int(first + count) {
                let edge = program.edges[k]
                let name = edge.element >= 0 ? program.text(program.elements[Int(edge.element)].name) : "any other"
                if !names.contains(name) { names.append(name) }
            }
        }
        switch type.content {
        case .slots:
            var place = Int(frame.pointee.state)
            var count = frame.pointee.count
            while place < Int(type.count) {
                let row = program.slots[Int(type.first) + place]
                let isRequired = count < row.min
                if count < row.max, !onlyRequired || isRequired { add(row.first, row.count) }
                if isRequired { break }
                place += 1
                count = 0
            }
        case .automaton:
            let row = program.states[Int(type.first + frame.pointee.state)]
            add(row.first, row.count)
        case .all:
            for k in Int(type.first)..<Int(type.first + type.count) {
                let edge = program.edges[k]
                let bit = UInt64(1) << UInt64(edge.target)
                guard frame.pointee.bits & bit == 0, !onlyRequired || type.allRequired & bit != 0 else { continue }
                names.append(program.text(program.elements[Int(edge.element)].name))
            }
        default: break
        }
        return names
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(6).map { "`\($0)`" }
        if names.count > 6 { return shown.joined(separator: ", ") + ", …" }
        guard shown.count > 1, let last = shown.last else { return shown.first ?? "" }
        return shown.dropLast().joined(separator: ", ") + " or " + last
    }

    @inline(never)
    mutating func undeclared(_ node: Int) {
        fault(
            node, "content", expected: "a declared element", "is not declared by the contract",
            actual: document.nameString(node))
    }

    // MARK: - Attributes

    @inline(never)
    mutating func unknownAttribute(_ node: Int) {
        fault(
            node, "attribute", expected: nil, "is not an attribute of this element", actual: document.nameString(node))
    }

    @inline(never)
    mutating func missingAttributes(_ node: Int, _ type: UnsafePointer<XSDProgram.TypeRow>, _ missing: UInt64) {
        for k in 0..<Int(type.pointee.attributeCount) {
            let row = program.attributes[Int(type.pointee.attributes) + k]
            guard row.bit >= 0, missing & (1 << UInt64(row.bit)) != 0 else { continue }
            let name = program.text(row.name)
            fault(node, "attribute", expected: "@" + name, "has no attribute `\(name)`, which is required")
        }
    }

    // MARK: - Values

    @inline(never)
    mutating func fixedFault(_ node: Int, _ fixed: Int) {
        let text = XSDRun.short(program.valueTexts[fixed])
        fault(node, "fixed", expected: text, "must be `\(text)`", actual: XSDRun.size(document.text(node)))
    }

    @inline(never)
    mutating func valueFault(_ node: Int, _ fault: XSDFault, _ simple: Int, _ raw: Text) {
        let row = program.simples[simple]
        let size = XSDRun.size(raw)
        let (expected, sentence) = demand(fault, row)
        self.fault(node, fault.keyword, expected: expected, "\(sentence); got \(size)", actual: size)
    }

    private func demand(_ fault: XSDFault, _ row: XSDProgram.SimpleRow) -> (String, String) {
        func bound(_ index: Int32) -> String {
            index >= 0 && Int(index) < program.valueTexts.count ? XSDRun.short(program.valueTexts[Int(index)]) : ""
        }
        let unit = row.variety == .list ? "items" : row.primitive.isText ? "characters" : "bytes"
        switch fault {
        case .none, .type, .reference: return (row.primitive.words, "must be \(row.primitive.words)")
        case .union: return ("one of the types that the contract lists", "fits none of the types that are allowed")
        case .length: return ("\(row.minLength) \(unit)", "must have \(row.minLength) \(unit)")
        case .minLength: return ("at least \(row.minLength) \(unit)", "must have at least \(row.minLength) \(unit)")
        case .maxLength: return ("at most \(row.maxLength) \(unit)", "must have at most \(row.maxLength) \(unit)")
        case .totalDigits: return ("at most \(row.totalDigits) digits", "must have at most \(row.totalDigits) digits")
        case .fractionDigits:
            let words = row.fractionDigits == 0 ? "no decimals" : "at most \(row.fractionDigits) decimals"
            return (words, "must have \(words)")
        case .minInclusive: return ("at least \(bound(row.minimum))", "must be at least \(bound(row.minimum))")
        case .minExclusive: return ("more than \(bound(row.minimum))", "must be more than \(bound(row.minimum))")
        case .maxInclusive: return ("at most \(bound(row.maximum))", "must be at most \(bound(row.maximum))")
        case .maxExclusive: return ("less than \(bound(row.maximum))", "must be less than \(bound(row.maximum))")
        case .pattern:
            let last = Int(row.patterns) + Int(row.patternCount) - 1
            let text = row.patternCount > 0 ? XSDRun.short(program.patternTexts[Int(program.members[last])]) : ""
            return ("pattern \(text)", "must match `\(text)`")
        case .enumeration:
            let first = Int(row.enumeration)
            let count = Int(row.enumerationCount)
            let shown = program.valueTexts[first..<first + min(8, count)].map { XSDRun.short($0) }
            let words = shown.joined(separator: ", ") + (count > 8 ? ", …" : "")
            return ("one of \(words)", "must be one of \(words)")
        }
    }

    private static func short(_ text: String) -> String { text.count > 80 ? String(text.prefix(79)) + "…" : text }

    private static func size(_ text: Text) -> String {
        var count = 0
        for c in text where c & 0xC0 != 0x80 { count += 1 }
        return count == 1 ? "1 character" : "\(count) characters"
    }
}

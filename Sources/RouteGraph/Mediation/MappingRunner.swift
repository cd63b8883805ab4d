import Documents
import FEEL

/// Runs a compiled mapping: one pass over its steps, writing straight into the output.
struct MappingRunner {
    let plan: MappingPlan
    let scope: CallScope
    let out: ByteWriter
    /// First nodes of the plan's body paths.
    let slots: UnsafeMutablePointer<Int32>
    let trace: MediationTrace?
    /// What went wrong: the row, and a sentence.
    var failure: (row: Int, reason: String)?
    /// Counts content, so that `close` knows whether its parent is empty.
    private var written = 0
    /// Required row without a value, seen in the parent that is open.
    private var missing = -1

    init(
        _ plan: MappingPlan, _ scope: CallScope, _ out: ByteWriter, _ slots: UnsafeMutablePointer<Int32>,
        _ trace: MediationTrace?
    ) {
        self.plan = plan
        self.scope = scope
        self.out = out
        self.slots = slots
        self.trace = trace
    }

    /// False when a row fails; ``failure`` then says which.
    mutating func run() -> Bool {
        plan.paths.find(in: scope.body, below: scope.bodyRoot, slots: slots)
        guard run(0, plan.steps.count) else { return false }
        if missing >= 0 {
            failure = (missing, "the target requires it and it has no value")
            return false
        }
        return true
    }

    private mutating func run(_ from: Int, _ to: Int) -> Bool {
        var position = from
        while position < to {
            switch plan.steps[position] {
            case .literal(let bytes): constant(bytes)
            case .content(let bytes):
                separate()
                constant(bytes)
                written &+= 1
            case .field(let row, let prefix, let suffix):
                guard field(Int(row), prefix, suffix) else { return false }
            case .open(let bytes, let matching):
                guard parent(position, Int(matching), bytes) else { return false }
                position = Int(matching)
            case .close: break
            case .each(let row, let end):
                guard each(Int(row), position &+ 1, Int(end)) else { return false }
                position = Int(end) &- 1
            }
            position &+= 1
        }
        return true
    }

    private mutating func parent(_ position: Int, _ matching: Int, _ bytes: ConstantRange) -> Bool {
        let mark = out.count
        let before = written
        let outerMissing = missing
        missing = -1
        separate()
        constant(bytes)
        guard run(position &+ 1, matching) else { return false }
        guard case .close(let closing, let required) = plan.steps[matching] else { return true }
        if written == before {
            if missing < 0, required {
                constant(closing)
                written &+= 1
                missing = outerMissing
            } else {
                out.truncate(to: mark)
                // An optional parent that stays away takes its missing children with it.
                missing = required && missing >= 0 && outerMissing < 0 ? missing : outerMissing
            }
            return true
        }
        if missing >= 0 {
            failure = (missing, "the target requires it and it has no value")
            return false
        }
        missing = outerMissing
        constant(closing)
        return true
    }

    @inline(__always)
    private func constant(_ bytes: ConstantRange) {
        plan.constants.withUnsafeBufferPointer { p in
            if let base = p.baseAddress { out.write(base + Int(bytes.start), Int(bytes.end &- bytes.start)) }
        }
    }

    /// JSON members are separated by a comma, form fields by `&`, unless they are the first.
    @inline(__always)
    private func separate() {
        guard plan.target != .xml, out.count > 0 else { return }
        if plan.target == .form {
            out.write(0x26 as UInt8)
            return
        }
        let last = out.base[out.count &- 1]
        if last != 0x7B, last != 0x5B, last != 0x3A { out.write(0x2C as UInt8) }
    }

    // MARK: Rows

    private mutating func field(_ index: Int, _ prefix: ConstantRange, _ suffix: ConstantRange) -> Bool {
        if plan.rows[index].isPlain {
            switch plan.rows[index].source {
            case .slot(let slot):
                return node(index, scope.body, Int(slots[slot]), parent: -1, prefix, suffix)
            case .item(let steps):
                if case .node(let document, let item) = scope.item {
                    return node(index, document, DocumentPath.node(document, item, steps), parent: -1, prefix, suffix)
                }
            default: break
            }
        }
        guard let value = evaluate(index) else { return failure == nil }
        return write(index, value, prefix, suffix)
    }

    /// The row's value after `when`, `default` and `truncate`; nil when nothing is to be written.
    private mutating func evaluate(_ index: Int) -> Value? {
        guard let options = plan.rows[index].options else { return value(of: plan.rows[index].source) }
        if let when = options.when, when.evaluate(scope) != .boolean(true) { return nil }
        var value = value(of: plan.rows[index].source)
        if value == .null, let fallback = options.fallback { value = self.value(of: fallback) }
        if value == .null, options.failsWhenNull {
            failure = (index, "it has no value, and the mapping refuses that")
            return nil
        }
        if let limit = options.truncate, case .string(let text) = value, text.unicodeScalars.count > limit {
            value = .string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))))
        }
        return value
    }

    private func value(of source: RowSource) -> Value {
        switch source {
        case .slot(let slot):
            let node = Int(slots[slot])
            return node < 0 ? .null : scope.body.value(node)
        case .item(let steps): return scope.load(slot: RootSlot.item, path: steps.map { PathStep($0) })
        case .index: return .number(Decimal(scope.itemIndex))
        case .program(let program): return program.evaluate(scope)
        case .constant(let value): return value
        case .list(let sources): return .list(sources.map { value(of: $0) })
        }
    }

    private mutating func write(_ index: Int, _ value: Value, _ prefix: ConstantRange, _ suffix: ConstantRange) -> Bool
    {
        if value == .null {
            if plan.rows[index].required, missing < 0 { missing = index }
            return true
        }
        if plan.target != .json, case .list(let items) = value {
            for item in items where item != .null {
                guard write(index, item, prefix, suffix) else { return false }
            }
            return true
        }
        separate()
        constant(prefix)
        let start = out.count
        let fits: Bool
        switch plan.target {
        case .json: fits = ValueWriter.json(value, plan.rows[index].kind, into: out)
        case .xml: fits = ValueWriter.xml(value, attribute: isAttribute(prefix), into: out)
        case .form: fits = form(value)
        }
        guard fits else {
            failure = (index, "the value cannot be written where the target expects \(plan.rows[index].kind)")
            return false
        }
        trace?.wrote(
            plan, index,
            String(decoding: UnsafeBufferPointer(start: out.base + start, count: out.count - start), as: UTF8.self))
        constant(suffix)
        written &+= 1
        return true
    }

    private func form(_ value: Value) -> Bool {
        guard var text = ValueWriter.text(value) else { return false }
        text.withUTF8 { if let base = $0.baseAddress { out.writePercentEncoded(base, $0.count) } }
        return true
    }

    @inline(__always)
    private func isAttribute(_ prefix: ConstantRange) -> Bool {
        prefix.end > prefix.start && plan.constants[Int(prefix.end) &- 1] == 0x22
    }

    // MARK: Copying

    /// Copies a node without making a value of it.
    private mutating func node(
        _ index: Int, _ document: Document, _ node: Int, parent: Int, _ prefix: ConstantRange, _ suffix: ConstantRange
    ) -> Bool {
        guard node >= 0, document.nodes[node].kind != .null else {
            if plan.rows[index].required, missing < 0 { missing = index }
            return true
        }
        let kind = document.nodes[node].kind
        // An element that has attributes only is its text.
        let hasParts =
            kind == .element
            ? document.nodes[node].flags & Document.NodeFlags.parent != 0 : document.nodes[node].childCount > 0
        let isLeaf = kind != .object && kind != .array && !hasParts
        if kind == .array, plan.target != .json {
            let end = Int(document.nodes[node].next)
            var item = node &+ 1
            while item < end {
                guard self.node(index, document, item, parent: node, prefix, suffix) else { return false }
                item = Int(document.nodes[item].next)
            }
            return true
        }
        guard isLeaf || kind == .element && plan.target == .xml else {
            return write(index, document.value(node), prefix, suffix)
        }
        let mark = out.count
        separate()
        constant(prefix)
        let start = out.count
        guard leaf(document, node, kind, plan.rows[index].kind, prefix) else {
            out.truncate(to: mark)
            failure = (index, "the value cannot be written where the target expects \(plan.rows[index].kind)")
            return false
        }
        if let trace {
            trace.wrote(
                plan, index,
                String(decoding: UnsafeBufferPointer(start: out.base + start, count: out.count - start), as: UTF8.self))
        }
        constant(suffix)
        written &+= 1
        return true
    }

    private func leaf(
        _ document: Document, _ node: Int, _ kind: Document.NodeKind, _ wanted: TargetKind, _ prefix: ConstantRange
    ) -> Bool {
        let text = document.text(node)
        guard let base = text.baseAddress ?? UnsafePointer(bitPattern: 1) else { return false }
        switch plan.target {
        case .xml:
            if kind == .number, text.contains(where: { $0 | 0x20 == 0x65 }) {
                guard let number = Decimal(ascii: text) else { return false }
                number.write(to: out)
                return true
            }
            return isAttribute(prefix) ? out.writeXMLAttribute(base, text.count) : out.writeXMLText(base, text.count)
        case .form:
            out.writePercentEncoded(base, text.count)
            return true
        case .json:
            switch kind {
            case .number where wanted != .string, .true where wanted != .string, .false where wanted != .string:
                out.write(base, text.count)
                return true
            case .number, .true, .false: break
            default:
                if wanted == .number {
                    if JSONNumber.isValid(text) {
                        out.write(base, text.count)
                        return true
                    }
                    guard let number = Decimal(ascii: text) else { return false }
                    number.write(to: out)
                    return true
                }
                if wanted == .boolean {
                    switch String(decoding: text, as: UTF8.self) {
                    case "true", "1": out.write("true")
                    case "false", "0": out.write("false")
                    default: return false
                    }
                    return true
                }
            }
            out.write(0x22 as UInt8)
            out.writeJSONString(base, text.count)
            out.write(0x22 as UInt8)
            return true
        }
    }

    // MARK: Lists

    private mutating func each(_ index: Int, _ from: Int, _ to: Int) -> Bool {
        let outer = (scope.item, scope.itemIndex)
        defer { (scope.item, scope.itemIndex) = outer }
        if plan.rows[index].isPlain {
            var located: (Document, Int)?
            switch plan.rows[index].source {
            case .slot(let slot): located = (scope.body, Int(slots[slot]))
            case .item(let steps):
                if case .node(let document, let node) = scope.item {
                    located = (document, DocumentPath.node(document, node, steps))
                }
            default: break
            }
            if let (document, first) = located {
                return eachNode(document, first, from, to)
            }
        }
        guard let value = evaluate(index) else { return failure == nil }
        let items: [Value]
        switch value {
        case .null: items = []
        case .list(let list): items = list
        default: items = [value]
        }
        for (position, item) in items.enumerated() {
            scope.item = .value(item)
            scope.itemIndex = position + 1
            guard run(from, to) else { return false }
        }
        return true
    }

    private mutating func eachNode(_ document: Document, _ first: Int, _ from: Int, _ to: Int) -> Bool {
        guard first >= 0, document.nodes[first].kind != .null else { return true }
        var node = first
        var position = 1
        if document.nodes[first].kind == .array {
            let end = Int(document.nodes[first].next)
            node = first &+ 1
            while node < end {
                scope.item = .node(document, node)
                scope.itemIndex = position
                guard run(from, to) else { return false }
                node = Int(document.nodes[node].next)
                position &+= 1
            }
            return true
        }
        // Elements of one name: siblings up to the end of their parent, which is the first node that closes after them.
        let name = document.name(first)
        let end = parentEnd(document, first)
        while node < end {
            let other = document.name(node)
            if document.nodes[node].kind == document.nodes[first].kind, other.count == name.count,
                other.elementsEqual(name)
            {
                scope.item = .node(document, node)
                scope.itemIndex = position
                guard run(from, to) else { return false }
                position &+= 1
            }
            node = Int(document.nodes[node].next)
        }
        return true
    }

    /// End of the innermost subtree that encloses the node.
    private func parentEnd(_ document: Document, _ node: Int) -> Int {
        var candidate = node - 1
        while candidate >= 0 {
            if Int(document.nodes[candidate].next) > node { return Int(document.nodes[candidate].next) }
            candidate -= 1
        }
        return document.count
    }
}

/// The grammar of a JSON number (RFC 8259, section 6).
enum JSONNumber {
    static func isValid(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var i = 0
        let n = text.count
        if i < n, text[i] == 0x2D { i += 1 }
        guard i < n, text[i] &- 0x30 < 10 else { return false }
        if text[i] == 0x30 { i += 1 } else { while i < n, text[i] &- 0x30 < 10 { i += 1 } }
        if i < n, text[i] == 0x2E {
            i += 1
            let start = i
            while i < n, text[i] &- 0x30 < 10 { i += 1 }
            if i == start { return false }
        }
        return i == n
    }
}

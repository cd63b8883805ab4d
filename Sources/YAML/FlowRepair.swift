import Diagnostics

// Inside brackets YAML ends a value at a comma, so `{ from: substring(name, 1, 35) }` is read as three entries. A value
// that opens a parenthesis and doesn't close it shows that this happened: the pieces are taken back into one poisoned
// value, and one diagnostic says how to write it.

extension TreeBuilder {
    mutating func repairCuts(_ entries: inout [YAMLEntry], in flow: SourceSpan) {
        var needed = false
        for entry in entries where entry.value.isMissing || openParentheses(entry.value) > 0 { needed = true }
        guard needed else { return }
        var repaired: [YAMLEntry] = []
        var reported = false
        var i = 0
        while i < entries.count {
            var entry = entries[i]
            i += 1
            var open = openParentheses(entry.value)
            if open <= 0 {
                if entry.value.isMissing, !hasColon(entry), !reported {
                    sink.add(.noColon(entry, in: bytes))
                    entry.value.content = .poisoned
                }
                repaired.append(entry)
                continue
            }
            let cut = entry.value.span
            while i < entries.count, open > 0, entries[i].value.isMissing, !hasColon(entries[i]) {
                open += FlowText.openParentheses(String(decoding: bytes[entries[i].key.span.range], as: UTF8.self))
                entry.value.span = entry.value.span.union(entries[i].key.span)
                i += 1
            }
            if entry.value.span != cut {
                if !reported { sink.add(.cutAtComma(cut, in: flow, bytes)) }
                reported = true
                entry.value.content = .poisoned
            }
            repaired.append(entry)
        }
        entries = repaired
    }

    mutating func repairCuts(_ items: inout [YAMLNode], in flow: SourceSpan) {
        var repaired: [YAMLNode] = []
        var reported = false
        var i = 0
        while i < items.count {
            var item = items[i]
            i += 1
            var open = openParentheses(item)
            if open > 0, i < items.count {
                if !reported { sink.add(.cutAtComma(item.span, in: flow, bytes)) }
                reported = true
                item.content = .poisoned
                while i < items.count, open > 0 {
                    open += FlowText.openParentheses(String(decoding: bytes[items[i].span.range], as: UTF8.self))
                    item.span = item.span.union(items[i].span)
                    i += 1
                }
            }
            repaired.append(item)
        }
        if reported { items = repaired }
    }

    private func openParentheses(_ node: YAMLNode) -> Int {
        guard case .scalar(let scalar) = node.content, scalar.style == .plain else { return 0 }
        return FlowText.openParentheses(scalar.text)
    }

    private func hasColon(_ entry: YAMLEntry) -> Bool {
        let start = Int(entry.key.span.end)
        let end = max(start, Int(entry.value.span.start))
        return bytes[start..<min(end, bytes.count)].contains(UInt8(ascii: ":"))
    }
}

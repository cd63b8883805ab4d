extension ByteWriter {
    /// Appends a subtree of a JSON or form document as JSON without white space; numbers keep their digits.
    ///
    /// Elements of XML are written as `Document.value(_:)` gives them.
    public func writeJSON(_ document: Document, _ node: Int) {
        let n = document.nodes[node]
        switch n.kind {
        case .null: write("null")
        case .false: write("false")
        case .true: write("true")
        case .number: write(document.text(node))
        case .string: writeQuoted(document.text(node), isPlain: n.flags & Document.NodeFlags.escaped == 0)
        case .array, .object:
            let isObject = n.kind == .object
            write(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
            var child = node + 1
            while child < n.next {
                if child > node + 1 { write(UInt8(ascii: ",")) }
                if isObject {
                    writeQuoted(document.name(child), isPlain: false)
                    write(UInt8(ascii: ":"))
                }
                writeJSON(document, child)
                child = Int(document.nodes[child].next)
            }
            write(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        case .element, .attribute: writeJSON(document.value(node))
        }
    }

    /// Appends a value as JSON without white space; temporal values as ISO 8601 strings, ranges as null.
    public func writeJSON(_ value: Value) {
        switch value {
        case .null, .range: write("null")
        case .boolean(let flag): write(flag ? "true" : "false")
        case .number(let number): number.write(to: self)
        case .string(let text): writeQuoted(text)
        case .temporal(let temporal): writeQuoted(temporal.description)
        case .list(let items):
            write(UInt8(ascii: "["))
            for (position, item) in items.enumerated() {
                if position > 0 { write(UInt8(ascii: ",")) }
                writeJSON(item)
            }
            write(UInt8(ascii: "]"))
        case .context(let context):
            write(UInt8(ascii: "{"))
            for (position, entry) in context.entries.enumerated() {
                if position > 0 { write(UInt8(ascii: ",")) }
                writeQuoted(entry.name)
                write(UInt8(ascii: ":"))
                writeJSON(entry.value)
            }
            write(UInt8(ascii: "}"))
        }
    }

    private func writeQuoted(_ text: String) {
        write(UInt8(ascii: "\""))
        writeJSONString(text)
        write(UInt8(ascii: "\""))
    }

    private func writeQuoted(_ text: UnsafeBufferPointer<UInt8>, isPlain: Bool) {
        write(UInt8(ascii: "\""))
        if isPlain {
            write(text)
        } else if let base = text.baseAddress {
            writeJSONString(base, text.count)
        }
        write(UInt8(ascii: "\""))
    }
}

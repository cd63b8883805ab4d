/// Writes JSON with two-space indentation, for tools and for golden files that can be read.
struct JSONText {
    private(set) var text = ""
    private var depth = 0
    private var needsComma = false

    mutating func object(_ name: String? = nil, _ body: (inout JSONText) -> Void) {
        nest(name, "{", "}", body)
    }

    mutating func array(_ name: String? = nil, _ body: (inout JSONText) -> Void) {
        nest(name, "[", "]", body)
    }

    mutating func field(_ name: String, _ value: String) {
        begin(name)
        text += Self.quoted(value)
    }

    mutating func field(_ name: String, _ value: Int) {
        begin(name)
        text += String(value)
    }

    mutating func item(_ value: String) {
        begin(nil)
        text += Self.quoted(value)
    }

    private mutating func nest(_ name: String?, _ open: String, _ close: String, _ body: (inout JSONText) -> Void) {
        begin(name)
        text += open
        depth += 1
        needsComma = false
        body(&self)
        depth -= 1
        if needsComma { newLine() }
        text += close
        needsComma = true
    }

    private mutating func begin(_ name: String?) {
        if needsComma { text += "," }
        if depth > 0 { newLine() }
        if let name { text += Self.quoted(name) + ": " }
        needsComma = true
    }

    private mutating func newLine() {
        text += "\n" + String(repeating: "  ", count: depth)
    }

    /// A JSON string (RFC 8259 section 7).
    static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

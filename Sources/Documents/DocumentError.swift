/// Why a message could not be read, and where.
public struct DocumentError: Error, Sendable, Hashable {
    /// The kind of trouble.
    public enum Reason: String, Sendable {
        case syntax, encoding, depth, size, duplicateKey, doctype, entity, namespace, number
    }

    public let reason: Reason
    /// The place in bytes from the start of the message.
    public let offset: Int
    /// The line of that place, from 1.
    public let line: Int
    /// The column of that place in characters, from 1.
    public let column: Int
    /// What is wrong, as a sentence; never any content of the message.
    public let message: String

    init(_ reason: Reason, _ offset: Int, _ message: StaticString, in input: UnsafeRawBufferPointer) {
        self.reason = reason
        self.offset = offset
        self.message = message.description
        var line = 1
        var column = 1
        for i in 0..<min(offset, input.count) {
            let byte = input[i]
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}

extension DocumentError: CustomStringConvertible {
    public var description: String { "line \(line), column \(column): \(message)" }
}

/// What a parser reports; `Document` adds line and column.
struct DocumentProblem {
    let reason: DocumentError.Reason
    let offset: Int
    let message: StaticString
}

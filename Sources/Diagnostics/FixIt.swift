/// Replaces the bytes of a span by a text.
public struct TextEdit: Hashable, Sendable {
    public var span: SourceSpan
    public var replacement: String

    public init(_ span: SourceSpan, _ replacement: String) {
        self.span = span
        self.replacement = replacement
    }

    public init(span: SourceSpan, replacement: String) {
        self.span = span
        self.replacement = replacement
    }
}

/// A change that mends the mistake; all its edits belong together.
public struct FixIt: Hashable, Sendable {
    public var title: String
    public var edits: [TextEdit]

    public init(_ title: String, _ edits: [TextEdit]) {
        self.title = title
        self.edits = edits
    }

    public init(title: String, edits: [TextEdit]) {
        self.title = title
        self.edits = edits
    }

    /// Replaces one span.
    public init(replace span: SourceSpan, with text: String, title: String? = nil) {
        self.init(title ?? "replace by `\(text)`", [TextEdit(span, text)])
    }

    /// The bytes of `file` with this fix-it's edits made; `nil` if one lies outside of the file or overlaps another.
    public func apply(to bytes: [UInt8], file: FileID) -> [UInt8]? {
        FixIt.apply(edits.filter { $0.span.file == file }, to: bytes)
    }

    /// The bytes of `file` with the first fix-it of each diagnostic made, and how many were. A fix-it that overlaps one
    /// that was taken before is left for the next run.
    public static func applyFirst(
        of diagnostics: [Diagnostic], to bytes: [UInt8], file: FileID
    ) -> (bytes: [UInt8], applied: Int) {
        var taken: [TextEdit] = []
        var applied = 0
        for diagnostic in diagnostics {
            guard let fixIt = diagnostic.fixIts.first else { continue }
            let edits = fixIt.edits.filter { $0.span.file == file }
            guard !edits.isEmpty, apply(taken + edits, to: bytes) != nil else { continue }
            taken += edits
            applied += 1
        }
        return (apply(taken, to: bytes) ?? bytes, applied)
    }

    private static func apply(_ edits: [TextEdit], to bytes: [UInt8]) -> [UInt8]? {
        let sorted = edits.enumerated()
            .sorted { ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset) }.map(\.element)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        var position = 0
        for edit in sorted {
            let range = edit.span.range
            guard range.lowerBound >= position, range.upperBound <= bytes.count else { return nil }
            result.append(contentsOf: bytes[position..<range.lowerBound])
            result.append(contentsOf: edit.replacement.utf8)
            position = range.upperBound
        }
        result.append(contentsOf: bytes[position...])
        return result
    }
}

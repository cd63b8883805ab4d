/// Names one file of a `SourceStore`; cheap to copy and to compare.
public struct FileID: Hashable, Sendable {
    public let index: UInt32

    public init(index: UInt32) {
        self.index = index
    }
}

/// A range of UTF-8 bytes in one file.
///
/// Everything that the compiler keeps about a place is this; lines and columns are worked out by `LineIndex` only when
/// somebody looks.
public struct SourceSpan: Hashable, Sendable {
    public var file: FileID
    public var start: UInt32
    public var end: UInt32

    public init(file: FileID, start: UInt32, end: UInt32) {
        self.file = file
        self.start = start
        self.end = max(start, end)
    }

    public init(file: FileID, start: Int, end: Int) {
        self.init(file: file, start: UInt32(clamping: start), end: UInt32(clamping: end))
    }

    public var isEmpty: Bool { start == end }

    public var count: Int { Int(end - start) }

    /// The range as indices of the file's bytes.
    public var range: Range<Int> { Int(start)..<Int(end) }

    /// The smallest span that holds both; `other` must lie in the same file, else the receiver is returned.
    public func union(_ other: SourceSpan) -> SourceSpan {
        guard other.file == file else { return self }
        return SourceSpan(file: file, start: min(start, other.start), end: max(end, other.end))
    }

    /// The span of `range`, counted from this span's start.
    public func sub(_ range: Range<Int>) -> SourceSpan {
        SourceSpan(file: file, start: Int(start) + range.lowerBound, end: Int(start) + range.upperBound)
    }
}

/// A value together with the place where it was written.
public struct Located<Value> {
    public var value: Value
    public var span: SourceSpan

    public init(_ value: Value, at span: SourceSpan) {
        self.value = value
        self.span = span
    }

    public init(value: Value, span: SourceSpan) {
        self.value = value
        self.span = span
    }

    public func map<Other>(_ transform: (Value) throws -> Other) rethrows -> Located<Other> {
        Located<Other>(try transform(value), at: span)
    }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}

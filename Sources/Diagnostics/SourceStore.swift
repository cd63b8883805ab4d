/// One file as it was read.
public struct SourceFile: Sendable {
    /// Relative to the workspace, with `/` between its parts.
    public let path: String
    public let bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Lines and columns of the file. Built at each call: a file without diagnostics never pays for it, and whoever
    /// needs it more than once keeps it.
    public var lineIndex: LineIndex { LineIndex(bytes) }

    /// The text of a span, with replacement characters where the bytes are not UTF-8.
    public func text(of span: SourceSpan) -> String {
        let range = span.range.clamped(to: 0..<bytes.count)
        return String(decoding: bytes[range], as: UTF8.self)
    }
}

/// All files of a compilation; a `FileID` is an index into it.
public struct SourceStore: Sendable {
    public private(set) var files: [SourceFile] = []

    public init() {}

    public mutating func add(path: String, bytes: [UInt8]) -> FileID {
        files.append(SourceFile(path: path, bytes: bytes))
        return FileID(index: UInt32(files.count - 1))
    }

    /// Gives a file new contents. Spans in it that were made before mean nothing any more.
    public mutating func replace(_ id: FileID, bytes: [UInt8]) {
        guard Int(id.index) < files.count else { return }
        files[Int(id.index)] = SourceFile(path: files[Int(id.index)].path, bytes: bytes)
    }

    /// The file, or an empty one without a name for an identifier that another store gave out.
    public subscript(_ id: FileID) -> SourceFile {
        guard Int(id.index) < files.count else { return SourceFile(path: "", bytes: []) }
        return files[Int(id.index)]
    }

    /// The first file with this path.
    public func file(at path: String) -> FileID? {
        files.firstIndex { $0.path == path }.map { FileID(index: UInt32($0)) }
    }

    public func text(of span: SourceSpan) -> String {
        self[span.file].text(of: span)
    }
}

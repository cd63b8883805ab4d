import CYAML
public import Diagnostics

/// Reads YAML files.
public enum YAMLReader {
    /// The tree of a file, `nil` when it holds nothing but comments.
    ///
    /// Every mistake becomes a diagnostic. After one that leaves no tree (bad syntax) the result is a poisoned node,
    /// so that nobody reports the file as empty; after others the part in question is poisoned or left out.
    ///
    /// - Parameter explainsTraps: Whether valid YAML that is most likely a slip in a file of the route language, such as
    ///   a key without a value within braces, is a mistake. Not for files that others wrote.
    public static func read(
        _ bytes: [UInt8], file: FileID, limits: YAMLLimits = .standard, explainsTraps: Bool = true,
        into sink: inout DiagnosticSink
    ) -> YAMLNode? {
        let whole = SourceSpan(file: file, start: 0, end: bytes.count)
        guard bytes.count <= limits.bytes else {
            sink.add(.fileTooLarge(bytes.count, limit: limits.bytes, file: file))
            return YAMLNode(.poisoned, span: whole)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            let check = TextCheck.check(buffer)
            if let (problem, range) = check.problem {
                sink.add(
                    .unreadableText(problem, at: SourceSpan(file: file, start: range.lowerBound, end: range.upperBound))
                )
                return YAMLNode(.poisoned, span: whole)
            }
            guard let parser = EventReader(buffer, from: check.start) else {
                return YAMLNode(.poisoned, span: whole)
            }
            defer { parser.close() }
            var builder = TreeBuilder(
                parser, buffer, file: file, limits: limits, explainsTraps: explainsTraps,
                cursor: ByteCursor(buffer, base: check.start, isASCII: check.isASCII))
            let node = builder.document()
            if !builder.sink.isEmpty { sink.merge(builder.sink) }
            return node
        }
    }

    /// The comments of a file, each from its `#` to the end of its line; none for a file that can't be read.
    public static func comments(_ bytes: [UInt8], file: FileID) -> [SourceSpan] {
        bytes.withUnsafeBufferPointer { buffer in
            let check = TextCheck.check(buffer)
            guard check.problem == nil, let parser = EventReader(buffer, from: check.start) else { return [] }
            defer { parser.close() }
            var scanner = CommentScanner(
                buffer, file: file, cursor: ByteCursor(buffer, base: check.start, isASCII: check.isASCII))
            return scanner.scan(parser, from: check.start)
        }
    }
}

/// Owns a libyaml parser and its current event or token.
struct EventReader {
    let parser: UnsafeMutablePointer<yaml_parser_t>
    let event: UnsafeMutablePointer<yaml_event_t>

    /// `nil` when there is no memory.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
        parser = .allocate(capacity: 1)
        event = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            event.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        let rest = bytes.count - start
        // libyaml must be given a place to read from even when there is nothing to read.
        if rest > 0, let base = bytes.baseAddress {
            yaml_parser_set_input_string(parser, base + start, rest)
        } else {
            yaml_parser_set_input_string(parser, UnsafeRawPointer(parser).assumingMemoryBound(to: UInt8.self), 0)
        }
    }

    func close() {
        yaml_parser_delete(parser)
        parser.deallocate()
        event.deallocate()
    }
}

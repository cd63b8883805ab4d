import CYAML
import Diagnostics

/// Finds comments, for which libyaml has no event: a `#` between two tokens begins one (YAML 1.2.2 section 6.6).
struct CommentScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: FileID
    private var cursor: ByteCursor
    private var comments: [SourceSpan] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: FileID, cursor: ByteCursor) {
        self.bytes = bytes
        self.file = file
        self.cursor = cursor
    }

    mutating func scan(_ reader: EventReader, from start: Int) -> [SourceSpan] {
        var token = yaml_token_t()
        var position = start
        while true {
            guard yaml_parser_scan(reader.parser, &token) == 1 else { return [] }
            let type = token.type
            let from = cursor.offset(of: token.start_mark.index)
            let to = cursor.offset(of: token.end_mark.index)
            let style = type == YAML_SCALAR_TOKEN ? token.data.scalar.style : YAML_ANY_SCALAR_STYLE
            yaml_token_delete(&token)
            gap(position, from)
            if style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE { gap(from, lineEnd(from)) }
            position = max(position, to)
            if type == YAML_STREAM_END_TOKEN || type == YAML_NO_TOKEN { break }
        }
        gap(position, bytes.count)
        return comments
    }

    private mutating func gap(_ start: Int, _ end: Int) {
        var i = start
        while i < end {
            guard bytes[i] == UInt8(ascii: "#") else {
                i += 1
                continue
            }
            let stop = lineEnd(i)
            comments.append(SourceSpan(file: file, start: i, end: stop))
            i = stop
        }
    }

    private func lineEnd(_ from: Int) -> Int {
        var i = from
        while i < bytes.count, bytes[i] != 0x0A, bytes[i] != 0x0D { i += 1 }
        return i
    }
}

import CYAML
import Diagnostics

/// Makes the tree from libyaml's events.
struct TreeBuilder {
    let reader: EventReader
    let bytes: UnsafeBufferPointer<UInt8>
    let file: FileID
    let limits: YAMLLimits
    /// Whether what YAML allows but hardly anybody means in a file of the route language is reported.
    let explainsTraps: Bool
    var cursor: ByteCursor
    var sink = DiagnosticSink()
    private var depth = 0
    private var nodeCount = 0
    /// The last quoted scalar: a missing closing quote shows only at the next one.
    private var lastQuoted: SourceSpan?
    /// Set by a mistake after which there is nothing to go on with.
    private var stopped = false

    init(
        _ reader: EventReader, _ bytes: UnsafeBufferPointer<UInt8>, file: FileID, limits: YAMLLimits,
        explainsTraps: Bool, cursor: ByteCursor
    ) {
        self.reader = reader
        self.bytes = bytes
        self.file = file
        self.limits = limits
        self.explainsTraps = explainsTraps
        self.cursor = cursor
    }

    mutating func document() -> YAMLNode? {
        var root: YAMLNode?
        var documents = 0
        while !stopped {
            let type = next()
            if stopped || type == YAML_STREAM_END_EVENT { break }
            switch type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT:
                delete()
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                if documents > 1 {
                    sink.add(.severalDocuments(at: eventSpan()))
                    delete()
                    return root
                }
                delete()
            default:
                root = node(type)
            }
        }
        if stopped { return YAMLNode(.poisoned, span: SourceSpan(file: file, start: 0, end: bytes.count)) }
        return root?.isMissing == true ? nil : root
    }

    // MARK: - Events

    /// Parses the next event; a failure is explained and stops the reading.
    private mutating func next() -> yaml_event_type_t {
        guard yaml_parser_parse(reader.parser, reader.event) == 1 else {
            let parser = reader.parser.pointee
            let problem = LibraryProblem(
                message: parser.problem.map { String(cString: $0) } ?? "",
                context: parser.context.map { String(cString: $0) } ?? "",
                offset: cursor.offset(of: parser.problem_mark.index),
                contextOffset: parser.context == nil ? nil : cursor.offset(of: parser.context_mark.index))
            let explainer = SyntaxExplainer(bytes: bytes, file: file, lastQuoted: lastQuoted)
            sink.add(explainer.explain(problem))
            stopped = true
            return YAML_NO_EVENT
        }
        return reader.event.pointee.type
    }

    @inline(__always)
    private func delete() {
        yaml_event_delete(reader.event)
    }

    private mutating func eventSpan() -> SourceSpan {
        let start = cursor.offset(of: reader.event.pointee.start_mark.index)
        let end = cursor.offset(of: reader.event.pointee.end_mark.index)
        return SourceSpan(file: file, start: UInt32(start), end: UInt32(end))
    }

    // MARK: - Nodes

    /// The node that the current event begins; consumes the events up to its end.
    private mutating func node(_ type: yaml_event_type_t) -> YAMLNode {
        nodeCount += 1
        if nodeCount > limits.nodes {
            sink.add(.tooManyNodes(limit: limits.nodes, at: eventSpan()))
            return stop()
        }
        switch type {
        case YAML_SCALAR_EVENT:
            return scalar()
        case YAML_SEQUENCE_START_EVENT, YAML_MAPPING_START_EVENT:
            depth += 1
            defer { depth -= 1 }
            if depth > limits.depth {
                sink.add(.nestedTooDeeply(limit: limits.depth, at: eventSpan()))
                return stop()
            }
            return type == YAML_SEQUENCE_START_EVENT ? sequence() : mapping()
        case YAML_ALIAS_EVENT:
            let span = eventSpan()
            sink.add(.anchor(at: span, isAlias: true))
            delete()
            return YAMLNode(.poisoned, span: span)
        default:
            // libyaml gives nothing else where a node may begin.
            return stop()
        }
    }

    private mutating func stop() -> YAMLNode {
        let span = eventSpan()
        delete()
        stopped = true
        return YAMLNode(.poisoned, span: span)
    }

    private mutating func scalar() -> YAMLNode {
        let (scalar, span) = takeScalar()
        return YAMLNode(.scalar(scalar), span: span)
    }

    private mutating func takeScalar() -> (YAMLScalar, SourceSpan) {
        let data = reader.event.pointee.data.scalar
        var span = eventSpan()
        checkProperties(data.anchor, data.tag, &span)
        let text = UnsafeBufferPointer(start: data.value, count: data.length)
        let style: YAMLScalar.Style
        switch data.style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: style = .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: style = .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: style = .literal
        case YAML_FOLDED_SCALAR_STYLE: style = .folded
        default: style = .plain
        }
        if style == .literal || style == .folded {
            var end = Int(span.end)
            while end > Int(span.start), bytes[end - 1] <= 0x20 { end -= 1 }
            span.end = UInt32(end)
            checkHeader(span)
        } else if style != .plain {
            lastQuoted = span
            checkEnd(span, "WB1024", "text after a closing quote")
        }
        let map = ScalarMap.make(style: style, text: text, source: UnsafeBufferPointer(rebasing: bytes[span.range]))
        let scalar = YAMLScalar(String(decoding: text, as: UTF8.self), style: style, map: map)
        delete()
        return (scalar, span)
    }

    private mutating func sequence() -> YAMLNode {
        let data = reader.event.pointee.data.sequence_start
        var span = eventSpan()
        let isFlow = data.style == YAML_FLOW_SEQUENCE_STYLE
        checkProperties(data.anchor, data.tag, &span)
        delete()
        var items: [YAMLNode] = []
        while true {
            let type = next()
            if stopped { return YAMLNode(.poisoned, span: span) }
            if type == YAML_SEQUENCE_END_EVENT { break }
            let item = node(type)
            if stopped { return YAMLNode(.poisoned, span: span) }
            items.append(item)
        }
        span.end = isFlow ? eventSpan().end : items.last?.span.end ?? span.end
        delete()
        if isFlow {
            checkEnd(span, "WB1023", "text after a closing bracket")
            if explainsTraps { repairCuts(&items, in: span) }
        }
        return YAMLNode(.sequence(items), span: span, isFlow: isFlow)
    }

    private mutating func mapping() -> YAMLNode {
        let data = reader.event.pointee.data.mapping_start
        var span = eventSpan()
        let isFlow = data.style == YAML_FLOW_MAPPING_STYLE
        checkProperties(data.anchor, data.tag, &span)
        delete()
        var entries: [YAMLEntry] = []
        var lastEnd = span.end
        while true {
            var type = next()
            if stopped { return YAMLNode(.poisoned, span: span) }
            if type == YAML_MAPPING_END_EVENT { break }
            let key = key(type)
            if stopped { return YAMLNode(.poisoned, span: span) }
            type = next()
            if stopped { return YAMLNode(.poisoned, span: span) }
            let value = node(type)
            if stopped { return YAMLNode(.poisoned, span: span) }
            lastEnd = max(value.span.end, key?.1.end ?? 0)
            guard let (scalar, keySpan) = key else { continue }
            entries.append(
                YAMLEntry(key: Located(scalar.text, at: keySpan), keyIsQuoted: scalar.isQuoted, value: value))
        }
        span.end = isFlow ? eventSpan().end : lastEnd
        delete()
        if isFlow {
            checkEnd(span, "WB1023", "text after a closing bracket")
            if explainsTraps { repairCuts(&entries, in: span) }
        }
        removeDuplicates(&entries)
        return YAMLNode(.mapping(entries), span: span, isFlow: isFlow)
    }

    /// The key that the current event is, `nil` (after a diagnostic) if it is not a name.
    private mutating func key(_ type: yaml_event_type_t) -> (YAMLScalar, SourceSpan)? {
        if type == YAML_SCALAR_EVENT {
            let key = takeScalar()
            if key.0.text.isEmpty, !key.0.isQuoted {
                sink.add(.keyIsNotAName(at: key.1, "a name must stand before this"))
                return nil
            }
            if key.1.start > 0, bytes[Int(key.1.start) - 1] == UInt8(ascii: "?") {
                // libyaml takes `{ ?name: … }` for a key indicator, which needs a space (YAML 1.2.2 section 7.4.2).
                let sign = SourceSpan(file: file, start: key.1.start - 1, end: key.1.end)
                sink.add(.keyIsNotAName(at: sign, "a name can't begin with `?` here"))
            }
            return key
        }
        let errors = sink.errorCount
        let node = node(type)
        if !stopped, sink.errorCount == errors { sink.add(.keyIsNotAName(at: node.span, "not a name")) }
        return nil
    }

    // MARK: - Checks

    /// Only white space makes a `#` a comment (YAML 1.2.2 section 6.6), which libyaml doesn't ask for.
    private mutating func checkEnd(_ span: SourceSpan, _ code: String, _ title: String) {
        let end = Int(span.end)
        guard end < bytes.count, bytes[end] == UInt8(ascii: "#") else { return }
        let line = Line(bytes, at: end)
        let rest = SourceSpan(file: file, start: end, end: line.end)
        sink.add(.commentWithoutSpace(code, title, at: rest))
    }

    private mutating func checkHeader(_ span: SourceSpan) {
        var end = Int(span.start) + 1
        while end < bytes.count, bytes[end] > 0x20, bytes[end] != UInt8(ascii: "#") { end += 1 }
        checkEnd(SourceSpan(file: file, start: Int(span.start), end: end), "WB1001", "the file is not valid YAML")
    }

    /// Refuses anchors and tags, which stand before the node; the node's span then begins after them.
    private mutating func checkProperties(
        _ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?, _ span: inout SourceSpan
    ) {
        guard anchor != nil || tag != nil else { return }
        var start = Int(span.start)
        while start < Int(span.end) {
            let byte = bytes[start]
            if byte <= 0x20 {
                start += 1
                continue
            }
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "!") else { break }
            var end = start
            while end < bytes.count, bytes[end] > 0x20 { end += 1 }
            let property = SourceSpan(file: file, start: start, end: end)
            if byte == UInt8(ascii: "&") {
                sink.add(.anchor(at: property, isAlias: false))
            } else if end - start > 1 {
                sink.add(.tag(at: property))
            }
            start = end
        }
        span.start = UInt32(min(start, Int(span.end)))
    }

    /// Reports keys that are there already, and keeps the first of each.
    private mutating func removeDuplicates(_ entries: inout [YAMLEntry]) {
        var duplicates: [(index: Int, first: Int)] = []
        if entries.count <= 16 {
            for i in entries.indices.dropFirst() {
                let key = entries[i].key.value
                if let first = entries[..<i].firstIndex(where: { $0.key.value == key }) {
                    duplicates.append((i, first))
                }
            }
        } else {
            var seen: [String: Int] = Dictionary(minimumCapacity: entries.count)
            for i in entries.indices {
                if let first = seen[entries[i].key.value] {
                    duplicates.append((i, first))
                } else {
                    seen[entries[i].key.value] = i
                }
            }
        }
        guard !duplicates.isEmpty else { return }
        for (index, first) in duplicates {
            sink.add(.duplicateKey(entries[index].key, first: entries[first].key.span))
        }
        let dropped = Set(duplicates.map(\.index))
        entries = entries.indices.filter { !dropped.contains($0) }.map { entries[$0] }
    }
}

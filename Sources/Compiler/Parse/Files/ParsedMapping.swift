public import Diagnostics
import YAML

/// A `*.map.yaml` file.
public struct ParsedMapping: Sendable, ParsedBlock {
    public var span: SourceSpan
    public var isPoisoned = false
    public var from: ParsedContractPath?
    public var to: ParsedContractPath?
    /// Name to path of a code list.
    public var tables: [Named<Located<String>>] = []
    public var rows: [ParsedRow] = []
    /// Every `${…}` of the file.
    public var references: [ParsedReference] = []

    init(span: SourceSpan) { self.span = span }
}

/// One row: a field of the target and what is written to it.
public struct ParsedRow: Sendable {
    public enum Value: Sendable {
        case expression(ParsedExpression)
        case spelledOut(ParsedRowBlock)
        /// It was refused.
        case poisoned
    }

    /// A dotted path as written, `Debtor.@id` or `Remittance.Line[]`.
    public var target: Located<String>
    public var value: Value

    public var span: SourceSpan {
        switch value {
        case .expression(let expression): target.span.union(expression.span)
        case .spelledOut(let block): target.span.union(block.span)
        case .poisoned: target.span
        }
    }
}

/// A row that is spelled out.
public struct ParsedRowBlock: Sendable, ParsedBlock {
    /// What happens to a value that doesn't fit.
    public enum Otherwise: String, Sendable {
        case fail
    }

    public var span: SourceSpan
    public var isPoisoned = false
    public var from: ParsedExpression?
    public var `default`: ParsedExpression?
    public var truncate: Located<Int>?
    public var when: ParsedExpression?
    public var note: Located<String>?
    public var otherwise: Located<Otherwise>?
    /// The list whose items become the items of the target.
    public var each: ParsedExpression?
    public var rows: [ParsedRow] = []

    init(span: SourceSpan) { self.span = span }
}

extension ValueType where Value == [ParsedRow] {
    static var rows: ValueType {
        ValueType(
            .map(
                keys: "dotted paths",
                .either([.expression, .block(BlockReference { ParsedRowBlock.declaration.facts })]))
        ) {
            node, decoder in
            guard let entries = decoder.mapping(node) else { return nil }
            guard !entries.isEmpty else {
                decoder.sink.add(.empty("no rows", key: decoder.key, at: node.span))
                return nil
            }
            var rows: [ParsedRow] = []
            rows.reserveCapacity(entries.count)
            for entry in entries {
                rows.append(ParsedRow(target: entry.key, value: decoder.row(entry)))
            }
            return rows
        }
    }
}

extension NodeDecoder {
    fileprivate mutating func row(_ entry: YAMLEntry) -> ParsedRow.Value {
        switch entry.value.content {
        case .mapping(let inner):
            let block = ParsedRowBlock.declaration
            if let first = inner.first, !inner.contains(where: { block.index(of: $0.key.value) != nil }),
                !inner.contains(where: { Spelling.nearest($0.key.value, in: block.keys.map(\.facts.name)) != nil })
            {
                sink.add(.nestedRow(entry.key, first.key))
                return .poisoned
            }
            guard let row = under(entry.key.span, { $0.block(entry.value, as: ParsedRowBlock.self) }) else {
                return .poisoned
            }
            if row.each != nil, !entry.key.value.utf8.suffix(2).elementsEqual("[]".utf8) {
                sink.add(.eachWithoutBrackets(entry.key, keyIsQuoted: entry.keyIsQuoted))
                return .poisoned
            }
            return .spelledOut(row)
        case .scalar(let scalar) where scalar.text.isEmpty && !scalar.isQuoted:
            sink.add(.rowWithoutValue(entry.key))
            return .poisoned
        default:
            return expression(entry.value).map { .expression($0) } ?? .poisoned
        }
    }
}

extension Diagnostic {
    fileprivate static func nestedRow(_ outer: Located<String>, _ inner: Located<String>) -> Diagnostic {
        Diagnostic(
            "WB1121", "rows don't nest", at: outer.span, "`\(inner.value)` below it is not a key of a mapping row",
            secondary: [Label(inner.span, "written as a row of its own")],
            help: "write the whole path: `\(outer.value).\(inner.value): …`")
    }

    fileprivate static func rowWithoutValue(_ target: Located<String>) -> Diagnostic {
        Diagnostic(
            "WB1105", "`\(target.value)` has no value", at: target.span, "nothing follows",
            help:
                "write text in quotes or an expression: `\(target.value): debtor.name`; a row that is not needed is left out"
        )
    }

    fileprivate static func eachWithoutBrackets(_ target: Located<String>, keyIsQuoted: Bool) -> Diagnostic {
        let name = "\(target.value)[]"
        return Diagnostic(
            "WB1122", "`\(target.value)` has `each`, but is not written as a list", at: target.span,
            "one item, or many?", help: "write `\(name)`",
            fixIts: [FixIt(replace: target.span, with: keyIsQuoted ? "\"\(name)\"" : name)])
    }
}

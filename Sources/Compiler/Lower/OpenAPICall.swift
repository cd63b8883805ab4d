import Contracts
import Diagnostics
import Documents
import FEEL
import RouteGraph

/// A call of an operation that an OpenAPI document describes: its method and path, and the parameters that the call
/// gives held against those that the contract declares.
struct OpenAPICall {
    let operation: OpenAPIOperation
    /// The contract, for messages.
    let contract: String
    /// `operation:` of the call.
    let name: Located<String>
    let call: ParsedCall

    /// The path with an expression for each of its parameters: what `parameters:` says, else the path parameter of the
    /// same name in `accept`. One that nothing gives is reported.
    func path(accepted: [String], _ scope: FEELScope, _ context: inout CompileContext) -> [PathPiece] {
        let names = OpenAPITemplate.names(in: operation.path)
        for entry in call.parameters where !names.contains(entry.name.value) {
            unknown("path", entry.name, known: names, &context)
        }
        var pieces: [PathPiece] = []
        for piece in OpenAPITemplate.pieces(of: operation.path) {
            switch piece {
            case .text(let text): pieces.append(.literal(OpenAPICall.encoded(text)))
            case .parameter(let name):
                switch operation.parameter(name, in: .path)?.style {
                case .matrix: pieces.append(.literal(";\(OpenAPICall.encoded(name))="))
                case .label: pieces.append(.literal("."))
                default: break
                }
                if let given = call.parameters.first(where: { $0.name.value == name }) {
                    if let program = OpenAPICall.program(given.value, scope, &context) { pieces.append(program) }
                } else if accepted.contains(name) {
                    let span = self.name.span
                    let parsed = FEELParser.parse(name, at: { _ in span }, into: &context.sink)
                    if let program = parsed.flatMap({ FEELCompiler.compile($0, scope: scope, into: &context.sink) }) {
                        pieces.append(.expression(program))
                    }
                } else {
                    context.sink.add(
                        Diagnostic(
                            "WB3246", "nothing gives the path parameter `\(name)`", at: self.name.span,
                            "the path is `\(operation.path)`", notes: [declared(operation.source)],
                            help:
                                "write `parameters: { \(name): … }` beside `operation`, or name a parameter of `accept` so"
                        ))
                }
            }
        }
        return pieces
    }

    /// Query parameters and headers: what the contract does not have, and what it requires.
    ///
    /// - Parameter credential: The header that the endpoint proves itself with.
    func check(credential: String?, _ context: inout CompileContext) {
        let query = operation.parameters.filter { $0.place == .query }
        // An exploded object spreads over names that only the value knows.
        let isOpen = query.contains { $0.isExploded && $0.schema?.shape(.request).objectShape != nil }
        for entry in call.query where !isOpen {
            let written = entry.name.value
            let base = written.prefix { $0 != "[" }
            if operation.parameter(written, in: .query) != nil || query.contains(where: { $0.name == base }) {
                continue
            }
            unknown("query", entry.name, known: query.map(\.name), &context)
        }
        let headers = operation.parameters.filter { $0.place == .header }
        for entry in call.headers where operation.parameter(entry.name.value, in: .header) == nil {
            // Contracts seldom list every header: only what looks like a slip is reported.
            if Spelling.nearest(entry.name.value, in: headers.map(\.name)) != nil {
                unknown("header", entry.name, known: headers.map(\.name), &context)
            }
        }
        for parameter in query + headers where parameter.isRequired {
            let place = parameter.place == .query ? "query" : "headers"
            let given = parameter.place == .query ? call.query : call.headers
            let isGiven = given.contains { entry in
                let written = entry.name.value
                return parameter.place == .header
                    ? written.lowercased() == parameter.name.lowercased()
                    : written == parameter.name || written.hasPrefix(parameter.name + "[")
            }
            if isGiven || (isOpen && parameter.place == .query && parameter.isExploded) { continue }
            if parameter.place == .header, parameter.name.lowercased() == credential?.lowercased() { continue }
            context.sink.add(
                Diagnostic(
                    "WB3246", "the call leaves out the \(parameter.place.rawValue) parameter `\(parameter.name)`",
                    at: name.span, "`\(operation.name)` requires it", notes: [declared(parameter.source)],
                    help: "write `\(place): { \(parameter.name): … }` beside `operation`"))
        }
    }

    /// How the contract wants a list or an object of a query parameter to be written.
    func style(ofQuery name: String) -> QueryStyle {
        guard let parameter = operation.parameter(name, in: .query) else { return .exploded }
        switch parameter.style {
        case .deepObject: return .deepObject
        case _ where parameter.isExploded: return .exploded
        case .spaceDelimited: return .spaces
        case .pipeDelimited: return .pipes
        case .tabDelimited: return .tabs
        case .form, .simple, .label, .matrix: return .commas
        }
    }

    /// A mapping writes a body: the operation has to take one, in the partner's format.
    func checkBody(_ format: OpenAPIContent.Format, mapping: Located<String>, _ context: inout CompileContext) {
        guard !operation.takes(format) else { return }
        let types = operation.request?.contents.map(\.mediaType) ?? []
        context.sink.add(
            Diagnostic(
                "WB3247",
                types.isEmpty
                    ? "`\(operation.name)` takes no body"
                    : "`\(operation.name)` takes no body in the endpoint's format",
                at: mapping.span,
                types.isEmpty ? "nothing can be mapped to it" : "it takes \(types.joined(separator: ", "))",
                notes: [declared(operation.source)],
                help: types.isEmpty
                    ? "remove the mapping; values go into `query:`, `parameters:` and `headers:`"
                    : "choose the endpoint's `protocol` that fits, such as http-form or http-xml"))
    }

    private func declared(_ source: ShapeSource) -> String { "the contract says so at \(source.path):\(source.line)" }

    private func unknown(_ place: String, _ name: Located<String>, known: [String], _ context: inout CompileContext) {
        let near = Spelling.nearest(name.value, in: known)
        context.sink.add(
            Diagnostic(
                "WB3245", "`\(operation.name)` has no \(place) parameter `\(name.value)`", at: name.span,
                "not in \(contract)", notes: [declared(operation.source)],
                help: near.map { "write `\($0)`" }
                    ?? (known.isEmpty
                        ? "it has no \(place) parameters: remove the line"
                        : "it has: \(known.prefix(12).joined(separator: ", "))"),
                fixIts: near.map { [FixIt(replace: name.span, with: $0)] } ?? []))
    }

    private static func program(
        _ expression: ParsedExpression, _ scope: FEELScope, _ context: inout CompileContext
    ) -> PathPiece? {
        switch ExpressionLowering.text(expression, scope, &context) {
        case .constant(let text)?: .literal(encoded(text, isSegment: true))
        case .program(let program)?: .expression(program)
        case nil: nil
        }
    }

    /// A contract's text as it may stand in a request line: whatever is not a character of a path is percent-encoded.
    private static func encoded(_ text: String, isSegment: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                || "-._~!$&'()*+,;=:@".utf8.contains(byte) || (!isSegment && (byte == 0x2F || byte == 0x25))
            if isPlain {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension PartnerSite {
    /// The format of bodies, as OpenAPI's media types have it.
    var contentFormat: OpenAPIContent.Format {
        switch format {
        case .json: .json
        case .xml: .xml
        case .form: .form
        }
    }
}

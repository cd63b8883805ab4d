public import Compiler
import Contracts
import Diagnostics
import YAML

/// The examples of one partner, ready to be answered from (a mock) or to be sent (a demo).
public struct PartnerExample: Sendable {
    public var name: String
    public var operation: String
    public var consumer: String
    /// What the consumer sends.
    public var method: String
    public var target: String
    public var headers: [(String, String)]
    public var body: [UInt8]
    /// What the partner is called with: method and path (expressions as `{x}`), or the SOAP body's element.
    public var partnerMethod: String
    public var partnerPath: String?
    public var partnerElement: String?
    /// The reply; nil when the call does not get to the partner.
    public var status: Int?
    public var replyHeaders: [(String, String)]
    public var reply: [UInt8]
    public var replyType: String
    public var expects: YAMLNodeBox?
    public var isXML: Bool

    /// Whether a request of this kind is what the example expects.
    public func accepts(_ body: [UInt8]) -> Bool {
        guard let expects else { return true }
        return ExampleBody.matches(expects.node, body, isXML: isXML)
    }
}

/// Keeps the YAML of an expectation out of the interface.
public struct YAMLNodeBox: Sendable {
    let node: YAMLNode
}

/// Reads the examples (`*.test.yaml`) of a workspace.
public enum PartnerExamples {
    /// The examples of the partner, in the order of the files.
    public static func of(_ partner: String, _ compilation: Compilation, _ files: WorkspaceFiles) -> [PartnerExample] {
        guard let route = compilation.workspace.routes.first(where: { $0.partner?.value == partner }) else { return [] }
        let folder = Self.folder(compilation.sources[route.span.file].path)
        var examples: [PartnerExample] = []
        for (path, tests) in compilation.workspace.tests where Self.folder(path) == folder {
            for test in tests.tests where !test.isPoisoned {
                if let example = example(test, route, files) { examples.append(example) }
            }
        }
        return examples
    }

    private static func folder(_ path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    private static func example(_ test: ParsedTest, _ route: ParsedRoute, _ files: WorkspaceFiles) -> PartnerExample? {
        guard let name = test.call?.value.split(separator: ".").last.map(String.init),
            let operation = route.operations.first(where: { $0.name.value == name })?.value,
            let accept = operation.accept
        else { return nil }
        let isSOAP = route.endpoint?.protocol?.value.isSOAP ?? false
        let isXML = isSOAP || route.endpoint?.protocol?.value == .httpXML
        var path = accept.path
        for parameter in test.send?.path ?? [] {
            path = path.replacing("{\(parameter.name.value)}", with: encoded(parameter.value.value))
        }
        let query = (test.send?.query ?? []).map { "\(encoded($0.name.value))=\(encoded($0.value.value))" }
        if !query.isEmpty { path += "?" + query.joined(separator: "&") }
        var body: [UInt8] = []
        if let file = test.send?.bodyFile { body = files[file.value] ?? [] }
        if let node = test.send?.body { body = ExampleBody.json(node) }

        let contract = isSOAP ? wsdl(route, operation, files) : nil
        var reply: [UInt8] = []
        var type = isSOAP ? "text/xml; charset=utf-8" : "application/json"
        let replies = test.partner?.replies
        if let file = replies?.bodyFile {
            reply = files[file.value] ?? []
            if !file.value.hasSuffix(".json"), !isXML { type = "application/octet-stream" }
        }
        if let node = replies?.body {
            if isSOAP, let output = contract?.output {
                reply = ExampleBody.soap(node, element: output, version: contract?.version ?? .v11)
            } else {
                reply = ExampleBody.json(node)
            }
        }
        var partnerPath: String?
        if !isSOAP {
            partnerPath =
                (route.endpoint?.url?.value.basePath ?? "") + (operation.call?.path.map(template) ?? accept.path)
        }
        return PartnerExample(
            name: test.name?.value ?? name, operation: name, consumer: test.as?.value ?? "",
            method: accept.method.value,
            target: path, headers: (test.send?.headers ?? []).map { ($0.name.value, $0.value.value) }, body: body,
            partnerMethod: operation.call?.method?.value ?? (isSOAP ? "POST" : accept.method.value),
            partnerPath: partnerPath,
            partnerElement: contract?.input?.name, status: replies.map { $0.status?.value ?? 200 },
            replyHeaders: (replies?.headers ?? []).map { ($0.name.value, $0.value.value) }, reply: reply,
            replyType: type,
            expects: (test.partner?.expects).map { YAMLNodeBox(node: $0) }, isXML: isXML)
    }

    private static func template(_ path: ParsedPathTemplate) -> String {
        path.parts.enumerated().map { index, part in
            if case .text(let text) = part { text.value } else { "{p\(index)}" }
        }.joined()
    }

    private static func wsdl(
        _ route: ParsedRoute, _ operation: ParsedOperation, _ files: WorkspaceFiles
    ) -> WSDLOperation? {
        guard let contract = route.endpoint?.contract, let name = operation.call?.operation else { return nil }
        var sink = DiagnosticSink()
        let document = ContractReader.read(
            path: contract.path.value, fragment: nil, load: { files[$0] }, file: route.span.file, into: &sink)
        return document?.operation(named: name.value)
    }

    private static func encoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}

import Diagnostics
import YAML

@testable import Compiler

/// A decoded text with what was said about it.
struct Decoded<Parsed> {
    let parsed: Parsed
    let diagnostics: [Diagnostic]
    let text: String
    let references: [ParsedReference]

    var codes: [String] { diagnostics.map(\.code) }

    /// The text that the primary label underlines.
    func marked(_ index: Int = 0) -> String {
        guard index < diagnostics.count, let span = diagnostics[index].primary?.span else { return "" }
        return marked(span)
    }

    func marked(_ span: SourceSpan) -> String {
        String(decoding: Array(text.utf8)[span.range], as: UTF8.self)
    }

    /// The text after the first fix-it of the first diagnostic.
    var fixed: String? {
        guard let fixIt = diagnostics.first?.fixIts.first else { return nil }
        return fixIt.apply(to: Array(text.utf8), file: FileID(index: 0)).map { String(decoding: $0, as: UTF8.self) }
    }
}

func decode<Parsed: ParsedBlock>(
    _ text: String, as type: Parsed.Type = Parsed.self, variables: [String: String] = [:]
) -> Decoded<Parsed> {
    var sink = DiagnosticSink()
    let node = YAMLReader.read(Array(text.utf8), file: FileID(index: 0), into: &sink)
    var decoder = NodeDecoder(variables: Variables(variables))
    let empty = YAMLNode(.mapping([]), span: SourceSpan(file: FileID(index: 0), start: 0, end: 0))
    let parsed = decoder.file(node ?? empty, as: type)
    sink.merge(decoder.sink)
    return Decoded(parsed: parsed, diagnostics: sink.diagnostics, text: text, references: decoder.references)
}

/// A route whose `endpoint` and operation hold the given lines.
func route(endpoint: String = "", operation: String = "") -> Decoded<ParsedRoute> {
    func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    \($0)\n" }.joined()
    }
    return decode(
        """
        partner: acme
        endpoint:
            url: https://acme.example
        \(indented(endpoint))operations:
          pay:
            accept: POST /pay
            allow: [erp]
        \(indented(operation))
        """)
}

/// Every block that has a struct of its own.
let decodedBlocks: [any ParsedBlock.Type] = [
    ParsedRoute.self, ParsedSOAPAccept.self, ParsedEndpoint.self, ParsedClientTLS.self, ParsedAuthenticate.self,
    ParsedBasicCredentials.self,
    ParsedAPIKeyCredential.self, ParsedTimeout.self, ParsedConnections.self, ParsedOperation.self, ParsedRequest.self,
    ParsedCall.self, ParsedResponse.self, ParsedOperationAudit.self, ParsedMapping.self, ParsedRowBlock.self,
    ParsedTableFile.self, ParsedRules.self, ParsedRule.self, ParsedRejection.self, ParsedErrorTable.self,
    ParsedErrorRow.self, ParsedConsumers.self, ParsedConsumer.self, ParsedConsumerCertificate.self, ParsedGateway.self,
    ParsedListener.self, ParsedServerTLS.self, ParsedAdmin.self, ParsedLimits.self, ParsedAudit.self,
    ParsedAuditFile.self, ParsedIdempotency.self, ParsedCache.self, ParsedStore.self, ParsedRetry.self,
    ParsedCircuitBreaker.self,
    ParsedRateLimit.self, ParsedConcurrency.self,
    ParsedDeadline.self, ParsedPlace.self, ParsedHealth.self, ParsedOutliers.self, ParsedNext.self, ParsedProxy.self,
    ParsedDNS.self, ParsedTTL.self,
    ParsedReload.self, ParsedTests.self, ParsedTest.self, ParsedTestRequest.self, ParsedTestPartner.self,
    ParsedTestAnswer.self,
]

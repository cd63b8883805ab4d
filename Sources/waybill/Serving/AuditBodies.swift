import Audit
import Documents
import RouteGraph

/// Puts the bodies of a call into its record.
///
/// With fields to redact, a body is read, and what is recorded is the JSON of its fields without those; a body that can't
/// be read is not recorded at all, since nobody could say where those fields are.
enum AuditBodies {
    /// Bytes of a body that a record holds.
    static let limit = 16 << 10
    static let replacement = "[redacted]"

    static func write(_ bodies: CapturedBodies, of call: Call, to line: AuditLineBuilder) {
        guard let operation = call.operation, let plan = operation.mediation else { return }
        let redacted = operation.redacted.map { path in path.lowercased().split(separator: ".").map(String.init) }
        line.beginObject("bodies")
        for part in CapturedBodies.Part.allCases where bodies.size(part) > 0 {
            line.beginObject(name(part))
            line.integer("bytes", bodies.size(part))
            let bytes = bodies.bytes(part)
            if redacted.isEmpty {
                text(bytes, of: bodies.size(part), line)
            } else if bytes.count == bodies.size(part),
                let clean = Self.redacted(bytes, redacted, format(part, plan, call), call)
            {
                text(clean, of: clean.count, line)
            } else {
                line.text("note", "not recorded: it could not be read, so its redacted fields could not be found")
            }
            line.endObject()
        }
        line.endObject()
    }

    private static func name(_ part: CapturedBodies.Part) -> StaticString {
        switch part {
        case .request: "request"
        case .partnerRequest: "partnerRequest"
        case .partnerAnswer: "partnerAnswer"
        case .answer: "answer"
        }
    }

    private static func text(_ bytes: [UInt8], of size: Int, _ line: AuditLineBuilder) {
        line.text("text", String(decoding: bytes.prefix(limit), as: UTF8.self))
        if size > limit { line.integer("cut", size - limit) }
    }

    private static func format(_ part: CapturedBodies.Part, _ plan: MediationPlan, _ call: Call) -> Document.Format {
        switch part {
        case .request: return plan.accepts
        case .partnerRequest: return plan.forwardsBody && plan.request == nil ? plan.accepts : plan.partnerFormat
        case .partnerAnswer: return plan.partnerFormat
        case .answer:
            if call.failure != nil { return .json }
            guard plan.response != nil else { return plan.partnerFormat }
            return plan.responseContentType.contains("json") ? .json : .xml
        }
    }

    private static func redacted(
        _ bytes: [UInt8], _ paths: [[String]], _ format: Document.Format, _ call: Call
    ) -> [UInt8]? {
        let document = Document()
        let limits = DocumentLimits(bytes: CapturedBodies.limit, depth: call.graph?.settings.limits.depth ?? 64)
        let isRead = bytes.withUnsafeBytes { bytes in
            do throws(DocumentError) {
                switch format {
                case .json: try document.parseJSON(bytes, limits: limits)
                case .xml: try document.parseXML(bytes, limits: limits)
                case .form: try document.parseForm(bytes, limits: limits)
                }
                return true
            } catch {
                return false
            }
        }
        guard isRead, document.count > 0 else { return nil }
        let root = document.soapVersion != nil ? document.firstSOAPBodyChild() : 0
        guard root >= 0 else { return nil }
        let out = ByteWriter(capacity: bytes.count + 64)
        out.writeJSON(clean(document.value(root), paths[...]))
        return Array(out.bytes)
    }

    /// Names are compared without regard to case: `debtor.account.iban` covers the partner's `Debtor.Account.IBAN` too.
    private static func clean(_ value: Value, _ paths: ArraySlice<[String]>) -> Value {
        switch value {
        case .list(let items): return .list(items.map { clean($0, paths) })
        case .context(let context):
            return .context(
                Context(
                    context.entries.map { entry in
                        let name = entry.name.lowercased()
                        let below = paths.filter { $0.first == name }
                        if below.isEmpty { return (entry.name, entry.value) }
                        if below.contains(where: { $0.count == 1 }) { return (entry.name, .string(replacement)) }
                        return (entry.name, clean(entry.value, below.map { Array($0.dropFirst()) }[...]))
                    }))
        default: return value
        }
    }
}

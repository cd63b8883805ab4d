import Audit
import Foundation
import Logging
import NIOHTTP1
import Proxy
import RouteGraph

/// `POST /api/cache/purge`: forgets the kept answers of an operation, or of all operations of a partner.
enum CachePage {
    static func purge(
        _ request: AdminRequest, server: ProxyServer, reloader: Reloader, audit: AuditWriter?, log: Logger
    ) async -> AdminAnswer {
        if let refusal = request.refusal(unless: [.POST]) { return refusal }
        // A page that somebody looks at on this machine could ask as well, without its reader's knowledge.
        guard request.origin == nil else { return problem(.forbidden, "pages of a browser may not ask for this") }
        var operation: String?
        var partner: String?
        for (name, value) in request.query {
            switch name {
            case "operation" where operation == nil && !value.isEmpty: operation = value
            case "partner" where partner == nil && !value.isEmpty: partner = value
            default: return problem(.badRequest, usage)
            }
        }
        guard operation != nil || partner != nil else { return problem(.badRequest, usage) }
        let (wantedOperation, wantedPartner) = (operation, partner)
        let isMeant: @Sendable (OperationPlan) -> Bool = {
            (wantedOperation == nil || $0.identity == wantedOperation)
                && (wantedPartner == nil || $0.partner == wantedPartner)
        }
        guard await reloader.graph.operations.contains(where: isMeant) else {
            return problem(.notFound, "no such operation: see /api/routes")
        }
        let purged = await server.purgeCaches(where: isMeant).sorted { $0.key < $1.key }
        guard !purged.isEmpty else { return problem(.notFound, "no cache there") }
        let total = purged.reduce(0) { $0 + $1.value }
        let names = purged.map(\.key)
        log.notice("admin: \(request.client) purged \(total) kept answers of \(names.joined(separator: ", "))")
        if let audit { record(names, total, request.client, audit) }
        let rows = purged.map { Page([("operation", .text($0.key)), ("entries", .number($0.value))]).json }
        return AdminAnswer(
            body: Page([
                ("purged", .number(total)), ("operations", .raw("[" + rows.joined(separator: ",") + "]")),
            ]).json + "\n")
    }

    private static let usage = "write ?operation=<partner>.<operation>, ?partner=<partner>, or both, each once"

    private static func problem(_ status: HTTPResponseStatus, _ text: String) -> AdminAnswer {
        AdminAnswer(status: status, body: Page([("error", .text(text))]).json + "\n")
    }

    /// Answers change by this, so the trail that tells where they came from has it too.
    private static func record(_ operations: [String], _ entries: Int, _ client: String, _ audit: AuditWriter) {
        let line = AuditLineBuilder()
        line.begin()
        line.time("time", nanoseconds: Clock.wall())
        line.text("type", "purged" as StaticString)
        line.beginList("operations")
        for operation in operations { line.element(operation) }
        line.endList()
        line.integer("entries", entries)
        line.text("client", client)
        audit.append(line.end())
    }
}

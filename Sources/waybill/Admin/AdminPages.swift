import Audit
import Foundation
import Logging
import NIOHTTP1
import Proxy
import RouteGraph
import Storage
import Synchronization

/// Set once, when the gateway begins to drain.
final class DrainFlag: Sendable {
    private let flag = Atomic(false)
    func set() { flag.store(true, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}

/// What the admin address answers.
enum AdminPages {
    static func answer(
        _ request: AdminRequest, server: ProxyServer, reloader: Reloader, audit: AuditWriter?,
        answers: SQLiteAnswerStore?, draining: DrainFlag, certificates: String, log: Logger
    ) async -> AdminAnswer {
        if request.path == "/api/cache/purge" {
            return await CachePage.purge(request, server: server, reloader: reloader, audit: audit, log: log)
        }
        if let refusal = request.refusal(unless: [.GET, .HEAD]) { return refusal }
        switch request.path {
        case "/healthz": return AdminAnswer(contentType: "text/plain; charset=utf-8", body: "ok\n")
        case "/readyz": return await readiness(reloader, audit, answers, draining)
        case "/api/generation": return await generation(reloader)
        case "/api/routes": return await routes(reloader, await server.metrics())
        case "/api/shadow": return ShadowPage.render(await server.metrics())
        case "/metrics":
            let files = CertificateExpiry.files(below: certificates)
            let text = MetricsText.render(
                await server.metrics(), state: await reloader.state, audit: audit, answers: answers?.status,
                certificates: CertificateExpiry.list(files).entries, now: Date())
            return AdminAnswer(contentType: "text/plain; version=0.0.4; charset=utf-8", body: text)
        default:
            return AdminAnswer(
                status: .notFound,
                body:
                    "{\"error\":\"no such page\",\"pages\":[\"/healthz\",\"/readyz\",\"/api/generation\",\"/api/routes\",\"/api/shadow\",\"/api/cache/purge\",\"/metrics\"]}\n"
            )
        }
    }

    private static func readiness(
        _ reloader: Reloader, _ audit: AuditWriter?, _ answers: SQLiteAnswerStore?, _ draining: DrainFlag
    ) async -> AdminAnswer {
        let state = await reloader.state
        var auditText = "off"
        var ready = !draining.isSet
        if let audit {
            switch audit.state {
            case .ok: auditText = "ok"
            case .backlogged: auditText = "backlogged"
            case .failing(let reason): auditText = "failing: \(reason)"
            }
            if audit.refusesCalls { ready = false }
        }
        var storeText = "off"
        if let status = answers?.status {
            // Operations without keys go on: it does not make the gateway unready.
            storeText = status.failure.map { "failing: \($0)" } ?? (status.isWaiting ? "waiting" : "ok")
        }
        if !state.blocked.isEmpty { ready = false }
        let page = Page([
            ("ready", .flag(ready)), ("draining", .flag(draining.isSet)),
            ("generation", .number(Int(clamping: state.generation))),
            ("audit", .text(auditText)), ("store", .text(storeText)), ("blockedOperations", .texts(state.blocked)),
        ])
        return AdminAnswer(status: ready ? .ok : .serviceUnavailable, body: page.json)
    }

    private static func generation(_ reloader: Reloader) async -> AdminAnswer {
        let state = await reloader.state
        var members: [(String, Page.Member)] = [
            ("generation", .number(Int(clamping: state.generation))),
            ("installedAt", .text(state.installedAt.map(time) ?? "")), ("changed", .texts(state.changed)),
            ("operations", .number(state.operations)), ("partners", .number(state.partners)),
            ("reloads", .number(state.reloads)), ("rejections", .number(state.rejections)),
        ]
        if let rejected = state.rejected {
            members.append(
                (
                    "rejected",
                    .raw(
                        Page([
                            ("at", .text(time(rejected.at))), ("summary", .text(rejected.summary)),
                            ("diagnostics", .raw(rejected.diagnosticsJSON)),
                        ]).json)
                ))
        }
        return AdminAnswer(body: Page(members).json)
    }

    private static func routes(_ reloader: Reloader, _ metrics: ProxyMetrics) async -> AdminAnswer {
        let graph = await reloader.graph
        let circuits = Dictionary(
            metrics.partners.compactMap { partner in partner.circuitState.map { (partner.partner, $0.name) } },
            uniquingKeysWith: { first, _ in first })
        let rows = graph.operations.map { operation in
            Page([
                ("partner", .text(operation.partner)), ("operation", .text(operation.name)),
                ("accept", .text(operation.accept)),
                ("summary", .text(operation.summary)), ("passThrough", .flag(operation.isPassThrough)),
                ("allow", .texts(operation.allowed.sorted().map { graph.consumers[$0].name })),
                ("blocked", .flag(operation.blocked != nil)),
                ("circuit", .text(circuits[operation.partner] ?? "none")),
            ]).json
        }
        return AdminAnswer(body: "[" + rows.joined(separator: ",\n") + "]\n")
    }

    private static func time(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}

/// A flat JSON object.
struct Page {
    enum Member {
        case text(String), number(Int), flag(Bool), texts([String])
        /// JSON already.
        case raw(String)
    }

    let json: String

    init(_ members: [(String, Member)]) {
        func quoted(_ text: String) -> String {
            let data = (try? JSONEncoder().encode(text)) ?? Data("\"\"".utf8)
            return String(decoding: data, as: UTF8.self)
        }
        let rows = members.map { name, member in
            let value: String
            switch member {
            case .text(let text): value = quoted(text)
            case .number(let number): value = String(number)
            case .flag(let flag): value = flag ? "true" : "false"
            case .texts(let texts): value = "[" + texts.map(quoted).joined(separator: ",") + "]"
            case .raw(let json): value = json
            }
            return quoted(name) + ":" + value
        }
        json = "{" + rows.joined(separator: ",") + "}"
    }
}

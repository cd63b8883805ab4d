import Foundation
import Proxy
import RouteGraph

/// `/api/shadow`: what is known of partners' new versions, and the differences that were seen last. Without values.
enum ShadowPage {
    static func render(_ metrics: ProxyMetrics) -> AdminAnswer {
        AdminAnswer(body: list(metrics.versions.map(version)) + "\n")
    }

    private static func version(_ version: ProxyMetrics.Version) -> String {
        Page([
            ("partner", .text(version.partner)), ("address", .text(version.address)),
            ("split", .text(share(version.split))), ("shadow", .text(share(version.shadow))),
            ("circuit", .text(version.circuit.name)), ("displaced", number(version.displaced)),
            ("current", .raw(counts(version.current))), ("next", .raw(counts(version.next))),
            (
                "operations",
                .raw(list(version.operations.sorted { $0.key < $1.key }.map { operation($0.key, $0.value) }))
            ),
            ("recent", .raw(list(version.recent.reversed().map(difference)))),
        ]).json
    }

    private static func counts(_ counts: VersionCounts) -> String {
        Page([
            ("calls", number(counts.calls)), ("failures", number(counts.failures)),
            ("meanMicroseconds", number(counts.calls == 0 ? 0 : counts.microseconds / counts.calls)),
        ]).json
    }

    private static func operation(_ name: String, _ counts: ShadowCounts) -> String {
        let fields = counts.differences.sorted { $0.key < $1.key }.map { ($0.key, number($0.value)) }
        return Page([
            ("operation", .text(name)), ("copies", number(counts.copies)), ("compared", number(counts.compared)),
            ("failed", number(counts.failed)), ("unmatched", number(counts.unmatched)),
            ("dropped", number(counts.dropped)), ("streamed", number(counts.streamed)),
            ("differences", .raw(Page(fields).json)),
        ]).json
    }

    private static func difference(_ seen: ShadowDifference) -> String {
        let date = Date(timeIntervalSince1970: Double(seen.time) / 1e9)
        return Page([
            ("time", .text(date.formatted(.iso8601))), ("operation", .text(seen.operation)),
            ("correlation", .text(seen.correlation)), ("field", .text(seen.difference.field)),
            ("kind", .text(seen.difference.kind.rawValue)),
        ]).json
    }

    private static func share(_ parts: Int) -> String {
        let rest = parts % 100
        return rest == 0 ? "\(parts / 100)%" : "\(Double(parts) / 100)%"
    }

    private static func number(_ count: UInt64) -> Page.Member { .number(Int(clamping: count)) }

    private static func list(_ items: [String]) -> String { "[" + items.joined(separator: ",\n") + "]" }
}

import Proxy
import RouteGraph

/// Partners' new versions beside their current ones, in the text format of Prometheus.
enum VersionMetricsText {
    /// The labels of a pool of connections: that of a new version says so.
    static func labels(_ pool: ProxyMetrics.Pool) -> String {
        guard let space = pool.partner.utf8.firstIndex(of: 0x20) else { return "partner=\"\(pool.partner)\"" }
        return "partner=\"\(pool.partner[..<space])\",version=\"next\""
    }

    static func render(_ versions: [ProxyMetrics.Version]) -> String {
        var out = ""
        func family(_ name: String, _ type: String, _ help: String, _ rows: [(labels: String, value: String)]) {
            guard !rows.isEmpty else { return }
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for row in rows { out += "\(name){\(row.labels)} \(row.value)\n" }
        }
        func both(_ value: (VersionCounts) -> String) -> [(labels: String, value: String)] {
            versions.flatMap { version in
                [
                    ("partner=\"\(version.partner)\",version=\"current\"", value(version.current)),
                    ("partner=\"\(version.partner)\",version=\"next\"", value(version.next)),
                ]
            }
        }
        family(
            "waybill_partner_version_calls_total", "counter", "Attempts that ended, by version of the partner.",
            both { "\($0.calls)" })
        family(
            "waybill_partner_version_failures_total", "counter", "Attempts that failed or were answered with 5xx.",
            both { "\($0.failures)" })
        family(
            "waybill_partner_version_seconds_total", "counter", "Time that these attempts took.",
            both { "\(Double($0.microseconds) / 1e6)" })
        family(
            "waybill_partner_version_share", "gauge", "Share of calls that the new version gets, from 0 to 1.",
            versions.map { ("partner=\"\($0.partner)\"", "\(Double($0.split) / Double(NextVersionPlan.whole))") })
        family(
            "waybill_partner_version_circuit_state", "gauge",
            "The new version's circuit: 0 closed, 1 half open, 2 open.",
            versions.map { ("partner=\"\($0.partner)\"", "\($0.circuit.rawValue)") })
        family(
            "waybill_partner_version_displaced_total", "counter",
            "Calls of the new version's share that the current one got.",
            versions.map { ("partner=\"\($0.partner)\"", "\($0.displaced)") })
        let operations = versions.flatMap { version in
            version.operations.sorted { $0.key < $1.key }.map { name, counts in
                ("partner=\"\(version.partner)\",operation=\"\(name)\"", counts)
            }
        }
        func each(_ name: String, _ help: String, _ value: (ShadowCounts) -> UInt64) {
            family("waybill_shadow_\(name)_total", "counter", help, operations.map { ($0.0, "\(value($0.1))") })
        }
        each("copies", "Copies sent to the new version.") { $0.copies }
        each("compared", "Copies whose answer was compared.") { $0.compared }
        each("failed", "Copies that the new version gave no answer to.") { $0.failed }
        each("unmatched", "Copies whose call had no answer of the current version.") { $0.unmatched }
        family(
            "waybill_shadow_dropped_total", "counter", "Copies that were not made.",
            operations.flatMap { labels, counts in
                [
                    ("\(labels),reason=\"full\"", "\(counts.dropped)"),
                    ("\(labels),reason=\"streamed\"", "\(counts.streamed)"),
                ]
            })
        family(
            "waybill_shadow_differences_total", "counter", "Differences between the answers of both versions.",
            operations.flatMap { labels, counts in
                counts.differences.sorted { $0.key < $1.key }.map { field, count in
                    ("\(labels),field=\"\(escaped(field))\"", "\(count)")
                }
            })
        return out
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

import Proxy

/// How near the gateway is to its own limits, in the text format of Prometheus.
enum OverloadMetricsText {
    static func render(_ metrics: ProxyMetrics) -> String {
        var out = ""
        func family(_ name: String, _ type: String, _ help: String, _ rows: [(labels: String, value: String)]) {
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for row in rows { out += "\(name)\(row.labels) \(row.value)\n" }
        }
        family(
            "waybill_overload_refusals_total", "counter",
            "What the gateway had no room for, by what there was too little of.",
            [
                ("{reason=\"connections\"}", "\(metrics.refusedConnections)"),
                ("{reason=\"calls\"}", "\(metrics.refusals.calls)"),
                ("{reason=\"memory\"}", "\(metrics.refusals.memory)"),
                ("{reason=\"audit\"}", "\(metrics.refusals.audit)"),
            ])
        family(
            "waybill_accepts_paused_total", "counter", "How often a listener was stopped for want of connections.",
            [("", "\(metrics.accepting.pauses)")])
        family(
            "waybill_accepts_paused", "gauge", "Loops whose listeners are stopped now.",
            [("", "\(metrics.accepting.paused)")])
        family(
            "waybill_memory_bytes", "gauge", "Bytes of the process that are in memory.",
            [("", "\(metrics.memory.used)")])
        if let mark = metrics.memory.mark {
            family("waybill_memory_mark_bytes", "gauge", "What `limits: memory` is in bytes.", [("", "\(mark)")])
        }
        family(
            "waybill_memory_high", "gauge", "1 while mediated calls are refused for want of memory.",
            [("", metrics.memory.isHigh ? "1" : "0")])
        family(
            "waybill_client_connections_total", "counter", "Client connections that were accepted.",
            [("", "\(metrics.acceptedConnections)")])
        family(
            "waybill_client_handshake_failures_total", "counter", "TLS handshakes with clients that failed.",
            [("", "\(metrics.failedHandshakes)")])
        return out
    }
}

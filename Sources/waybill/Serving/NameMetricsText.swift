import Proxy

/// What came of looking up partners' names, in the text format of Prometheus.
enum NameMetricsText {
    static func render(_ metrics: ProxyMetrics) -> String {
        var out = ""
        func family(_ name: String, _ type: String, _ help: String, _ value: (ProxyMetrics.Name) -> String) {
            guard !metrics.names.isEmpty else { return }
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for entry in metrics.names { out += "\(name){name=\"\(entry.name)\"} \(value(entry))\n" }
        }
        family("waybill_dns_lookups_total", "counter", "Times that a partner's name was looked up.") { "\($0.lookups)" }
        family("waybill_dns_failures_total", "counter", "Lookups that nobody answered.") { "\($0.failures)" }
        family("waybill_dns_absent_total", "counter", "Lookups that found no address.") { "\($0.absent)" }
        family("waybill_dns_addresses", "gauge", "Addresses that are known now.") { "\($0.addresses)" }
        family("waybill_dns_stale", "gauge", "1 while addresses are used beyond their time.") { $0.isStale ? "1" : "0" }
        out += "# HELP waybill_partner_moved_connections_total Connections that ended because their address was gone.\n"
        out += "# TYPE waybill_partner_moved_connections_total counter\n"
        out += "waybill_partner_moved_connections_total \(metrics.partnerMoves)\n"
        return out
    }
}

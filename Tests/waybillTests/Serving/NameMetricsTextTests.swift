import Proxy
import Testing

@testable import waybill

@Suite struct NameMetricsTextTests {
    @Test func `Lookups by name, and connections that moved`() {
        var metrics = ProxyMetrics()
        metrics.partnerMoves = 3
        #expect(!NameMetricsText.render(metrics).contains("waybill_dns"), "nothing is said of names without any")
        var name = ProxyMetrics.Name()
        name.name = "bank.example"
        (name.lookups, name.failures, name.absent, name.addresses, name.isStale) = (9, 2, 1, 4, true)
        metrics.names = [name]
        let lines = Set(NameMetricsText.render(metrics).split(separator: "\n").map(String.init))
        for line in [
            "waybill_dns_lookups_total{name=\"bank.example\"} 9", "waybill_dns_failures_total{name=\"bank.example\"} 2",
            "waybill_dns_absent_total{name=\"bank.example\"} 1", "waybill_dns_addresses{name=\"bank.example\"} 4",
            "waybill_dns_stale{name=\"bank.example\"} 1", "waybill_partner_moved_connections_total 3",
            "# TYPE waybill_dns_lookups_total counter",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }
}

import Audit
import Compiler
import Foundation
import Proxy
import RouteGraph
import Storage

/// Counters in the text format of Prometheus (version 0.0.4).
enum MetricsText {
    static func render(
        _ metrics: ProxyMetrics, state: Reloader.State, audit: AuditWriter?, answers: StoreStatus?,
        certificates: [CertificateExpiry.Entry], now: Date
    ) -> String {
        var out = ""
        func family(_ name: String, _ type: String, _ help: String) {
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }
        family("waybill_calls_total", "counter", "Calls that ended, by partner, operation and outcome.")
        for operation in metrics.operations {
            let (partner, name) = split(operation.identity)
            for outcome in Outcome.allCases {
                out +=
                    "waybill_calls_total{partner=\"\(partner)\",operation=\"\(name)\",outcome=\"\(outcome.name)\"} \(operation.count(outcome))\n"
            }
        }
        family("waybill_calls_without_operation_total", "counter", "Calls refused before an operation was found.")
        out += "waybill_calls_without_operation_total \(metrics.refusedWithoutOperation)\n"
        family("waybill_call_duration_seconds", "histogram", "Time from a call's first byte to the end of its answer.")
        for operation in metrics.operations where !operation.latencies.isEmpty {
            let (partner, name) = split(operation.identity)
            let labels = "partner=\"\(partner)\",operation=\"\(name)\""
            var sum: UInt64 = 0
            for (index, count) in operation.latencies.enumerated() {
                sum += count
                let bound =
                    index < ProxyMetrics.latencyBounds.count ? seconds(ProxyMetrics.latencyBounds[index]) : "+Inf"
                out += "waybill_call_duration_seconds_bucket{\(labels),le=\"\(bound)\"} \(sum)\n"
            }
            out += "waybill_call_duration_seconds_sum{\(labels)} \(seconds(operation.latencySum))\n"
            out += "waybill_call_duration_seconds_count{\(labels)} \(sum)\n"
        }
        family("waybill_partner_connections", "gauge", "Connections to a partner.")
        for pool in metrics.pools {
            out += "waybill_partner_connections{\(VersionMetricsText.labels(pool)),state=\"open\"} \(pool.open)\n"
            out += "waybill_partner_connections{\(VersionMetricsText.labels(pool)),state=\"idle\"} \(pool.idle)\n"
            out += "waybill_partner_connections{\(VersionMetricsText.labels(pool)),state=\"waiting\"} \(pool.waiting)\n"
        }
        family("waybill_partner_http2", "gauge", "Connections to a partner by HTTP/2, and streams on them.")
        for pool in metrics.pools {
            out += "waybill_partner_http2{partner=\"\(pool.partner)\",of=\"connections\"} \(pool.multiplexed)\n"
            out += "waybill_partner_http2{partner=\"\(pool.partner)\",of=\"streams\"} \(pool.streams)\n"
        }
        out += PolicyMetricsText.render(metrics)
        out += VersionMetricsText.render(metrics.versions)
        out += OverloadMetricsText.render(metrics)
        out += NameMetricsText.render(metrics)
        if let answers { out += PolicyMetricsText.render(metrics.keys, answers) }
        family("waybill_client_connections", "gauge", "Open client connections.")
        out += "waybill_client_connections \(metrics.openConnections)\n"
        family("waybill_client_connections_http2", "gauge", "Open client connections that speak HTTP/2.")
        out += "waybill_client_connections_http2 \(metrics.multiplexedConnections)\n"
        family("waybill_client_streams", "gauge", "Open streams of client connections that speak HTTP/2.")
        out += "waybill_client_streams \(metrics.openStreams)\n"
        family("waybill_calls_in_flight", "gauge", "Calls under way.")
        out += "waybill_calls_in_flight \(metrics.callsInFlight)\n"
        family("waybill_generation", "gauge", "The generation that runs.")
        out += "waybill_generation \(state.generation)\n"
        family("waybill_reloads_total", "counter", "Changes of the workspace, by result.")
        out += "waybill_reloads_total{result=\"installed\"} \(state.reloads)\n"
        out += "waybill_reloads_total{result=\"rejected\"} \(state.rejections)\n"
        family("waybill_certificate_expiry_seconds", "gauge", "Seconds until a certificate of the workspace expires.")
        for entry in certificates {
            out +=
                "waybill_certificate_expiry_seconds{file=\"\(entry.file)\"} \(Int(entry.notAfter.timeIntervalSince(now)))\n"
        }
        if let audit {
            let statistics = audit.statistics
            family("waybill_audit_records_total", "counter", "Audit records written.")
            out += "waybill_audit_records_total \(statistics.records)\n"
            family("waybill_audit_dropped_total", "counter", "Audit records that found no room.")
            out += "waybill_audit_dropped_total \(statistics.dropped)\n"
        }
        return out
    }

    private static func split(_ identity: String) -> (String, String) {
        let parts = identity.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : (identity, "")
    }

    private static func seconds(_ microseconds: UInt64) -> String { "\(Double(microseconds) / 1e6)" }
}

import Proxy
import RouteGraph
import Storage

/// What the partners' policies did, in the text format of Prometheus.
enum PolicyMetricsText {
    static func render(_ metrics: ProxyMetrics) -> String {
        var out = ""
        func family(
            _ name: String, _ type: String, _ help: String, _ rows: [(labels: String, value: UInt64)]
        ) {
            guard !rows.isEmpty else { return }
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for row in rows { out += "\(name){\(row.labels)} \(row.value)\n" }
        }
        func each(_ value: (ProxyMetrics.Partner) -> UInt64) -> [(labels: String, value: UInt64)] {
            metrics.partners.map { ("partner=\"\($0.partner)\"", value($0)) }
        }
        family("waybill_partner_retries_total", "counter", "Attempts made again by policy.", each(\.retries))
        family(
            "waybill_partner_circuit_state", "gauge", "Circuit breaker: 0 closed, 1 half open, 2 open.",
            metrics.partners.compactMap { partner in
                partner.circuitState.map { ("partner=\"\(partner.partner)\"", UInt64($0.rawValue)) }
            })
        family(
            "waybill_partner_circuit_openings_total", "counter", "How often the circuit opened.", each(\.openings))
        family(
            "waybill_partner_circuit_refusals_total", "counter", "Calls that an open circuit refused.",
            each(\.shortCircuits))
        let limits =
            metrics.partners.map {
                ("scope=\"partner\",name=\"\($0.partner)\"", $0.rateWaits, $0.rateRefusals)
            }
            + metrics.limits.map { limit in
                let parts = limit.name.split(separator: " ", maxSplits: 1).map(String.init)
                return ("scope=\"\(parts.first ?? "")\",name=\"\(parts.last ?? "")\"", limit.waits, limit.refusals)
            }
        family(
            "waybill_rate_limit_waits_total", "counter", "Calls that waited for their turn.",
            limits.map { ($0.0, $0.1) })
        family(
            "waybill_rate_limit_refusals_total", "counter", "Calls refused by a rate limit.",
            limits.map { ($0.0, $0.2) })
        family(
            "waybill_partner_concurrent_calls", "gauge", "Calls that hold a permit of the concurrency limit.",
            each { UInt64(max(0, $0.permitsInUse)) })
        family(
            "waybill_partner_concurrency_limit", "gauge", "Calls at once that the partner gets now.",
            metrics.partners.compactMap { partner in
                partner.permitLimit.map { ("partner=\"\(partner.partner)\"", UInt64(max(0, $0))) }
            })
        family(
            "waybill_partner_queued_calls", "gauge", "Calls that wait for a permit or for their turn.",
            each { UInt64(max(0, $0.permitsWaiting + $0.rateWaiting)) })
        family(
            "waybill_partner_queue_full_total", "counter", "Calls that found the queue full.", each(\.permitRefusals))
        family(
            "waybill_partner_ejections_total", "counter", "How often a place of a partner was left out.",
            each(\.ejections))
        family(
            "waybill_partner_places_out", "gauge", "Places of a partner that are left out now.",
            each { UInt64(max(0, $0.placesOut)) })
        func caches(_ value: (ProxyMetrics.Cache) -> UInt64) -> [(labels: String, value: UInt64)] {
            metrics.caches.sorted { $0.operation < $1.operation }.map { ("operation=\"\($0.operation)\"", value($0)) }
        }
        let uses: [(name: String, count: KeyPath<CacheCounts, UInt64>)] = [
            ("hit", \.hits), ("stale", \.stale), ("miss", \.misses), ("coalesced", \.coalesced),
            ("bypass", \.bypassed),
        ]
        family(
            "waybill_cache_calls_total", "counter", "Calls of operations with a cache, by what it did for them.",
            uses.flatMap { use in
                caches { $0.counts[keyPath: use.count] }.map { ("\($0.labels),use=\"\(use.name)\"", $0.value) }
            })
        family(
            "waybill_cache_refreshes_total", "counter", "Kept answers that were fetched anew in the background.",
            caches(\.counts.refreshes))
        family(
            "waybill_cache_evictions_total", "counter", "Kept answers that had to make room before their time.",
            caches(\.counts.evictions))
        family("waybill_cache_bytes", "gauge", "Bytes that kept answers take.", caches { UInt64(max(0, $0.bytes)) })
        family("waybill_cache_entries", "gauge", "Answers that are kept.", caches { UInt64(max(0, $0.entries)) })
        return out
    }

    /// What became of calls with idempotency keys, and the store of their answers.
    static func render(_ keys: KeyCounts, _ store: StoreStatus) -> String {
        var out = ""
        func family(_ name: String, _ type: String, _ help: String, _ rows: [(labels: String, value: String)]) {
            out += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for row in rows { out += "\(name)\(row.labels) \(row.value)\n" }
        }
        family(
            "waybill_idempotency_replays_total", "counter", "Calls answered with an answer that was kept.",
            [("", "\(keys.replayed)")])
        family(
            "waybill_idempotency_refusals_total", "counter",
            "Calls refused because of their key, or for want of a store.",
            [
                ("{reason=\"reused\"}", "\(keys.reused)"), ("{reason=\"in-progress\"}", "\(keys.inProgress)"),
                ("{reason=\"outcome-unknown\"}", "\(keys.unknown)"),
                ("{reason=\"store\"}", "\(keys.unavailable)"),
            ])
        family(
            "waybill_idempotency_lost_total", "counter", "Calls that went out and whose outcome is not known.",
            [("", "\(keys.lost)")])
        family("waybill_store_bytes", "gauge", "Bytes of the store that are in use.", [("", "\(store.bytes)")])
        family("waybill_store_keys", "gauge", "Keys in the store.", [("", "\(store.keys)")])
        family(
            "waybill_store_failing", "gauge", "1 while the store cannot be written.",
            [("", store.failure == nil ? "0" : "1")])
        return out
    }
}

extension CircuitBreaker.State {
    /// As the admin address calls it.
    var name: String {
        switch self {
        case .closed: "closed"
        case .halfOpen: "half-open"
        case .open: "open"
        }
    }
}

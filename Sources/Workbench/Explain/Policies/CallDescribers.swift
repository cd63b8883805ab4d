import Compiler
import Diagnostics
import RouteGraph

/// How long a call may take, and how it gets to the partner.
struct TimeDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        let plan = subject.upstream
        let text =
            "\(PolicyText.time(plan.connectTimeout)) to connect, \(PolicyText.time(plan.responseTimeout)) for each answer, "
            + "\(PolicyText.time(plan.totalTimeout)) in all"
        return [("timeout", text, subject.endpoint?.timeout?.span)]
    }
}

struct DeadlineDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        let header = subject.upstream.policies.deadlineHeader
        guard !header.isEmpty else { return [] }
        let text = "the caller's own time, where it is less: `\(String(decoding: header, as: UTF8.self))`"
        return [("deadline", text, subject.endpoint?.deadline?.span)]
    }
}

struct RetryDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        guard let plan = subject.upstream.policies.retry else { return [] }
        var causes = TransportFailure.allCases.filter(plan.causes.contains).map(\.rawValue)
        causes += plan.causes.statuses.map {
            $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        var text =
            "up to \(plan.attempts) attempts after \(causes.joined(separator: ", ")); pauses of "
            + "\(PolicyText.time(plan.leastPause)) to \(PolicyText.time(plan.greatestPause)); "
            + "at most \(plan.budgetPercent) for each 100 calls"
        if !plan.keyHeader.isEmpty {
            text += "; calls with `\(String(decoding: plan.keyHeader, as: UTF8.self))` whatever their method"
        }
        return [("retry", text, subject.endpoint?.retry?.span)]
    }
}

struct ConnectionDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        let plan = subject.upstream
        var text = "up to \(plan.maxConnections), closed after \(PolicyText.time(plan.idleTimeout)) without a call"
        if plan.requestsPerConnection > 0 { text += ", or after \(plan.requestsPerConnection) calls" }
        if plan.connectionAge > 0 { text += ", or at the age of \(PolicyText.time(plan.connectionAge))" }
        if plan.warmConnections > 0 { text += "; \(plan.warmConnections) are opened ahead" }
        return [("connections", text, subject.endpoint?.connections?.span)]
    }
}

struct PlaceDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        let plan = subject.upstream
        guard !plan.alternatives.isEmpty else { return [] }
        let outliers = plan.outliers
        var text =
            "one of \(plan.alternatives.count + 1) places is left out for \(PolicyText.time(outliers.ejectFor)) and longer "
        text += "after \(outliers.failures) failures in a row, \(outliers.mostPercent)% of them at most"
        var rows: [Row] = [("outliers", text, subject.endpoint?.outliers?.span)]
        if let health = plan.health {
            text =
                "`\(health.path)` is asked every \(PolicyText.time(health.interval)); \(health.unhealthy) bad answers take a place "
            text += "out, \(health.healthy) good ones bring it back"
            rows.append(("health", text, subject.endpoint?.health?.span))
        }
        return rows
    }
}

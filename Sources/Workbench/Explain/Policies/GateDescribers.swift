import Compiler
import Diagnostics
import RouteGraph

/// What may hold a call back before it goes to the partner.
struct RateDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        var rows: [Row] = []
        for index in subject.operation.allowed.sorted() where index < subject.graph.consumers.count {
            let consumer = subject.graph.consumers[index]
            guard let plan = consumer.rate else { continue }
            let written = subject.workspace.consumers?.consumers.first { $0.name.value == consumer.name }
            rows.append(
                ("rate-limit of \(consumer.name)", PolicyText.rate(plan), written?.value.rateLimit?.span))
        }
        if let plan = subject.operation.rate {
            rows.append(("rate-limit of the operation", PolicyText.rate(plan), subject.parsed?.rateLimit?.span))
        }
        if let plan = subject.upstream.policies.rate {
            rows.append(("rate-limit of the partner", PolicyText.rate(plan), subject.endpoint?.rateLimit?.span))
        }
        return rows
    }
}

struct ConcurrencyDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        guard let plan = subject.upstream.policies.concurrency else { return [] }
        var text = "\(plan.limit) calls at once, \(plan.queue) more may wait"
        if plan.isAdaptive { text += ", fewer when the partner becomes slower" }
        return [("concurrency", text, subject.endpoint?.concurrency?.span)]
    }
}

struct CircuitDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        guard let plan = subject.upstream.policies.breaker else { return [] }
        let within = PolicyText.time(plan.window)
        var text =
            "opens for \(PolicyText.time(plan.openFor)) when \(plan.failurePercent)% of at least \(plan.minimum) calls "
        text += "within \(within) fail"
        if let slow = plan.slow { text += ", or take longer than \(PolicyText.time(slow))" }
        return [("circuit-breaker", text, subject.endpoint?.circuitBreaker?.span)]
    }
}

struct IdempotencyDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        guard let plan = subject.operation.mediation?.idempotency else { return [] }
        var text =
            switch plan.source {
            case .header: "by `Idempotency-Key`"
            case .expression: "by an expression"
            }
        text += plan.isRequired ? ", which each call must have" : ", where a call has one"
        text += "; answers are kept for \(PolicyText.time(plan.keep)); duplicates "
        text += plan.waits ? "wait for the first" : "are refused"
        text += "; when the outcome is not known the call is " + (plan.retriesUnknown ? "made again" : "refused")
        return [("idempotency", text, subject.parsed?.idempotency?.span)]
    }
}

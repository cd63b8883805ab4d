import Compiler
import Diagnostics
import RouteGraph

/// What there is to know of an operation's policies: as they run, and as they are written.
struct PolicySubject {
    var operation: OperationPlan
    var upstream: UpstreamPlan
    var graph: RouteGraph
    var endpoint: ParsedEndpoint?
    var parsed: ParsedOperation?
    var workspace: ParsedWorkspace
}

/// One policy's line in ``PolicyListing``. A further policy is a further describer, and a place in its list.
protocol PolicyDescriber: Sendable {
    typealias Row = (name: String, numbers: String, span: SourceSpan?)

    /// Nothing when the operation has no such policy.
    func rows(_ subject: PolicySubject) -> [Row]
}

/// Numbers as they are written in route files.
enum PolicyText {
    static func time(_ nanoseconds: Int64) -> String {
        for (unit, size) in [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000)] as [(String, Int64)]
        where nanoseconds >= size && nanoseconds % size == 0 { return "\(nanoseconds / size)\(unit)" }
        return "\(nanoseconds / 1_000_000)ms"
    }

    static func size(_ bytes: Int) -> String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where bytes >= 1 << shift && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)B"
    }

    static func rate(_ plan: RateLimitPlan) -> String {
        var text = "\(plan.count) calls in \(time(plan.interval))"
        if plan.burst > 1 { text += ", \(plan.burst) at once" }
        return text + (plan.wait > 0 ? ", others wait up to \(time(plan.wait))" : ", others are refused")
    }
}

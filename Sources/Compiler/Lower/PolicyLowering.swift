import Diagnostics
import RouteGraph

/// Policies of an endpoint to plans, and what makes no sense in them.
enum PolicyLowering {
    static func run(
        _ route: ParsedRoute, _ endpoint: ParsedEndpoint, _ plan: inout UpstreamPlan, _ context: inout CompileContext
    ) {
        plan.policies.retry = endpoint.retry.map { retry($0, route, plan, &context) }
        plan.policies.breaker = endpoint.circuitBreaker.map { breaker($0, plan, &context) }
        plan.policies.rate = endpoint.rateLimit?.plan
        if let limit = endpoint.rateLimit { rate(limit, plan, &context) }
        for operation in route.operations {
            if let limit = operation.value.rateLimit { rate(limit, plan, &context) }
        }
        if let concurrency = endpoint.concurrency, let limit = concurrency.limit?.value {
            plan.policies.concurrency = ConcurrencyPlan(
                limit: limit, queue: concurrency.queue?.value ?? 0, isAdaptive: concurrency.adaptive?.value ?? false)
            let connections = plan.maxConnections * max(1, endpoint.places.count)
            // By HTTP/2 a connection carries many calls at once.
            if limit > connections, endpoint.http?.value != .http2, let place = concurrency.limit {
                context.sink.add(
                    Diagnostic(
                        "WB4015", .warning, "more calls at once than connections: \(limit) and \(connections)",
                        at: place.span, "is never reached",
                        secondary: endpoint.connections?.max.map { [Label($0.span, "one call at a time on each")] }
                            ?? [],
                        help: "raise `connections: max`, or take at most \(connections)"))
            }
        }
        if let header = endpoint.deadline?.header ?? context.deadlineHeader {
            plan.policies.deadlineHeader = Array(header.value.lowercased().utf8)
        }
        places(endpoint, &plan, &context)
    }

    private static func retry(
        _ retry: ParsedRetry, _ route: ParsedRoute, _ upstream: UpstreamPlan, _ context: inout CompileContext
    ) -> RetryPlan {
        var plan = RetryPlan()
        if let attempts = retry.attempts?.value { plan.attempts = attempts }
        if let backoff = retry.backoff {
            plan.leastPause = backoff.value.lowerBound.bounded
            plan.greatestPause = backoff.value.upperBound.bounded
            if plan.leastPause >= upstream.totalTimeout {
                context.sink.add(
                    .tooLong(
                        "the pause before a second attempt is as long as the whole call", at: backoff.span,
                        help: "begin with a shorter pause, or give `timeout: total` more time"))
            }
        }
        if !retry.causes.isEmpty {
            var transports: [TransportFailure] = []
            var statuses: [ClosedRange<Int>] = []
            for cause in retry.causes {
                switch cause.value {
                case .transport(let failure): transports.append(failure)
                case .status(let range): statuses.append(range)
                }
            }
            plan.causes = RetryCauses(transports: transports, statuses: statuses)
        }
        if let budget = retry.budget?.value { plan.budgetPercent = budget.hundredths }
        if let key = retry.idempotencyKey {
            plan.keyHeader = Array(key.value.lowercased().utf8)
        } else {
            warnAboutUnsafe(retry, plan, route, &context)
        }
        return plan
    }

    /// A repetition of a call that is not idempotent would be made only where nothing was sent. Whoever reads `retry` expects more.
    private static func warnAboutUnsafe(
        _ retry: ParsedRetry, _ plan: RetryPlan, _ route: ParsedRoute, _ context: inout CompileContext
    ) {
        let asksForMore =
            !plan.causes.statuses.isEmpty || plan.causes.contains(.timeout) || plan.causes.contains(.reset)
            || plan.causes.contains(.invalidResponse)
        guard asksForMore else { return }
        let unsafe = route.operations.filter { !isIdempotent($0.value, route) }
        guard let first = unsafe.first else { return }
        let names = unsafe.prefix(3).map { "`\($0.name.value)`" }.joined(separator: ", ")
        context.sink.add(
            Diagnostic(
                "WB4010", .warning,
                "not every failure of \(names)\(unsafe.count > 3 ? " and others" : "") is tried again",
                at: retry.span.firstByte, "acts there only when nothing of the call was sent",
                secondary: [Label(first.name.span, "sends a request that is not idempotent")],
                notes: ["a partner that did the work before it failed would do it twice"],
                help: "if the partner knows repetitions by a header, name it: `idempotency-key: Idempotency-Key`; "
                    + "else write `for: [connect, tls]`"))
    }

    private static func isIdempotent(_ operation: ParsedOperation, _ route: ParsedRoute) -> Bool {
        if route.endpoint?.protocol?.value.isSOAP == true { return false }
        guard let method = operation.call?.method?.value ?? operation.accept?.method.value else { return true }
        return HTTPMethod(method)?.isIdempotent ?? false
    }

    private static func breaker(
        _ breaker: ParsedCircuitBreaker, _ upstream: UpstreamPlan, _ context: inout CompileContext
    ) -> CircuitBreakerPlan {
        var plan = CircuitBreakerPlan()
        if let value = breaker.failures?.value { plan.failurePercent = value.hundredths }
        if let value = breaker.of?.value { plan.minimum = value }
        if let value = breaker.within?.value { plan.window = value.bounded }
        if let value = breaker.openFor?.value { plan.openFor = value.bounded }
        if let slow = breaker.slow {
            plan.slow = slow.value.bounded
            if slow.value.nanoseconds >= upstream.totalTimeout {
                context.sink.add(
                    .tooLong(
                        "no call is as slow as this: it is over before", at: slow.span,
                        help: "take a time below `timeout: total`, or leave `slow` out"))
            }
        }
        return plan
    }

    private static func rate(_ limit: ParsedRateLimit, _ upstream: UpstreamPlan, _ context: inout CompileContext) {
        guard let wait = limit.wait, wait.value.nanoseconds >= upstream.totalTimeout else { return }
        context.sink.add(
            .tooLong(
                "a call may wait as long as it may take altogether", at: wait.span,
                help: "leave time for the call itself: take less than `timeout: total`"))
    }

    // MARK: Places

    private static func places(_ endpoint: ParsedEndpoint, _ plan: inout UpstreamPlan, _ context: inout CompileContext)
    {
        plan.weight = endpoint.places.first?.weight?.value ?? 1
        plan.priority = endpoint.places.first?.priority?.value ?? 0
        guard let first = endpoint.places.first?.url else { return }
        var seen = [first]
        for place in endpoint.places.dropFirst() {
            guard let url = place.url else { continue }
            if url.value.isSecure != first.value.isSecure || url.value.basePath != first.value.basePath {
                context.sink.add(
                    Diagnostic(
                        "WB4012", "the places of a partner differ in more than their address", at: url.span,
                        "another scheme or path", secondary: [Label(first.span, "than here")],
                        help: "give all the same scheme and path: each call may go to any of them"))
                continue
            }
            if let same = seen.first(where: { $0.value == url.value }) {
                context.sink.add(
                    Diagnostic(
                        "WB4013", "a place is there twice", at: url.span, "the same address",
                        secondary: [Label(same.span, "as here")],
                        help: "leave one out; for more calls raise its `weight`"
                    ))
                continue
            }
            seen.append(url)
            plan.alternatives.append(
                EndpointPlan(
                    host: url.value.host, port: url.value.port, weight: place.weight?.value ?? 1,
                    priority: place.priority?.value ?? 0))
        }
        if let outliers = endpoint.outliers {
            if let value = outliers.failures?.value { plan.outliers.failures = value }
            if let value = outliers.ejectFor?.value { plan.outliers.ejectFor = value.bounded }
            if let value = outliers.most?.value { plan.outliers.mostPercent = value.hundredths }
        }
        if let health = endpoint.health, let path = health.path?.value {
            var check = HealthCheckPlan(path: path)
            if let value = health.interval?.value { check.interval = value.bounded }
            if let value = health.timeout?.value { check.timeout = value.bounded }
            if let value = health.healthy?.value { check.healthy = value }
            if let value = health.unhealthy?.value { check.unhealthy = value }
            plan.health = check
        }
        if endpoint.places.count == 1, let lonely = endpoint.health?.span ?? endpoint.outliers?.span {
            context.sink.add(
                Diagnostic(
                    "WB4014", .warning, "with one place there is nothing to choose", at: lonely.firstByte,
                    "has no effect", secondary: [Label(first.span, "the only one")],
                    help: "give `url` a list, or leave this out; `circuit-breaker` is for the partner as a whole"))
        }
    }
}

extension Duration {
    /// Nanoseconds, a year at most: sums of times must not overflow.
    var bounded: Int64 { min(nanoseconds, 365 * 86_400 * 1_000_000_000) }
}

extension Diagnostic {
    fileprivate static func tooLong(_ title: String, at span: SourceSpan, help: String) -> Diagnostic {
        Diagnostic("WB4011", title, at: span, "too long", help: help)
    }
}

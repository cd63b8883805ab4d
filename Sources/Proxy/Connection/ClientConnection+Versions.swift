import NIOCore
import RouteGraph

/// `next`: some of a partner's calls go to its new version.
///
/// The choice is made once, when the call's request is ready. An attempt that can't be sent there (no connection, no room, its
/// circuit is open) goes to the current version at once: nothing of it was sent. Whatever `retry` repeats goes to the current
/// version too, unless it may be repeated only because the new one would know it by its key.
extension ClientConnection {
    /// Chooses the version that the call goes to, and whether it is copied.
    func chooseVersion(_ version: VersionLink, _ now: Int64) {
        guard let call, let operation = call.operation?.next else { return }
        var hash: UInt64?
        if version.plan.split > 0, let by = operation.by { hash = worker.mediator.versionHash(call, by) }
        switch version.state.choose(version.plan, operation, hash: hash, now: now) {
        case .current: break
        case .next: attempt.isNext = true
        case .copied: attempt.copyIsDue = true
        }
    }

    /// Whether the new version's circuit lets the attempt through; else it goes to the current version.
    func entersNext(_ version: VersionLink?, _ now: Int64) -> Bool {
        // Of a version that was replaced meanwhile nobody keeps a circuit any more.
        if version?.isPresent == false { return true }
        switch version?.state.health.admit(now: now) {
        case .call: return true
        case .probe:
            attempt.isProbe = true
            return true
        case .refused, nil:
            guard !attempt.isBound else { return false }
            version?.state.displaced &+= 1
            attempt.isNext = false
            return false
        }
    }

    /// Books the end of an attempt with a version.
    func noteVersion(_ version: VersionLink, _ result: CircuitBreaker.Result, took: Int64, now: Int64) {
        guard call?.operation?.next != nil else { return }
        version.state.count(isNext: attempt.isNext, result, took: took)
        guard attempt.isNext, version.isPresent else { return }
        if version.state.health.ended(result, isProbe: attempt.isProbe, took: took, now: now) {
            worker.log("partner \(version.state.identity): the new version is left alone for a while")
        }
    }

    /// Writes the request for another place, and makes that the call's.
    func readdress(to chosen: UpstreamPool) -> UpstreamPool {
        if let present = pool, present !== chosen,
            present.plan.hostHeader != chosen.plan.hostHeader || present.plan.basePath != chosen.plan.basePath,
            let changed = ReaddressedRequest.make(request, from: present.plan, to: chosen.plan)
        {
            request = changed
        }
        pool = chosen
        return chosen
    }
}

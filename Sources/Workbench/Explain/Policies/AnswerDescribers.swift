import Compiler
import Diagnostics
import RouteGraph

/// Where an answer may come from besides the partner.
struct CacheDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        guard let plan = subject.operation.cache else { return [] }
        var text = "answers are given again for \(PolicyText.time(plan.ttl)), told apart by "
        text += plan.key == nil ? "the whole request" : "`key`"
        text += plan.isShared ? "; all consumers share them" : " and the consumer"
        if plan.staleWhileRevalidate > 0 {
            text += "; for \(PolicyText.time(plan.staleWhileRevalidate)) more while they are fetched anew"
        }
        if plan.staleIfError > 0 { text += "; for \(PolicyText.time(plan.staleIfError)) more when the partner fails" }
        text += "; \(PolicyText.size(plan.bytes)) for the process, shared out between its loops"
        return [("cache", text, subject.parsed?.cache?.span)]
    }
}

/// What the partner's new version has to do with the operation.
struct VersionDescriber: PolicyDescriber {
    func rows(_ subject: PolicySubject) -> [Row] {
        guard let version = subject.operation.next, let next = subject.upstream.next else { return [] }
        let address =
            "\(next.tls == nil ? "http" : "https")://\(subject.upstream.at(next).hostHeader)\(next.basePath)"
        var parts: [String] = []
        if next.split > 0 {
            let how = version.by == nil ? "" : ", the same value of `by` always to the same version"
            parts.append("\(Self.share(next.split)) of the calls go to \(address)\(how)")
        }
        if next.shadow > 0, version.isCopied {
            let fields = (["status"] + version.fields.map(\.name)).joined(separator: ", ")
            let calls = parts.isEmpty ? "calls" : "others"
            parts.append("\(Self.share(next.shadow)) of the \(calls) are copied to \(address), compared by \(fields)")
        }
        let text = parts.isEmpty ? "no call goes to \(address)" : parts.joined(separator: "; ")
        return [("next", text, subject.endpoint?.next?.span)]
    }

    private static func share(_ parts: Int) -> String {
        parts % 100 == 0 ? "\(parts / 100)%" : "\(Double(parts) / 100)%"
    }
}

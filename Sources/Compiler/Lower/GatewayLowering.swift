import Crypto
import Diagnostics
import RouteGraph

/// `routes/gateway.yaml` to settings.
enum GatewayLowering {
    static func run(_ workspace: ParsedWorkspace, _ context: inout CompileContext) -> GatewaySettings {
        var settings = GatewaySettings()
        guard let gateway = workspace.gateway else { return settings }
        context.hasStore = gateway.store != nil || gateway.isPoisoned
        context.deadlineHeader = gateway.deadline?.header
        context.proxy = gateway.proxy
        var listeners: [ListenerPlan] = []
        for listener in gateway.listen {
            guard let address = listener.address else { continue }
            var plan = ListenerPlan(host: address.value.host, port: address.value.port)
            plan.versions = listener.http?.value
            if let tls = listener.tls {
                guard let material = server(tls, &context) else { continue }
                plan.tls = material
            }
            if let first = gateway.listen.first(where: { $0.address?.value == address.value }),
                first.span != listener.span, plan.port != 0
            {
                context.sink.add(
                    Diagnostic(
                        "WB4005", "two listeners have the address `\(plan.host):\(plan.port)`", at: address.span,
                        secondary: [Label(first.span, "the first")], help: "give each its own port"))
            }
            listeners.append(plan)
        }
        if !listeners.isEmpty { settings.listeners = listeners }
        if let admin = gateway.admin?.address?.value {
            settings.admin = ListenerPlan(host: admin.host, port: admin.port)
        }
        if let limits = gateway.limits {
            if let value = limits.header?.value { settings.limits.header = value }
            if let value = limits.body?.value { settings.limits.body = value }
            if let value = limits.connections?.value { settings.limits.connections = value }
            if let value = limits.calls?.value { settings.limits.calls = value }
            if let value = limits.streams?.value { settings.limits.streams = value }
            if let value = limits.minimumRate?.value { settings.limits.minimumRate = value }
            if let value = limits.memory?.value { settings.limits.memory = value }
            if let value = limits.depth?.value { settings.limits.depth = value }
            if let value = limits.request?.value { settings.limits.requestTimeout = value.nanoseconds }
            if let value = limits.idle?.value { settings.limits.idleTimeout = value.nanoseconds }
        }
        if let audit = gateway.audit, let path = audit.file?.path {
            settings.audit = AuditPlan(
                directory: path.value, rotateBytes: audit.file?.rotate?.value ?? 256 << 20,
                onFailure: audit.onFailure?.value ?? .refuse)
        }
        if let store = gateway.store, let path = store.path {
            settings.store = StorePlan(directory: path.value, bytes: store.size?.value ?? 256 << 20)
        }
        if let dns = gateway.dns {
            settings.names.servers = dns.servers.map {
                NameSettings.Server(address: $0.value.host, port: $0.value.port)
            }
            if let value = dns.ttl?.maximum?.value { settings.names.maximumTTL = value.nanoseconds }
            if let value = dns.ttl?.minimum?.value { settings.names.minimumTTL = value.nanoseconds }
            if let value = dns.stale?.value { settings.names.stale = value.nanoseconds }
        }
        if let reload = gateway.reload {
            settings.watch = reload.watch?.value ?? true
            if let debounce = reload.debounce?.value {
                settings.debounceMilliseconds = Int(clamping: debounce.nanoseconds / 1_000_000)
            }
        }
        return settings
    }

    private static func server(_ tls: ParsedServerTLS, _ context: inout CompileContext) -> ServerTLSPlan? {
        guard let certificate = tls.certificate, let key = tls.key else { return nil }
        let pair = CertificateCheck.pair(certificate, key, &context)
        var authority: [UInt8]?
        if let path = tls.clientAuthority {
            guard let bytes = CertificateCheck.authority(path, &context) else { return nil }
            authority = bytes
        }
        guard let pair else { return nil }
        return ServerTLSPlan(
            certificates: pair.certificates, key: pair.key, clientAuthority: authority,
            requireClientCertificate: tls.clientCertificate?.value == .required, minimum: tls.minimum?.value ?? .v12)
    }
}

/// `routes/consumers.yaml` to consumers.
enum ConsumerLowering {
    struct Entry {
        var consumer: Consumer
        var span: SourceSpan
    }

    static func run(_ workspace: ParsedWorkspace, _ context: inout CompileContext) -> [Entry] {
        var entries: [Entry] = []
        var digests: [[UInt8]: Located<String>] = [:]
        for named in workspace.consumers?.consumers ?? [] {
            let proof: Consumer.Proof
            if let subject = named.value.certificate?.subject {
                proof = .certificate(subject: subject.value)
            } else if let secret = named.value.apiKey {
                let header = (named.value.header?.value ?? "x-api-key").lowercased()
                if let key = context.secret(secret) {
                    let digest = Array(SHA256.hash(data: key))
                    if let first = digests[digest] {
                        context.sink.add(
                            Diagnostic(
                                "WB5108", "two consumers have the same API key", at: named.name.span,
                                "which of them calls could not be told", secondary: [Label(first.span, "the other")],
                                help: "give each consumer a key of its own"))
                    }
                    digests[digest] = named.name
                    proof = .apiKey(digest: digest, header: header)
                } else {
                    proof = .unresolved
                }
            } else if named.value.anonymous?.value == true {
                proof = .anonymous
            } else {
                proof = .unresolved
            }
            let consumer = Consumer(name: named.name.value, proof: proof, rate: named.value.rateLimit?.plan)
            entries.append(Entry(consumer: consumer, span: named.name.span))
        }
        return entries
    }
}

import Contracts
import Diagnostics
import Documents
import FEEL
import RouteGraph

/// What one route file gives.
struct LoweredRoute: Sendable {
    /// What the assembly of the graph looks at, places left out.
    struct Outline: Equatable, Sendable {
        var partner: String?
        var accepts: [String?]
        var hasServices: Bool
    }

    var partner: Located<String>?
    /// Nil when nothing is known of the endpoint; then there are no operations either.
    var upstream: UpstreamPlan?
    var operations: [LoweredOperation] = []

    var outline: Outline {
        Outline(
            partner: partner?.value,
            accepts: operations.map { operation in
                guard case .path(let method, let pattern, _, _) = operation.accept else { return nil }
                return "\(method.rawValue) \(pattern)"
            },
            hasServices: operations.contains { if case .service = $0.accept { true } else { false } })
    }
}

/// An operation before it has its place in the graph.
struct LoweredOperation: Sendable {
    enum Accept: Sendable {
        /// A mistake hides it.
        case unknown(SourceSpan)
        case path(HTTPMethod, pattern: String, written: String, SourceSpan)
        indirect case service(FacadeLowering.Candidate?, SourceSpan)
    }

    var accept: Accept
    var allowed: Set<Int>
    var plan: OperationPlan?
}

/// Who may call, as `routes/consumers.yaml` has it.
struct Parties {
    let entries: [ConsumerLowering.Entry]
    let names: [String]
    /// False when a mistake in the consumers file may hide some.
    let areKnown: Bool

    init(_ entries: [ConsumerLowering.Entry], _ workspace: ParsedWorkspace, _ files: WorkspaceFiles) {
        self.entries = entries
        names = entries.map(\.consumer.name)
        areKnown = workspace.consumers.map { !$0.isPoisoned } ?? (files["routes/consumers.yaml"] == nil)
    }
}

/// A route file to an upstream and its operations.
struct OperationLowering {
    private let parties: Parties
    private var route = LoweredRoute()
    private var next: NextLowering?

    static func run(_ route: ParsedRoute, _ parties: Parties, _ context: inout CompileContext) -> LoweredRoute {
        var lowering = OperationLowering(parties: parties)
        lowering.lower(route, &context)
        return lowering.route
    }

    private init(parties: Parties) {
        self.parties = parties
    }

    private mutating func lower(_ route: ParsedRoute, _ context: inout CompileContext) {
        guard let partner = route.partner else { return }
        self.route.partner = partner
        guard let endpoint = route.endpoint else { return }
        let (upstream, credentials, blocked) = EndpointLowering.run(partner.value, endpoint, route, &context)
        self.route.upstream = upstream
        wsdlWithoutSOAP(endpoint, &context)
        let wsdl = endpoint.contract.flatMap { context.contract($0) }
        let site = PartnerSite(
            name: partner.value, endpoint: endpoint, wsdl: wsdl, credentials: credentials, blocked: blocked)
        next = NextLowering(route, &context)
        for operation in route.operations { lower(operation, site, &context) }
        next?.finish(&context)
        self.route.operations = self.route.operations.compact
    }

    private mutating func lower(
        _ named: Named<ParsedOperation>, _ site: PartnerSite, _ context: inout CompileContext
    ) {
        let operation = named.value
        let allowed = shared(allow(operation, &context))
        var parameters: [String] = []
        var accepted = LoweredOperation.Accept.unknown(operation.span)
        if let accept = operation.accept, accept.service != nil {
            accepted = .service(FacadeLowering.candidate(accept, &context), accept.span)
        } else if let accept = operation.accept, let method = HTTPMethod(accept.method.value) {
            parameters = shared(Router.parameters(of: accept.path) ?? accept.parameters.map(\.value))
            accepted = .path(method, pattern: accept.path, written: accept.method.value, accept.span)
        }
        // Without its path nothing is known of the parameters, and every use of one would be reported.
        guard operation.accept != nil else {
            route.operations.append(LoweredOperation(accept: accepted, allowed: allowed, plan: nil))
            return
        }
        context.traced = []
        _ = site.endpoint.contract.flatMap { context.contract($0) }
        let builder = MediationLowering(site: site, operation: operation, name: named.name, parameters: parameters)
        if let capture = operation.audit?.capture, capture.value == .bodies, !builder.isMediated {
            context.sink.add(
                Diagnostic(
                    "WB4008", "bodies that pass through are not kept", at: capture.span,
                    "this operation hands them on while they arrive",
                    help: "leave it out, or map the bodies: `request: { map: … }`"))
        }
        if let redact = operation.audit?.redact.first, operation.audit?.capture?.value != .bodies,
            operation.audit?.isPoisoned == false
        {
            context.sink.add(
                Diagnostic(
                    "WB1117", "`redact` needs `capture: bodies`", at: redact.span, "no bodies are kept",
                    help: "write `audit: { capture: bodies, redact: […] }`"))
        }
        if !builder.isMediated { IdempotencyLowering.refusePassThrough(operation, &context) }
        let mediation = builder.isMediated ? builder.run(&context) : nil
        let pass = builder.isMediated ? nil : builder.passThrough(&context)
        let method = builder.isMediated ? mediation?.call.method : pass?.method ?? operation.accept?.method.value
        let version = next?.plan(named.name, method: method, builder, &context)
        let scope = ExpressionScope(body: .object([]), parameters: parameters)
        let cache =
            builder.isMediated ? nil : CacheLowering.run(operation, scope, site.endpoint, mapped: nil, &context)
        let plan = OperationPlan(
            name: named.name.value, partner: site.name, index: 0, upstream: 0, allowed: allowed,
            summary: operation.summary?.value ?? "",
            accept: operation.accept.map { accept in
                accept.service == nil ? "\(accept.method.value) \(accept.path)" : "POST \(accept.path) (SOAP)"
            } ?? "", mediation: mediation,
            passThroughMethod: pass?.method, passThroughPath: pass?.path, passThroughHeaders: pass?.headers ?? [],
            passThroughCredentials: site.credentials, blocked: site.blocked, parameters: parameters,
            capturesBodies: operation.audit?.capture?.value == .bodies,
            redacted: operation.audit?.redact.map(\.value) ?? [], rate: operation.rateLimit?.plan, next: version,
            cache: cache)
        route.operations.append(LoweredOperation(accept: accepted, allowed: allowed, plan: plan))
    }

    /// A WSDL describes SOAP: under another protocol nothing of it would be used.
    private func wsdlWithoutSOAP(_ endpoint: ParsedEndpoint, _ context: inout CompileContext) {
        guard endpoint.hasUnusedWSDL, let contract = endpoint.contract else { return }
        let written = endpoint.protocol.map { "`protocol: \($0.value.rawValue)`" } ?? "no `protocol:`"
        context.sink.add(
            Diagnostic(
                "WB4007", "the contract is a WSDL, and there is \(written)", at: contract.path.span,
                "a WSDL describes SOAP",
                secondary: endpoint.protocol.map { [Label($0.span, "the protocol")] } ?? [],
                help: "write `protocol: soap-1.1`, or `soap-1.2` where the partner asks for it"))
    }

    /// Most operations of a partner have the same consumers, and parameters of the same names: one set, and one list, in memory.
    private func shared(_ allowed: Set<Int>) -> Set<Int> {
        if let last = route.operations.last?.allowed, last == allowed { return last }
        return allowed
    }

    private func shared(_ parameters: [String]) -> [String] {
        if let last = route.operations.last?.plan?.parameters, last == parameters { return last }
        return parameters
    }

    private func allow(_ operation: ParsedOperation, _ context: inout CompileContext) -> Set<Int> {
        var allowed: Set<Int> = []
        for name in operation.allow {
            if let index = parties.names.firstIndex(of: name.value) {
                allowed.insert(index)
                continue
            }
            guard parties.areKnown else { continue }
            let near = Spelling.nearest(name.value, in: parties.names)
            context.sink.add(
                Diagnostic(
                    "WB2101", "unknown consumer `\(name.value)`", at: name.span, "no consumer has this name",
                    secondary: near.flatMap { near in parties.entries.first { $0.consumer.name == near } }
                        .map { [Label($0.span, "a similar name is declared here")] } ?? [],
                    help: near.map { "write `\($0)`" } ?? "declare it in `routes/consumers.yaml`",
                    fixIts: near.map { [FixIt(replace: name.span, with: $0)] } ?? []))
        }
        return allowed
    }
}

extension ParsedEndpoint {
    fileprivate var hasUnusedWSDL: Bool {
        guard !isPoisoned, contract?.path.value.hasSuffix(".wsdl") == true else { return false }
        return self.protocol?.value.isSOAP != true
    }
}

/// What the operations of one partner share.
struct PartnerSite {
    var name: String
    var endpoint: ParsedEndpoint
    var wsdl: ContractDocument?
    var credentials: Secret?
    var blocked: Failure?

    /// Where the endpoint has a mistake that may hide it, the contract tells.
    var `protocol`: ParsedProtocol {
        if let known = endpoint.protocol?.value { return known }
        return endpoint.contract?.path.value.hasSuffix(".wsdl") == true ? .soap11 : .httpJSON
    }

    /// Whether nothing is known against SOAP.
    var mayBeSOAP: Bool {
        self.protocol.isSOAP || endpoint.hasUnusedWSDL || (endpoint.isPoisoned && endpoint.protocol == nil)
    }
    var namespaces: [String: String] {
        Dictionary(endpoint.namespaces.map { ($0.name.value, $0.value.value) }, uniquingKeysWith: { a, _ in a })
    }

    var format: Document.Format {
        switch self.protocol {
        case .soap11, .soap12, .httpXML: .xml
        case .httpForm: .form
        default: .json
        }
    }
}

/// `endpoint:` to an upstream and the credentials sent to it.
enum EndpointLowering {
    static func run(
        _ partner: String, _ endpoint: ParsedEndpoint, _ route: ParsedRoute, _ context: inout CompileContext
    ) -> (UpstreamPlan, Secret?, Failure?) {
        let url = endpoint.url?.value
        var plan = UpstreamPlan(
            identity: partner, host: url?.host ?? "", port: url?.port ?? 0, basePath: url?.basePath ?? "")
        var blocked: Failure?
        if let url, url.isSecure {
            plan.tls = ClientTLSPlan()
            if let tls = endpoint.tls { plan.tls = client(tls, &blocked, &context) }
        } else if let tls = endpoint.tls, let location = endpoint.url {
            tlsWithoutEffect(tls, location.span, &context)
        }
        plan.http = endpoint.http?.value ?? .automatic
        if let timeout = endpoint.timeout {
            if let value = timeout.connect?.value { plan.connectTimeout = value.nanoseconds }
            if let value = timeout.response?.value { plan.responseTimeout = value.nanoseconds }
            if let value = timeout.total?.value { plan.totalTimeout = value.nanoseconds }
            if plan.connectTimeout > plan.totalTimeout, let total = timeout.total {
                context.sink.add(
                    Diagnostic(
                        "WB4004", "the total timeout is shorter than the connect timeout", at: total.span,
                        help: "`total` bounds the whole call: make it the longest"))
            }
        }
        if let value = endpoint.connections?.max?.value { plan.maxConnections = value }
        if let value = endpoint.connections?.idle?.value { plan.idleTimeout = value.nanoseconds }
        if let value = endpoint.connections?.requests?.value { plan.requestsPerConnection = value }
        if let value = endpoint.connections?.age?.value { plan.connectionAge = value.bounded }
        if let warm = endpoint.connections?.warm {
            plan.warmConnections = min(warm.value, plan.maxConnections)
            if warm.value > plan.maxConnections {
                context.sink.add(
                    Diagnostic(
                        "WB4017", .warning, "more connections are opened ahead than there may be", at: warm.span,
                        "`max` is \(plan.maxConnections)", help: "raise `max`, or take a lesser number"))
            }
        }
        PolicyLowering.run(route, endpoint, &plan, &context)
        plan.next = endpoint.next?.endpoint(endpoint, plan, &context)
        ProxyLowering.run(endpoint, &plan, &blocked, missing, &context)
        let credentials = credentials(endpoint.authenticate, &blocked, &context)
        return (plan, credentials, blocked)
    }

    private static let missing = Failure.unavailable("A secret of this partner is not available.")

    static func tlsWithoutEffect(_ tls: ParsedClientTLS, _ url: SourceSpan, _ context: inout CompileContext) {
        context.sink.add(
            Diagnostic(
                "WB4001", "`tls` has no effect on an `http://` URL", at: url, "not encrypted",
                secondary: [Label(tls.span.firstByte, "set here")], help: "write `https://`"))
    }

    static func client(
        _ tls: ParsedClientTLS, _ blocked: inout Failure?, _ context: inout CompileContext
    ) -> ClientTLSPlan {
        var plan = ClientTLSPlan(minimum: tls.minimum?.value ?? .v12, serverName: tls.serverName?.value)
        plan.pins = tls.pins.map(\.value)
        if let certificate = tls.certificate, let key = tls.key {
            let errors = context.sink.errorCount
            if let pair = CertificateCheck.pair(certificate, key, &context) {
                plan.certificates = pair.certificates
                plan.key = pair.key
            } else if context.sink.errorCount == errors {
                blocked = missing
            }
        }
        if let authority = tls.authority { plan.authority = CertificateCheck.authority(authority, &context) }
        return plan
    }

    private static func credentials(
        _ authenticate: ParsedAuthenticate?, _ blocked: inout Failure?, _ context: inout CompileContext
    ) -> Secret? {
        guard let authenticate else { return nil }
        var lines: [UInt8] = []
        if let basic = authenticate.basic, let username = basic.username, let password = basic.password {
            if let user = context.secret(username), let pass = context.secret(password) {
                lines += Array("Authorization: Basic ".utf8) + Base64.encode(user + [0x3A] + pass) + [0x0D, 0x0A]
            } else {
                blocked = missing
            }
        }
        if let key = authenticate.apiKey, let value = key.value {
            if let secret = context.secret(value), secret.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
                lines += Array("\(key.header?.value ?? "X-API-Key"): ".utf8) + secret + [0x0D, 0x0A]
            } else {
                blocked = missing
            }
        }
        return lines.isEmpty ? nil : Secret(lines)
    }
}

internal import Diagnostics
internal import XML

/// Reports what a description asks for beside its messages: policies (WS-Policy, WS-SecurityPolicy, WS-Addressing) and
/// extensions marked as required. None of them is followed by itself; the route has to say what is sent.
struct WSDLPolicies {
    private static let policy: Set<String> = [
        "http://schemas.xmlsoap.org/ws/2004/09/policy", "http://www.w3.org/ns/ws-policy",
        "http://schemas.xmlsoap.org/ws/2002/12/policy",
    ]
    private static let security: Set<String> = [
        "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy", "http://schemas.xmlsoap.org/ws/2002/12/secext",
        "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702",
        "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200512",
    ]
    private static let addressing: Set<String> = [
        "http://www.w3.org/2006/05/addressing/wsdl", "http://www.w3.org/2007/05/addressing/metadata",
        "http://schemas.xmlsoap.org/ws/2004/08/addressing/policy",
    ]
    private static let known: Set<String> = [
        ContractNamespace.soap11, ContractNamespace.soap12, ContractNamespace.http, ContractNamespace.mime,
        ContractNamespace.wsdl, ContractNamespace.schema,
    ]

    private let definitions: WSDLDefinitions
    private let issues: ContractIssues

    init(_ definitions: WSDLDefinitions, _ issues: ContractIssues) {
        self.definitions = definitions
        self.issues = issues
    }

    func report() {
        for root in definitions.roots {
            var told: Set<String> = []
            walk(root.element, root.path, inPolicy: false, isOptional: false, &told)
        }
    }

    /// Depth is that of the XML, which its reader bounds.
    private func walk(
        _ element: XMLElement, _ path: String, inPolicy: Bool, isOptional: Bool, _ told: inout Set<String>
    ) {
        let namespace = element.namespace ?? ""
        // Types hold no policies, and are most of the file.
        if namespace == ContractNamespace.wsdl, element.name == "types" { return }
        let inPolicy = inPolicy || WSDLPolicies.policy.contains(namespace)
        let isOptional =
            isOptional
            || element.attributes.contains {
                $0.name == "Optional" && XSDExpander.isTrue($0.value)
                    && WSDLPolicies.policy.contains($0.namespace ?? "")
            }
        if WSDLPolicies.security.contains(namespace) {
            security(element, path, isOptional: isOptional, &told)
        } else if WSDLPolicies.addressing.contains(namespace), ["UsingAddressing", "Addressing"].contains(element.name)
        {
            tell(
                "WS-Addressing", isOptional ? .note : .warning, element, path,
                "write its headers by rows of the request mapping, such as `soap:Header.wsa:Action`", &told)
        } else if let required = element.attribute("required", namespace: ContractNamespace.wsdl),
            XSDExpander.isTrue(required), !WSDLPolicies.known.contains(namespace), !inPolicy
        {
            tell(
                "the extension `\(element.name)`", .warning, element, path,
                "ask the partner what messages look like with it, and write that into the route", &told)
        }
        for child in element.children { walk(child, path, inPolicy: inPolicy, isOptional: isOptional, &told) }
    }

    private func security(_ element: XMLElement, _ path: String, isOptional: Bool, _ told: inout Set<String>) {
        let severity: Severity = isOptional ? .note : .warning
        switch element.name {
        case "UsernameToken":
            tell(
                "a user name token (WS-Security)", severity, element, path,
                "write `authenticate: { ws-security: { username: …, password: … } }` under the route's `endpoint`",
                &told)
        case "IncludeTimestamp":
            tell(
                "a time stamp (WS-Security)", .note, element, path,
                "`timestamp` under `authenticate: { ws-security: … }` sends it, where the partner insists", &told)
        case "AsymmetricBinding", "SymmetricBinding", "X509Token", "SignedParts", "SignedElements", "EncryptedParts",
            "EncryptedElements", "IssuedToken", "SamlToken", "SecureConversationToken", "KerberosToken":
            tell(
                "signed or encrypted messages (WS-Security)", severity, element, path,
                "ask the partner for a way in with TLS client certificates: `tls: { certificate: …, key: … }` under the route's `endpoint`",
                &told)
        case "HttpsToken":
            let wantsCertificate =
                element.attribute("RequireClientCertificate").map(XSDExpander.isTrue) == true
                || element.children.flatMap { [$0] + $0.children }.contains { $0.name == "RequireClientCertificate" }
            tell(
                wantsCertificate ? "TLS with a client certificate" : "TLS", wantsCertificate ? severity : .note,
                element,
                path,
                wantsCertificate
                    ? "write `tls: { certificate: …, key: … }` under the route's `endpoint`"
                    : "the route's `endpoint: url` has to be an `https://` address", &told)
        default: return
        }
    }

    private func tell(
        _ what: String, _ severity: Severity, _ element: XMLElement, _ path: String, _ help: String,
        _ told: inout Set<String>
    ) {
        guard told.insert(what).inserted else { return }
        issues.add(
            "WB3252", severity, "the service asks for \(what)", at: .init(path, line: element.line),
            "the contract alone doesn't do it", help: help)
    }
}

import NIOCore
import NIOSSL
import RouteGraph

/// Makes TLS contexts of plans. A context is made once for each plan and shared by all loops and connections.
enum TLSContexts {
    /// The client's side, towards a partner: full verification of chain and host name.
    static func partner(_ plan: ClientTLSPlan, host: String, http: PartnerHTTP) -> PartnerTLS {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .fullVerification
            configuration.minimumTLSVersion = version(plan.minimum)
            configuration.shutdownTimeout = shutdownTimeout
            configuration.applicationProtocols = protocols(http)
            if let authority = plan.authority {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            }
            if let certificates = plan.certificates {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificates).map {
                    .certificate($0)
                }
            }
            if let key = plan.key {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key.revealed, format: .pem))
            }
            let name = plan.serverName ?? host
            // An address is no name for SNI (RFC 6066, section 3); it is checked against the certificate all the same.
            let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
            if isAddress, name != host { return .broken("the server name is an address, and not the endpoint's") }
            let identity = PartnerIdentity(serverName: isAddress ? nil : name, pins: plan.pins)
            return .ready(try NIOSSLContext(configuration: configuration), identity)
        } catch {
            return .broken("\(error)")
        }
    }

    /// The server's side of a listener.
    static func listener(_ plan: ServerTLSPlan, _ versions: HTTPVersions) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(plan.certificates).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: plan.key.revealed, format: .pem)))
        configuration.minimumTLSVersion = version(plan.minimum)
        configuration.shutdownTimeout = shutdownTimeout
        switch versions {
        case .auto: configuration.applicationProtocols = ["h2", "http/1.1"]
        case .http1: configuration.applicationProtocols = ["http/1.1"]
        case .http2: configuration.applicationProtocols = ["h2"]
        }
        if let authority = plan.clientAuthority {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
            // The client's name is the authenticator's business; the chain is verified here.
            configuration.certificateVerification =
                plan.requireClientCertificate ? .noHostnameVerification : .optionalVerification
        } else if plan.requireClientCertificate {
            throw ProxyError.listener("a client certificate is required, but no authority is given to check it against")
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// What is offered (ALPN, RFC 7301).
    private static func protocols(_ http: PartnerHTTP) -> [String] {
        switch http {
        case .automatic: ["h2", "http/1.1"]
        case .http1: ["http/1.1"]
        case .http2: ["h2"]
        }
    }

    /// How long a closing connection waits for the other side's close_notify. A peer that has left never sends it, and a
    /// gateway that ends would wait for it.
    private static let shutdownTimeout = TimeAmount.milliseconds(500)

    private static func version(_ minimum: TLSMinimum) -> TLSVersion {
        switch minimum {
        case .v12: .tlsv12
        case .v13: .tlsv13
        }
    }
}

import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate with its key, as PEM texts.
struct IssuedCertificate: Sendable {
    /// The certificate alone.
    let certificate: String
    /// PKCS #8.
    let key: String
    let subject: String
    let notAfter: Date
}

/// A certificate authority for development and tests: P-256 keys, certificates by RFC 5280. Its key lies beside the
/// workspace, so nothing in production may trust it.
struct DevelopmentAuthority {
    enum Purpose: Sendable {
        /// Host names and IP addresses that the certificate stands for (RFC 6125).
        case server(hosts: [String])
        case client(name: String)
        /// A subject as RFC 4514 writes it, `CN=erp,O=Corp`.
        case consumer(subject: String)
    }

    enum Validity: Sendable {
        /// From an hour ago for 397 days.
        case standard
        /// Ended yesterday.
        case expired
        /// Begins tomorrow.
        case notYet
        case days(Int)

        fileprivate func range(from now: Date) -> (Date, Date) {
            let day: TimeInterval = 86400
            return switch self {
            case .standard: (now - 3600, now + 397 * day)
            case .expired: (now - 30 * day, now - day)
            case .notYet: (now + day, now + 30 * day)
            case .days(let days): (now - 3600, now + Double(days) * day)
            }
        }
    }

    static let organization = "Waybill development"

    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// The authority's certificate; what the other side trusts.
    var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString + "\n" }
    }

    var keyPEM: String { key.pemRepresentation + "\n" }

    /// Makes a new authority, valid for ten years.
    init(name: String = "Waybill development CA", now: Date = Date()) throws {
        key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName {
            CommonName(name)
            OrganizationName(Self.organization)
        }
        let identifier = Self.identifier(key.publicKey)
        certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: now - 3600, notValidAfter: now + 3650 * 86400, issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(keyIdentifier: identifier)
            }, issuerPrivateKey: .init(key))
    }

    /// Continues with an authority made before.
    init(certificatePEM: String, keyPEM: String) throws {
        certificate = try Certificate(pemEncoded: certificatePEM)
        key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw CertificateToolError("the authority's certificate and key do not belong together")
        }
    }

    func issue(_ purpose: Purpose, validity: Validity = .standard, now: Date = Date()) throws -> IssuedCertificate {
        let leafKey = P256.Signing.PrivateKey()
        let (start, end) = validity.range(from: now)
        let subject = try Self.subject(purpose)
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(leafKey.publicKey),
            notValidBefore: start, notValidAfter: end, issuer: certificate.subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: try extensions(purpose, leafKey.publicKey),
            issuerPrivateKey: .init(key))
        return IssuedCertificate(
            certificate: try leaf.serializeAsPEM().pemString + "\n", key: leafKey.pemRepresentation + "\n",
            subject: String(describing: subject), notAfter: end)
    }

    private static func subject(_ purpose: Purpose) throws -> DistinguishedName {
        let name: String
        switch purpose {
        case .server(let hosts): name = hosts.first ?? "localhost"
        case .client(let client): name = client
        case .consumer(let subject): return try SubjectName.parse(subject)
        }
        return try DistinguishedName {
            CommonName(name)
            OrganizationName(organization)
        }
    }

    private func extensions(_ purpose: Purpose, _ leaf: P256.Signing.PublicKey) throws -> Certificate.Extensions {
        let usage: ExtendedKeyUsage.Usage
        var names: [GeneralName] = []
        switch purpose {
        case .server(let hosts):
            usage = .serverAuth
            names = hosts.map(Self.generalName)
        case .client(let name):
            usage = .clientAuth
            names = [.dnsName(name)]
        case .consumer: usage = .clientAuth
        }
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([usage])
            if !names.isEmpty { SubjectAlternativeNames(names) }
            SubjectKeyIdentifier(keyIdentifier: Self.identifier(leaf))
            AuthorityKeyIdentifier(keyIdentifier: Self.identifier(key.publicKey))
        }
    }

    /// RFC 7093, method 1: the leftmost 160 bits of the key's SHA-256.
    private static func identifier(_ key: P256.Signing.PublicKey) -> ArraySlice<UInt8> {
        ArraySlice(SHA256.hash(data: key.x963Representation).prefix(20))
    }

    private static func generalName(_ host: String) -> GeneralName {
        if let address = addressBytes(host) { return .ipAddress(ASN1OctetString(contentBytes: ArraySlice(address))) }
        return .dnsName(host)
    }

    private static func addressBytes(_ host: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, host, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
        return nil
    }
}

import Crypto
import Diagnostics
import FoundationEssentials
import RouteGraph
import SwiftASN1
import X509

/// Certificates and keys: that they can be read, belong together and are valid now.
enum CertificateCheck {
    /// A certificate chain with its key.
    static func pair(
        _ certificate: Located<String>, _ key: ParsedKeySource, _ context: inout CompileContext
    ) -> (certificates: [UInt8], key: Secret)? {
        let hint = "`waybill certs make` makes development certificates"
        let chain = context.require(certificate, "the certificate", help: hint)
        var keyBytes: [UInt8]?
        let keySpan: SourceSpan
        switch key {
        case .path(let path):
            keySpan = path.span
            keyBytes = context.require(path, "the key", help: hint)
        case .secret(let secret):
            keySpan = secret.span
            keyBytes = context.secret(secret)
        }
        guard let chain, let leaf = read(chain, certificate, &context), let keyBytes else { return nil }
        dates(leaf, certificate, &context)
        guard let parsed = try? Certificate.PrivateKey(pemEncoded: String(decoding: keyBytes, as: UTF8.self)) else {
            context.sink.add(
                Diagnostic(
                    "WB5101", "the private key cannot be read", at: keySpan, "not an unencrypted PEM key",
                    help: "give a PKCS #8 or SEC 1 key as PEM, without a passphrase"))
            return nil
        }
        guard parsed.publicKey == leaf.publicKey else {
            context.sink.add(
                Diagnostic(
                    "WB5102", "the key does not belong to the certificate", at: keySpan, "another public key",
                    secondary: [Label(certificate.span, "the certificate")],
                    help: "name the key that the certificate was made with"))
            return nil
        }
        return (chain, Secret(keyBytes))
    }

    /// Certificates that are trusted.
    static func authority(_ path: Located<String>, _ context: inout CompileContext) -> [UInt8]? {
        guard
            let bytes = context.require(
                path, "the authority", help: "`waybill certs make` makes development certificates"),
            let first = read(bytes, path, &context)
        else { return nil }
        dates(first, path, &context)
        return bytes
    }

    private static func read(_ pem: [UInt8], _ path: Located<String>, _ context: inout CompileContext) -> Certificate? {
        if let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: pem, as: UTF8.self)),
            let first = documents.first(where: { $0.discriminator == "CERTIFICATE" }),
            let certificate = try? Certificate(pemDocument: first)
        {
            return certificate
        }
        context.sink.add(
            Diagnostic(
                "WB5100", "`\(path.value)` holds no certificate", at: path.span, "not a PEM certificate",
                help: "give a file with `-----BEGIN CERTIFICATE-----`"))
        return nil
    }

    private static func dates(_ certificate: Certificate, _ path: Located<String>, _ context: inout CompileContext) {
        guard let now = context.now else { return }
        let until = Int64(certificate.notValidAfter.timeIntervalSince1970)
        let from = Int64(certificate.notValidBefore.timeIntervalSince1970)
        judged(now, from, until, &context)
        if until < now {
            context.sink.add(
                Diagnostic(
                    "WB5103", "the certificate `\(path.value)` has expired", at: path.span,
                    "valid until \(certificate.notValidAfter)", help: "replace it by a new one"))
        } else if from > now {
            context.sink.add(
                Diagnostic(
                    "WB5103", "the certificate `\(path.value)` is not valid yet", at: path.span,
                    "valid from \(certificate.notValidBefore)", help: "wait, or correct the clock"))
        } else if until - now < 14 * 86_400 {
            context.sink.add(
                Diagnostic(
                    "WB5104", .warning, "the certificate `\(path.value)` expires in \((until - now) / 86_400) days",
                    at: path.span, "valid until \(certificate.notValidAfter)", help: "replace it in time"))
        }
    }

    /// Notes for how long what is said of a certificate stays the same.
    private static func judged(_ now: Int64, _ from: Int64, _ until: Int64, _ context: inout CompileContext) {
        let soon = until - 14 * 86_400
        if until < now {
            context.trace.holds(from: until + 1, before: .max)
        } else if from > now {
            context.trace.holds(from: .min, before: from)
        } else if until - now < 14 * 86_400 {
            let days = (until - now) / 86_400
            context.trace.holds(
                from: max(from, soon + 1, until - (days + 1) * 86_400 + 1), before: until - days * 86_400 + 1)
        } else {
            context.trace.holds(from: from, before: soon + 1)
        }
    }
}

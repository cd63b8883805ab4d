import Foundation
import TestSupport

/// Certificates made by `openssl` for one test run: two authorities, and leaves that are right or wrong in one way each.
final class CertificateFolder: Sendable {
    static let shared = Result { try CertificateFolder() }

    private let folder: URL

    struct ToolFailed: Error { var arguments: [String] }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("proxy-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try authority("ca", "/CN=Test CA")
        try authority("other-ca", "/CN=Other CA")
        try leaf("server", "/CN=gateway", names: "DNS:localhost,IP:127.0.0.1")
        try leaf("wrong-host", "/CN=elsewhere", names: "DNS:elsewhere.example")
        try leaf("expired", "/CN=gateway", names: "DNS:localhost,IP:127.0.0.1", days: -1)
        try leaf("client", "/O=Acme/CN=erp", names: "DNS:erp")
        try leaf("stranger", "/O=Acme/CN=stranger", names: "DNS:stranger")
        try leaf("expired-client", "/O=Acme/CN=erp", names: "DNS:erp", days: -1)
        try leaf("names", "/C=DE/O=Acme/OU=Köln/CN=a,b \"c\" \\+", names: "DNS:one.example,DNS:*.two.example,DNS:*")
        try leaf("foreign-client", "/O=Acme/CN=erp", names: "DNS:erp", authority: "other-ca")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    func der(_ name: String) throws -> [UInt8] {
        try openssl("x509", "-in", "\(name).pem", "-outform", "DER", "-out", "\(name).der")
        return try bytes("\(name).der")
    }

    /// SHA-256 of a certificate's public key, by OpenSSL.
    func pin(_ name: String) throws -> [UInt8] {
        try openssl("x509", "-in", "\(name).pem", "-pubkey", "-noout", "-out", "\(name).pub")
        try openssl("pkey", "-pubin", "-in", "\(name).pub", "-outform", "DER", "-out", "\(name).spki")
        try openssl("dgst", "-sha256", "-binary", "-out", "\(name).sha256", "\(name).spki")
        return try bytes("\(name).sha256")
    }

    private func authority(_ name: String, _ subject: String) throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key",
            "-out",
            "\(name).pem", "-subj", subject, "-days", "2", "-addext", "keyUsage=critical,keyCertSign")
    }

    private func leaf(_ name: String, _ subject: String, names: String, authority: String = "ca", days: Int = 2) throws
    {
        try openssl(
            "req", "-utf8", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key",
            "-out",
            "\(name).csr", "-subj", subject)
        try Data("subjectAltName=\(names)\n".utf8).write(to: folder.appendingPathComponent("\(name).ext"))
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key",
            "-CAcreateserial",
            "-days", String(days), "-extfile", "\(name).ext", "-out", "\(name).pem")
    }

    private func openssl(_ arguments: String...) throws {
        guard try ChildProcess.run(["openssl"] + arguments, folder: folder.path) == 0 else {
            throw ToolFailed(arguments: arguments)
        }
    }
}

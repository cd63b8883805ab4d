import Foundation
import Glibc

/// The files that `waybill certs` and `waybill demo` put into a workspace's `certs/`:
///
/// ```
/// certs/development-ca/ca.pem, ca.key         the authority
/// certs/<partner>/ca.pem                      what the gateway trusts (the authority's certificate)
/// certs/<partner>/client.pem, client.key      how the gateway proves itself to the partner
/// certs/<partner>/server.pem, server.key      for the mock partner only
/// certs/gateway/server.pem, server.key        for a TLS listener of the gateway
/// certs/gateway/client-ca.pem                 who may issue consumers' certificates (the authority's certificate)
/// certs/consumers/<name>.pem, <name>.key      how a consumer proves itself, when it does so by certificate
/// ```
enum DevelopmentCertificates {
    /// Paths relative to the folder given.
    struct Result: Sendable {
        var made: [String] = []
        /// Files that were there already.
        var kept: [String] = []
    }

    static let authorityFolder = "development-ca"

    /// Makes what is missing. A certificate whose key is there as well is kept; half a pair is an error. With `force`
    /// everything is made anew, by a new authority.
    ///
    /// - Parameter consumers: the consumers that prove themselves by certificate, with their subjects.
    static func make(
        in directory: String, partners: [String: [String]], consumers: [String: String] = [:],
        clientName: String = "waybill", force: Bool = false, now: Date = Date()
    ) throws -> Result {
        var result = Result()
        let folder = CertificateFolder(path: directory, force: force)
        let authority = try authority(folder, now, &result)
        let authorityPEM = try authority.certificatePEM
        for (partner, hosts) in partners.sorted(by: { $0.key < $1.key }) {
            guard isName(partner) else { throw CertificateToolError("`\(partner)` is not a partner's name") }
            try trust(authorityPEM, "\(partner)/ca.pem", folder, &result)
            let names = Self.localNames
            let serverNames = hosts.filter { !names.contains($0) } + names
            try pair("\(partner)/client", folder, &result) { try authority.issue(.client(name: clientName), now: now) }
            try pair("\(partner)/server", folder, &result) {
                try authority.issue(.server(hosts: serverNames), now: now)
            }
        }
        if !consumers.isEmpty {
            try trust(authorityPEM, "gateway/client-ca.pem", folder, &result)
            try pair("gateway/server", folder, &result) { try authority.issue(.server(hosts: localNames), now: now) }
        }
        for (consumer, subject) in consumers.sorted(by: { $0.key < $1.key }) {
            guard isName(consumer) else { throw CertificateToolError("`\(consumer)` is not a consumer's name") }
            try pair("consumers/\(consumer)", folder, &result) {
                try authority.issue(.consumer(subject: subject), now: now)
            }
        }
        return result
    }

    private static let localNames = ["localhost", "127.0.0.1", "::1"]

    private static func trust(
        _ authority: String, _ name: String, _ folder: CertificateFolder, _ result: inout Result
    ) throws {
        if folder.has(name), !folder.force {
            result.kept.append(name)
        } else {
            try folder.write(authority, to: name, isSecret: false)
            result.made.append(name)
        }
    }

    private static func authority(
        _ folder: CertificateFolder, _ now: Date, _ result: inout Result
    ) throws -> DevelopmentAuthority {
        let certificate = "\(authorityFolder)/ca.pem"
        let key = "\(authorityFolder)/ca.key"
        if try folder.hasPair(certificate, key) {
            result.kept += [certificate, key]
            return try DevelopmentAuthority(certificatePEM: folder.read(certificate), keyPEM: folder.read(key))
        }
        let authority = try DevelopmentAuthority(now: now)
        try folder.write(authority.keyPEM, to: key, isSecret: true)
        try folder.write(authority.certificatePEM, to: certificate, isSecret: false)
        result.made += [certificate, key]
        return authority
    }

    private static func pair(
        _ stem: String, _ folder: CertificateFolder, _ result: inout Result, issue: () throws -> IssuedCertificate
    ) throws {
        let certificate = "\(stem).pem"
        let key = "\(stem).key"
        if try folder.hasPair(certificate, key) {
            result.kept += [certificate, key]
            return
        }
        let issued = try issue()
        try folder.write(issued.key, to: key, isSecret: true)
        try folder.write(issued.certificate, to: certificate, isSecret: false)
        result.made += [certificate, key]
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(".") && !text.contains("/") && text != authorityFolder
    }
}

/// A folder in which existing files are only replaced when that was asked for.
struct CertificateFolder {
    let path: String
    let force: Bool

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

    /// Whether both files are there and may stay.
    func hasPair(_ certificate: String, _ key: String) throws -> Bool {
        if force { return false }
        switch (has(certificate), has(key)) {
        case (true, true): return true
        case (false, false): return false
        case (true, false):
            throw CertificateToolError(
                "\(path)/\(certificate) is there, but its key \(key) is not: add it, or use --force")
        case (false, true):
            throw CertificateToolError(
                "\(path)/\(key) is there, but its certificate \(certificate) is not: add it, or use --force")
        }
    }

    func read(_ name: String) throws -> String {
        do {
            return try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        } catch {
            throw CertificateToolError("cannot read \(path)/\(name)")
        }
    }

    /// Writes beside and renames, so that a running gateway never reads half a file. Keys are for the owner only.
    func write(_ text: String, to name: String, isSecret: Bool) throws {
        let target = "\(path)/\(name)"
        let parent = (target as NSString).deletingLastPathComponent
        let temporary = "\(parent)/.\((target as NSString).lastPathComponent).\(getpid())"
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw CertificateToolError("cannot make the folder \(parent)")
        }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, isSecret ? 0o600 : 0o644)
        guard descriptor >= 0 else {
            throw CertificateToolError("cannot write \(target): \(String(cString: strerror(errno)))")
        }
        let bytes = Array(text.utf8)
        // An umask must not widen or narrow what is meant.
        let isWritten =
            fchmod(descriptor, isSecret ? 0o600 : 0o644) == 0
            && Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        close(descriptor)
        guard isWritten, rename(temporary, target) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw CertificateToolError("cannot write \(target): \(reason)")
        }
    }

}

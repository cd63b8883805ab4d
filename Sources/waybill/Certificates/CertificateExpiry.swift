import Foundation
import SwiftASN1
import X509

/// When the certificates of PEM files end.
enum CertificateExpiry {
    struct Entry: Sendable, Equatable {
        var file: String
        /// RFC 4514.
        var subject: String
        var issuer: String
        var notBefore: Date
        var notAfter: Date
        /// Whole days; negative once it has ended.
        var daysLeft: Int
    }

    /// A file that could not be read, and why.
    struct Problem: Sendable, Equatable {
        var file: String
        var reason: String
    }

    /// All certificates of all files, the one that ends first on top.
    static func list(_ files: [String], now: Date = Date()) -> (entries: [Entry], problems: [Problem]) {
        var entries: [Entry] = []
        var problems: [Problem] = []
        for file in files {
            do {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                let found = try entriesOf(text, file: file, now: now)
                if found.isEmpty { problems.append(Problem(file: file, reason: "no certificate in it")) }
                entries += found
            } catch let error as CocoaError {
                problems.append(Problem(file: file, reason: reason(error)))
            } catch {
                problems.append(Problem(file: file, reason: "not a certificate in PEM form"))
            }
        }
        return (entries.sorted { ($0.notAfter, $0.file) < ($1.notAfter, $1.file) }, problems)
    }

    /// All `.pem`, `.crt` and `.cer` files below a folder, sorted.
    static func files(below folder: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        var found: [String] = []
        for case let path as String in walk where [".pem", ".crt", ".cer"].contains(where: path.hasSuffix) {
            found.append("\(folder)/\(path)")
        }
        return found.sorted()
    }

    private static func entriesOf(_ text: String, file: String, now: Date) throws -> [Entry] {
        try PEMDocument.parseMultiple(pemString: text)
            .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
            .map { document in
                let certificate = try Certificate(pemDocument: document)
                let left = certificate.notValidAfter.timeIntervalSince(now) / 86400
                return Entry(
                    file: file, subject: String(describing: certificate.subject),
                    issuer: String(describing: certificate.issuer), notBefore: certificate.notValidBefore,
                    notAfter: certificate.notValidAfter, daysLeft: Int(left.rounded(.down)))
            }
    }

    private static func reason(_ error: CocoaError) -> String {
        switch error.code {
        case .fileReadNoSuchFile: "the file is not there"
        case .fileReadNoPermission: "it may not be read"
        default: "it can't be read as text"
        }
    }
}

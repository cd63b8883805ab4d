import Foundation
import Testing

@testable import waybill

@Suite struct DevelopmentCertificatesTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/waybill-certs-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func makesEverythingOnceAndKeysAreSecret() throws {
        try withFolder { folder in
            let partners = ["acme-bank": ["payments.acme-bank.example"], "parcelworks": []]
            let first = try DevelopmentCertificates.make(in: folder, partners: partners)
            #expect(first.made.count == 12)
            #expect(first.kept.isEmpty)
            for name in first.made {
                #expect(try mode("\(folder)/\(name)") == (name.hasSuffix(".key") ? 0o600 : 0o644), "\(name)")
            }
            let before = try first.made.map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
            let second = try DevelopmentCertificates.make(in: folder, partners: partners)
            #expect(second.made.isEmpty)
            #expect(Set(second.kept) == Set(first.made))
            let after = try first.made.map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
            #expect(before == after)

            let third = try DevelopmentCertificates.make(in: folder, partners: partners, force: true)
            #expect(third.made == first.made)
            #expect(try String(contentsOfFile: "\(folder)/acme-bank/ca.pem", encoding: .utf8) != before[0])
        }
    }

    @Test func aNewPartnerIsAddedToTheSameAuthority() throws {
        try withFolder { folder in
            _ = try DevelopmentCertificates.make(in: folder, partners: ["a": []])
            let result = try DevelopmentCertificates.make(in: folder, partners: ["a": [], "b": ["b.example"]])
            #expect(result.made == ["b/ca.pem", "b/client.pem", "b/client.key", "b/server.pem", "b/server.key"])
            let a = try String(contentsOfFile: "\(folder)/a/ca.pem", encoding: .utf8)
            #expect(a == (try String(contentsOfFile: "\(folder)/b/ca.pem", encoding: .utf8)))
        }
    }

    @Test func aConsumerGetsTheSubjectThatIsDeclared() throws {
        try withFolder { folder in
            let result = try DevelopmentCertificates.make(
                in: folder, partners: [:], consumers: ["billing": #"CN=billing\, night,OU=Finance,O=Example,C=DE"#])
            #expect(
                result.made == [
                    "development-ca/ca.pem", "development-ca/ca.key", "gateway/client-ca.pem", "gateway/server.pem",
                    "gateway/server.key", "consumers/billing.pem", "consumers/billing.key",
                ])
            let (entries, _) = CertificateExpiry.list(["\(folder)/consumers/billing.pem"])
            #expect(entries.first?.subject == #"CN=billing\, night,OU=Finance,O=Example,C=DE"#)
            for wrong in ["billing", "", "CN=", "XX=billing", "O=Corp,billing"] {
                #expect(throws: CertificateToolError.self, "\(wrong)") {
                    try DevelopmentCertificates.make(in: folder, partners: [:], consumers: ["other": wrong])
                }
            }
        }
    }

    @Test func halfAPairIsNotOverwritten() throws {
        try withFolder { folder in
            _ = try DevelopmentCertificates.make(in: folder, partners: ["a": []])
            try FileManager.default.removeItem(atPath: "\(folder)/a/client.key")
            #expect(throws: CertificateToolError.self) {
                try DevelopmentCertificates.make(in: folder, partners: ["a": []])
            }
            #expect(throws: CertificateToolError.self) {
                try DevelopmentCertificates.make(in: folder, partners: ["../b": []])
            }
        }
    }

    @Test func expiryIsListedSoonestFirst() throws {
        try withFolder { folder in
            let now = Date(timeIntervalSince1970: 1_800_000_000)
            _ = try DevelopmentCertificates.make(in: folder, partners: ["a": ["a.example"]], now: now)
            let authority = try DevelopmentAuthority(now: now)
            let expired = try authority.issue(.client(name: "old"), validity: .expired, now: now)
            let soon = try authority.issue(.client(name: "soon"), validity: .days(10), now: now)
            try Data((soon.certificate + expired.certificate).utf8).write(to: URL(fileURLWithPath: "\(folder)/two.pem"))
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: "\(folder)/empty.pem"))
            let files = CertificateExpiry.files(below: folder)
            #expect(files.count == 6)
            let (entries, problems) = CertificateExpiry.list(files + ["\(folder)/missing.pem"], now: now)
            #expect(problems.map(\.file) == ["\(folder)/empty.pem", "\(folder)/missing.pem"])
            #expect(problems.last?.reason == "the file is not there")
            #expect(entries.map(\.daysLeft) == [-1, 10, 397, 397, 3650, 3650])
            #expect(entries[0].subject.contains("CN=old"))
            #expect(entries.contains { $0.subject.contains("CN=a.example") })
            #expect(entries.allSatisfy { $0.issuer.contains("Waybill development CA") })
        }
    }

    @Test func authorityMustMatchItsKey() throws {
        let one = try DevelopmentAuthority()
        let other = try DevelopmentAuthority()
        #expect(throws: CertificateToolError.self) {
            try DevelopmentAuthority(certificatePEM: one.certificatePEM, keyPEM: other.keyPEM)
        }
    }
}

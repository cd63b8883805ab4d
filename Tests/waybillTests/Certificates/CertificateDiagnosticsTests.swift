import Compiler
import Diagnostics
import Foundation
import Testing

@testable import waybill

/// What the compiler says of certificates and keys, on the shipped workspace with certificates made for the purpose.
@Suite struct CertificateDiagnosticsTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The workspace with these files for the bank, and good ones for everybody else.
    private func compile(_ change: (inout WorkspaceFiles, DevelopmentAuthority) throws -> Void) throws -> Compilation {
        var files = try DiskWorkspace(Self.root).load().files
        let authority = try DevelopmentAuthority()
        for partner in ["acme-bank", "parcelworks"] {
            let client = try authority.issue(.client(name: "waybill"))
            files["certs/\(partner)/client.pem"] = Array(client.certificate.utf8)
            files["certs/\(partner)/client.key"] = Array(client.key.utf8)
            files["certs/\(partner)/ca.pem"] = Array(try authority.certificatePEM.utf8)
        }
        try change(&files, authority)
        return Compiler.compile(
            files, environment: "development", secrets: AllSecrets(), now: Int64(Date().timeIntervalSince1970))
    }

    private struct AllSecrets: SecretSource {
        func environment(_ name: String) -> [UInt8]? { Array("secret".utf8) }
        func file(_ path: String) -> [UInt8]? { Array("secret".utf8) }
    }

    private func expect(
        _ compilation: Compilation, _ code: String, line: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = TerminalRenderer(color: false).render(compilation.diagnostics, compilation.sources)
        #expect(compilation.diagnostics.map(\.code) == [code], "\(text)", sourceLocation: sourceLocation)
        #expect(
            text.contains("--> routes/acme-bank/payments.route.yaml:\(line):"), "\(text)",
            sourceLocation: sourceLocation)
        #expect(compilation.diagnostics.first?.help != nil, sourceLocation: sourceLocation)
    }

    @Test func goodCertificatesGiveNoMessage() throws {
        let compilation = try compile { _, _ in }
        #expect(compilation.diagnostics.isEmpty)
        #expect(compilation.graph != nil)
    }

    @Test func keyOfAnotherCertificate() throws {
        let compilation = try compile { files, authority in
            files["certs/acme-bank/client.key"] = Array(try authority.issue(.client(name: "other")).key.utf8)
        }
        expect(compilation, "WB5102", line: 11)
        #expect(compilation.graph == nil)
    }

    @Test func expiredCertificate() throws {
        let compilation = try compile { files, authority in
            let client = try authority.issue(.client(name: "waybill"), validity: .expired)
            files["certs/acme-bank/client.pem"] = Array(client.certificate.utf8)
            files["certs/acme-bank/client.key"] = Array(client.key.utf8)
        }
        expect(compilation, "WB5103", line: 10)
    }

    @Test func certificateThatExpiresSoon() throws {
        let compilation = try compile { files, authority in
            let client = try authority.issue(.client(name: "waybill"), validity: .days(3))
            files["certs/acme-bank/client.pem"] = Array(client.certificate.utf8)
            files["certs/acme-bank/client.key"] = Array(client.key.utf8)
        }
        expect(compilation, "WB5104", line: 10)
        #expect(compilation.graph != nil)
    }

    @Test func keyThatIsNoKey() throws {
        let compilation = try compile { files, _ in files["certs/acme-bank/client.key"] = Array("not a key".utf8) }
        expect(compilation, "WB5101", line: 11)
    }

    @Test func certificateThatIsNone() throws {
        let compilation = try compile { files, _ in files["certs/acme-bank/ca.pem"] = Array("not a certificate".utf8) }
        expect(compilation, "WB5100", line: 12)
    }
}

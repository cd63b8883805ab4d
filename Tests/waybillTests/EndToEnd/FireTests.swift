import Foundation
import NIOSSL
import Proxy
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// Everything that may be edited is edited while calls run.
    @Suite struct Fire {
        static let mapping = "mappings/acme-bank/authorize.response.map.yaml"
        static let path = "/payments/P-1001/authorization"

        private static let setup: GatewayUnderTest.Setup = {
            var setup = GatewayUnderTest.Setup()
            setup.listensAsWritten = true
            setup.edits = [
                (
                    "routes/gateway.yaml", "  - address: 0.0.0.0:8080",
                    "  - address: 0.0.0.0:8080\n  - address: 0.0.0.0:8443\n    tls: { certificate: certs/gateway/server.pem, key: certs/gateway/server.key }"
                )
            ]
            return setup
        }()

        /// Two fields of an answer that one mapping writes: an answer with one of each generation would show here.
        static func check(_ status: Int, _ body: String) -> String? {
            let answer = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
            let (payment, authorization) = (answer["paymentId"] as? String, answer["authorizationId"] as? String)
            if status == 200, payment == "P-1001", authorization == "A-77001" { return nil }
            if status == 200, let payment, payment.hasPrefix("v"), payment == authorization { return nil }
            return "\(status): \(body.prefix(200))"
        }

        private func write(_ text: String, _ path: String, _ running: GatewayUnderTest) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(running.root)/\(path)"), options: .atomic)
        }

        private func generation(_ running: GatewayUnderTest) async throws -> [String: Any] {
            let port = try #require(running.gateway.adminPort)
            let answer = try await PlainHTTP.get(host: "127.0.0.1", port: port, path: "/api/generation")
            return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        }

        @Test func `Edits under load: no failed or mixed call, broken ones are told with their place`() async throws {
            try await GatewayUnderTest.run(Self.setup) { running in
                func text(_ path: String) throws -> String {
                    try String(contentsOfFile: "\(running.root)/\(path)", encoding: .utf8)
                }
                let files = [Self.mapping, "mappings/acme-bank/errors.yaml", "routes/gateway.yaml"]
                let base = try Dictionary(uniqueKeysWithValues: files.map { ($0, try text($0)) })
                let load = Load(
                    connections: 3, port: running.gateway.addresses[0].port, "POST", Self.path,
                    GatewayUnderTest.payment(), check: Self.check)
                let probe = KeepAliveClient(port: running.gateway.addresses[0].port)
                var waits: [Duration] = []
                var told = 0
                for round in 0..<5 {
                    // A row, and how long it takes until it answers.
                    let tag = "v\(round)"
                    let edited = try #require(base[Self.mapping])
                        .replacingOccurrences(of: "paymentId:         PaymentId", with: "paymentId: \"\(tag)\"")
                        .replacingOccurrences(
                            of: "authorizationId:   AuthorizationId", with: "authorizationId: \"\(tag)\"")
                    let began = ContinuousClock.now
                    try write(edited, Self.mapping, running)
                    try #require(
                        await eventually {
                            probe.call("POST", Self.path, GatewayUnderTest.payment()).body.contains("\"\(tag)\"")
                        }, "\(tag) does not answer")
                    waits.append(ContinuousClock.now - began)
                    // A broken one: what runs goes on, and the place is told.
                    let (file, wrong, line) = [
                        (Self.mapping, edited.replacingOccurrences(of: "expiresAt:", with: "expiresAtt:"), 9),
                        (files[1], try #require(base[files[1]]) + "  - { http: 5xx }\n", 37),
                        (files[2], try #require(base[files[2]]).replacingOccurrences(of: "1MiB", with: "1MB"), 17),
                    ][round % 3]
                    try write(wrong, file, running)
                    #expect(
                        try await eventually {
                            let rejected = try await generation(running)["rejected"] as? [String: Any]
                            let report = rejected?["diagnostics"] as? [String: Any]
                            let first = (report?["diagnostics"] as? [[String: Any]])?.first
                            let start = first?["start"] as? [String: Any]
                            guard first?["file"] as? String == file, start?["column"] is Int else { return false }
                            return (start?["line"] as? Int ?? 0) > 1
                        }, "\(file) about line \(line)")
                    told += 1
                    #expect(probe.call("POST", Self.path, GatewayUnderTest.payment()).body.contains("\"\(tag)\""))
                    try write(file == Self.mapping ? edited : #require(base[file]), file, running)
                    #expect(try await eventually { try await generation(running)["rejected"] == nil })
                    // An error table and the limits.
                    try write(#require(base[files[1]]) + "# \(round)\n", files[1], running)
                    try write(
                        #require(base[files[2]]).replacingOccurrences(of: "1MiB", with: "\(round + 2)MiB"), files[2],
                        running)
                }
                // The certificate shown to the partner, and the one shown to consumers.
                let renewed = try running.authority.issue(.client(name: "waybill-renewed"))
                try write(renewed.key, "certs/acme-bank/client.key", running)
                try write(renewed.certificate, "certs/acme-bank/client.pem", running)
                let bank = try running.mock("acme-bank")
                #expect(
                    await eventually {
                        bank.received.last?.clientSubject?.contains("waybill-renewed") == true
                    })
                let other = try DevelopmentAuthority(name: "Another CA")
                let server = try other.issue(.server(hosts: ["localhost"]))
                try write(server.key, "certs/gateway/server.key", running)
                try write(server.certificate, "certs/gateway/server.pem", running)
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMBytes(Array(other.certificatePEM.utf8)))
                #expect(
                    await eventually {
                        let request = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                        return (try? await running.raw(request, tls: tls).status) == 404
                    }, "the listener shows its new certificate")
                #expect(await eventually { load.calls > 100 })
                await load.end()
                #expect(load.wrong == [])
                print(
                    "edits under load: \(load.calls) calls, \(told) broken edits told, new answers after \(waits.sorted())"
                )
            }
        }

        @Test func `A checkout is a change like any other`() async throws {
            try await GatewayUnderTest.run { running in
                func git(_ arguments: String...) throws -> Bool {
                    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
                    return try ChildProcess.run(["git", "-C", running.root] + who + arguments) == 0
                }
                guard try git("init", "-q"), try git("add", "routes", "mappings"), try git("commit", "-qm", "a") else {
                    print("skipped: git does not work here")
                    return
                }
                try running.edit(Self.mapping, "paymentId:         PaymentId", #"paymentId: "edited""#)
                #expect(try await eventually { try await running.pay().text("paymentId") == "edited" })
                #expect(try git("commit", "-qam", "b"))
                #expect(try git("checkout", "-q", "HEAD~1"))
                #expect(try await eventually { try await running.pay().text("paymentId") == "P-1001" })
                #expect(try git("checkout", "-q", "-"))
                #expect(try await eventually { try await running.pay().text("paymentId") == "edited" })
            }
        }

        @Test func `A partner that dies within its answer is answered for by the error table`() async throws {
            try await GatewayUnderTest.run { running in
                let bank = try running.mock("acme-bank")
                bank.change { $0.fault = .wrongLength }
                for _ in 0..<3 {
                    let answer = try await running.pay()
                    #expect(answer.status == 502)
                    #expect(answer.text("code") == "partner-hung-up")
                    #expect(answer.text("retry") == "safe")
                }
                bank.change { $0.fault = nil }
                #expect(try await running.pay().status == 200)
            }
        }
    }
}

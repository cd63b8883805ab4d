import Audit
import Foundation
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// The built program itself, killed while it works.
    @Suite struct Kill {
        /// Whole lines in the files of a folder.
        private static func lines(_ folder: String) -> Int {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { $0.hasSuffix(".jsonl") }.reduce(0) { sum, name in
                sum + ((try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))?.count { $0 == 0x0A } ?? 0)
            }
        }

        @Test func `A gateway that is killed under load loses no whole record, and says what it cut`() async throws {
            guard FileManager.default.isExecutableFile(atPath: ServedProcess.binary) else {
                print("skipped: \(ServedProcess.binary) is not built")
                return
            }
            try await GatewayUnderTest.run { running in
                let workspace = "\(running.base)/served"
                for part in ["routes", "mappings", "certs"] {
                    try FileManager.default.createDirectory(atPath: workspace, withIntermediateDirectories: true)
                    try FileManager.default.copyItem(
                        atPath: "\(running.root)/\(part)", toPath: "\(workspace)/\(part)")
                }
                let settings = "\(workspace)/routes/gateway.yaml"
                try GatewayUnderTest.edit(settings, "0.0.0.0:8080", "127.0.0.1:0")
                try GatewayUnderTest.edit(settings, "127.0.0.1:9090", "127.0.0.1:0")
                let audit = "\(workspace)/audit"

                let first = try ServedProcess(workspace, "\(running.base)/first.log", options: ["-e", "development"])
                defer { if first.isRunning { first.end(SIGKILL) } }
                try #require(await eventually { first.port != nil }, "\(first.output)")
                let load = Load(
                    connections: 3, port: first.port ?? 0, "POST", "/vat-checks", GatewayUnderTest.vatCheck,
                    check: { status, body in status == 200 ? nil : body })
                #expect(await eventually { load.calls > 200 })
                let answered = load.calls
                // Records wait for some milliseconds before they are written, while calls go on.
                #expect(await eventually { Self.lines(audit) > answered / 2 })
                #expect(load.wrong == [])
                first.end(SIGKILL)
                await load.end()
                #expect(answered > 20)
                let killed = try AuditVerifier.verify(directory: audit)
                #expect(killed.isIntact, "\(String(describing: killed.firstBreak))")
                // The last ones, which had not been written, are lost.
                #expect(Int(killed.records) > answered / 2, "\(killed.records) of \(answered)")

                // A record that is torn in its middle, as a machine that loses its power leaves it.
                let name = try #require(killed.files.last)
                let file = URL(fileURLWithPath: "\(audit)/\(name)")
                let bytes = try Data(contentsOf: file)
                let whole = (killed.tornTail?.offset ?? bytes.count)
                try #require(whole > 60)
                try bytes.prefix(whole - 60).write(to: file)

                let second = try ServedProcess(workspace, "\(running.base)/second.log", options: ["-e", "development"])
                defer { if second.isRunning { second.end(SIGKILL) } }
                try #require(await eventually { second.port != nil }, "\(second.output)")
                #expect(second.output.contains("an unfinished audit record was cut off"), "\(second.output)")
                let client = KeepAliveClient(port: second.port ?? 0)
                #expect(client.call("POST", "/vat-checks", GatewayUnderTest.vatCheck).status == 200)
                second.end(SIGTERM)
                #expect(second.status == 0)
                let continued = try AuditVerifier.verify(directory: audit)
                #expect(continued.isIntact, "\(String(describing: continued.firstBreak))")
                #expect(continued.tornTail == nil)
                #expect(continued.recoveries.count == 1)
                #expect(continued.records > killed.records, "the chain goes on")
                print("killed under load: \(killed.records) records of \(answered) answered calls, whole")
            }
        }
    }
}

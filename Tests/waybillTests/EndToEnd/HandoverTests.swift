import Audit
import Foundation
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    /// A new version of the program takes over the port of the old one.
    @Suite struct Handover {
        static func freePort() -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            return withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(descriptor, $0, size)
                    getsockname(descriptor, $0, &size)
                }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }

        @Test func `Two processes hand over under load: no connection refused, no call failed`() async throws {
            guard FileManager.default.isExecutableFile(atPath: ServedProcess.binary) else {
                print("skipped: \(ServedProcess.binary) is not built")
                return
            }
            try await GatewayUnderTest.run { running in
                let port = Self.freePort()
                // Both write to one audit folder, each its own chain.
                let trail = "\(running.base)/trail"
                let workspaces = try ["old", "new"].map { name in
                    let workspace = "\(running.base)/\(name)"
                    for part in ["routes", "mappings", "certs"] {
                        try FileManager.default.createDirectory(atPath: workspace, withIntermediateDirectories: true)
                        try FileManager.default.copyItem(
                            atPath: "\(running.root)/\(part)", toPath: "\(workspace)/\(part)")
                    }
                    let settings = "\(workspace)/routes/gateway.yaml"
                    try GatewayUnderTest.edit(settings, "0.0.0.0:8080", "127.0.0.1:\(port)")
                    try GatewayUnderTest.edit(settings, "127.0.0.1:9090", "127.0.0.1:0")
                    try GatewayUnderTest.edit(settings, "path: audit/", "path: \(trail)")
                    return workspace
                }
                let old = try ServedProcess(workspaces[0], "\(running.base)/old.log", options: ["-e", "development"])
                defer { if old.isRunning { old.end(SIGKILL) } }
                try #require(await eventually { old.port != nil }, "\(old.output)")
                let load = Load(
                    connections: 3, port: port, "POST", "/vat-checks", GatewayUnderTest.vatCheck,
                    check: { status, body in status == 200 ? nil : "\(status) \(body)" })
                #expect(await eventually { load.calls > 20 })
                let new = try ServedProcess(workspaces[1], "\(running.base)/new.log", options: ["-e", "development"])
                defer { if new.isRunning { new.end(SIGKILL) } }
                try #require(await eventually { new.port != nil }, "\(new.output)")
                old.send(SIGTERM)
                // Long before the time that calls get.
                try #require(await eventually { !old.isRunning }, "\(old.output)")
                #expect(old.status == 0)
                #expect(old.output.contains("new connections go to another process"), "\(old.output)")
                let before = load.calls
                #expect(await eventually { load.calls > before + 20 })
                await load.end()
                #expect(load.wrong == [])
                new.end(SIGTERM)
                #expect(new.status == 0)
                let audit = try AuditVerifier.verify(directory: trail)
                #expect(audit.isIntact, "\(String(describing: audit.firstBreak))")
                #expect(audit.chains.map(\.number) == [1, 2])
                var records = 0
                for file in audit.files {
                    let lines = try String(contentsOfFile: "\(trail)/\(file)", encoding: .utf8).split(separator: "\n")
                    records += lines.count { $0.contains("\"type\":\"call\"") }
                }
                #expect(records == load.calls, "each call has its record, in one chain or the other")
                print("hand-over: \(load.calls) calls, \(records) records, none failed")
            }
        }
    }
}

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import waybill

extension EndToEnd {
    @Suite struct Reload {
        private static let mapping = "mappings/vies/check-vat.response.map.yaml"
        private static let row = #"name:      { from: name, when: name != "---" }"#

        /// What the callers saw.
        private final class Calls: Sendable {
            private let seen = Mutex((isDone: false, count: 0, failed: [String]()))
            var isDone: Bool { seen.withLock { $0.isDone } }
            var count: Int { seen.withLock { $0.count } }
            var failed: [String] { seen.withLock { $0.failed } }

            func finish() { seen.withLock { $0.isDone = true } }
            func note(_ status: Int, _ name: String) {
                seen.withLock {
                    $0.count += 1
                    if status != 200 || name != "EXAMPLE TRADING LIMITED" && name != "CHANGED" {
                        $0.failed.append("\(status): \(name)")
                    }
                }
            }
        }

        private func name(_ running: GatewayUnderTest) async throws -> String? {
            try await running.checkVAT().text("name")
        }

        @Test func `A changed row is taken over while calls run, and none of them fails`() async throws {
            try await GatewayUnderTest.run { running in
                let calls = Calls()
                let callers = (0..<4).map { _ in
                    Task {
                        while !calls.isDone {
                            do {
                                let answer = try await running.checkVAT()
                                calls.note(answer.status, answer.text("name") ?? "no name")
                            } catch {
                                calls.note(0, "\(error)")
                            }
                        }
                    }
                }
                #expect(await eventually { calls.count > 5 })
                try running.edit(Self.mapping, Self.row, #"name:      "CHANGED""#)
                let isTaken = try await eventually { try await name(running) == "CHANGED" }
                let before = calls.count
                #expect(await eventually { calls.count > before + 5 })
                calls.finish()
                for caller in callers { await caller.value }
                #expect(isTaken)
                #expect(calls.failed == [])
                #expect(calls.count > 10)
                // What is told of it comes a moment after it.
                #expect(await eventually { await running.gateway.reloader.state.generation > 1 })
                let state = await running.gateway.reloader.state
                #expect(state.changed == [Self.mapping])
                #expect(state.rejected == nil)
            }
        }

        @Test func `A broken edit keeps what runs, says where it is wrong, and its repair is taken over`() async throws
        {
            try await GatewayUnderTest.run { running in
                try running.edit(Self.mapping, Self.row, "name:      naem")
                #expect(await eventually { await running.gateway.reloader.state.rejected != nil })
                let state = await running.gateway.reloader.state
                #expect(state.generation == 1)
                let diagnostics = state.rejected?.diagnosticsJSON ?? ""
                #expect(
                    diagnostics.contains(Self.mapping.replacingOccurrences(of: "/", with: "\\/"))
                        || diagnostics.contains(Self.mapping))
                #expect(diagnostics.contains(#""line":9"#) || diagnostics.contains(#""line": 9"#), "\(diagnostics)")
                #expect(try await name(running) == "EXAMPLE TRADING LIMITED")

                try running.edit(Self.mapping, "name:      naem", #"name:      "REPAIRED""#)
                #expect(try await eventually { try await name(running) == "REPAIRED" })
                #expect(await eventually { await running.gateway.reloader.state.rejected == nil })
            }
        }

        @Test func `An editor that renames while it saves is seen`() async throws {
            try await GatewayUnderTest.run { running in
                let path = "\(running.root)/\(Self.mapping)"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                // vim: is the folder writable, keep the old one as backup, write anew, drop the backup.
                let probe = "\(running.root)/mappings/vies/4913"
                #expect(FileManager.default.createFile(atPath: probe, contents: nil))
                try FileManager.default.removeItem(atPath: probe)
                #expect(rename(path, path + "~") == 0)
                try Data(text.replacingOccurrences(of: Self.row, with: #"name:      "SAVED""#).utf8)
                    .write(to: URL(fileURLWithPath: path))
                #expect(unlink(path + "~") == 0)
                #expect(try await eventually { try await name(running) == "SAVED" })
                // Others write a file beside it and rename it into place.
                try Data(text.replacingOccurrences(of: Self.row, with: #"name:      "AGAIN""#).utf8)
                    .write(to: URL(fileURLWithPath: path + ".new"))
                #expect(rename(path + ".new", path) == 0)
                #expect(try await eventually { try await name(running) == "AGAIN" })
            }
        }

        @Test func `A swapped symbolic link of the whole workspace is seen, twice`() async throws {
            var setup = GatewayUnderTest.Setup()
            setup.isLinked = true
            try await GatewayUnderTest.run(setup) { running in
                for version in ["v2", "v3"] {
                    let folder = "\(running.base)/\(version)"
                    for part in DiskWorkspace.folders {
                        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                        try FileManager.default.copyItem(
                            atPath: "\(running.base)/v1/\(part)", toPath: "\(folder)/\(part)")
                    }
                    try GatewayUnderTest.edit("\(folder)/\(Self.mapping)", Self.row, #"name:      "\#(version)""#)
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(running.base)/next", withDestinationPath: version)
                    #expect(rename("\(running.base)/next", "\(running.base)/current") == 0)
                    #expect(try await eventually { try await name(running) == version }, "\(version)")
                }
                // The folder that the link leads to now is watched.
                try running.edit(Self.mapping, #""v3""#, #""edited""#)
                #expect(try await eventually { try await name(running) == "edited" })
            }
        }
    }
}

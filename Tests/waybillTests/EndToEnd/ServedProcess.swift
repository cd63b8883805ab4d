import Foundation
import TestSupport

/// A `waybill serve` of its own: the built program as a process.
final class ServedProcess {
    private let process: ChildProcess
    private let log: String

    static let binary: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path + "/.build/debug/waybill"
    }()

    init(_ workspace: String, _ log: String, options: [String] = []) throws {
        self.log = log
        process = try ChildProcess(
            [Self.binary, "serve", "-w", workspace, "--loops", "2", "--grace", "600"] + options, errors: log)
    }

    var isRunning: Bool { process.isRunning }
    /// The exit status, once it has ended.
    var status: Int32 { process.wait() }
    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Where it listens, once it does.
    var port: Int? {
        guard let range = output.firstRange(of: "listening at http://127.0.0.1:") else { return nil }
        return Int(output[range.upperBound...].prefix { $0.isNumber })
    }

    /// Where it answers questions about itself, once it does.
    var adminPort: Int? {
        guard let range = output.firstRange(of: "admin at port ") else { return nil }
        return Int(output[range.upperBound...].prefix { $0.isNumber })
    }

    func send(_ signal: Int32) { process.send(signal) }

    func end(_ signal: Int32) {
        process.send(signal)
        process.wait()
    }
}

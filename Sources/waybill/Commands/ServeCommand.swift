import ArgumentParser
import Diagnostics
import Foundation
import Logging
import Proxy

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the gateway, and takes over changes of the files while it runs.",
        discussion: """
            A change is compiled first; with an error in it the running generation goes on, and /api/generation of the
            admin address says what is wrong. SIGHUP asks for a reload, SIGTERM ends after the calls under way.
            """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "Event loops; by default one for each core that the process may use.")
    var loops: Int?

    @Option(
        help:
            "Seconds between SIGTERM, which makes the gateway not ready, and the end of listening. SIGINT does not wait."
    )
    var notice = 1

    @Option(help: "Seconds that calls under way get when the gateway is told to end.")
    var grace = 30

    func run() async throws {
        let log = ServeCommand.logger()
        signal(SIGPIPE, SIG_IGN)
        let gateway: Gateway
        do {
            gateway = try await Gateway.start(
                workspace: options.disk, environment: options.environment, loops: loops ?? ServeCommand.usableCores(),
                log: log)
        } catch let rejected as Gateway.Rejected {
            complain(TerminalRenderer(color: isatty(2) == 1).render(rejected.diagnostics, rejected.sources))
            throw ExitCode(1)
        } catch {
            complain("\(error)")
            throw ExitCode(1)
        }
        for address in gateway.addresses {
            log.info("listening at \(address.isSecure ? "https" : "http")://\(address)")
        }
        if let port = gateway.adminPort { log.info("admin at port \(port)") }
        let signal = await Signals.wait(onReload: { gateway.reloader.requestReload() })
        log.info("ending: calls under way are finished")
        await gateway.stop(notice: .seconds(signal == SIGTERM ? max(0, notice) : 0), grace: .seconds(max(0, grace)))
        log.info("ended")
    }

    static func logger() -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        return Logger(label: "waybill")
    }

    /// Cores by the process's affinity, as `taskset` or a container sets it.
    static func usableCores() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }?.dropFirst(13) ?? ""
        let count = mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : ProcessInfo.processInfo.activeProcessorCount
    }
}

/// The signals of a server.
enum Signals {
    /// Returns when the process is told to end, and by which signal; reports SIGHUP meanwhile.
    @discardableResult
    static func wait(onReload: @escaping @Sendable () -> Void) async -> Int32 {
        let (stream, continuation) = AsyncStream<Int32>.makeStream()
        let sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
        var last = SIGTERM
        for await number in stream {
            if number == SIGHUP {
                onReload()
            } else {
                last = number
                break
            }
        }
        for source in sources { source.cancel() }
        return last
    }
}

import Audit
import Compiler
import Diagnostics
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Proxy
import RouteGraph
import Synchronization
import Testing
import Workbench

@testable import waybill

/// A copy of the shipped workspace, its partners as mocks on free ports, and the gateway.
final class GatewayUnderTest: Sendable {
    static let key = "end-to-end-key-of-erp"
    /// The environment belongs to the process: set once, always to the same.
    private static let isKeySet: Bool = setenv("WAYBILL_ERP_KEY", key, 1) == 0

    struct Setup: Sendable {
        /// The workspace's own path is a symbolic link to a version of it.
        var isLinked = false
        /// Certificates of the partners' servers other than the good ones.
        var serverCertificate: (@Sendable (DevelopmentAuthority) throws -> IssuedCertificate)?
        /// What is edited before the start: path, text, in its place.
        var edits: [(path: String, from: String, to: String)] = []
        /// What is added before the start: path, text.
        var added: [(path: String, text: String)] = []
        var hasTLSListener = false
        /// Listeners as `gateway.yaml` has them, each on an address of its own and a free port; and the admin address.
        var listensAsWritten = false
    }

    /// The folder that is removed in the end.
    let base: String
    /// The workspace as the gateway knows it.
    let root: String
    let mocks: [String: MockPartner]
    let gateway: Gateway
    let authority: DevelopmentAuthority
    private let isStopped = Atomic(false)

    private init(
        base: String, root: String, mocks: [String: MockPartner], gateway: Gateway, authority: DevelopmentAuthority
    ) {
        self.base = base
        self.root = root
        self.mocks = mocks
        self.gateway = gateway
        self.authority = authority
    }

    /// Runs the body with a gateway, and ends all of it.
    static func run(_ setup: Setup = Setup(), _ body: (GatewayUnderTest) async throws -> Void) async throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-e2e-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: base) }
        let running = try await start(setup, base)
        do {
            try await body(running)
        } catch {
            await running.stop()
            throw error
        }
        await running.stop()
    }

    private static let repository: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    private static func start(_ setup: Setup, _ base: String) async throws -> GatewayUnderTest {
        try #require(isKeySet)
        var root = "\(base)/v1"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        for part in ["routes", "mappings"] {
            try FileManager.default.copyItem(atPath: "\(repository)/\(part)", toPath: "\(root)/\(part)")
        }
        if setup.isLinked {
            try FileManager.default.createSymbolicLink(atPath: "\(base)/current", withDestinationPath: "v1")
            root = "\(base)/current"
        }
        for file in setup.added {
            try file.text.write(toFile: "\(root)/\(file.path)", atomically: true, encoding: .utf8)
        }
        for edit in setup.edits { try Self.edit("\(root)/\(edit.path)", edit.from, edit.to) }
        try Self.leaveTime("\(root)/routes")
        let disk = DiskWorkspace(root)
        _ = try DevelopmentCertificates.make(
            in: "\(root)/certs", partners: try CertsCommand.partners(disk),
            consumers: try CertsCommand.consumers(disk))
        func text(_ path: String) throws -> String { try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) }
        let authority = try DevelopmentAuthority(
            certificatePEM: text("certs/development-ca/ca.pem"), keyPEM: text("certs/development-ca/ca.key"))
        let files = try disk.load().files
        let compiled = Compiler.compile(files, environment: "development", secrets: MachineSecrets(root: root))
        let compiledGraph = compiled.graph
        let graph = try #require(compiledGraph, "\(compiled.diagnostics.map { "\($0.code): \($0.title)" })")
        var mocks: [String: MockPartner] = [:]
        var environment = try text("routes/environments/development.yaml")
        for upstream in graph.upstreams {
            var tls = upstream.tls == nil ? nil : try MockCommand.tls("\(root)/certs/\(upstream.identity)")
            if tls != nil, let issued = try setup.serverCertificate?(authority) {
                tls?.certificate = issued.certificate
                tls?.key = issued.key
            }
            let examples = PartnerExamples.of(upstream.identity, compiled, files)
            let mock = try await MockPartner.start(MockExamples.options(examples, port: 0, tls: tls))
            mocks[upstream.identity] = mock
            environment = environment.replacingOccurrences(of: ":\(upstream.port)", with: ":\(mock.port)")
        }
        try environment.write(
            toFile: "\(root)/routes/environments/development.yaml", atomically: true, encoding: .utf8)
        var listeners = [ListenerPlan(host: "127.0.0.1", port: 0)]
        if setup.hasTLSListener {
            let server = try authority.issue(.server(hosts: ["localhost"]))
            listeners.append(
                ListenerPlan(
                    host: "127.0.0.1", port: 0,
                    tls: ServerTLSPlan(
                        certificates: Array(server.certificate.utf8), key: Secret(Array(server.key.utf8)),
                        clientAuthority: Array(try authority.certificatePEM.utf8), requireClientCertificate: true)))
        }
        var log = Logger(label: "waybill")
        log.logLevel = .critical
        let gateway = try await Gateway.start(workspace: disk, environment: "development", loops: 2, log: log) {
            [listeners] settings in
            if setup.listensAsWritten {
                for index in settings.listeners.indices {
                    settings.listeners[index].host = "127.0.0.\(index + 1)"
                    settings.listeners[index].port = 0
                }
                settings.admin = ListenerPlan(host: "127.0.0.1", port: 0)
                return
            }
            settings.listeners = listeners
            settings.admin = nil
        }
        return GatewayUnderTest(base: base, root: root, mocks: mocks, gateway: gateway, authority: authority)
    }

    /// Ends the gateway, so that the audit trail is on the disk, and the mocks.
    func stop() async {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        await gateway.stop(grace: .seconds(60))
        for mock in mocks.values { await mock.stop() }
    }

    func mock(_ partner: String) throws -> MockPartner { try #require(mocks[partner]) }

    // MARK: Files

    static func edit(_ path: String, _ from: String, _ to: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(from), "\(path) has no `\(from)`")
        try Data(text.replacingOccurrences(of: from, with: to).utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Partners' timeouts as they are shipped are no business of the tests: a machine may stand still for longer. Those that a test has
    /// set stay as they are.
    private static func leaveTime(_ routes: String) throws {
        let shipped = [
            ("acme-bank/payments.route.yaml", "{ connect: 1s, response: 5s, total: 8s }"),
            ("vies/vat.route.yaml", "{ connect: 2s, response: 10s, total: 12s }"),
            ("parcelworks/shipping.route.yaml", "{ connect: 1s, response: 10s, total: 12s }"),
        ]
        for (path, timeout) in shipped {
            let text = try String(contentsOfFile: "\(routes)/\(path)", encoding: .utf8)
            guard text.contains(timeout) else { continue }
            try edit("\(routes)/\(path)", timeout, "{ connect: 30s, response: 60s, total: 90s }")
        }
    }

    func edit(_ path: String, _ from: String, _ to: String) throws { try Self.edit("\(root)/\(path)", from, to) }

    // MARK: Calls

    struct Reply: @unchecked Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
        }
        func text(_ member: String) -> String? { json[member] as? String }
    }

    func call(
        _ method: String, _ path: String, _ body: String = "", key: String? = key, headers: [(String, String)] = []
    ) async throws -> Reply {
        var all = headers
        if let key { all.append(("X-API-Key", key)) }
        if !body.isEmpty { all.append(("Content-Type", "application/json")) }
        let answer = try await PlainHTTP.send(
            host: "127.0.0.1", port: gateway.addresses[0].port, method: method, path: path, headers: all,
            body: Array(body.utf8))
        return Reply(status: answer.status, headers: answer.headers, body: answer.body)
    }

    static let vatCheck = #"{"country":"IE","vatNumber":"6388047V"}"#

    func checkVAT(headers: [(String, String)] = []) async throws -> Reply {
        try await call("POST", "/vat-checks", Self.vatCheck, headers: headers)
    }

    static func payment(_ amount: String = "249.90") -> String {
        """
        {"debtor":{"name":"Example Retail GmbH","country":"DE","account":{"iban":"DE89370400440532013000"}},\
        "creditor":{"name":"Example Supplies SARL","country":"FR","account":{"iban":"FR1420041010050500013M02606"}},\
        "amount":{"value":\(amount),"currency":"EUR"},"purpose":"supplier"}
        """
    }

    func pay(
        _ id: String = "P-1001", _ amount: String = "249.90", headers: [(String, String)] = []
    ) async throws -> Reply {
        try await call("POST", "/payments/\(id)/authorization", Self.payment(amount), headers: headers)
    }

    /// Sends these bytes and reads until the other side ends, over TLS when a client is given.
    func raw(_ text: String, tls: TLSConfiguration? = nil) async throws -> Reply {
        let address = try #require(gateway.addresses.first { $0.isSecure == (tls != nil) })
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: [UInt8].self)
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let context {
                            try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                        }
                        try pipeline.addHandler(Reader(promise))
                    }
                }
                .connect(host: address.host, port: address.port).get()
        } catch {
            promise.fail(error)
            throw error
        }
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        let timeout = loop.scheduleTask(in: .seconds(60)) { promise.fail(ChannelError.connectTimeout(.seconds(60))) }
        defer { timeout.cancel() }
        let bytes = try await promise.futureResult.get()
        try? await channel.close()
        return try Self.parse(bytes)
    }

    private static func parse(_ bytes: [UInt8]) throws -> Reply {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.components(separatedBy: "\r\n\r\n")
        let lines = parts[0].components(separatedBy: "\r\n")
        let status = try #require(lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) }, "no answer")
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                name: String(line[..<colon]),
                value: line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
        return Reply(
            status: status, headers: headers, body: Array(parts.dropFirst().joined(separator: "\r\n\r\n").utf8))
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let promise: EventLoopPromise<[UInt8]>
        private var bytes: [UInt8] = []

        init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(unwrapInboundIn(data).readableBytesView)
        }
        func channelInactive(context: ChannelHandlerContext) {
            if bytes.isEmpty { promise.fail(ChannelError.eof) } else { promise.succeed(bytes) }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if bytes.isEmpty { promise.fail(error) }
            context.close(promise: nil)
        }
    }

    // MARK: Audit

    /// The audit trail's lines, oldest first. Only whole after ``stop()``.
    func auditLines() throws -> [[String: Any]] {
        let folder = "\(root)/audit"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap { name in
            try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }
}

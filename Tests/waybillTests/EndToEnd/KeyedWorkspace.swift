import Foundation
import Logging
import Proxy
import Synchronization
import TestSupport
import Testing

@testable import waybill

/// A small workspace whose one operation keeps answers by key, and its partner.
final class KeyedWorkspace: Sendable {
    let root: String
    let partner: MockPartner
    /// How often the partner saw each body.
    private let seen: SeenBodies

    private final class SeenBodies: Sendable {
        let counts = Mutex<[String: Int]>([:])
    }

    private init(root: String, partner: MockPartner, seen: SeenBodies) {
        self.root = root
        self.partner = partner
        self.seen = seen
    }

    /// - Parameter idempotency: the operation's block.
    static func run(
        _ idempotency: String = "{ key: header }", store: String = "{ path: state/ }",
        _ body: (KeyedWorkspace) async throws -> Void
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("waybill-keys-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let seen = SeenBodies()
        let partner = try await MockPartner.start(MockOptions(port: 0, replies: []))
        partner.change { options in
            options.respond = { request in
                let count = seen.counts.withLock { counts in
                    counts[request.text, default: 0] += 1
                    return counts.values.reduce(0, +)
                }
                return MockReply(
                    status: 201, headers: [("Content-Type", "application/json")],
                    body: Array("{\"call\":\(count),\"of\":\(request.text)}".utf8), delayMilliseconds: 20)
            }
        }
        let files = [
            "routes/gateway.yaml": """
            listen: [ { address: 127.0.0.1:0 } ]
            audit: { file: { path: audit/ } }
            store: \(store)
            """,
            "routes/consumers.yaml": "consumers:\n  erp: { anonymous: true }\n",
            "routes/bank/bank.route.yaml": """
            partner: bank
            endpoint:
              url: http://127.0.0.1:\(partner.port)
              timeout: { connect: 30s, response: 60s, total: 90s }
            operations:
              pay:
                accept: POST /pay
                allow: [erp]
                errors: mappings/bank/errors.yaml
                idempotency: \(idempotency)
            """,
            "mappings/bank/errors.yaml": """
            errors:
              - { http: 422, status: 422, code: declined, retry: never, title: "Declined" }
              - { http: 503, status: 503, code: busy, retry: later, title: "Busy" }
              - { otherwise: true, status: 502, code: bank-error, retry: later, title: "The bank failed" }
            """,
        ]
        for (path, text) in files {
            let url = URL(fileURLWithPath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let workspace = KeyedWorkspace(root: root, partner: partner, seen: seen)
        do {
            try await body(workspace)
        } catch {
            await partner.stop()
            throw error
        }
        await partner.stop()
    }

    /// How often the partner saw this body, or all bodies together.
    func count(_ body: String) -> Int { seen.counts.withLock { $0[body, default: 0] } }
    var count: Int { seen.counts.withLock { $0.values.reduce(0, +) } }

    /// Runs the body with a gateway in this process.
    func serve(_ body: (Gateway, KeyedClient) async throws -> Void) async throws {
        var log = Logger(label: "waybill")
        log.logLevel = .critical
        let gateway = try await Gateway.start(workspace: DiskWorkspace(root), environment: nil, loops: 2, log: log)
        do {
            try await body(gateway, KeyedClient(port: gateway.addresses[0].port))
        } catch {
            await gateway.stop(grace: .seconds(60))
            throw error
        }
        await gateway.stop(grace: .seconds(60))
    }

    func auditLines() throws -> [[String: Any]] {
        let folder = "\(root)/audit"
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap { name in
            try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n").compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
        }
    }
}

/// Calls with keys.
struct KeyedClient: Sendable {
    struct Answer: Sendable, Equatable {
        var status: Int
        var body: String
        var isReplay: Bool
        var code: String {
            body.firstRange(of: "\"code\":\"").map { String(body[$0.upperBound...].prefix { $0 != "\"" }) } ?? ""
        }
    }

    var port: Int

    func pay(_ key: String?, _ body: String) async throws -> Answer {
        var headers = [("Content-Type", "application/json")]
        if let key { headers.append(("Idempotency-Key", key)) }
        let answer = try await PlainHTTP.send(
            host: "127.0.0.1", port: port, method: "POST", path: "/pay", headers: headers, body: Array(body.utf8))
        return Answer(
            status: answer.status, body: String(decoding: answer.body, as: UTF8.self),
            isReplay: answer.headers.contains { $0.name == "Idempotency-Replayed" && $0.value == "true" })
    }

    /// Sends the request and leaves before the answer comes.
    /// - Parameter isThere: whether it has come to where it is to be.
    func payAndLeave(_ key: String, _ body: String, when isThere: () -> Bool) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard connected == 0 else { return }
        let request = Array(
            ("POST /pay HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: \(key)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
        _ = send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
        _ = eventuallyOnThread(isThere)
        // The connection ends with a reset: a close alone might be a client that still reads.
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }
}

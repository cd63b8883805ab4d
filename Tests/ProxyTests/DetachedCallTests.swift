import NIOCore
import RouteGraph
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Calls that no client waits for, on a worker without any listener.
@Suite struct DetachedCallTests {
    private enum End: Equatable {
        case answered(Int, String)
        case failed(TransportFailure)
        case notMade, refused
    }

    /// What a worker is told to do, on its loop.
    private struct Stage: Sendable {
        let worker: NIOLoopBound<Worker>
        let ends: Mutexed

        final class Mutexed: Sendable {
            let value = Mutex<[End]>([])
        }

        func start(_ count: Int, _ change: (inout DetachedCall.Request) -> Void = { _ in }) {
            let worker = worker.value
            let graph = worker.current
            for _ in 0..<count {
                let text = "GET /pass HTTP/1.1\r\nHost: \(graph.pools[0].plan.hostHeader)\r\n\r\n"
                var request = DetachedCall.Request(bytes: ByteBuffer(string: text), upstream: 0)
                change(&request)
                let ends = ends
                let isStarted = DetachedCall.start(
                    request, for: graph.graph.operations[0], of: graph, on: worker
                ) { call, result in
                    let end: End =
                        switch result {
                        case .answered(let body): .answered(call.partnerHead.status, String(buffer: body))
                        case .failed(let failure): .failed(failure)
                        case .notMade: .notMade
                        }
                    ends.value.withLock { $0.append(end) }
                }
                if !isStarted { ends.value.withLock { $0.append(.refused) } }
            }
        }
    }

    private static func run(
        _ script: @escaping ScriptedPartner.Script, expecting count: Int,
        _ configure: (inout GatewayFixture.Settings) -> Void = { _ in },
        _ act: @escaping @Sendable (Stage) -> Void
    ) async throws -> (ends: [End], requests: Int, recorded: Int, inFlight: Int) {
        let partner = try await ScriptedPartner(script)
        var settings = GatewayFixture.Settings(partnerPort: partner.port)
        configure(&settings)
        let graph = try GatewayFixture.graph(settings)
        let log = RecordingLog()
        let life = LoopLife(threads: 1)
        let loop = life.loops[0]
        let stage = try await loop.submit {
            var builder = InstallationBuilder()
            let worker = Worker(
                life: life, loop: loop, index: 0, loopCount: 1, callLog: log, authenticator: TestAuthenticator(),
                answers: nil, log: { _ in }, memory: MemoryWatch(), directory: NameDirectory { _ in },
                installation: builder.build(graph))
            let stage = Stage(worker: NIOLoopBound(worker, eventLoop: loop), ends: Stage.Mutexed())
            act(stage)
            return stage
        }.get()
        #expect(await eventually { stage.ends.value.withLock { $0.count } >= count })
        let inFlight = try await loop.submit {
            stage.worker.value.shutDown()
            return stage.worker.value.metrics.callsInFlight
        }.get()
        let ends = stage.ends.value.withLock { $0 }
        let requests = partner.requests.count
        await life.end()
        await partner.stop()
        return (ends, requests, log.all.count, inFlight)
    }

    @Test func theAnswerIsReadWhole() async throws {
        let chunked = "HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        let (ends, requests, recorded, inFlight) = try await Self.run(ScriptedPartner.always(chunked), expecting: 3) {
            $0.start(3)
        }
        #expect(ends == Array(repeating: .answered(201, "abcde"), count: 3))
        #expect(requests == 3)
        #expect(recorded == 0)
        #expect(inFlight == 0)
    }

    @Test func failuresAreTold() async throws {
        let lost = try await Self.run({ _, _, _ in .close }, expecting: 1) { stage in
            stage.start(1) { $0.isIdempotent = false }
        }
        #expect(lost.ends == [.failed(.reset)])
        let silent = try await Self.run({ _, _, _ in .wait }, expecting: 1) {
            $0.upstream.responseTimeout = 50_000_000
        } _: {
            $0.start(1)
        }
        #expect(silent.ends == [.failed(.timeout)])
        let whole = try await Self.run({ _, _, _ in .wait }, expecting: 1) {
            $0.upstream.totalTimeout = 60_000_000
        } _: {
            $0.start(1)
        }
        #expect(whole.ends == [.failed(.timeout)])
    }

    @Test func policiesOfThePartnerHold() async throws {
        let tried = try await Self.run(
            { _, connection, _ in connection == 0 ? .close : .send(ok("fine")) }, expecting: 1
        ) {
            $0.upstream.policies.retry = ResilienceTests.retry()
        } _: {
            $0.start(1)
        }
        #expect(tried.ends == [.answered(200, "fine")])
        let limited = try await Self.run(ScriptedPartner.always(ok("fine")), expecting: 3) {
            $0.upstream.policies.rate = RateLimitPlan(count: 1, interval: 3_600_000_000_000)
            // A consumer's limit is nothing to a call that no consumer makes.
            $0.operationRate = RateLimitPlan(count: 1, interval: 3_600_000_000_000)
        } _: {
            $0.start(3)
        }
        #expect(limited.ends == [.notMade, .notMade, .answered(200, "fine")])
        #expect(limited.requests == 1)
    }

    @Test func aSlowPartnerPilesNothingUp() async throws {
        let many = DetachedCall.limit + 20
        let (ends, _, _, _) = try await Self.run({ _, _, _ in .wait }, expecting: many) {
            $0.upstream.responseTimeout = 100_000_000
            $0.upstream.connectTimeout = 200_000_000
        } _: {
            $0.start(many)
        }
        #expect(ends.count == many)
        #expect(ends.count { $0 == .refused } == 20)
    }

    @Test func drainingEndsThemAll() async throws {
        let (ends, _, _, _) = try await Self.run({ _, _, _ in .wait }, expecting: 6) { stage in
            stage.start(3)
            _ = stage.worker.value.drain()
            stage.start(3)
        }
        #expect(ends == [.notMade, .notMade, .notMade, .refused, .refused, .refused])
    }
}

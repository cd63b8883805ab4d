import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Who may come to the loops, and when they end.
@Suite struct LoopLifeTests {
    /// A guest who stays until it is let go.
    private final class Scene: Sendable {
        let order = Mutex<[String]>([])
        let isInside = Mutex(false)
        let isOpen = Mutex(false)

        func visit(_ life: LoopLife) async -> Bool? {
            await life.visit {
                isInside.withLock { $0 = true }
                while !isOpen.withLock({ $0 }) { await Task.yield() }
                // The loops live still, whoever has begun to end them.
                let sum = (try? await life.loops[1].submit { 2 + 3 }.get()) ?? 0
                order.withLock { $0.append("guest \(sum)") }
                return true
            }
        }
    }

    @Test func `The end waits for guests, and lets no others in`() async throws {
        let life = LoopLife(threads: 2)
        let scene = Scene()
        let guest = Task { await scene.visit(life) }
        while !scene.isInside.withLock({ $0 }) { await Task.yield() }
        let end = Task {
            await life.end()
            scene.order.withLock { $0.append("end") }
        }
        while await life.onEach({ $0 }) != nil { await Task.yield() }
        #expect(await life.visit { true } == nil)
        life.hand(to: life.loops[0]) { Issue.record("it was done on a loop that is ending") }
        scene.isOpen.withLock { $0 = true }
        #expect(await guest.value == true)
        await end.value
        #expect(scene.order.withLock { $0 } == ["guest 5", "end"])
    }

    @Test func `Work is done on all loops, and its results are in their order`() async {
        let life = LoopLife(threads: 3)
        let loops = life.loops
        #expect(await life.onEach { loops[$0].inEventLoop ? $0 : -1 } == [0, 1, 2])
        await life.end()
    }
}

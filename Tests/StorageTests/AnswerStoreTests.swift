import Glibc
import RouteGraph
import TestSupport
import Testing

@testable import Storage

/// The store on a real file.
@Suite struct AnswerStoreTests {
    @Test func `A repetition gets the answer of the first, and the next process knows it too`() throws {
        let fixture = try StoreFixture()
        let call = StoreFixture.call("k")
        let first = try fixture.open()
        #expect(first.ask(call).get() == .run)
        let waiting = first.ask(StoreFixture.call("k", 2))
        #expect(first.ask(StoreFixture.call("k", 3, request: "other")).get() == .reused)
        #expect(first.ask(StoreFixture.call("k", 4, waits: false)).get() == .inProgress)
        #expect(waiting.now == nil)
        #expect(first.keepNow(call, StoreFixture.answer) == true)
        #expect(waiting.get() == .replay(StoreFixture.answer))
        #expect(first.ask(StoreFixture.call("k", 5)).get() == .replay(StoreFixture.answer))
        first.stop()
        let second = try fixture.open()
        #expect(second.ask(StoreFixture.call("k", 1)).get() == .replay(StoreFixture.answer))
        #expect(second.ask(StoreFixture.call("k", 2, request: "other")).get() == .reused)
        #expect(second.ask(StoreFixture.call("other", 3)).get() == .run)
        second.stop()
        #expect(second.ask(StoreFixture.call("k", 4)).get() == .unavailable)
    }

    @Test func `What was under way when the process ended is of unknown outcome`() throws {
        let fixture = try StoreFixture()
        let first = try fixture.open()
        #expect(first.ask(StoreFixture.call("lost")).get() == .run)
        #expect(first.ask(StoreFixture.call("freed")).get() == .run)
        first.settle(StoreFixture.digest("freed"), .released)
        first.stop()
        let second = try fixture.open()
        #expect(second.ask(StoreFixture.call("lost", 1)).get() == .unknown)
        #expect(second.ask(StoreFixture.call("lost", 2, request: "other")).get() == .reused)
        #expect(second.ask(StoreFixture.call("freed", 3)).get() == .run)
        #expect(second.ask(StoreFixture.call("lost", 4, retries: true)).get() == .run)
        second.stop()
    }

    @Test func `A freed key goes to the first that waits, an unknown outcome refuses them`() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        #expect(store.ask(StoreFixture.call("a", 1)).get() == .run)
        let second = store.ask(StoreFixture.call("a", 2))
        let third = store.ask(StoreFixture.call("a", 3))
        let fourth = store.ask(StoreFixture.call("a", 4))
        store.withdraw(StoreFixture.digest("a"), ticket: 3)
        store.settle(StoreFixture.digest("a"), .released)
        #expect(second.get() == .run)
        store.settle(StoreFixture.digest("a"), .unknown)
        #expect(fourth.get() == .unknown)
        #expect(store.ask(StoreFixture.call("a", 5)).get() == .unknown)
        #expect(third.now == nil, "it has gone")
        store.stop()
    }

    @Test func `An answer is forgotten when its time is over`() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let call = StoreFixture.call("k", 1, keep: 60)
        #expect(store.ask(call).get() == .run)
        #expect(store.keepNow(call, StoreFixture.answer) == true)
        fixture.pass(59)
        #expect(store.ask(StoreFixture.call("k", 2, request: "other", keep: 60)).get() == .reused)
        fixture.pass(2)
        #expect(store.ask(StoreFixture.call("k", 3, request: "other", keep: 60)).get() == .run)
        store.settle(call.key, .released)
        // Old rows go by themselves.
        for i in 0..<20 {
            let old = StoreFixture.call("old \(i)", UInt64(10 + i), keep: 60)
            #expect(store.ask(old).get() == .run)
            #expect(store.keepNow(old, StoreFixture.answer) == true)
        }
        fixture.pass(31)
        #expect(store.ask(StoreFixture.call("between", 99)).get() == .run)
        #expect(eventuallyOnThread { store.status.keys == 21 })
        fixture.pass(120)
        #expect(store.ask(StoreFixture.call("new", 100)).get() == .run)
        #expect(store.ask(StoreFixture.call("newer", 101)).get() == .run)
        #expect(eventuallyOnThread { store.status.keys == 2 })
        store.stop()
    }

    @Test func `A full store closes, and what is in it stays`() throws {
        let fixture = try StoreFixture()
        let lines = Later<String>()
        let store = try fixture.open(bytes: 512 << 10) { lines.set($0) }
        let large = StoredAnswer(status: 200, headers: [], body: [UInt8](repeating: 0x61, count: 40_000))
        var kept: [Reservation] = []
        var refused: Reservation?
        for i in 0..<50 where refused == nil {
            let call = StoreFixture.call("k\(i)", UInt64(i))
            guard store.ask(call).get() == .run else {
                refused = call
                break
            }
            if store.keepNow(call, large) == true { kept.append(call) } else { refused = call }
        }
        let lost = try #require(refused, "it has its size at some time")
        #expect(kept.count > 3)
        #expect(lines.get()?.contains("full") == true)
        #expect(store.status.failure != nil)
        // The answer that found no room leaves its key as it is: sent, outcome unknown.
        #expect([.unknown, .unavailable].contains(try #require(store.ask(lost).get())))
        for call in kept { #expect(store.ask(call).get() == .replay(large)) }
        store.stop()
    }

    @Test func `A store has one user, and a damaged one is left as it is`() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        #expect(store.ask(StoreFixture.call("k")).get() == .run)
        #expect { try fixture.open() } throws: { ($0 as? StorageError)?.kind == .inUse }
        store.stop()
        let path = "\(fixture.directory)/\(SQLiteAnswerStore.fileName)"
        var mode = stat()
        #expect(stat(path, &mode) == 0)
        #expect(mode.st_mode & 0o077 == 0, "others may not read it")
        let file = Glibc.open(path, O_RDWR)
        let garbage = [UInt8](repeating: 0x5A, count: 4096)
        #expect(pwrite(file, garbage, garbage.count, 0) == garbage.count)
        close(file)
        #expect { try fixture.open() } throws: { error in
            guard let error = error as? StorageError else { return false }
            return error.kind == .damaged && error.description.contains("move it")
        }
        var head = [UInt8](repeating: 0, count: 4096)
        let again = Glibc.open(path, O_RDONLY)
        #expect(pread(again, &head, head.count, 0) == head.count)
        close(again)
        #expect(head == garbage, "nobody touched it")
    }

    @Test func `Parts of a digest do not run into each other`() throws {
        let store = try StoreFixture().open()
        func digest(_ parts: [String]) -> Digest256 {
            let bytes = parts.map { Array($0.utf8) }
            let raw = bytes.map { part in
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 1)
                copy.copyBytes(from: part)
                return copy
            }
            defer { for part in raw { part.deallocate() } }
            return store.digest(raw.map { UnsafeRawBufferPointer($0) })
        }
        #expect(digest(["ab", "c"]) == digest(["ab", "c"]))
        #expect(digest(["ab", "c"]) != digest(["a", "bc"]))
        #expect(digest(["ab", ""]) != digest(["ab"]))
        #expect(Digest256(digest(["x"]).bytes) == digest(["x"]))
        store.stop()
    }
}

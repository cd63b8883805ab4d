import Synchronization
import Testing

@testable import DNS

/// Whom is asked for a name, in which order.
@Suite struct NameLookupTests {
    /// Everybody who can be asked, with what they know; and who was asked for what.
    final class World: Sendable {
        let asked = Mutex<[String]>([])
        let known: [String: Reply]
        let system: Reply
        let preparation: NameLookup.Preparation

        init(_ known: [String: Reply], system: Reply = .absent(seconds: 30), _ preparation: NameLookup.Preparation) {
            self.known = known
            self.system = system
            self.preparation = preparation
        }

        func lookUp(_ name: String) async -> (Reply, [String]) {
            var lookup = NameLookup { work in work() }
            let (known, system, preparation) = (known, system, preparation)
            lookup.prepare = { _ in preparation }
            lookup.ask = { name, type in
                self.asked.withLock { $0.append("\(name) \(type)") }
                return known["\(name) \(type)"] ?? .absent(seconds: 60)
            }
            lookup.system = { name in
                self.asked.withLock { $0.append("\(name) system") }
                return system
            }
            return (await lookup.addresses(of: name), asked.withLock { $0.sorted() })
        }
    }

    private func preparation(_ services: String, _ search: SearchList = SearchList()) -> NameLookup.Preparation {
        var preparation = NameLookup.Preparation()
        preparation.services = ServiceSwitch(Array(services.utf8))
        preparation.search = search
        return preparation
    }

    private let four = Reply.addresses([address("192.0.2.1")], seconds: 60)
    private let six = Reply.addresses([address("2001:db8::1")], seconds: 20)

    @Test func bothKindsOfAddresses() async {
        let world = World(["a.example ipv4": four, "a.example ipv6": six], preparation("hosts: files dns"))
        let (reply, asked) = await world.lookUp("a.example")
        #expect(reply == .addresses([address("2001:db8::1"), address("192.0.2.1")], seconds: 20))
        #expect(asked == ["a.example ipv4", "a.example ipv6"])
    }

    @Test func aFileNeedsNoServer() async {
        var known = preparation("hosts: files dns")
        known.found = [address("192.0.2.9")]
        let (reply, asked) = await World([:], known).lookUp("a.example")
        #expect(reply == .addresses([address("192.0.2.9")], seconds: NameLookup.fileSeconds))
        #expect(asked.isEmpty)
    }

    @Test func halfAnAnswerIsTakenForAShortTime() async {
        let known = [
            "a.example ipv4": Reply.addresses([address("192.0.2.1")], seconds: 600), "a.example ipv6": .failed("x"),
        ]
        let (reply, _) = await World(known, preparation("hosts: dns")).lookUp("a.example")
        #expect(reply == .addresses([address("192.0.2.1")], seconds: 30))
    }

    @Test func searchedDomains() async {
        let search = SearchList(dots: 2, domains: ["svc.local", "corp.example"])
        #expect(search.candidates(for: "bank") == ["bank.svc.local", "bank.corp.example", "bank"])
        #expect(search.candidates(for: "a.b.c") == ["a.b.c", "a.b.c.svc.local", "a.b.c.corp.example"])
        #expect(search.candidates(for: "bank.") == ["bank"])
        let world = World(["bank.corp.example ipv6": six], preparation("hosts: files dns", search))
        let (reply, asked) = await world.lookUp("bank")
        #expect(reply == six)
        #expect(asked.count == 4, "the last candidate is not asked for: \(asked)")
        let failing = World(["bank.svc.local ipv4": .failed("x"), "bank ipv4": four], preparation("", search))
        #expect(await failing.lookUp("bank").0 == four, "a domain that fails hides no other")
        let failed = World(["bank.svc.local ipv4": .failed("x")], preparation("", search))
        #expect(await failed.lookUp("bank").0 == .failed("x"), "and nobody can say that there is no such name")
    }

    @Test func othersAreAskedWhenDNSKnowsNothing() async {
        let world = World([:], system: four, preparation("hosts: files dns myhostname"))
        let (reply, asked) = await world.lookUp("host")
        #expect(reply == four)
        #expect(asked == ["host ipv4", "host ipv6", "host system"])
        let alone = World([:], system: four, preparation("hosts: files dns"))
        #expect(await alone.lookUp("host").0 == .absent(seconds: 60))
    }

    @Test func namesOfTheLinkAndUnknownServicesAreTheSystems() async {
        let services = "hosts: files mdns4_minimal [NOTFOUND=return] dns"
        #expect(
            await World([:], system: four, preparation(services)).lookUp("printer.local").1 == ["printer.local system"])
        #expect(await World([:], system: four, preparation("hosts: files ldap dns")).lookUp("a").1 == ["a system"])
        var own = preparation("")
        own.hasOwnServers = true
        let asked = await World([:], system: four, own).lookUp("a.local").1
        #expect(asked == ["a.local ipv4", "a.local ipv6"], "servers that were set are asked, and nobody else")
    }

    @Test func shortenedNumbersAreNoNames() async {
        let (reply, asked) = await World([:], system: four, preparation("")).lookUp("127.1")
        #expect(reply == four)
        #expect(asked == ["127.1 system"])
    }

    // MARK: Files

    @Test(
        arguments: [
            ("", true, true, false, false), ("passwd: files\n", true, true, false, false),
            ("hosts: files dns", true, true, false, false), ("hosts:\tdns files # x", false, true, true, false),
            ("#hosts: x\n hosts: files  dns [!UNAVAIL=return]\n", true, true, false, false),
            ("hosts: files resolve [!UNAVAIL=return] myhostname dns", true, true, true, true),
            ("hosts: files mdns4_minimal [NOTFOUND = return] dns", true, true, true, true),
            ("hosts: files", false, false, true, false), ("hosts:", false, false, true, false),
            ("hosts:files dns", true, true, false, false), ("hosts: files nis dns", false, false, true, false),
        ] as [(String, Bool, Bool, Bool, Bool)])
    func servicesAreRead(_ text: String, _ files: Bool, _ servers: Bool, _ others: Bool, _ multicast: Bool) {
        let services = ServiceSwitch(Array(text.utf8))
        #expect(services.asksFiles == files)
        #expect(services.asksServers == servers)
        #expect(services.hasOthers == others)
        #expect(services.hasMulticast == multicast)
    }

    @Test func hosts() {
        let text = Array(
            """
            # comment
            192.0.2.1\tbank.example bank # bank2
            2001:db8::1 Bank.Example
            192.0.2.1 bank
            nonsense bank
            127.1 bank
            192.0.2.3
            \u{0}192.0.2.4 bank
            192.0.2.5 other bank.\r
            """.utf8)
        #expect(HostsFile.addresses(of: "BANK.example.", in: text) == [address("192.0.2.1"), address("2001:db8::1")])
        #expect(HostsFile.addresses(of: "bank", in: text) == [address("192.0.2.1"), address("192.0.2.5")])
        #expect(HostsFile.addresses(of: "bank2", in: text).isEmpty)
        #expect(HostsFile.addresses(of: "", in: text).isEmpty)
        #expect(HostsFile.bytes("/does/not/exist").isEmpty)
    }
}

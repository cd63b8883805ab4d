import Glibc
import Testing

@testable import DNS

/// The lookup with this machine's resolver below it, and files of the test's own.
@Suite struct RealLookupTests {
    private static func file(_ text: String) -> String {
        let path = "/tmp/waybill-dns-\(UInt64.random(in: 0...UInt64.max))"
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        _ = text.withCString { write(file, $0, strlen($0)) }
        close(file)
        return path
    }

    @Test func aHostsFileIsReadEachTime() async {
        let services = Self.file("hosts: files dns\n")
        let hosts = Self.file("192.0.2.7 bank.waybill-test.example\n2001:db8::7 bank.waybill-test.example\n")
        defer { for path in [services, hosts] { unlink(path) } }
        let lookup = NameLookup(hosts: hosts, services: services) { work in work() }
        let wanted = Reply.addresses([address("192.0.2.7"), address("2001:db8::7")], seconds: NameLookup.fileSeconds)
        #expect(await lookup.addresses(of: "Bank.waybill-test.example.") == wanted)
        #expect(
            await lookup.addresses(of: "127.1") == .addresses([address("127.0.0.1")], seconds: SystemResolver.seconds))
    }

    /// Servers by either protocol, more of them than are asked, take the place of the system's. Nobody listens there.
    @Test func serversThatAreNotThereAreAFailure() async {
        let hosts = Self.file("")
        defer { unlink(hosts) }
        let four = NameServer(address: address("127.0.0.1"), port: 1)
        let six = NameServer(address: address("::1"), port: 1)
        for servers in [[four], [six], [six, four, six], [four, four, six, six]] {
            let reply = await NameLookup(servers: servers, hosts: hosts) { work in work() }
                .addresses(of: "bank.waybill-test.example.")
            guard case .failed = reply else {
                Issue.record("\(reply)")
                continue
            }
        }
    }

    /// What no question can be made of is no name.
    @Test(arguments: [String(repeating: "a", count: 300), "a..b", String(repeating: "a.", count: 200) + "b"])
    func namesThatCannotBe(_ name: String) async {
        let hosts = Self.file("")
        defer { unlink(hosts) }
        let servers = [NameServer(address: address("127.0.0.1"), port: 1)]
        let reply = await NameLookup(servers: servers, hosts: hosts) { work in work() }.addresses(of: name + ".")
        #expect(reply == .absent(seconds: nil))
    }
}

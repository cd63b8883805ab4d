import CResolv
import Glibc

/// libresolv with what resolv.conf says now. It blocks, so it belongs on a thread that may wait.
struct ResolverState: ~Copyable {
    private let state: OpaquePointer

    /// - Parameter servers: asked in place of those of resolv.conf; the first three count.
    init?(servers: [NameServer] = []) {
        guard let made = waybill_resolver_new() else { return nil }
        if !servers.isEmpty {
            let used = servers.prefix(Int(WAYBILL_SERVERS)).map { server in
                var plain = waybill_server()
                let bytes = server.address.bytes
                plain.length = UInt8(bytes.count)
                plain.port = server.port
                withUnsafeMutableBytes(of: &plain.address) { $0.copyBytes(from: bytes) }
                return plain
            }
            guard waybill_resolver_use(made, used, CInt(used.count)) == 0 else {
                waybill_resolver_free(made)
                return nil
            }
        }
        state = made
    }

    deinit { waybill_resolver_free(state) }

    var search: SearchList {
        var domains: [String] = []
        while let domain = waybill_resolver_domain(state, CInt(domains.count)) {
            domains.append(String(cString: domain))
        }
        return SearchList(
            dots: Int(waybill_resolver_dots(state)), domains: domains,
            skipsIPv6: waybill_resolver_skips_ipv6(state) != 0)
    }

    /// Asks for one kind of addresses of one name. The answer comes from the server that was asked, and is one to this question: the
    /// socket is connected, its port is the kernel's choice, and the identifier is as random as the system can make it.
    func ask(_ name: String, _ type: RecordType) -> Reply {
        var question = [UInt8](repeating: 0, count: 512)
        let length = waybill_resolver_question(state, name, CInt(type.rawValue), &question, CInt(question.count))
        guard length > 12 else { return .absent(seconds: nil) }
        let identifier = UInt16.random(in: 0...UInt16.max)
        question[0] = UInt8(identifier >> 8)
        question[1] = UInt8(identifier & 0xFF)
        var answer = [UInt8](repeating: 0, count: 65535)
        errno = 0
        let size = waybill_resolver_send(state, question, length, &answer, CInt(answer.count))
        guard size >= 12, size <= answer.count else {
            return .failed(errno == ECONNREFUSED ? "no DNS server is there" : "no DNS server has an answer")
        }
        answer.removeLast(answer.count - Int(size))
        guard answer[0] == question[0], answer[1] == question[1] else {
            return .failed("the answer to another question")
        }
        return AnswerReader.read(answer, name: name, type: type)
    }
}

import Glibc

/// The system's own resolver (`getaddrinfo(3)`): it knows every service, and of no answer how long it holds. It blocks.
enum SystemResolver {
    /// Seconds that its answers count.
    static let seconds: UInt32 = 30

    static func addresses(of name: String) -> Reply {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        switch code {
        case 0: break
        case EAI_NONAME, -5: return .absent(seconds: seconds)
        default: return .failed(String(cString: gai_strerror(code)))
        }
        var found: [IPAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < AnswerReader.addressLimit {
            next = entry.ai_next
            if let address = address(entry), !found.contains(address) { found.append(address) }
        }
        return found.isEmpty ? .absent(seconds: seconds) : .addresses(found, seconds: seconds)
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let socket = entry.ai_addr else { return nil }
        let raw = UnsafeRawPointer(socket)
        switch entry.ai_family {
        case AF_INET where entry.ai_addrlen >= MemoryLayout<sockaddr_in>.size:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { IPAddress(bytes: $0) }
        case AF_INET6 where entry.ai_addrlen >= MemoryLayout<sockaddr_in6>.size:
            return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { IPAddress(bytes: $0) }
        default: return nil
        }
    }

    /// Whether a text is an address in one of the shortened forms that only this resolver reads (`inet_aton(3)`).
    static func isNumber(_ name: String) -> Bool {
        var address = in_addr()
        return inet_aton(name, &address) != 0
    }
}

/// Who is asked for a machine's addresses on this system (the line `hosts` of `nsswitch.conf(5)`).
struct ServiceSwitch: Equatable {
    /// Whether files and DNS are asked by us.
    var asksFiles = true
    var asksServers = true
    /// Whether others are there too, whom only the system's resolver can ask: when DNS knows nothing.
    var hasOthers = false
    /// Whether one of them answers for names below `.local` (RFC 6762).
    var hasMulticast = false

    /// What holds without the file, or without the line.
    init() {}

    /// Services that answer for names of their own, so that DNS may be asked first.
    private static let apart = ["mdns", "myhostname", "mymachines", "resolve", "libvirt"]

    init(_ text: [UInt8]) {
        for line in text.split(separator: 0x0A) {
            let words = line.prefix { $0 != 0x23 }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map {
                String(decoding: $0, as: UTF8.self)
            }
            guard let first = words.first, first.hasPrefix("hosts:") else { continue }
            let rest = [String(first.dropFirst(6))] + words.dropFirst()
            read(rest.filter { !$0.isEmpty })
            return
        }
    }

    private mutating func read(_ words: [String]) {
        var services: [String] = []
        var isAction = false
        for word in words {
            // `[NOTFOUND=return]`, which may have spaces in it.
            if word.hasPrefix("[") { isAction = true }
            if !isAction { services.append(word) }
            if word.hasSuffix("]") { isAction = false }
        }
        let place = services.firstIndex(of: "dns")
        let before = services[..<(place ?? services.endIndex)]
        asksServers = place != nil && before.allSatisfy { $0 == "files" || Self.isApart($0) }
        asksFiles = asksServers && before.contains("files")
        hasOthers =
            !asksServers || services.contains { $0 != "files" && $0 != "dns" }
            || !asksFiles && services.contains("files")
        hasMulticast = services.contains { $0.hasPrefix("mdns") || $0 == "resolve" }
    }

    private static func isApart(_ service: String) -> Bool { apart.contains { service.hasPrefix($0) } }
}

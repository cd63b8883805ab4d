/// What resolv.conf says of names that are not whole (`search`, `options ndots:`).
public struct SearchList: Sendable, Equatable {
    /// From so many dots on, a name is tried as it is first.
    public var dots: Int
    public var domains: [String]
    public var skipsIPv6: Bool

    public init(dots: Int = 1, domains: [String] = [], skipsIPv6: Bool = false) {
        self.dots = dots
        self.domains = domains
        self.skipsIPv6 = skipsIPv6
    }

    /// The names to ask for, one after the other, until one has an address.
    func candidates(for name: String) -> [String] {
        if name.hasSuffix(".") { return [String(name.dropLast())] }
        let longer = domains.filter { !$0.isEmpty && $0 != "." }.map { "\(name).\($0)" }
        return name.utf8.count { $0 == 0x2E } >= dots ? [name] + longer : longer + [name]
    }
}

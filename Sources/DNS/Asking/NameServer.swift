/// A DNS server.
public struct NameServer: Sendable, Equatable {
    public var address: IPAddress
    public var port: UInt16

    public init(address: IPAddress, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }
}

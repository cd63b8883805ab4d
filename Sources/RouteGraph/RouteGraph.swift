/// All that the proxy needs to serve, made by the compiler and never changed: the value in which compile time and run time meet.
///
/// A graph is a class so that handing it to a loop is one reference; everything in it is immutable.
public final class RouteGraph: Sendable {
    /// Counts up with each graph that is installed; 0 before that.
    public let generation: UInt64
    public let settings: GatewaySettings
    public let consumers: [Consumer]
    public let upstreams: [UpstreamPlan]
    public let operations: [OperationPlan]
    /// SOAP facades, by the position that the router gives.
    public let services: [ServicePlan]
    public let router: Router
    /// Names, in lower case, of the fields in which consumers prove themselves, besides those that every gateway knows.
    let consumerFields: [[UInt8]]

    public init(
        generation: UInt64, settings: GatewaySettings, consumers: [Consumer], upstreams: [UpstreamPlan],
        operations: [OperationPlan], services: [ServicePlan] = [], router: Router
    ) {
        self.generation = generation
        self.settings = settings
        self.consumers = consumers
        self.upstreams = upstreams
        self.operations = operations
        self.services = services
        self.router = router
        consumerFields = Set(
            consumers.compactMap { consumer in
                guard case .apiKey(_, let header) = consumer.proof, header != "x-api-key" else { return nil }
                return Array(header.utf8)
            }
        ).sorted { $0.lexicographicallyPrecedes($1) }
    }
}

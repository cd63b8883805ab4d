import RouteGraph

/// What the loops ask of the store's thread.
enum StoreJob: Sendable {
    case reserve(Reservation, @Sendable (ReservationReply) -> Void)
    case withdraw(Digest256, ticket: UInt64)
    case keep(Digest256, StoredAnswer, @Sendable (Bool) -> Void)
    case settle(Digest256, ReservationEnd)

    /// Whether a call begins with it.
    var asks: Bool {
        if case .reserve = self { true } else { false }
    }
}

/// What the store's thread says when the disk has it.
enum StoreReply {
    case reservation(@Sendable (ReservationReply) -> Void, ReservationReply)
    case kept(@Sendable (Bool) -> Void, Bool)

    func deliver() {
        switch self {
        case .reservation(let reply, let value): reply(value)
        case .kept(let done, let value): done(value)
        }
    }
}

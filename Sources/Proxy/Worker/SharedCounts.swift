import Synchronization

/// What the loops count together, since the limits hold for the process: connections of consumers, and calls under way.
///
/// Two loops may each take the last place at the same moment, so a limit is exact to within one for each loop.
final class SharedCounts: Sendable {
    private let connectionCount = Atomic(0)
    private let callCount = Atomic(0)

    var connections: Int { connectionCount.load(ordering: .relaxed) }
    var calls: Int { callCount.load(ordering: .relaxed) }

    func connectionBegan() { connectionCount.wrappingAdd(1, ordering: .relaxed) }
    func connectionEnded() { connectionCount.wrappingSubtract(1, ordering: .relaxed) }
    func callBegan() { callCount.wrappingAdd(1, ordering: .relaxed) }
    func callEnded() { callCount.wrappingSubtract(1, ordering: .relaxed) }
}

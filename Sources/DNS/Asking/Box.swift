import Synchronization

/// Carries what a thread has found besides its answer.
final class Box: Sendable {
    private let content = Mutex<NameLookup.Preparation?>(nil)

    var value: NameLookup.Preparation? { content.withLock { $0 } }

    func set(_ value: NameLookup.Preparation) { content.withLock { $0 = value } }
}

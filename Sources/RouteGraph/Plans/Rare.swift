/// A part that most plans do not have: it takes a word where it is missing, and lies elsewhere where it is there.
///
/// A gateway with thousands of operations holds thousands of plans, and most of them leave most of their parts out.
@propertyWrapper
public struct Rare<Value: Sendable>: Sendable {
    private indirect enum Box: Sendable {
        case absent
        case present(Value)
    }

    private var box: Box

    public init(wrappedValue: Value?) {
        box = wrappedValue.map { .present($0) } ?? .absent
    }

    public var wrappedValue: Value? {
        get {
            if case .present(let value) = box { return value }
            return nil
        }
        set { self = Rare(wrappedValue: newValue) }
    }

    /// Whether it is missing; looks at nothing of it.
    @inline(__always)
    public var isAbsent: Bool {
        if case .absent = box { return true }
        return false
    }
}

extension Rare: Equatable where Value: Equatable {
    public static func == (left: Rare, right: Rare) -> Bool { left.wrappedValue == right.wrappedValue }
}

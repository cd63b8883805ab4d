import Documents
public import FEEL

extension Mediator {
    /// The hash of what holds calls together that go to the same version of a partner; nil when this call has nothing of the kind.
    public func versionHash(_ call: Call, _ program: FEELProgram) -> UInt64? {
        prepare(call, answer: false)
        let value = program.evaluate(scope)
        guard value != .null, let text = ValueWriter.text(value) else { return nil }
        return TrafficSplit.hash(text)
    }
}

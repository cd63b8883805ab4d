/// A pattern without ownership, for runs that must not count references. Valid while the pattern, or a copy of it, is
/// held by somebody.
public struct PatternMatcher: @unchecked Sendable {
    // The tables and the object never change after they are made, so that threads may share them.
    private let machine: UnsafePointer<PatternMachine>
    private let compiled: Unmanaged<CompiledPattern>

    public init(_ pattern: borrowing Pattern) {
        machine = pattern.compiled.machine
        compiled = Unmanaged.passUnretained(pattern.compiled)
    }

    /// Whether a text in UTF-8 matches. Takes time linear in the text. A text that is not valid UTF-8 never matches.
    public func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch machine.pointee.answer(text) {
        case .yes: true
        case .no: false
        case .unknown: compiled._withUnsafeGuaranteedRef { $0.decides(text) }
        }
    }
}

public import Documents

/// Checks messages against a contract. Made once, when routes are compiled, and shared by all event loops.
public protocol MessageValidator: Sendable {
    /// What does the checking.
    var engine: ValidationEngine { get }

    /// Checks the value at `node` and everything in it.
    ///
    /// A valid message is checked in one pass without allocating; the violations of an invalid one are collected in
    /// `scratch`.
    /// - Parameters:
    ///   - document: The parsed message.
    ///   - node: Where the contract's root stands: 0, or the first element in a SOAP `Body`.
    ///   - source: The bytes the document was parsed from.
    /// - Returns: Whether the message is valid.
    func validate(
        _ document: Document, at node: Int, source: UnsafeRawBufferPointer, _ scratch: ValidationScratch
    ) -> Bool
}

/// What executes a contract's checks at run time.
public enum ValidationEngine: String, Sendable {
    /// The contract's compiled program, on the flat document.
    case compiled
    /// libxml2, for a construct that the compiled program does not know.
    case libxml2
}

/// The memory that validation works in. One for each event loop, used again for every message.
public final class ValidationScratch {
    /// What is wrong with the message that was checked last, in document order, at most ``limit``.
    public internal(set) var violations: [Violation] = []
    /// Violations that are kept of one message.
    public let limit: Int

    public init(limit: Int = 20) {
        self.limit = limit
    }
}

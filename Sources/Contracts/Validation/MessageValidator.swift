public import Documents

/// Checks messages against a contract. Made once, when routes are compiled, and shared by all event loops.
public protocol MessageValidator: Sendable {
    /// What does the checking.
    var engine: ValidationEngine { get }
    /// Why the engine is not the compiled program, or what is left unchecked; nil when that checks all there is.
    var engineReason: String? { get }

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

extension MessageValidator {
    public var engineReason: String? { nil }
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
    /// Memory of the XML Schema validator.
    lazy var xsd = XSDScratch()

    /// The memory of compiled JSON Schemas.
    private var schemaMemory = SchemaScratch()

    public init(limit: Int = 20) {
        self.limit = limit
    }

    /// Takes the memory out, so that the run that works in it is its only owner.
    func takeSchemaMemory() -> SchemaScratch {
        var taken = SchemaScratch()
        swap(&taken, &schemaMemory)
        return taken
    }

    func giveBack(_ memory: consuming SchemaScratch) {
        memory.reset()
        memory.trim()
        schemaMemory = memory
    }
}

public import Contracts

/// What `waybill types` shows of one contract: its parts by name, or the fields of one part.
public struct TypeListing: Sendable {
    /// A part that can be named after `#`.
    public struct Part: Sendable, Equatable {
        public var name: String
        /// What it is, in a few words each: `POST /charges`, `request Pay`, `answer PayResponse`.
        public var facts: [String]
        public var source: ShapeSource?
    }

    /// A message with its fields.
    public struct Section: Sendable {
        /// `request`, `answer`, `fault`, `answer 404`; empty for a contract that is one message.
        public var title: String
        /// More about it: the element, the media type.
        public var facts: [String]
        public var rows: [TypeRow]
        /// Whether rows are missing because there are too many.
        public var isCut = false
    }

    /// The file, relative to the workspace.
    public var path: String
    /// What was asked for after `#`.
    public var part: String?
    public var language: ContractLanguage
    /// Facts about the part: an operation's action, its method and path.
    public var facts: [String] = []
    /// The parts there are, where none was named and the contract is not one message.
    public var parts: [Part] = []
    /// `operation`, `element`: what the parts are called.
    public var partKind = ""
    public var sections: [Section] = []

    public init(path: String, part: String?, language: ContractLanguage) {
        self.path = path
        self.part = part
        self.language = language
    }
}

/// How much of a contract is shown.
public struct TypeOptions: Sendable {
    /// Levels of fields.
    public var depth: Int
    /// Rows of one message.
    public var limit: Int

    public init(depth: Int = 24, limit: Int = 5_000) {
        self.depth = depth
        self.limit = limit
    }
}

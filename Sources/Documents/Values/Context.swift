/// Named values in the order they were set.
public struct Context: Sendable {
    /// Names and values, in order; names are unique.
    public private(set) var entries: [(name: String, value: Value)]
    /// Positions by name, kept once there are too many entries to scan.
    private var positions: [String: Int] = [:]

    private static let scanned = 16

    /// An empty context.
    public init() { entries = [] }

    /// A context of entries; a later one replaces an earlier one of the same name.
    public init(_ entries: some Sequence<(String, Value)>) {
        self.init()
        for (name, value) in entries { self[name] = value }
    }

    /// The number of entries.
    public var count: Int { entries.count }
    /// Whether there is no entry.
    public var isEmpty: Bool { entries.isEmpty }
    /// The names, in order.
    public var names: [String] { entries.map(\.name) }

    /// The value of a name, nil where it is missing; setting nil removes the entry.
    public subscript(name: String) -> Value? {
        get {
            guard let position = position(of: name) else { return nil }
            return entries[position].value
        }
        set {
            let position = position(of: name)
            switch (position, newValue) {
            case (let position?, let value?): entries[position].value = value
            case (nil, let value?): append(name, value)
            case (let position?, nil):
                entries.remove(at: position)
                index()
            case (nil, nil): break
            }
        }
    }

    private mutating func append(_ name: String, _ value: Value) {
        entries.append((name, value))
        if entries.count == Context.scanned + 1 {
            index()
        } else if entries.count > Context.scanned {
            positions[name] = entries.count - 1
        }
    }

    private mutating func index() {
        positions.removeAll(keepingCapacity: true)
        guard entries.count > Context.scanned else { return }
        for (position, entry) in entries.enumerated() { positions[entry.name] = position }
    }

    private func position(of name: String) -> Int? {
        if entries.count > Context.scanned { return positions[name] }
        for position in entries.indices where entries[position].name == name { return position }
        return nil
    }
}

extension Context: Equatable {
    /// Contexts are equal when they have the same names with equal values, in whatever order.
    public static func == (left: Context, right: Context) -> Bool {
        guard left.count == right.count else { return false }
        for entry in left.entries {
            guard let other = right[entry.name], other == entry.value else { return false }
        }
        return true
    }
}

extension Context: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }
}

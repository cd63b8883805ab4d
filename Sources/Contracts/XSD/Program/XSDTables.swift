internal import Patterns
internal import XML

/// The tables of a program while they grow.
struct XSDTables {
    var types: [XSDProgram.TypeRow] = []
    var elements: [XSDProgram.ElementRow] = []
    var names: [XSDProgram.NameRow] = []
    var slots: [XSDProgram.SlotRow] = []
    var edges: [XSDProgram.EdgeRow] = []
    var states: [XSDProgram.StateRow] = []
    var wildTable: [(target: Int32, wildcard: Int32)] = []
    var attributes: [XSDProgram.AttributeRow] = []
    var wildcards: [XSDProgram.WildcardRow] = []
    var allowed: [Bool] = []
    var simples: [XSDProgram.SimpleRow] = []
    var members: [Int32] = []
    var bytes: [UInt8] = []
    var patterns: [Pattern] = []
    var patternTexts: [String] = []
    var valueTexts: [String] = []
    var namespaces: [String] = [""]
    var namespaceNames: [(name: Int32, row: Int32)] = []
    var globalElements: [(name: Int32, row: Int32)] = []
    var globalTypes: [(name: Int32, row: Int32)] = []
    var globalAttributes: [(name: Int32, row: Int32)] = []
    var instanceNamespace = 0

    private var literals: [(start: Int, count: Int, primitive: XSDPrimitive)] = []
    private var nameIndex: [XMLName: Int32] = [:]
    private var namespaceIndex: [String: UInt16] = [:]
    private var patternIndex: [String: Int32] = [:]

    init() {
        instanceNamespace = Int(namespace(ContractNamespace.schemaInstance))
    }

    /// The number of a namespace; 0 for none.
    mutating func namespace(_ name: String?) -> UInt16 {
        guard let name, !name.isEmpty else { return 0 }
        if let known = namespaceIndex[name] { return known }
        guard namespaces.count < 60_000 else { return 0 }
        let index = UInt16(namespaces.count)
        namespaces.append(name)
        namespaceIndex[name] = index
        return index
    }

    mutating func name(_ name: XMLName) -> Int32 {
        if let known = nameIndex[name] { return known }
        let namespace = namespace(name.namespace)
        var text = Array(name.name.utf8)
        let count = min(text.count, Int(UInt16.max))
        let start = bytes.count
        bytes += text[..<count]
        text.append(0)
        let hash = text.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { XSDProgram.hash($0, count, Int(namespace)) } ?? 0
        }
        let index = Int32(names.count)
        names.append(
            XSDProgram.NameRow(hash: hash, namespace: namespace, count: UInt16(count), start: UInt32(start)))
        nameIndex[name] = index
        return index
    }

    /// Keeps a value; the text has its white space normalised already.
    mutating func value(_ text: [UInt8], _ primitive: XSDPrimitive) -> Int32 {
        literals.append((bytes.count, text.count, primitive))
        valueTexts.append(String(decoding: text, as: UTF8.self))
        bytes += text
        bytes.append(0)
        return Int32(literals.count - 1)
    }

    var valueCount: Int { literals.count }

    /// The values as views of the bytes where they now are.
    func boundValues(in bytes: UnsafeBufferPointer<UInt8>) -> [XSDValue] {
        literals.map { literal in
            var value = XSDValue()
            let text = UnsafeBufferPointer(rebasing: bytes[literal.start..<literal.start + literal.count])
            if !XSDLexical.read(text, literal.primitive, &value) {
                value = XSDValue()
                value.text = text
            }
            XSDLexical.measure(&value)
            return value
        }
    }

    /// The number of a pattern; nil when it can't be compiled.
    mutating func pattern(_ source: String) -> Int32? {
        if let known = patternIndex[source] { return known < 0 ? nil : known }
        guard let pattern = try? Pattern(source, dialect: .xmlSchema) else {
            patternIndex[source] = -1
            return nil
        }
        let index = Int32(patterns.count)
        patterns.append(pattern)
        patternTexts.append(source)
        patternIndex[source] = index
        return index
    }
}

/// A pattern as flat tables that never change, for runs that count nothing and allocate nothing.
struct PatternMachine {
    /// Of the shape (see `RunShape`): bits by byte; nil when the pattern has none.
    private var strange: UnsafeMutablePointer<UInt8>?
    private var places: UnsafeMutablePointer<UInt8>?
    private var placeCount = 0
    private var lengths: UnsafeMutablePointer<Bool>?
    private var greatestLength = 0
    private var isEndless = false
    /// Of the automaton: the class of each ASCII character; nil when the pattern has no automaton, or a large one.
    private var classes: UnsafeMutablePointer<UInt16>?
    /// Rows of the next states, which are named by where their rows start, and whether the row's own state accepts.
    private var rows: UnsafeMutablePointer<UInt32>?
    private var width = 0
    private var start = 0

    /// Cells of an automaton that is kept a second time, as rows.
    private static let greatestTable = 1 << 16

    /// Without an automaton the machine knows no text.
    init(_ automaton: Automaton?, ascii: [UInt16]) {
        guard let automaton else { return }
        if let shape = RunShape(automaton, ascii: ascii), !shape.places.isEmpty {
            strange = PatternMachine.copy(shape.strange)
            places = PatternMachine.copy(shape.places)
            placeCount = shape.places.count
            lengths = PatternMachine.copy(shape.lengths)
            greatestLength = shape.lengths.count - 1
            isEndless = shape.isEndless
        }
        guard automaton.table.count <= PatternMachine.greatestTable else { return }
        width = automaton.classCount + 1
        var cells: [UInt32] = []
        cells.reserveCapacity(automaton.stateCount * width)
        for state in 0..<automaton.stateCount {
            for number in 0..<automaton.classCount { cells.append(UInt32(automaton.step(state, number) * width)) }
            cells.append(automaton.accepts(state) ? 1 : 0)
        }
        start = automaton.start * width
        rows = PatternMachine.copy(cells)
        classes = PatternMachine.copy(ascii)
    }

    func deallocate() {
        strange?.deallocate()
        places?.deallocate()
        lengths?.deallocate()
        classes?.deallocate()
        rows?.deallocate()
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let result = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        for (index, element) in elements.enumerated() { (result + index).initialize(to: element) }
        return result
    }

    enum Answer { case yes, no, unknown }

    /// Whether a text in UTF-8 matches, as far as the tables tell.
    @inline(__always)
    func answer(_ text: UnsafeBufferPointer<UInt8>) -> Answer {
        if let strange, let places, let lengths, let p = text.baseAddress {
            // A no may be due to other characters than ASCII, which the automaton knows.
            if hasShape(p, text.count, strange, places, lengths) { return .yes }
        }
        guard let classes, let rows else { return .unknown }
        return run(text, classes, rows)
    }

    @inline(__always)
    private func hasShape(
        _ p: UnsafePointer<UInt8>, _ count: Int, _ strange: UnsafePointer<UInt8>, _ places: UnsafePointer<UInt8>,
        _ lengths: UnsafePointer<Bool>
    ) -> Bool {
        if count > greatestLength, !isEndless { return false }
        if !lengths[min(count, greatestLength)] { return false }
        // One loop and no way out of it: the processor can't guess where texts and runs end.
        var wrong: UInt8 = 0
        let first = min(count, placeCount)
        var i = 0
        while i < first {
            wrong |= places[i] & strange[Int(p[i])]
            i &+= 1
        }
        if i < count {
            var common: UInt8 = 0
            while i < count {
                common |= strange[Int(p[i])]
                i &+= 1
            }
            wrong |= common & places[placeCount &- 1]
        }
        return wrong == 0
    }

    private func run(
        _ text: UnsafeBufferPointer<UInt8>, _ classes: UnsafePointer<UInt16>, _ rows: UnsafePointer<UInt32>
    ) -> Answer {
        // The rows of the states that matching ends in come first.
        let settled = Determinizer.universal &* width
        var state = start
        var index = 0
        while index < text.count, state > settled {
            let byte = text[index]
            if byte >= 0x80 { return .unknown }
            state = Int(rows[state &+ Int(classes[Int(byte)])])
            index &+= 1
        }
        if state == settled { return UTF8Reader.isValid(text, from: index) ? .yes : .no }
        return rows[state &+ width &- 1] != 0 ? .yes : .no
    }
}

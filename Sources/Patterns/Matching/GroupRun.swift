/// Finds where a match lies and what its groups took: threads in order of preference, each with the places it noted.
/// The first alternative that leads to a match wins, as XPath and Perl say; nothing is tried twice at one place.
struct GroupRun {
    /// The groups whose places are kept; a replacement cannot name more.
    static let groupLimit = 99

    private let program: PatternProgram
    private let alphabet: PatternAlphabet
    private let slotCount: Int
    private var arrived = Threads()
    private var current = Threads()
    private var seen: [Int]
    private var generation = 0

    /// Threads in order: the instruction of each, and the places it noted.
    private struct Threads {
        var places: [Int32] = []
        var slots: [Int] = []

        mutating func removeAll() {
            places.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
        }
    }

    private enum Pending {
        case follow(Int)
        case restore(slot: Int, value: Int)
    }

    init(_ compiled: CompiledPattern) {
        program = compiled.program
        alphabet = compiled.alphabet
        slotCount = 2 * (min(program.captureCount, Self.groupLimit) + 1)
        seen = [Int](repeating: 0, count: program.instructions.count)
    }

    /// The places noted by the leftmost match that begins at `start` or later: -1 for a group that took no part. Nil
    /// when there is none, or when the text is not valid UTF-8 as far as it was read.
    mutating func first(in text: UnsafeBufferPointer<UInt8>, from start: Int, isWhole: Bool) -> [Int]? {
        arrived.removeAll()
        var best: [Int]?
        var place = start
        var before = Self.context(before: start, in: text, alphabet)
        while true {
            var index = place
            var number = 0
            var after = PlaceContext.edge
            if place < text.count {
                guard let scalar = UTF8Reader.next(text, &index) else { return nil }
                number = Int(alphabet.classes[scalar])
                after = alphabet.contexts[number]
            }
            let atEnd = after.contains(.edge)
            current.removeAll()
            generation += 1
            for thread in arrived.places.indices {
                let slots = Array(arrived.slots[thread * slotCount..<(thread + 1) * slotCount])
                follow(Int(arrived.places[thread]), slots, at: place, before, after)
            }
            if best == nil, !isWhole || place == 0 {
                var slots = [Int](repeating: -1, count: slotCount)
                slots[0] = place
                follow(0, slots, at: place, before, after)
            }
            arrived.removeAll()
            threads: for thread in current.places.indices {
                switch program.instructions[Int(current.places[thread])] {
                case .match where !isWhole || atEnd:
                    var slots = Array(current.slots[thread * slotCount..<(thread + 1) * slotCount])
                    slots[1] = place
                    best = slots
                    break threads
                case .set(let set) where !atEnd && alphabet.contains(number, in: set):
                    arrived.places.append(current.places[thread] + 1)
                    arrived.slots.append(contentsOf: current.slots[thread * slotCount..<(thread + 1) * slotCount])
                default: break
                }
            }
            if atEnd || (arrived.places.isEmpty && best != nil) { return best }
            before = after
            place = index
        }
    }

    /// Follows every step that takes no character, the preferred ones first.
    private mutating func follow(
        _ start: Int, _ slots: [Int], at place: Int, _ before: PlaceContext, _ after: PlaceContext
    ) {
        var slots = slots
        var pending: [Pending] = [.follow(start)]
        while let next = pending.popLast() {
            guard case .follow(let instruction) = next else {
                if case .restore(let slot, let value) = next { slots[slot] = value }
                continue
            }
            guard seen[instruction] != generation else { continue }
            seen[instruction] = generation
            switch program.instructions[instruction] {
            case .jump(let target): pending.append(.follow(Int(target)))
            case .split(let first, let second):
                pending.append(.follow(Int(second)))
                pending.append(.follow(Int(first)))
            case .save(let slot):
                if Int(slot) < slotCount {
                    pending.append(.restore(slot: Int(slot), value: slots[Int(slot)]))
                    slots[Int(slot)] = place
                }
                pending.append(.follow(instruction + 1))
            case .assertion(let assertion):
                if assertion.holds(before: before, after: after) { pending.append(.follow(instruction + 1)) }
            case .set, .match:
                current.places.append(Int32(instruction))
                current.slots.append(contentsOf: slots)
            case .look: break
            }
        }
    }

    /// What lies before a place in a valid text.
    private static func context(
        before place: Int, in text: UnsafeBufferPointer<UInt8>, _ alphabet: PatternAlphabet
    ) -> PlaceContext {
        guard place > 0, place <= text.count else { return .edge }
        var index = place - 1
        while index > 0, text[index] & 0xC0 == 0x80 { index -= 1 }
        guard let scalar = UTF8Reader.next(text, &index) else { return [] }
        return alphabet.contexts[Int(alphabet.classes[scalar])]
    }
}

internal import Documents
internal import Patterns

extension SchemaRun {
    // MARK: - Text

    func string(_ node: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(nodes[node].valueStart), count: Int(nodes[node].valueCount))
    }

    mutating func text(_ index: Int, _ node: Int) -> Bool {
        let row = tables.strings.baseAddress.unsafelyUnwrapped + index
        let rules = row.pointee
        let text = string(node)
        if !hasLength(rules, text) { return false }
        if rules.patternCount > 0 || rules.format != .none { steps &-= text.count &>> 7 }
        for place in Int(rules.firstPattern)..<Int(rules.firstPattern) &+ Int(rules.patternCount) {
            if !tables.matchers[Int(tables.lists[place])].matches(text) { return false }
        }
        return rules.format == .none || rules.format.accepts(text)
    }

    /// Lengths are counted in characters (Unicode scalars).
    @inline(__always)
    func hasLength(_ rules: StringRules, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let least = Int(rules.least)
        let most = Int(rules.most)
        if text.count < least { return false }
        // A character takes one to four bytes: often they need no counting.
        if text.count <= most, (text.count &+ 3) &>> 2 >= least || least <= 1 { return true }
        let count = SchemaRun.characters(text)
        return count >= least && count <= most
    }

    static func characters(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        for byte in text where byte & 0xC0 != 0x80 { count &+= 1 }
        return count
    }

    // MARK: - Numbers

    mutating func number(_ index: Int, _ node: Int) -> Bool {
        let rules = tables.numbers[index]
        let text = string(node)
        guard let start = text.baseAddress, let small = SmallNumber(start, text.count) else {
            steps &-= text.count &>> 7
            return longNumber(rules, text)
        }
        if rules.isInteger, small.scale > 0 {
            if rules.isWritten || small.mantissa % Int64(bitPattern: SmallNumber.power(min(small.scale, 18))) != 0 {
                return false
            }
        }
        if rules.minimum >= 0 {
            guard let other = tables.smalls[Int(rules.minimum)], let order = small.compare(other) else {
                return longNumber(rules, text)
            }
            if order < 0 || order == 0 && rules.isMinimumExclusive { return false }
        }
        if rules.maximum >= 0 {
            guard let other = tables.smalls[Int(rules.maximum)], let order = small.compare(other) else {
                return longNumber(rules, text)
            }
            if order > 0 || order == 0 && rules.isMaximumExclusive { return false }
        }
        if rules.divisor >= 0 {
            let divisor = tables.divisors[Int(rules.divisor)]
            return divisor.divides(small.mantissa, scale: small.scale) ?? divisor.divides(NumberScan(text))
        }
        return true
    }

    /// Numbers beyond 64 bits, in time proportional to their length.
    private func longNumber(_ rules: NumberRules, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let scan = NumberScan(text)
        if rules.isInteger, !isInteger(rules, scan) { return false }
        if rules.minimum >= 0 {
            let order = compare(scan, Int(rules.minimum))
            if order < 0 || order == 0 && rules.isMinimumExclusive { return false }
        }
        if rules.maximum >= 0 {
            let order = compare(scan, Int(rules.maximum))
            if order > 0 || order == 0 && rules.isMaximumExclusive { return false }
        }
        return rules.divisor < 0 || tables.divisors[Int(rules.divisor)].divides(scan)
    }

    func isInteger(_ rules: NumberRules, _ scan: NumberScan) -> Bool {
        scan.isInteger && !(rules.isWritten && scan.hasFraction)
    }

    func compare(_ scan: NumberScan, _ index: Int) -> Int {
        let bound = program.bounds[index]
        return scan.compare(
            negative: bound.isNegative, digits: UnsafeBufferPointer(rebasing: tables.bytes[bound.digits]),
            exponent: bound.exponent)
    }

    // MARK: - Constants

    func isListed(_ operation: SchemaOperation, _ node: Int) -> Bool {
        guard nodes[node].kind == .string, let slots = tables.slots.baseAddress,
            let texts = tables.bytes.baseAddress
        else { return false }
        let table = tables.tables[Int(operation.a)]
        return table.find(bytes + Int(nodes[node].valueStart), Int(nodes[node].valueCount), slots, texts) != nil
    }

    mutating func isConstant(_ operation: SchemaOperation, _ node: Int) -> Bool {
        guard let constants = tables.constants.baseAddress, let texts = tables.bytes.baseAddress else { return false }
        let size = Int(nodes[node].next) &- node
        steps &-= size &+ Int(operation.b) &>> 3
        let hash = ValueEquality.hash(node, nodes, bytes)
        for place in Int(operation.a)..<Int(operation.a) &+ Int(operation.b)
        where program.constantHashes[place] == hash {
            if equal(Int(program.constantRoots[place]), constants, texts, node) { return true }
        }
        return false
    }
}

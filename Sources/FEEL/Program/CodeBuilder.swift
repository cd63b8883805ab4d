internal import Documents

/// Collects the parts of a program while an expression is compiled.
struct CodeBuilder {
    private(set) var instructions: [Instruction] = []
    private(set) var ranges: [(start: UInt32, end: UInt32)] = []
    private(set) var constants: [Value] = []
    private(set) var paths: [PathLoad] = []
    private(set) var names: [String] = []
    private(set) var keys: [[String]] = []
    private(set) var functions: [Builtin.Body] = []
    private(set) var tables: [Int] = []
    private(set) var registerCount = 0
    private(set) var counterCount = 0
    /// The first free register.
    private var top = 0

    /// Where the next instruction goes.
    var position: Int32 { Int32(instructions.count) }

    mutating func emit(_ instruction: Instruction, _ range: Range<Int>) {
        instructions.append(instruction)
        ranges.append((UInt32(clamping: range.lowerBound), UInt32(clamping: range.upperBound)))
    }

    /// Emits a jump whose target is not known yet; `land` fills it in.
    mutating func emitJump(_ range: Range<Int>, _ make: (Int32) -> Instruction) -> Jump {
        let jump = Jump(position: instructions.count)
        emit(make(0), range)
        return jump
    }

    /// Takes back the instructions from a position on.
    mutating func rewind(to position: Int32) {
        instructions.removeLast(instructions.count - Int(position))
        ranges.removeLast(ranges.count - Int(position))
    }

    struct Jump { fileprivate var position: Int }

    /// Lets jumps go to where the next instruction will be.
    mutating func land(_ jumps: Jump...) { land(jumps) }

    mutating func land(_ jumps: [Jump]) {
        for jump in jumps {
            instructions[jump.position] = instructions[jump.position].jumping(to: position)
        }
    }

    // MARK: Registers

    /// A free register.
    mutating func register() -> Operand {
        let register = Operand(clamping: top)
        top += 1
        registerCount = max(registerCount, top)
        return register
    }

    /// So many free registers in a row; the first one.
    mutating func registers(_ count: Int) -> Operand {
        let first = Operand(clamping: top)
        top += count
        registerCount = max(registerCount, top)
        return first
    }

    /// The registers in use; `release` frees those taken since.
    var mark: Int { top }

    mutating func release(to mark: Int) { top = mark }

    mutating func counter() -> Int16 {
        counterCount += 1
        return Int16(clamping: counterCount - 1)
    }

    // MARK: Pools

    mutating func constant(_ value: Value) -> Operand {
        constants.append(value)
        return ~Operand(clamping: constants.count - 1)
    }

    func constant(_ operand: Operand) -> Value? {
        if operand < 0 { return constants[Int(~operand)] }
        return nil
    }

    mutating func name(_ name: String) -> Int16 {
        if let index = names.firstIndex(of: name) { return Int16(clamping: index) }
        names.append(name)
        return Int16(clamping: names.count - 1)
    }

    mutating func path(_ path: PathLoad) -> Int16 {
        paths.append(path)
        return Int16(clamping: paths.count - 1)
    }

    mutating func keys(_ keys: [String]) -> Int16 {
        self.keys.append(keys)
        return Int16(clamping: self.keys.count - 1)
    }

    mutating func function(_ body: Builtin.Body) -> Int16 {
        functions.append(body)
        return Int16(clamping: functions.count - 1)
    }

    mutating func table(_ index: Int) {
        if !tables.contains(index) { tables.append(index) }
    }
}

extension Instruction {
    /// The same jump with its target.
    func jumping(to target: Int32) -> Instruction {
        switch self {
        case .jump: .jump(target)
        case .jumpIfTrue(let operand, _): .jumpIfTrue(operand, target)
        case .jumpIfFalse(let operand, _): .jumpIfFalse(operand, target)
        case .jumpUnlessTrue(let operand, _): .jumpUnlessTrue(operand, target)
        case .jumpIfNull(let operand, _): .jumpIfNull(operand, target)
        case .next(let counter, let source, let into, _):
            .next(counter: counter, source: source, into: into, end: target)
        case .keep(let result, let source, let item, let condition, _):
            .keep(in: result, source: source, item: item, condition: condition, end: target)
        default: self
        }
    }
}

internal import Documents

/// Runs one program once.
struct Machine {
    private let program: FEELProgram
    private let roots: any FEELRoots
    private let registers: UnsafeMutableBufferPointer<Value>
    private let counters: UnsafeMutableBufferPointer<Int>
    private var steps = 0
    private var problem: FEELProblem.Reason?

    init(
        program: FEELProgram, roots: any FEELRoots, registers: UnsafeMutableBufferPointer<Value>,
        counters: UnsafeMutableBufferPointer<Int>
    ) {
        self.program = program
        self.roots = roots
        self.registers = registers
        self.counters = counters
    }

    /// The value of an operand: a register, or a constant.
    @inline(__always)
    private func value(_ operand: Operand) -> Value {
        operand >= 0 ? registers[Int(operand)] : program.constants[Int(~operand)]
    }

    @inline(__always)
    private func set(_ register: Operand, _ value: Value) {
        registers[Int(register)] = value
    }

    mutating func run() -> Value {
        var position = 0
        let count = program.instructions.count
        while position < count {
            steps &+= 1
            if steps > FEELProgram.maximumSteps {
                report(.tooManySteps, position)
                return .null
            }
            let jump = step(program.instructions[position], position)
            if let reason = problem {
                report(reason, position)
                problem = nil
            }
            position = jump >= 0 ? jump : position &+ 1
        }
        return value(program.result)
    }

    private func report(_ reason: FEELProblem.Reason, _ position: Int) {
        let range = program.ranges[position]
        roots.report(FEELProblem(reason, start: range.start, end: range.end))
    }

    /// Runs an instruction; returns where to go on, or -1 for the next one.
    private mutating func step(_ instruction: Instruction, _ position: Int) -> Int {
        switch instruction {
        case .move(let into, let source):
            set(into, value(source))
        case .load(let into, let index):
            let path = program.paths[Int(index)]
            let loaded = roots.load(slot: path.slot, path: path.steps)
            if case .none = path.coercion { set(into, loaded) } else { set(into, path.coercion.apply(loaded)) }
        case .field(let into, let source, let name):
            set(into, Fields.field(value(source), program.names[Int(name)]))
            charge(value(into))
        case .fieldOr(let into, let source, let name, let fallback):
            set(into, Fields.existing(value(source), program.names[Int(name)]) ?? value(fallback))
        case .negate(let into, let operand):
            set(into, Operators.negate(value(operand), &problem))
        case .arithmetic(let operation, let into, let left, let right):
            set(into, Operators.arithmetic(operation, value(left), value(right), &problem))
            charge(value(into))
        case .compare(let operation, let into, let left, let right):
            set(into, Operators.compare(operation, value(left), value(right), &problem))
        case .and(let into, let left, let right):
            set(into, Operators.and(value(left), value(right)))
        case .or(let into, let left, let right):
            set(into, Operators.or(value(left), value(right)))
        case .not(let into, let operand):
            set(into, Operators.not(value(operand), &problem))
        case .matches(let into, let operand, let test):
            charge(value(test))
            set(into, Operators.matches(value(operand), value(test), &problem))
        case .jump, .jumpIfTrue, .jumpIfFalse, .jumpUnlessTrue, .jumpIfNull:
            return jump(instruction)
        case .begin, .next, .keep, .append:
            return loop(instruction)
        case .list, .context, .range, .item:
            make(instruction)
        case .call(let into, let function, let first, let count):
            call(into, function, first, count)
        case .table(let into, let index, let argument, let reverse):
            set(into, roots.callTable(Int(index), Operators.scalar(value(argument)), reverse: reverse))
        }
        return -1
    }

    /// Counts large values as steps, so that a loop cannot make more than it could count.
    @inline(__always)
    private mutating func charge(_ value: Value) {
        switch value {
        case .string(let text): steps &+= text.utf8.count >> 8
        case .list(let items): steps &+= items.count >> 3
        default: break
        }
    }

    private func jump(_ instruction: Instruction) -> Int {
        switch instruction {
        case .jump(let target): return Int(target)
        case .jumpIfTrue(let operand, let target):
            if case .boolean(true) = value(operand) { return Int(target) }
        case .jumpIfFalse(let operand, let target):
            if case .boolean(false) = value(operand) { return Int(target) }
        case .jumpUnlessTrue(let operand, let target):
            if case .boolean(true) = value(operand) { return -1 }
            return Int(target)
        case .jumpIfNull(let operand, let target):
            if value(operand).isNull { return Int(target) }
        default: break
        }
        return -1
    }

    // MARK: Values

    private mutating func make(_ instruction: Instruction) {
        switch instruction {
        case .list(let into, let first, let count):
            let start = Int(first)
            set(into, .list(Array(registers[start..<start + Int(count)])))
        case .context(let into, let first, let keys):
            var context = Context()
            for (offset, key) in program.keys[Int(keys)].enumerated() { context[key] = registers[Int(first) + offset] }
            set(into, .context(context))
        case .range(let into, let low, let high, let lowIncluded, let highIncluded):
            set(into, Operators.range(value(low), value(high), lowIncluded, highIncluded, &problem))
        case .item(let into, let source, let index):
            set(into, Operators.item(value(source), value(index), &problem))
        default: break
        }
    }

    private mutating func call(_ into: Operand, _ function: Int16, _ first: Operand, _ count: Int16) {
        let values = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(registers)[Int(first)..<Int(first) + Int(count)])
        for value in values { charge(value) }
        let result: Value
        switch program.functions[Int(function)] {
        case .pure(let body):
            var arguments = Arguments(values)
            result = body(&arguments)
            problem = arguments.problem
        case .clock(let body):
            result = body(roots.now)
        }
        charge(result)
        set(into, result)
    }

    // MARK: Loops

    private mutating func loop(_ instruction: Instruction) -> Int {
        switch instruction {
        case .append(let list, let item):
            append(value(item), to: list)
        case .begin(let counter, let source):
            counters[Int(counter)] = 0
            switch registers[Int(source)] {
            case .list, .null: break
            case .range(let range):
                // `1..3` counts; a range that cannot be counted has no items.
                if Machine.bounds(range) == nil {
                    problem = .notAList
                    set(source, .null)
                }
            default: registers[Int(source)] = .list([registers[Int(source)]])
            }
        case .next(let counter, let source, let into, let end):
            let index = counters[Int(counter)]
            guard let item = Machine.item(registers[Int(source)], index) else { return Int(end) }
            counters[Int(counter)] = index &+ 1
            set(into, item)
        case .keep(let result, let source, let item, let condition, let end):
            switch value(condition) {
            case .boolean(true): append(registers[Int(item)], to: result)
            case .boolean(false), .null: break
            case .number:
                set(result, Operators.item(registers[Int(source)], value(condition), &problem))
                return Int(end)
            default: problem = .notABoolean
            }
        default: break
        }
        return -1
    }

    /// Appends in place: the register gives its list up while it grows.
    private func append(_ item: Value, to register: Operand) {
        guard case .list(var items) = registers[Int(register)] else { return }
        registers[Int(register)] = .null
        items.append(item)
        registers[Int(register)] = .list(items)
    }

    private static func item(_ source: Value, _ index: Int) -> Value? {
        switch source {
        case .list(let items):
            guard index < items.count else { return nil }
            return items[index]
        case .range(let range):
            guard let (low, high) = bounds(range) else { return nil }
            let (distance, overflow) = high.subtractingReportingOverflow(low)
            guard !overflow, index <= Int(clamping: distance.magnitude) else { return nil }
            return .number(Decimal(low <= high ? low + index : low - index))
        default: return nil
        }
    }

    /// The first and the last number of a range of whole numbers.
    static func bounds(_ range: RangeValue) -> (low: Int, high: Int)? {
        guard case .number(let low)? = range.lower, case .number(let high)? = range.upper,
            let first = low.intValue, let last = high.intValue
        else { return nil }
        guard first <= last else { return (first, last) }
        let start = range.includesLower || first == .max ? first : first + 1
        let end = range.includesUpper || last == .min ? last : last - 1
        return start <= end ? (start, end) : nil
    }
}

public import Contracts
public import Documents

/// A compiled expression: a flat list of instructions over registers, shared by all loops.
///
/// It holds no state; running it needs room for its registers only, which lies on the stack.
public final class FEELProgram: Sendable {
    /// The text it was compiled from.
    public let text: String
    /// What it reads, each path once.
    public var dependencies: [FEELDependency] {
        var found: [FEELDependency] = []
        for path in paths {
            let dependency = FEELDependency(slot: path.slot, path: path.steps.map(\.name))
            if !found.contains(dependency) { found.append(dependency) }
        }
        return found
    }
    /// Indices of the tables it calls.
    public let tables: [Int]
    /// The shape of its value as far as the contracts tell; nil when nothing is known.
    public let resultShape: Shape?
    /// The value, when it is the same for every call.
    public var constant: Value? {
        // A bare `nil` would be the value null.
        guard instructions.isEmpty, result < 0 else { return Value?.none }
        return constants[Int(~result)]
    }
    /// When the whole expression is a path, its root and its steps, so that it can be copied without being run.
    public var purePath: (root: Int, steps: [String])? {
        guard isPurePath, let path = paths.first else { return nil }
        return (path.slot, path.steps.map(\.name))
    }
    /// The most steps that one run may take.
    public static let maximumSteps = 100_000

    let instructions: [Instruction]
    /// Where in the text each instruction comes from.
    let ranges: [(start: UInt32, end: UInt32)]
    let constants: [Value]
    let paths: [PathLoad]
    let names: [String]
    let keys: [[String]]
    let functions: [Builtin.Body]
    let registerCount: Int
    let counterCount: Int
    let result: Operand
    private let isPurePath: Bool

    init(
        text: String, code: consuming CodeBuilder, result: Operand, resultShape: Shape?,
        isPurePath: Bool
    ) {
        self.text = text
        self.instructions = code.instructions.compact
        self.ranges = code.ranges.compact
        self.constants = code.constants.compact
        self.paths = code.paths.compact
        self.names = code.names.compact
        self.keys = code.keys.compact
        self.functions = code.functions.compact
        self.registerCount = code.registerCount
        self.counterCount = code.counterCount
        self.tables = code.tables.compact
        self.result = result
        self.resultShape = resultShape
        self.isPurePath = isPurePath
    }

    private init(_ other: FEELProgram) {
        text = other.text
        instructions = other.instructions
        ranges = other.ranges
        constants = other.constants
        paths = other.paths
        names = other.names
        keys = other.keys
        functions = other.functions
        registerCount = other.registerCount
        counterCount = other.counterCount
        tables = other.tables
        result = other.result
        resultShape = nil
        isPurePath = other.isPurePath
    }

    /// The same program without ``resultShape``, which only compiling needs: it holds on to what the contract says.
    public var withoutShape: FEELProgram { resultShape == nil ? self : FEELProgram(self) }

    /// Runs the program. It never fails: what cannot be computed is null, and `roots` are told why.
    public func evaluate(_ roots: any FEELRoots) -> Value {
        if let constant { return constant }
        return withUnsafeTemporaryAllocation(of: Value.self, capacity: registerCount) { registers in
            registers.initialize(repeating: .null)
            defer { registers.deinitialize() }
            if counterCount == 0 { return run(roots, registers, UnsafeMutableBufferPointer(start: nil, count: 0)) }
            return withUnsafeTemporaryAllocation(of: Int.self, capacity: counterCount) { counters in
                counters.initialize(repeating: 0)
                return run(roots, registers, counters)
            }
        }
    }

    private func run(
        _ roots: any FEELRoots, _ registers: UnsafeMutableBufferPointer<Value>,
        _ counters: UnsafeMutableBufferPointer<Int>
    ) -> Value {
        var machine = Machine(program: self, roots: roots, registers: registers, counters: counters)
        return machine.run()
    }
}

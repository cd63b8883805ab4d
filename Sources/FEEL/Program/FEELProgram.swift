public import Contracts
public import Documents

/// A compiled expression: a flat list of instructions over registers, shared by all loops.
///
/// It holds no state; running it needs room for its registers only, which lies on the stack.
public final class FEELProgram: Sendable {
    /// The text it was compiled from.
    public let text: String
    /// What it reads, each path once.
    public let dependencies: [FEELDependency]
    /// Indices of the tables it calls.
    public let tables: [Int]
    /// The shape of its value as far as the contracts tell; nil when nothing is known.
    public let resultShape: Shape?
    /// The value, when it is the same for every call.
    public let constant: Value?
    /// When the whole expression is a path, its root and its steps, so that it can be copied without being run.
    public let purePath: (root: Int, steps: [String])?
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

    init(
        text: String, code: consuming CodeBuilder, result: Operand, resultShape: Shape?,
        purePath: (root: Int, steps: [String])?
    ) {
        self.text = text
        self.instructions = code.instructions
        self.ranges = code.ranges
        self.constants = code.constants
        self.paths = code.paths
        self.names = code.names
        self.keys = code.keys
        self.functions = code.functions
        self.registerCount = code.registerCount
        self.counterCount = code.counterCount
        self.tables = code.tables
        self.result = result
        self.resultShape = resultShape
        self.purePath = purePath
        self.constant = code.instructions.isEmpty ? code.constant(result) : nil as Value?
        var dependencies: [FEELDependency] = []
        for path in code.paths {
            let dependency = FEELDependency(slot: path.slot, path: path.steps.map(\.name))
            if !dependencies.contains(dependency) { dependencies.append(dependency) }
        }
        self.dependencies = dependencies
    }

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

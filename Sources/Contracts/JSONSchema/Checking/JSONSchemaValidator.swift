internal import Documents

/// Checks messages by a compiled JSON Schema.
struct JSONSchemaValidator: MessageValidator {
    let program: SchemaProgram

    var engine: ValidationEngine { .compiled }

    func validate(
        _ document: Document, at node: Int, source: UnsafeRawBufferPointer, _ scratch: ValidationScratch
    ) -> Bool {
        if !scratch.violations.isEmpty { scratch.violations.removeAll(keepingCapacity: true) }
        guard node >= 0, node < document.count else {
            scratch.violations = [
                Violation(pointer: "", keyword: "type", message: "the message is empty", actual: "nothing")
            ]
            return false
        }
        let program = program
        // The memory moves into the run and back, so that it has one owner and is never copied.
        let budget = SchemaRun.budget(program, nodes: document.count)
        var run = SchemaRun(program, document, scratch.takeSchemaMemory(), steps: budget)
        if run.check(program.root, node, tracks: false), !run.isExhausted {
            scratch.giveBack(run.scratch)
            return true
        }
        run.scratch.reset()
        let isExhausted = run.isExhausted
        run.steps = isExhausted ? -1 : budget
        run.depth = 0
        var explainer = SchemaExplainer(run, document, limit: max(1, scratch.limit))
        scratch.violations = explainer.explain(root: program.root, at: node)
        scratch.giveBack(explainer.run.scratch)
        return false
    }
}

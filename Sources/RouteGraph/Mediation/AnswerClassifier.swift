import Documents
import FEEL

/// Decides whether a partner's answer is an error, and finds the row of the error table that answers it.
struct AnswerClassifier {
    let call: Call
    let plan: MediationPlan
    let scope: CallScope
    private(set) var partnerCode: String?

    init(call: Call, plan: MediationPlan, scope: CallScope) {
        self.call = call
        self.plan = plan
        self.scope = scope
        scope.tables = plan.response?.tables ?? plan.request?.tables ?? []
        if plan.isSOAP, scope.bodyRoot >= 0 { scope.fault = SOAPFault.read(call.partnerBody, scope.bodyRoot) }
        if scope.bodyRoot >= 0, let program = plan.errors?.partnerCode {
            let value = program.evaluate(scope)
            if value != .null { partnerCode = ValueWriter.text(value) }
        }
    }

    /// The row for an answer that is an error; nil when the answer is a success.
    func errorRow(unreadable: Bool) -> ErrorRowPlan? {
        let status = call.partnerStatus
        let succeeds = (200..<300).contains(status)
        guard let table = plan.errors else {
            guard !succeeds || scope.fault != nil else { return nil }
            if plan.response == nil, scope.fault == nil { return nil }
            var row = ErrorRowPlan(
                origin: "no error table",
                failure: Failure(
                    "partner-error", .partner, status: 502, title: "The partner answered with an error",
                    detail: scope.fault == nil ? "Its status is \(status)." : nil))
            row.isOtherwise = true
            return row
        }
        if succeeds, unreadable { return row(table, transport: .invalidResponse) }
        if succeeds, scope.fault == nil {
            // With `success:` the partner's code decides; without it, a code that a row names is an error.
            if let success = table.success {
                guard let partnerCode, !success.contains(partnerCode) else { return nil }
            } else {
                return table.rows.first { !$0.isOtherwise && !$0.partnerCodes.isEmpty && matches($0, transport: nil) }
            }
        }
        return row(table, transport: nil)
    }

    /// The first row whose conditions hold.
    func row(_ table: ErrorTablePlan, transport: TransportFailure?) -> ErrorRowPlan? {
        table.rows.first { matches($0, transport: transport) }
    }

    private func matches(_ row: ErrorRowPlan, transport: TransportFailure?) -> Bool {
        if row.isOtherwise { return true }
        if !row.transports.isEmpty {
            guard let transport, row.transports.contains(transport) else { return false }
        }
        if !row.faults.isEmpty {
            guard let fault = scope.fault else { return false }
            guard row.faults.contains(where: { Glob.matches($0, fault.code) || Glob.matches($0, fault.text) }) else {
                return false
            }
        }
        if !row.partnerCodes.isEmpty {
            guard let partnerCode, row.partnerCodes.contains(where: { Glob.matches($0, partnerCode) }) else {
                return false
            }
        }
        if !row.statuses.isEmpty {
            let status = call.partnerStatus
            guard transport == nil, row.statuses.contains(where: { $0.low <= status && status <= $0.high }) else {
                return false
            }
        }
        if let when = row.when, when.evaluate(scope) != .boolean(true) { return false }
        return true
    }
}

/// Reads a SOAP fault: 1.1 (section 4.4) has `faultcode` and `faultstring`, 1.2 (part 1, section 5.4) `Code` and `Reason`.
enum SOAPFault {
    static func read(_ document: Document, _ node: Int) -> (code: String, text: String)? {
        guard node >= 0, String(decoding: document.name(node), as: UTF8.self) == "Fault" else { return nil }
        func text(_ path: [String]) -> String? {
            let found = DocumentPath.node(document, node, path)
            return found < 0 ? nil : String(decoding: document.text(found), as: UTF8.self)
        }
        let rawCode = text(["faultcode"]) ?? text(["Code", "Subcode", "Value"]) ?? text(["Code", "Value"]) ?? ""
        let code = rawCode.split(separator: ":", maxSplits: 1).last.map(String.init) ?? rawCode
        return (trimmed(code), trimmed(text(["faultstring"]) ?? text(["Reason", "Text"]) ?? ""))
    }

    private static func trimmed(_ text: String) -> String {
        var slice = text[...]
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}

/// Patterns in which `*` stands for any text.
enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        guard pattern.utf8.contains(0x2A) else { return pattern == text }
        let p = Array(pattern.utf8)
        let t = Array(text.utf8)
        var i = 0
        var j = 0
        var star = -1
        var mark = 0
        while j < t.count {
            if i < p.count, p[i] == 0x2A {
                star = i
                mark = j
                i += 1
            } else if i < p.count, p[i] == t[j] {
                i += 1
                j += 1
            } else if star >= 0 {
                i = star + 1
                mark += 1
                j = mark
            } else {
                return false
            }
        }
        while i < p.count, p[i] == 0x2A { i += 1 }
        return i == p.count
    }
}

import Diagnostics
import FEEL
import RouteGraph

/// An error-mapping table to rows that are tried in order.
enum ErrorTableLowering {
    static func run(
        _ table: ParsedErrorTable, _ scope: ExpressionScope, isSOAP: Bool, _ context: inout CompileContext
    ) -> ErrorTablePlan? {
        let errors = context.sink.errorCount
        var rows: [ErrorRowPlan] = []
        let feel = scope.feel
        var partnerCode: TextPlan?
        if let expression = table.partnerCode { partnerCode = ExpressionLowering.text(expression, feel, &context) }
        for row in table.errors where !row.isPoisoned {
            check(row, table, isSOAP: isSOAP, &context)
            if let plan = lower(row, feel, &context) { rows.append(plan) }
        }
        reachability(table, &context)
        guard context.sink.errorCount == errors, !table.isPoisoned else { return nil }
        var program: FEELProgram?
        if case .program(let found)? = partnerCode { program = found }
        return ErrorTablePlan(
            rows: rows, partnerCode: program,
            success: table.success.isEmpty ? nil : table.success.map(\.value))
    }

    private static func lower(
        _ row: ParsedErrorRow, _ scope: FEELScope, _ context: inout CompileContext
    ) -> ErrorRowPlan? {
        let status = row.status?.value ?? 502
        let code = row.code?.value ?? "partner-error"
        var plan = ErrorRowPlan(
            origin: context.origin(row.span),
            failure: Failure(
                code, row.category?.value ?? category(row), status: status, retry: row.retry?.value ?? .never,
                title: title(code)))
        plan.faults = row.fault.map(\.value)
        plan.partnerCodes = row.partner.map(\.value)
        plan.statuses = row.http.map {
            ErrorRowPlan.StatusRange(low: $0.value.range.lowerBound, high: $0.value.range.upperBound)
        }
        plan.transports = row.transport.map(\.value)
        plan.isOtherwise = row.otherwise?.value ?? false
        if let when = row.when {
            guard let program = ExpressionLowering.condition(when, scope, &context) else { return nil }
            plan.when = program
        }
        plan.title = ExpressionLowering.text(row.title, scope, &context)
        plan.detail = ExpressionLowering.text(row.detail, scope, &context)
        if case .constant(let text)? = plan.title {
            plan.failure.title = text
            plan.title = nil
        }
        if case .constant(let text)? = plan.detail {
            plan.failure.detail = text
            plan.detail = nil
        }
        return plan
    }

    private static func category(_ row: ParsedErrorRow) -> FailureCategory {
        guard let transport = row.transport.first?.value else { return .partner }
        switch transport {
        case .timeout: return .timeout
        case .circuitOpen: return .circuit
        case .queueFull: return .concurrency
        default: return .transport
        }
    }

    /// `insufficient-funds` reads as `Insufficient funds`.
    private static func title(_ code: String) -> String {
        let words = code.replacing("-", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func check(
        _ row: ParsedErrorRow, _ table: ParsedErrorTable, isSOAP: Bool, _ context: inout CompileContext
    ) {
        if !isSOAP, let fault = row.fault.first {
            context.sink.add(
                Diagnostic(
                    "WB3314", "`fault` is for SOAP partners", at: fault.span,
                    "this partner's answers have no SOAP faults",
                    help: "match its answers by `http:`, `partner:` or `when:`"))
        }
        if table.partnerCode == nil, let partner = row.partner.first {
            context.sink.add(
                Diagnostic(
                    "WB3315", "nothing says where the partner puts its code", at: partner.span,
                    "`partner:` compares that code",
                    help: "add `partner-code: …` with the code's path at the head of the table"))
        }
    }

    /// The last row must be `otherwise`, and no row may stand where an earlier one has taken everything.
    private static func reachability(_ table: ParsedErrorTable, _ context: inout CompileContext) {
        guard !table.errors.isEmpty else { return }
        if let last = table.errors.last, !last.isPoisoned,
            !table.errors.contains(where: { $0.otherwise?.value == true })
        {
            context.sink.add(
                Diagnostic(
                    "WB3312", "the last row is not `otherwise`", at: last.span.firstByte,
                    "an error that no row names has no answer",
                    help: "add `- { otherwise: true, status: 502, code: partner-error, retry: never }`"))
        }
        for (index, row) in table.errors.enumerated() {
            guard let earlier = table.errors[..<index].first(where: { covers($0, row) }) else { continue }
            context.sink.add(
                Diagnostic(
                    "WB3311", "this row can never match", at: row.span.firstByte,
                    "everything it names is taken already",
                    secondary: [Label(earlier.span.firstByte, "by this row")],
                    help: "move it up, or delete it"))
        }
    }

    /// Whether `first` matches whatever `second` matches.
    private static func covers(_ first: ParsedErrorRow, _ second: ParsedErrorRow) -> Bool {
        if first.isPoisoned || second.isPoisoned { return false }
        if first.otherwise?.value == true { return true }
        if first.when != nil || second.otherwise?.value == true { return false }
        if !first.transport.isEmpty {
            guard !second.transport.isEmpty,
                second.transport.allSatisfy({ s in first.transport.contains { $0.value == s.value } })
            else { return false }
        }
        if !first.http.isEmpty {
            guard !second.http.isEmpty,
                second.http.allSatisfy({ s in
                    first.http.contains {
                        $0.value.range.lowerBound <= s.value.range.lowerBound
                            && s.value.range.upperBound <= $0.value.range.upperBound
                    }
                })
            else { return false }
        }
        if !first.partner.isEmpty {
            guard !second.partner.isEmpty,
                second.partner.allSatisfy({ s in first.partner.contains { $0.value == s.value } })
            else { return false }
        }
        if !first.fault.isEmpty {
            guard !second.fault.isEmpty,
                second.fault.allSatisfy({ s in first.fault.contains { $0.value == s.value || $0.value == "*" } })
            else { return false }
        }
        return true
    }
}

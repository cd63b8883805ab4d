import Contracts
public import Documents
import FEEL

/// Does the mediation of calls: reads bodies, applies rules, maps, maps back, turns failures into answers.
///
/// One object per event loop; every method is synchronous, does no I/O and knows no transport. Results stand in ``head`` and
/// ``body`` until the next method is called.
public final class Mediator {
    /// The head of what is to be sent next: complete lines, without the final empty one.
    public let head = ByteWriter(capacity: 2048)
    /// The body of what is to be sent next.
    public let body = ByteWriter(capacity: 8192)
    /// Set by `explain`.
    public var trace: MediationTrace?

    private var correlation: Correlation
    let scope: CallScope
    private let validation = ValidationScratch()
    private var date = DateField()
    private var slots: UnsafeMutablePointer<Int32>
    private var slotCapacity = 64

    public init(seed: UInt64 = 0) {
        correlation = Correlation(seed: seed)
        scope = CallScope(Call())
        slots = .allocate(capacity: slotCapacity)
    }

    deinit { slots.deallocate() }

    /// Gives the call its correlation ID and trace context.
    public func correlate(_ call: Call) {
        correlation.assign(to: call)
    }

    // MARK: Way out

    /// Reads the consumer's body, applies the rules and maps it. Then ``head`` and ``body`` hold the partner's request.
    /// - Returns: what refuses the call, if anything does.
    public func request(_ call: Call, body input: UnsafeRawBufferPointer) -> Failure? {
        guard let operation = call.operation, let plan = operation.mediation, let graph = call.graph else {
            return .notFound()
        }
        head.clear()
        body.clear()
        prepare(call, answer: false)
        call.requestBytes = input.count
        call.capture(.request, input)
        if let failure = read(call, plan, input, limits: graph.settings.limits) { return failure }
        call.finish(.read, at: Clock.monotonic())
        if let contract = plan.requestContract {
            let failure = validate(call, contract, input)
            call.finish(.validate, at: Clock.monotonic())
            if let failure { return failure }
        }
        let refusal = decide(plan)
        call.finish(.decide, at: Clock.monotonic())
        if let refusal { return refusal }
        if let mapping = plan.request {
            if let failure = map(mapping) {
                return Failure(
                    "mapping-failed", .mapping, status: 422,
                    title: "The request cannot be mapped to the partner's message",
                    violations: [failure])
            }
        } else if plan.forwardsBody {
            body.write(input.bindMemory(to: UInt8.self).baseAddress ?? UnsafePointer(body.base), input.count)
        }
        let failure = writeCall(call, plan, graph.upstreams[operation.upstream])
        call.sentBytes = body.count
        call.capture(.partnerRequest, body.bytes)
        call.finish(.map, at: Clock.monotonic())
        return failure
    }

    private func read(_ call: Call, _ plan: MediationPlan, _ input: UnsafeRawBufferPointer, limits: Limits) -> Failure?
    {
        // A facade has read it to find the operation.
        if call.service != nil, call.hasRequestBody {
            scope.bodyRoot = SOAPBody.root(of: call.requestBody)
            return nil
        }
        call.hasRequestBody = false
        guard input.count > 0 else {
            let needsBody = call.head.method != .get && call.head.method != .head && call.head.method != .delete
            if plan.request != nil, needsBody { return .badRequest("The request has no body.") }
            return nil
        }
        if let type = call.head.value(of: .contentType), !MediaType.matches(type, plan.accepts) {
            return .unsupportedMediaType("This operation reads \(MediaType.name(plan.accepts)).")
        }
        let documentLimits = DocumentLimits(bytes: max(limits.body, 1 << 20), depth: limits.depth)
        do throws(DocumentError) {
            switch plan.accepts {
            case .json: try call.requestBody.parseJSON(input, limits: documentLimits)
            case .xml: try call.requestBody.parseXML(input, limits: documentLimits)
            case .form: try call.requestBody.parseForm(input, limits: documentLimits)
            }
        } catch {
            return .badRequest("Line \(error.line), column \(error.column): \(error.message)")
        }
        call.hasRequestBody = true
        scope.bodyRoot = SOAPBody.root(of: call.requestBody)
        return nil
    }

    /// Holds the consumer's body against its contract.
    private func validate(
        _ call: Call, _ contract: any MessageValidator, _ input: UnsafeRawBufferPointer
    ) -> Failure? {
        guard call.hasRequestBody, scope.bodyRoot >= 0 else { return nil }
        let isValid = contract.validate(call.requestBody, at: scope.bodyRoot, source: input, validation)
        trace?.validated(isAnswer: false, isValid ? [] : validation.violations)
        if isValid { return nil }
        return Failure(
            "contract-violated", .contract, status: 422, title: "The request does not keep to its contract",
            detail: validation.violations.first?.message, violations: validation.violations)
    }

    private func decide(_ plan: MediationPlan) -> Failure? {
        for rule in plan.rules {
            let held = rule.when.evaluate(scope) == .boolean(true)
            trace?.checked(rule, held)
            if held {
                var failure = rule.failure
                if let title = text(rule.title) { failure.title = title }
                if let detail = text(rule.detail) { failure.detail = detail }
                return failure
            }
        }
        return nil
    }

    /// The violation that ended the mapping, or nil.
    private func map(_ mapping: MappingPlan) -> Violation? {
        if mapping.paths.slotCount > slotCapacity {
            slots.deallocate()
            slotCapacity = mapping.paths.slotCount * 2
            slots = .allocate(capacity: slotCapacity)
        }
        scope.tables = mapping.tables
        var runner = MappingRunner(mapping, scope, body, slots, trace)
        if runner.run() { return nil }
        guard let (row, reason) = runner.failure else {
            return Violation(pointer: "", keyword: "mapping", message: "the mapping failed")
        }
        let target = mapping.labels[row].target
        return Violation(
            pointer: target, keyword: "mapping", message: "\(target): \(reason) (\(mapping.origin(ofRow: row)))")
    }

    private func writeCall(_ call: Call, _ plan: MediationPlan, _ upstream: UpstreamPlan) -> Failure? {
        let out = plan.call
        head.write(out.method)
        head.write(" ")
        if let failure = writeTarget(out.path, out.query, upstream.basePath) { return failure }
        head.write(" HTTP/1.1\r\nHost: ")
        head.write(upstream.hostHeader)
        head.write("\r\n")
        if let type = out.contentType, body.count > 0 || plan.request != nil {
            head.write("Content-Type: ")
            head.write(type)
            head.write("\r\n")
        }
        if let action = out.soapAction {
            head.write("SOAPAction: \"")
            head.write(action)
            head.write("\"\r\n")
        }
        if let accept = out.accept {
            head.write("Accept: ")
            head.write(accept)
            head.write("\r\n")
        }
        if let failure = writeFields(out.headers) { return failure }
        if let credentials = out.credentials { head.write(credentials.revealed) }
        CorrelationFields.write(call, into: head)
        ViaField.write(call.head, into: head)
        if body.count > 0 || out.method == "POST" || out.method == "PUT" || out.method == "PATCH" {
            head.write("Content-Length: ")
            head.writeInteger(body.count)
            head.write("\r\n")
        }
        return nil
    }

    /// Writes the declared fields. A value that would end its line is refused: it could begin a field, or a message, of its own.
    private func writeFields(_ fields: [(name: String, value: TextPlan)]) -> Failure? {
        for (name, value) in fields {
            guard let value = text(value) else { continue }
            guard HeaderText.isSafe(value) else {
                return Failure(
                    "mapping-failed", .mapping, status: 422,
                    title: "The request cannot be mapped to the partner's message",
                    violations: [
                        Violation(
                            pointer: name, keyword: "header", message: "\(name): the value cannot stand in a header")
                    ])
            }
            head.write(name)
            head.write(": ")
            head.write(value)
            head.write("\r\n")
        }
        return nil
    }

    private func writeTarget(
        _ path: [PathPiece], _ query: [QueryPlan], _ basePath: String
    ) -> Failure? {
        head.write(basePath)
        let start = head.count
        var isConstant = true
        for piece in path {
            switch piece {
            case .literal(let text): head.write(text)
            case .expression(let program):
                guard let text = ValueWriter.text(program.evaluate(scope)), !text.isEmpty else {
                    return Self.noPath("A value of the path is missing.")
                }
                encode(text)
                isConstant = false
            }
        }
        if !isConstant, DotSegments.occur(head.base, start, head.count) {
            return Self.noPath("A value would make it lead elsewhere.")
        }
        if head.count == start, basePath.isEmpty { head.write("/") }
        var writer = QueryWriter(head)
        for parameter in query {
            switch parameter.value {
            case .constant(let text): writer.add(parameter.name, .string(text), parameter.style)
            case .program(let program): writer.add(parameter.name, program.evaluate(scope), parameter.style)
            }
        }
        return nil
    }

    @inline(never)
    private static func noPath(_ detail: String) -> Failure {
        Failure("mapping-failed", .mapping, status: 422, title: "The partner's path cannot be made", detail: detail)
    }

    private func encode(_ text: String) {
        var text = text
        text.withUTF8 { if let base = $0.baseAddress { head.writePercentEncoded(base, $0.count) } }
    }

    // MARK: Passing through

    /// Writes the partner's request head for a body that is streamed.
    public func passThroughRequestHead(_ call: Call) -> Failure? {
        guard let operation = call.operation, let graph = call.graph else { return .notFound() }
        head.clear()
        body.clear()
        prepare(call, answer: false)
        PassThrough.writeMethod(call, operation, head)
        if let path = operation.passThroughPath {
            if let failure = writeTarget(path, [], graph.upstreams[operation.upstream].basePath) { return failure }
            if call.head.targetCount > call.head.pathCount {
                head.write(
                    UnsafePointer(call.head.bytes) + call.head.targetStart + call.head.pathCount,
                    call.head.targetCount - call.head.pathCount)
            }
        } else {
            head.write(graph.upstreams[operation.upstream].basePath)
            head.write(UnsafePointer(call.head.bytes) + call.head.targetStart, call.head.targetCount)
        }
        head.write(" HTTP/1.1\r\nHost: ")
        head.write(graph.upstreams[operation.upstream].hostHeader)
        head.write("\r\n")
        PassThrough.copyRequestFields(
            call.head, except: operation.passThroughOwnFields, graph.consumerFields, head)
        if let failure = writeFields(operation.passThroughHeaders) { return failure }
        if let credentials = operation.passThroughCredentials { head.write(credentials.revealed) }
        CorrelationFields.write(call, into: head)
        ViaField.write(call.head, into: head)
        PassThrough.writeFraming(call.head.framing, head)
        return nil
    }

    /// Writes the consumer's response head from the partner's, for a body that is streamed.
    public func passThroughResponseHead(_ call: Call) {
        head.clear()
        body.clear()
        StatusLine.write(call.partnerHead.status, into: head)
        let hasDate = PassThrough.copyResponseFields(call.partnerHead, head)
        if !hasDate { date.write(into: head) }
        CorrelationFields.write(call, into: head)
        ViaField.write(call.partnerHead, into: head)
        call.status = call.partnerHead.status
        call.partnerStatus = call.partnerHead.status
        call.outcome = call.partnerHead.status >= 500 ? .partnerFailed : .answered
        // A body that ends with the connection is handed on in chunks (RFC 9112, section 6.3).
        PassThrough.writeFraming(call.partnerHead.framing, head)
    }

    // MARK: Way back

    /// Turns the partner's answer into the consumer's: mapped back, or by the error table.
    public func response(_ call: Call, body input: UnsafeRawBufferPointer) {
        guard let operation = call.operation, let plan = operation.mediation, let graph = call.graph else {
            return fail(call, .notFound())
        }
        head.clear()
        body.clear()
        call.partnerStatus = call.partnerHead.status
        call.receivedBytes = input.count
        call.capture(.partnerAnswer, input)
        prepare(call, answer: true)
        call.hasPartnerBody = false
        scope.bodyRoot = -1
        var unreadable: String?
        // An error that goes on as it is belongs to no contract.
        let isChecked = plan.answerContract != nil && (plan.response != nil || 200..<300 ~= call.partnerStatus)
        if input.count > 0, plan.response != nil || plan.errors != nil || plan.isSOAP || isChecked {
            unreadable = readAnswer(call, plan, input, graph.settings.limits)
        }
        call.finish(.readAnswer, at: Clock.monotonic())
        if unreadable != nil, (200..<300).contains(call.partnerStatus) { call.hasLostAnswer = true }
        let answers = AnswerClassifier(call: call, plan: plan, scope: scope)
        if let row = answers.errorRow(unreadable: unreadable != nil) {
            return answer(call, row, answers.partnerCode)
        }
        if unreadable != nil { return transport(call, .invalidResponse) }
        if isChecked, let contract = plan.answerContract, call.hasPartnerBody, scope.bodyRoot >= 0 {
            let isValid = contract.validate(call.partnerBody, at: scope.bodyRoot, source: input, validation)
            trace?.validated(isAnswer: true, isValid ? [] : validation.violations)
            call.finish(.validateAnswer, at: Clock.monotonic())
            if !isValid {
                call.partnerViolations = validation.violations
                return transport(call, .invalidResponse)
            }
        }
        if plan.facade?.isOneWay == true { return accepted(call) }
        let isSOAP12 = call.service != nil && call.serviceVersion == .v12
        guard let mapping = isSOAP12 ? plan.facade?.response12 : plan.response else {
            return relay(call, plan, input)
        }
        if scope.bodyRoot < 0, mapping.rows.isEmpty == false, input.count == 0 {
            return transport(call, .invalidResponse)
        }
        if let violation = map(mapping) {
            return fail(
                call,
                Failure(
                    "partner-answer-unusable", .partner, status: 502, title: "The partner's answer cannot be mapped",
                    violations: [violation]))
        }
        StatusLine.write(plan.responseStatus, into: head)
        head.write("Content-Type: ")
        head.write(isSOAP12 ? "application/soap+xml; charset=utf-8" : plan.responseContentType)
        head.write("\r\n")
        finishAnswer(call, plan.responseStatus)
    }

    private func readAnswer(
        _ call: Call, _ plan: MediationPlan, _ input: UnsafeRawBufferPointer, _ limits: Limits
    ) -> String? {
        let documentLimits = DocumentLimits(bytes: max(limits.body, 1 << 20), depth: limits.depth)
        do throws(DocumentError) {
            switch plan.partnerFormat {
            case .json: try call.partnerBody.parseJSON(input, limits: documentLimits)
            case .xml: try call.partnerBody.parseXML(input, limits: documentLimits)
            case .form: try call.partnerBody.parseForm(input, limits: documentLimits)
            }
        } catch {
            return error.message
        }
        if plan.isSOAP, call.partnerBody.soapVersion == nil { return "no SOAP envelope" }
        call.hasPartnerBody = true
        scope.bodyRoot = SOAPBody.root(of: call.partnerBody)
        return nil
    }

    /// Hands the partner's body on as it is.
    private func relay(_ call: Call, _ plan: MediationPlan, _ input: UnsafeRawBufferPointer) {
        body.write(input.bindMemory(to: UInt8.self).baseAddress ?? UnsafePointer(body.base), input.count)
        StatusLine.write(call.partnerHead.status, into: head)
        if let type = call.partnerHead.value(of: .contentType), let base = type.baseAddress {
            head.write("Content-Type: ")
            head.write(base, type.count)
            head.write("\r\n")
        }
        finishAnswer(call, call.partnerHead.status)
    }

    func finishAnswer(_ call: Call, _ status: Int) {
        date.write(into: head)
        CorrelationFields.write(call, into: head)
        if status == 204 || status == 304 {
            body.clear()
        } else {
            head.write("Content-Length: ")
            head.writeInteger(body.count)
            head.write("\r\n")
        }
        call.status = status
        call.responseBytes = body.count
        call.capture(.answer, body.bytes)
        call.outcome = .answered
        call.finish(.mapBack, at: Clock.monotonic())
    }

    // MARK: Failures

    /// Answers for a partner that gave no usable response, by the operation's error table.
    public func transport(_ call: Call, _ failure: TransportFailure) {
        call.hasLostAnswer = true
        prepare(call, answer: true)
        scope.bodyRoot = -1
        guard let plan = call.operation?.mediation, let table = plan.errors else {
            return fail(call, .transport(failure))
        }
        let answers = AnswerClassifier(call: call, plan: plan, scope: scope)
        guard let row = answers.row(table, transport: failure) else { return fail(call, .transport(failure)) }
        answer(call, row, nil)
    }

    private func answer(_ call: Call, _ row: ErrorRowPlan, _ partnerCode: String?) {
        trace?.answered(by: row)
        var failure = row.failure
        failure.partnerCode = partnerCode
        if let title = text(row.title) { failure.title = title }
        if let detail = text(row.detail) { failure.detail = detail }
        fail(call, failure)
        call.outcome = .partnerFailed
    }

    /// Answers with problem details.
    public func fail(_ call: Call, _ failure: Failure) {
        head.clear()
        body.clear()
        ProblemWriter.write(failure, call, into: body)
        ProblemWriter.writeHead(failure, bodyCount: body.count, call, into: head)
        date.write(into: head)
        call.failure = failure
        call.status = ProblemWriter.status(failure, call)
        call.responseBytes = body.count
        call.capture(.answer, body.bytes)
        switch failure.category {
        case .transport, .timeout, .partner, .circuit: call.outcome = .partnerFailed
        default: call.outcome = .refused
        }
    }

    // MARK: Text

    func prepare(_ call: Call, answer: Bool) {
        scope.call = call
        scope.readsAnswer = answer
        scope.item = .none
        scope.itemIndex = 0
        scope.fault = nil
        scope.bodyRoot = answer ? -1 : (call.hasRequestBody ? SOAPBody.root(of: call.requestBody) : -1)
    }

    private func text(_ plan: TextPlan?) -> String? {
        switch plan {
        case nil: return nil
        case .constant(let text): return text
        case .program(let program):
            let value = program.evaluate(scope)
            return value == .null ? nil : ValueWriter.text(value)
        }
    }
}

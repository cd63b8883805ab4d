import Contracts
import Diagnostics
import Documents
import FEEL
import RouteGraph

/// One operation to what runs between its two bodies.
struct MediationLowering {
    let site: PartnerSite
    let operation: ParsedOperation
    let name: Located<String>
    let parameters: [String]

    /// Without contracts, mappings, rules and error rows, and with a protocol that needs no envelope, bytes pass through.
    var isMediated: Bool {
        operation.request?.map != nil || operation.request?.rules != nil || operation.response?.map != nil
            || operation.request?.contract != nil || operation.response?.contract != nil
            || operation.errors != nil || site.protocol.isSOAP || operation.accept?.service != nil
    }

    func run(_ context: inout CompileContext) -> MediationPlan? {
        let errors = context.sink.errorCount
        let soap = soapOperation(&context)
        let http = httpCall(&context)
        let requestMapping = operation.request?.map.flatMap { mapping($0, &context) }
        var responseMapping = operation.response?.map.flatMap { mapping($0, &context) }
        if let way = operation.request?.map, let back = operation.response?.map, way.value == back.value {
            context.sink.add(
                Diagnostic(
                    "WB2006", "one mapping is named for request and response", at: back.span, "the response's mapping",
                    secondary: [Label(way.span, "the request's mapping")],
                    help: "each way has a mapping of its own: name the one that reads the partner's answer"))
            responseMapping = nil
        }
        // Read even where the mapping names its own, so that a wrong name is found.
        let facade = FacadeLowering.operation(self.operation, &context)
        let declaredRequest =
            operation.request?.contract.flatMap { shape($0, isAnswer: false, .json, &context) } ?? facade?.request
        let declaredResponse =
            operation.response?.contract.flatMap { shape($0, isAnswer: true, .json, &context) } ?? facade?.response
        if let http, let map = operation.request?.map { http.checkBody(site.contentFormat, mapping: map, &context) }
        let requestContract =
            requestMapping?.from.flatMap { shape($0, isAnswer: false, .json, &context) } ?? declaredRequest
        var requestScope = ExpressionScope(body: requestContract?.root, parameters: parameters)
        // A GET has no body: what is no parameter is a mistake.
        if requestContract == nil, let method = operation.accept?.method.value, method == "GET" || method == "HEAD" {
            requestScope.body = .object([])
        }

        var plan: MappingPlan?
        if let requestMapping {
            let target =
                requestMapping.to.flatMap { shape($0, isAnswer: false, site.contentFormat, &context) }
                ?? soap.map { operation in
                    Contract(
                        root: operation.input?.shape ?? .any, rootElement: operation.input?.elementName, soap: operation
                    )
                } ?? http?.operation.requestContract(site.contentFormat)
            let targetSOAP = target?.soap ?? soap
            plan = MappingLowering.run(
                requestMapping,
                MappingSite(
                    scope: requestScope, sourceFormat: requestContract?.rootElement == nil ? .json : .xml,
                    sourceIsSOAP: facade != nil, targetFormat: site.format, target: target?.root,
                    rootElement: target?.rootElement ?? element(&context),
                    soap: site.protocol.isSOAP
                        ? .of(site.protocol == .soap12 ? .v12 : .v11, headers: targetSOAP?.inputHeaders ?? []) : nil,
                    namespaces: site.namespaces),
                &context)
        } else if site.protocol.isSOAP, operation.request?.map == nil {
            context.sink.add(
                Diagnostic(
                    "WB4002", "operation `\(name.value)` calls a SOAP partner without a request mapping", at: name.span,
                    "nothing says what goes into the envelope", help: "add `request: { map: mappings/… }`"))
        }
        for table in requestMapping?.tables ?? [] {
            if let found = context.table(table.name.value, table.value) {
                requestScope.tables.append((table.name.value, found.reverse != nil, Set(found.forward.keys)))
            }
        }
        let rules = rules(requestScope, &context)
        let idempotency = IdempotencyLowering.run(operation, requestScope, site.endpoint, &context)

        let answerContract =
            responseMapping?.from.flatMap { shape($0, isAnswer: true, site.contentFormat, &context) }
            ?? soap.flatMap { site.wsdl?.response($0) } ?? http?.operation.responseContract(site.contentFormat)
        let answerScope = ExpressionScope(
            body: answerContract?.root, isAnswer: true, requestBody: requestContract?.root, parameters: parameters,
            hasFault: site.protocol.isSOAP)
        var response: MappingPlan?
        var facadePlan = facade.map { FacadePlan(response12: nil, isOneWay: $0.isOneWay) }
        var answers = Document.Format.json
        if let responseMapping {
            let target = responseMapping.to.flatMap { shape($0, isAnswer: true, .json, &context) } ?? declaredResponse
            if target?.rootElement != nil { answers = .xml }
            var site = MappingSite(
                scope: answerScope, sourceFormat: site.format, sourceIsSOAP: site.protocol.isSOAP,
                targetFormat: answers, target: target?.root, rootElement: target?.rootElement)
            if let facade { site.soap = .of(.v11, headers: facade.operation.outputHeaders) }
            response = MappingLowering.run(responseMapping, site, &context)
            if let facade, response != nil {
                // The same rows once more, with the other envelope; what they have to say was said.
                let sink = context.sink
                site.soap = .of(.v12, headers: facade.operation.outputHeaders)
                facadePlan?.response12 = MappingLowering.run(responseMapping, site, &context)
                context.sink = sink
            }
        } else if let facade, !facade.isOneWay, let accept = operation.accept {
            context.sink.add(
                Diagnostic(
                    "WB4002", "operation `\(name.value)` is called by SOAP and has no response mapping",
                    at: accept.span, "nothing says what goes into the answer's envelope",
                    help: "add `response: { map: mappings/… }`"))
        }
        let table = errorTable(answerScope, &context)
        let call = call(requestScope, soap, http, plan, &context)
        guard context.sink.errorCount == errors, let call else { return nil }
        let cache = CacheLowering.run(
            operation, requestScope, site.endpoint,
            mapped: CacheLowering.programs(call, [plan, response, facadePlan?.response12]),
            isOneWay: facade?.isOneWay ?? false, &context)
        noteCheck(
            declaredRequest?.validator == nil ? requestContract : declaredRequest,
            operation.request?.contract ?? (facade == nil ? requestMapping?.from : operation.accept?.service?.contract),
            facade?.operation.name, isAnswer: false, &context)
        if responseMapping == nil {
            noteCheck(declaredResponse, operation.response?.contract, facade?.operation.name, isAnswer: true, &context)
        } else {
            noteCheck(
                answerContract, responseMapping?.from ?? site.endpoint.contract,
                responseMapping?.from == nil ? self.operation.call?.operation?.value : nil, isAnswer: true, &context)
        }
        return MediationPlan(
            accepts: requestContract?.rootElement == nil && facade == nil ? .json : .xml,
            requestContract: declaredRequest?.validator ?? requestContract?.validator, rules: rules, request: plan,
            forwardsBody: plan == nil, call: call, partnerFormat: site.format, isSOAP: site.protocol.isSOAP,
            // An answer that is not mapped is what the consumer gets, so it is held against the consumer's contract.
            answerContract: responseMapping == nil ? declaredResponse?.validator : answerContract?.validator,
            response: response, responseStatus: operation.response?.status?.value ?? 200,
            responseContentType: answers == .json
                ? "application/json" : facade == nil ? "application/xml; charset=utf-8" : "text/xml; charset=utf-8",
            facade: facadePlan, errors: table, idempotency: idempotency, cache: cache)
    }

    /// Keeps what checks a body, for `check --verbose`.
    private func noteCheck(
        _ contract: Contract?, _ path: ParsedContractPath?, _ part: String?, isAnswer: Bool,
        _ context: inout CompileContext
    ) {
        guard let contract, let path else { return }
        let file = path.path.value
        let name = (path.fragment?.value ?? part).map { "\(file)#\($0)" } ?? file
        context.checks.append(
            ContractCheck("\(site.name).\(self.name.value)", isAnswer: isAnswer, contract: name, contract))
    }

    // MARK: Files

    func mapping(_ path: Located<String>, _ context: inout CompileContext) -> ParsedMapping? {
        guard context.require(path, "the mapping") != nil else { return nil }
        if let mapping = context.mapping(path.value) { return mapping }
        wrongKind(path, "a mapping ends in `.map.yaml`", &context)
        return nil
    }

    private func wrongKind(_ path: Located<String>, _ help: String, _ context: inout CompileContext) {
        guard FileKind(path: path.value) == .other || FileKind(path: path.value) == .contract else { return }
        context.sink.add(
            Diagnostic("WB2006", "`\(path.value)` has not the name of such a file", at: path.span, help: help))
    }

    private func rules(_ scope: ExpressionScope, _ context: inout CompileContext) -> [RulePlan] {
        guard let path = operation.request?.rules, context.require(path, "the rules") != nil else { return [] }
        guard let parsed = context.rules(path.value) else {
            wrongKind(path, "rules end in `.rules.yaml`", &context)
            return []
        }
        let feel = scope.feel
        var plans: [RulePlan] = []
        for rule in parsed.rules where !rule.isPoisoned {
            guard let when = rule.when, let reject = rule.reject,
                let program = ExpressionLowering.condition(when, feel, &context)
            else { continue }
            let code = reject.code?.value ?? "rule-refused"
            var failure = Failure(
                code, .rule, status: reject.status?.value ?? 422, retry: reject.retry?.value ?? .never,
                title: rule.name?.value ?? code)
            var title = ExpressionLowering.text(reject.title, feel, &context)
            var detail = ExpressionLowering.text(reject.detail, feel, &context)
            if case .constant(let text)? = title { (failure.title, title) = (text, nil) }
            if case .constant(let text)? = detail { (failure.detail, detail) = (text, nil) }
            plans.append(
                RulePlan(
                    name: rule.name?.value ?? code, origin: context.origin(rule.span), when: program,
                    text: ExpressionLowering.source(when), failure: failure, title: title, detail: detail))
        }
        return plans
    }

    private func errorTable(_ scope: ExpressionScope, _ context: inout CompileContext) -> ErrorTablePlan? {
        guard let path = operation.errors, context.require(path, "the error table") != nil else { return nil }
        guard let parsed = context.errorTable(path.value) else {
            wrongKind(path, "an error table is named `errors.yaml` or ends in `.errors.yaml`", &context)
            return nil
        }
        // One table serves operations with different answers, so its paths are not held against one contract.
        var open = scope
        open.body = nil
        // Without expressions it is the same for all operations of the partner, and one in memory.
        if let known = context.plainErrorTables[path.value] { return known }
        let messages = context.sink.diagnostics.count
        let plan = ErrorTableLowering.run(parsed, open, isSOAP: site.mayBeSOAP, &context)
        if let plan, plan.hasNoPrograms, context.sink.diagnostics.count == messages {
            context.plainErrorTables[path.value] = plan
        }
        return plan
    }

    // MARK: Contracts

    func shape(
        _ path: ParsedContractPath, isAnswer: Bool, _ format: OpenAPIContent.Format,
        _ context: inout CompileContext
    ) -> Contract? {
        guard let document = context.contract(path) else { return nil }
        if let fragment = path.fragment, let part = document.openAPI?.part(named: fragment.value),
            case .operation(let operation) = part
        {
            if isAnswer { return operation.responseContract(format) }
            return operation.takes(format) ? operation.requestContract(format) : operation.requestContract()
        }
        guard document.language == .wsdl, let fragment = path.fragment else { return document.contract }
        let name = fragment.value
        if let contract = isAnswer ? document.response(operation: name) : document.request(operation: name) {
            return contract
        }
        if let element = document.element(named: name) {
            return document.contract(of: element)
        }
        unknownOperation(fragment, document, &context)
        return nil
    }

    private func unknownOperation(
        _ name: Located<String>, _ document: ContractDocument, _ context: inout CompileContext
    ) {
        let names = document.openAPI?.operations.map(\.name) ?? document.operations.map(\.name)
        let near = Spelling.nearest(name.value, in: names)
        context.sink.add(
            Diagnostic(
                "WB2108",
                "the \(document.openAPI == nil ? "WSDL" : "OpenAPI document") has no operation `\(name.value)`",
                at: name.span, "not in \(document.path)",
                help: near.map { "write `\($0)`" } ?? "it has: \(names.prefix(12).joined(separator: ", "))",
                fixIts: near.map { [FixIt(replace: name.span, with: $0)] } ?? []))
    }

    func soapOperation(_ context: inout CompileContext) -> WSDLOperation? {
        guard site.protocol.isSOAP, let wsdl = site.wsdl, let name = operation.call?.operation else { return nil }
        if let found = wsdl.operation(named: name.value, version: site.protocol == .soap12 ? .v12 : .v11)
            ?? wsdl.operation(named: name.value)
        {
            guard let refusal = found.refusal else { return found }
            context.sink.add(
                Diagnostic(
                    "WB3250", "operation `\(name.value)` can't be called", at: name.span, refusal,
                    help: "choose another operation of the contract"))
            return nil
        }
        unknownOperation(name, wsdl, &context)
        return nil
    }

    /// The operation of the endpoint's OpenAPI document that is called.
    func httpCall(_ context: inout CompileContext) -> OpenAPICall? {
        guard !site.protocol.isSOAP, let call = operation.call, let name = call.operation else { return nil }
        guard let document = site.wsdl, let api = document.openAPI else {
            // A contract that can't be read was reported already.
            if site.wsdl != nil || site.endpoint.contract == nil {
                context.sink.add(
                    Diagnostic(
                        "WB4002", "nothing says what the operation `\(name.value)` is", at: name.span,
                        "the endpoint has no OpenAPI contract",
                        help: "write `contract: …openapi.yaml` below `endpoint`, or `method` and `path` here"))
            }
            return nil
        }
        guard let found = api.operation(named: name.value) else {
            unknownOperation(name, document, &context)
            return nil
        }
        return OpenAPICall(operation: found, contract: document.path, name: name, call: call)
    }

    /// `call: { element: pay:Authorize }`.
    private func element(_ context: inout CompileContext) -> ElementName? {
        guard let element = operation.call?.element else { return nil }
        let parts = element.value.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return ElementName(element.value, namespace: nil) }
        guard let namespace = site.namespaces[parts[0]] else {
            let near = Spelling.nearest(parts[0], in: site.namespaces.keys.sorted())
            context.sink.add(
                Diagnostic(
                    "WB2109", "unknown namespace prefix `\(parts[0])`", at: element.span, "not declared",
                    help: near.map { "write `\($0):\(parts[1])`" } ?? "declare it under the endpoint's `namespaces:`"))
            return nil
        }
        return ElementName(parts[1], namespace: namespace)
    }

    // MARK: Call

    private func call(
        _ scope: ExpressionScope, _ soap: WSDLOperation?, _ http: OpenAPICall?, _ mapping: MappingPlan?,
        _ context: inout CompileContext
    ) -> CallPlan? {
        let call = operation.call
        let feel = scope.feel
        if site.protocol.isSOAP {
            if soap == nil, call?.operation == nil, call?.action == nil {
                context.sink.add(
                    Diagnostic(
                        "WB4002", "nothing says which SOAP operation `\(name.value)` calls",
                        at: call?.span.firstByte ?? name.span,
                        help:
                            "write `call: { operation: … }` with a name from the WSDL, or `call: { action: …, element: … }`"
                    ))
                return nil
            }
            let action = soap?.soapAction ?? call?.action?.value ?? ""
            let type =
                site.protocol == .soap12
                ? "application/soap+xml; charset=utf-8; action=\"\(action)\"" : "text/xml; charset=utf-8"
            return CallPlan(
                method: "POST", path: pieces(call?.path, feel, &context), query: [],
                headers: headers(call, feel, &context),
                contentType: type, credentials: site.credentials, soapAction: site.protocol == .soap12 ? nil : action)
        }
        let method = http?.operation.method ?? call?.method?.value ?? operation.accept?.method.value ?? "GET"
        if http == nil, mapping != nil, method == "GET" || method == "HEAD", let place = operation.request?.map {
            context.sink.add(
                Diagnostic(
                    "WB4003", "a \(method) call has no body to map to", at: place.span,
                    help: "write `call: { method: POST, … }`, or put the values into `query:`"))
        }
        var path = pieces(call?.path, feel, &context)
        if let http {
            path = http.path(accepted: parameters, feel, &context)
            http.check(credential: site.endpoint.authenticate?.apiKey.map { $0.header?.value ?? "X-API-Key" }, &context)
        } else if call?.path == nil, let accept = operation.accept, accept.service == nil {
            path = accept.segments.flatMap { segment -> [PathPiece] in
                switch segment {
                case .literal(let text): return [.literal("/\(text.value)")]
                case .parameter(let name):
                    let text = FEELParser.parse(name.value, at: { _ in name.span }, into: &context.sink)
                    let program = text.flatMap { FEELCompiler.compile($0, scope: feel, into: &context.sink) }
                    return [.literal("/")] + (program.map { [.expression($0)] } ?? [])
                }
            }
        }
        let type: String
        switch site.format {
        case .json: type = "application/json"
        case .xml: type = "application/xml; charset=utf-8"
        case .form: type = "application/x-www-form-urlencoded"
        }
        return CallPlan(
            method: method, path: path, query: query(call, http, feel, &context),
            headers: headers(call, feel, &context), contentType: type, credentials: site.credentials,
            accept: site.format == .json ? "application/json" : nil)
    }

    private func query(
        _ call: ParsedCall?, _ http: OpenAPICall?, _ scope: FEELScope, _ context: inout CompileContext
    ) -> [QueryPlan] {
        named(call?.query ?? [], scope, &context).map { name, value in
            QueryPlan(name: name, value: value, style: http?.style(ofQuery: name) ?? .exploded)
        }
    }

    private func pieces(
        _ template: ParsedPathTemplate?, _ scope: FEELScope, _ context: inout CompileContext
    ) -> [PathPiece] {
        (template?.parts ?? []).compactMap { part in
            switch part {
            case .text(let text): return .literal(text.value)
            case .expression(let text):
                return ExpressionLowering.program(text, scope, &context).map { .expression($0) }
            }
        }
    }

    private func named(
        _ entries: [Named<ParsedExpression>], _ scope: FEELScope, _ context: inout CompileContext
    ) -> [(name: String, value: TextPlan)] {
        entries.compactMap { entry in
            ExpressionLowering.text(entry.value, scope, &context).map { (entry.name.value, $0) }
        }
    }

    /// Headers that the gateway itself writes can't be declared.
    private func headers(
        _ call: ParsedCall?, _ scope: FEELScope, _ context: inout CompileContext
    ) -> [(name: String, value: TextPlan)] {
        let own = ["host", "content-length", "transfer-encoding", "connection", "x-correlation-id", "traceparent"]
        for entry in call?.headers ?? [] where own.contains(entry.name.value.lowercased()) {
            context.sink.add(
                Diagnostic(
                    "WB4006", "the gateway writes `\(entry.name.value)` itself", at: entry.name.span,
                    help: "leave the line out"))
        }
        return named(call?.headers ?? [], scope, &context)
    }

    /// What of the request is changed although its body passes through.
    func passThrough(
        _ context: inout CompileContext
    ) -> (method: String?, path: [PathPiece]?, headers: [(name: String, value: TextPlan)]) {
        let feel = ExpressionScope(body: .object([]), parameters: parameters).feel
        let call = operation.call
        if let http = httpCall(&context) {
            return (
                http.operation.method, http.path(accepted: parameters, feel, &context),
                named(call?.headers ?? [], feel, &context)
            )
        }
        return (
            call?.method?.value, call?.path == nil ? nil : pieces(call?.path, feel, &context),
            named(call?.headers ?? [], feel, &context)
        )
    }
}

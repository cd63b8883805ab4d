import Contracts
import Documents
public import RouteGraph

/// One call, stage by stage, run through the compiled graph without a network.
public struct Explanation: Sendable {
    /// A stage with what it saw or made.
    public struct Section: Sendable {
        public var title: String
        public var lines: [String]
    }

    public private(set) var sections: [Section] = []

    /// What is sent to begin with.
    public struct Input: Sendable {
        public var method: String
        public var target: String
        public var headers: [(String, String)]
        public var body: [UInt8]
        /// The partner's answer, when there is one to show the way back with.
        public var answer: (status: Int, contentType: String, body: [UInt8])?

        public init(
            method: String, target: String, headers: [(String, String)] = [], body: [UInt8],
            answer: (status: Int, contentType: String, body: [UInt8])? = nil
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
            self.answer = answer
        }
    }

    /// Runs `input` through `operation`.
    public init(_ input: Input, operation: OperationPlan, graph: RouteGraph) {
        let call = Call()
        call.begin(at: Clock.monotonic(), wallClock: Clock.wall())
        call.graph = graph
        call.operation = operation
        HeadBuilder.request(input, into: call.head)
        let mediator = Mediator()
        mediator.correlate(call)
        let trace = MediationTrace()
        mediator.trace = trace
        let match = graph.router.match(call)
        add("match", ["\(input.method) \(input.target)", Self.describe(match, operation)])
        guard operation.mediation != nil else {
            if let failure = mediator.passThroughRequestHead(call) {
                refused(failure, mediator, call)
                return
            }
            add("call", Self.lines(mediator.head.string) + ["(the body passes through untouched)"])
            return
        }
        if case .service(let index) = match {
            call.service = graph.services[index]
            Mediator.noteVersion(call)
            if let failure = input.body.withUnsafeBytes({ mediator.dispatch(call, body: $0) }) {
                refused(failure, mediator, call)
                return
            }
        }
        let failure = input.body.withUnsafeBytes { mediator.request(call, body: $0) }
        if let violations = trace.requestViolations { add("validate", Self.validation(violations)) }
        add("decide", trace.rules.map { "\($0.held ? "refuses" : "passes"): \($0.name)  (\($0.origin))" })
        if let failure {
            refused(failure, mediator, call)
            return
        }
        add("map", trace.entries.map(Self.row))
        add("call", Self.lines(mediator.head.string) + [""] + Self.lines(mediator.body.string))
        guard let answer = input.answer else { return }
        HeadBuilder.response(status: answer.status, contentType: answer.contentType, into: call.partnerHead)
        trace.reset()
        answer.body.withUnsafeBytes { mediator.response(call, body: $0) }
        add("read-answer", ["status \(answer.status)"] + Self.lines(String(decoding: answer.body, as: UTF8.self)))
        if let violations = trace.answerViolations { add("validate-answer", Self.validation(violations)) }
        if let row = trace.errorRow { add("error table", ["answered by \(row)"]) }
        add("map-back", trace.entries.map(Self.row))
        add("respond", Self.lines(mediator.head.string) + [""] + Self.lines(mediator.body.string))
    }

    private mutating func add(_ title: String, _ lines: [String]) {
        if !lines.isEmpty { sections.append(Section(title: title, lines: lines)) }
    }

    private mutating func refused(_ failure: Failure, _ mediator: Mediator, _ call: Call) {
        mediator.fail(call, failure)
        add("respond", Self.lines(mediator.head.string) + [""] + Self.lines(mediator.body.string))
    }

    private static func describe(_ match: RouteMatch, _ operation: OperationPlan) -> String {
        switch match {
        case .operation(let index) where index == operation.index: "operation \(operation.identity)"
        case .service: "the SOAP service at this path"
        case .operation: "another operation answers at this path"
        case .notFound: "no operation answers at this path"
        case .methodNotAllowed(let allow): "the path has other methods: \(allow)"
        }
    }

    private static func row(_ entry: MediationTrace.Entry) -> String {
        "\(entry.target) = \(entry.value)    ← \(entry.source)  (\(entry.origin))"
    }

    private static func validation(_ violations: [Violation]) -> [String] {
        violations.isEmpty ? ["keeps to its contract"] : violations.map { "\($0.pointer): \($0.message)" }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map(String.init)
    }
}

/// Makes heads for calls that do not come over a connection.
public enum HeadBuilder {
    public static func request(_ input: Explanation.Input, into head: MessageHead) {
        var text = "\(input.method) \(input.target) HTTP/1.1\r\n"
        var fields: [(Int, Int, Int, Int)] = []
        for (name, value) in input.headers {
            let start = text.utf8.count
            text += "\(name): \(value)\r\n"
            fields.append((start, name.utf8.count, start + name.utf8.count + 2, value.utf8.count))
        }
        assign(text, fields, head)
        head.method = HTTPMethod(input.method) ?? .other
        head.methodCount = input.method.utf8.count
        head.targetStart = input.method.utf8.count + 1
        head.targetCount = input.target.utf8.count
        head.pathCount =
            input.target.utf8.firstIndex(of: 0x3F).map {
                input.target.utf8.distance(from: input.target.utf8.startIndex, to: $0)
            } ?? head.targetCount
        head.framing = .length(input.body.count)
    }

    public static func response(status: Int, contentType: String, into head: MessageHead) {
        let line = "HTTP/1.1 \(status)\r\n"
        let name = "Content-Type"
        let text = line + "\(name): \(contentType)\r\n"
        let start = line.utf8.count
        assign(text, [(start, name.utf8.count, start + name.utf8.count + 2, contentType.utf8.count)], head)
        head.status = status
    }

    private static func assign(_ text: String, _ fields: [(Int, Int, Int, Int)], _ head: MessageHead) {
        head.reset()
        let bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { p in
            guard let base = p.baseAddress else { return }
            head.assign(base, p.count)
            for field in fields {
                _ = head.append(
                    MessageHead.Field(
                        nameStart: UInt32(field.0), nameCount: UInt32(field.1), valueStart: UInt32(field.2),
                        valueCount: UInt32(field.3), known: KnownHeader.named(base + field.0, field.1)))
            }
        }
    }
}

import Documents
import FEEL

/// Answers that are kept and given again (`idempotency`).
extension Mediator {
    /// What a call has for a key.
    public enum KeyReading: Sendable, Equatable {
        case key([UInt8])
        case missing
        case malformed
    }

    /// The key of a call whose request has just been mapped.
    public func idempotencyKey(_ call: Call, _ plan: IdempotencyPlan) -> KeyReading {
        switch plan.source {
        case .header:
            var found: UnsafeBufferPointer<UInt8>?
            for i in 0..<call.head.fieldCount where Self.isKey(call.head.name(call.head.fields[i])) {
                if found != nil { return .malformed }
                found = call.head.value(call.head.fields[i])
            }
            guard let found else { return .missing }
            return IdempotencyKey.read(found).map(KeyReading.key) ?? .malformed
        case .expression(let program):
            let value = program.evaluate(scope)
            if value == .null { return .missing }
            return ValueWriter.text(value).flatMap { IdempotencyKey.read($0) }.map(KeyReading.key) ?? .malformed
        }
    }

    private static func isKey(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let wanted = IdempotencyKey.name
        guard name.count == wanted.utf8CodeUnitCount, let base = name.baseAddress else { return false }
        return equalIgnoringCase(base, wanted.utf8Start, name.count)
    }

    /// Whether the answer that stands in ``head`` and ``body`` is the last word on its call: a success, or an error whose row
    /// tells the consumer not to come again with it.
    public static func isFinal(_ call: Call) -> Bool {
        if call.hasLostAnswer { return false }
        if let failure = call.failure { return failure.retry == .never }
        return call.partnerStatus < 500 && call.partnerStatus != 408 && call.partnerStatus != 429
    }

    /// A copy of the answer that stands in ``head`` and ``body``, without what belongs to this one call.
    public func storedAnswer(_ call: Call) -> StoredAnswer {
        var headers: [UInt8] = []
        var isFirst = true
        for line in head.bytes.split(separator: 0x0A) where line.count > 1 {
            defer { isFirst = false }
            let name = line.prefix { $0 != 0x3A }
            if isFirst || Self.isOfOneCall(name) { continue }
            headers += line
            headers.append(0x0A)
        }
        return StoredAnswer(status: call.status, headers: headers, body: Array(body.bytes))
    }

    private static func isOfOneCall(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
        let text = String(decoding: name, as: UTF8.self).lowercased()
        return ["date", "content-length", "connection", "x-correlation-id", "traceparent", "retry-after"].contains(text)
    }

    /// Writes a kept answer, and says that it is one.
    public func replay(_ call: Call, _ answer: StoredAnswer) {
        head.clear()
        body.clear()
        StatusLine.write(answer.status, into: head)
        head.write(answer.headers)
        head.write("Idempotency-Replayed: true\r\n")
        body.write(answer.body)
        finishAnswer(call, answer.status)
        call.isReplay = true
        if answer.status >= 400 { call.outcome = .partnerFailed }
    }
}

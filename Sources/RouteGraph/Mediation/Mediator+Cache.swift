public import Documents
import FEEL

/// Answers that are kept for a while (`cache`): their keys, and their heads.
extension Mediator {
    /// The longest key. A request that has a longer one goes to the partner as if no cache was declared.
    public static let longestCacheKey = 16 * 1024

    /// Writes what tells the call's answer apart from others: all that the plan names, each with its end.
    ///
    /// Called when the partner's request has just been made, so that expressions read this call.
    /// - Parameter input: the consumer's body.
    /// - Returns: false when the call is not one for the cache.
    public func writeCacheKey(
        _ call: Call, _ plan: CachePlan, body input: UnsafeRawBufferPointer, into out: ByteWriter
    ) -> Bool {
        out.clear()
        guard input.count <= Self.longestCacheKey, let operation = call.operation else { return false }
        if operation.isPassThrough {
            guard call.head.framing == .none, Self.isPlainQuestion(call.head) else { return false }
            writeNegotiated(call.head, out)
        }
        if !plan.isShared { writePart("c", call.consumerName ?? "", out) }
        if call.service != nil { out.write(call.serviceVersion == .v12 ? 0x32 as UInt8 : 0x31 as UInt8) }
        if let key = plan.key {
            for program in key {
                out.writeJSON(program.evaluate(scope))
                out.write(0x0A as UInt8)
            }
        } else {
            writePart("p", UnsafeRawBufferPointer(call.head.path), out)
            writePart("q", UnsafeRawBufferPointer(call.head.query), out)
            writePart("b", input, out)
            for name in plan.headers {
                let value = name.withUnsafeBufferPointer { call.head.value(named: $0) }
                writePart(
                    value == nil ? "-" : "h",
                    value.map { UnsafeRawBufferPointer($0) } ?? UnsafeRawBufferPointer(start: nil, count: 0), out)
            }
        }
        return out.count <= Self.longestCacheKey
    }

    /// Whether the question is one for a whole answer, whatever the consumer has already (RFC 9110, sections 13 and 14).
    private static func isPlainQuestion(_ head: MessageHead) -> Bool {
        for i in 0..<head.fieldCount where head.fields[i].known == .other {
            let name = head.name(head.fields[i])
            if KeepingTerms.equals(name, "range") || KeepingTerms.equals(name, "if-range")
                || KeepingTerms.equals(name, "if-match") || KeepingTerms.equals(name, "if-none-match")
                || KeepingTerms.equals(name, "if-modified-since") || KeepingTerms.equals(name, "if-unmodified-since")
            {
                return false
            }
        }
        return true
    }

    private func writeNegotiated(_ head: MessageHead, _ out: ByteWriter) {
        for i in 0..<head.fieldCount {
            let field = head.fields[i]
            let name = head.name(field)
            guard field.known == .accept || field.known == .other, NegotiatedField.contains(name) else { continue }
            // Their names differ by length, or the values' own form tells them apart.
            writePart("n", UnsafeRawBufferPointer(name), out)
            writePart("v", UnsafeRawBufferPointer(head.value(field)), out)
        }
    }

    private func writePart(_ tag: StaticString, _ bytes: UnsafeRawBufferPointer, _ out: ByteWriter) {
        out.write(tag)
        out.writeInteger(bytes.count)
        out.write(0x3A as UInt8)
        if let base = bytes.bindMemory(to: UInt8.self).baseAddress { out.write(base, bytes.count) }
    }

    private func writePart(_ tag: StaticString, _ text: String, _ out: ByteWriter) {
        var text = text
        text.withUTF8 { writePart(tag, UnsafeRawBufferPointer($0), out) }
    }

    // MARK: Answers

    /// The header lines of the answer that stands in ``head``, without those that belong to one call or connection.
    public func keptHeaders() -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(head.count)
        var isFirst = true
        for line in head.bytes.split(separator: 0x0A) where line.count > 1 {
            defer { isFirst = false }
            let name = line.prefix { $0 != 0x3A }
            let isOwn = UnsafeRawBufferPointer(rebasing: name).withMemoryRebound(to: UInt8.self, Self.isOfOneAnswer)
            if isFirst || isOwn { continue }
            kept += line
            kept.append(0x0A)
        }
        return kept
    }

    private static func isOfOneAnswer(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        for other: StaticString in [
            "content-length", "transfer-encoding", "connection", "x-correlation-id", "traceparent", "age",
        ] where KeepingTerms.equals(name, other) {
            return true
        }
        return false
    }

    /// Writes a kept answer's head into ``head``, and says how it came about (RFC 9211). The body is the kept answer's own.
    /// - Parameter partnerStatus: what the partner answered instead, when the kept answer stands in for it.
    public func kept(
        _ call: Call, _ answer: KeptAnswer, _ use: CacheUse, standsIn: Bool, partnerStatus: Int, now: Int64
    ) {
        head.clear()
        body.clear()
        StatusLine.write(answer.status, into: head)
        head.write(answer.headers)
        head.write("Age: ")
        head.writeInteger(answer.age(now))
        if use == .coalesced {
            head.write("\r\nCache-Status: waybill; fwd=miss; collapsed\r\n")
        } else if standsIn {
            head.write("\r\nCache-Status: waybill; fwd=stale")
            if partnerStatus > 0 {
                head.write("; fwd-status=")
                head.writeInteger(partnerStatus)
            }
            head.write("\r\n")
        } else {
            head.write("\r\nCache-Status: waybill; hit; ttl=")
            head.writeInteger(answer.rest(now))
            head.write("\r\n")
        }
        CorrelationFields.write(call, into: head)
        if answer.status != 204 {
            head.write("Content-Length: ")
            head.writeInteger(answer.body.count)
            head.write("\r\n")
        }
        call.status = answer.status
        call.responseBytes = answer.body.count
        answer.body.withUnsafeBytes { call.capture(.answer, $0) }
        call.outcome = answer.status < 500 ? .answered : .partnerFailed
        call.failure = nil
        call.hasLostAnswer = false
        call.cache = use
    }

    /// Says in the head of an answer that it came from the partner.
    public func noteForwarded(_ call: Call, wasStale: Bool, isKept: Bool) {
        switch call.cache {
        case .bypass: head.write("Cache-Status: waybill; fwd=bypass\r\n")
        case .miss:
            head.write(wasStale ? "Cache-Status: waybill; fwd=stale" : "Cache-Status: waybill; fwd=miss")
            head.write(isKept ? "; stored\r\n" : "\r\n")
        default: break
        }
    }

    /// Whether the mapped answer that stands in ``head`` and ``body`` is a good one.
    public static func isGood(_ call: Call) -> Bool {
        call.failure == nil && !call.hasLostAnswer && 200..<300 ~= call.status && call.status != 206
    }
}

import Documents

/// Heads of calls whose bodies are not read: end-to-end fields go on, those of one connection do not (RFC 9110, section 7.6.1).
enum PassThrough {
    static func writeMethod(_ call: Call, _ operation: OperationPlan, _ head: ByteWriter) {
        if let method = operation.passThroughMethod {
            head.write(method)
        } else {
            head.write(UnsafePointer(call.head.bytes), call.head.methodCount)
        }
        head.write(" ")
    }

    /// - Parameter own: names, in lower case, of the fields that the route writes: a caller's own of that name would stand beside
    ///   them, and the partner choose.
    /// - Parameter proofs: those in which consumers prove themselves to us, which is not the partner's business.
    static func copyRequestFields(
        _ source: MessageHead, except own: [[UInt8]], _ proofs: [[UInt8]], _ head: ByteWriter
    ) {
        for i in 0..<source.fieldCount {
            let field = source.fields[i]
            if !own.isEmpty, isNamed(source.name(field), in: own) { continue }
            if !proofs.isEmpty, isNamed(source.name(field), in: proofs) { continue }
            switch field.known {
            case .host, .contentLength, .trailer, .expect: continue
            // What proves the consumer to us is not the partner's business.
            case .authorization, .apiKey, .cookie: continue
            case .correlationID, .traceparent: continue
            default: copy(source, field, head)
            }
        }
    }

    private static func isNamed(_ name: UnsafeBufferPointer<UInt8>, in words: [[UInt8]]) -> Bool {
        for word in words where word.count == name.count {
            var i = 0
            // `_` is taken for `-`: servers are known that make one variable of both.
            while i < word.count {
                var c = name[i]
                if c &- 0x41 < 26 { c |= 0x20 }
                if c != word[i], c != 0x5F || word[i] != 0x2D { break }
                i &+= 1
            }
            if i == word.count { return true }
        }
        return false
    }

    /// - Returns: whether there was a `Date`: an answer that has none gets one (RFC 9110, section 6.6.1).
    static func copyResponseFields(_ source: MessageHead, _ head: ByteWriter) -> Bool {
        var hasDate = false
        for i in 0..<source.fieldCount {
            let field = source.fields[i]
            switch field.known {
            case .contentLength, .trailer, .setCookie, .correlationID, .traceparent: continue
            case .date:
                hasDate = true
                copy(source, field, head)
            default: copy(source, field, head)
            }
        }
        return hasDate
    }

    @inline(__always)
    private static func copy(_ source: MessageHead, _ field: MessageHead.Field, _ head: ByteWriter) {
        if field.known.isHopByHop || source.connectionNames(source.name(field)) { return }
        // Name, colon, value and the line's end stand together in the source unless there was odd white space.
        let nameEnd = field.nameStart &+ field.nameCount
        if field.valueStart == nameEnd &+ 2, source.bytes[Int(nameEnd &+ 1)] == 0x20 {
            let end = Int(field.valueStart &+ field.valueCount)
            if end &+ 2 <= source.byteCount, source.bytes[end] == 0x0D {
                head.write(
                    UnsafePointer(source.bytes) + Int(field.nameStart), end &+ 2 &- Int(field.nameStart))
                return
            }
        }
        head.write(UnsafePointer(source.bytes) + Int(field.nameStart), Int(field.nameCount))
        head.write(": ")
        head.write(UnsafePointer(source.bytes) + Int(field.valueStart), Int(field.valueCount))
        head.write("\r\n")
    }

    static func writeFraming(_ framing: BodyFraming, _ head: ByteWriter) {
        switch framing {
        case .none: break
        case .length(let count):
            head.write("Content-Length: ")
            head.writeInteger(count)
            head.write("\r\n")
        case .chunked, .untilClose: head.write("Transfer-Encoding: chunked\r\n")
        }
    }
}

/// What may stand in a header value that the gateway writes: no control characters, so that nothing can end the line.
enum HeaderText {
    static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}

/// Media types (RFC 9110, section 8.3.1) of the formats.
enum MediaType {
    static func name(_ format: Document.Format) -> String {
        switch format {
        case .json: "application/json"
        case .xml: "XML"
        case .form: "application/x-www-form-urlencoded"
        }
    }

    /// Whether a `Content-Type` value names the format.
    static func matches(_ value: UnsafeBufferPointer<UInt8>, _ format: Document.Format) -> Bool {
        var end = 0
        while end < value.count, value[end] != 0x3B, value[end] != 0x20, value[end] != 0x09 { end += 1 }
        let type = UnsafeBufferPointer(rebasing: value[0..<end])
        switch format {
        case .json: return equals(type, "application/json") || hasSuffix(type, "+json") || equals(type, "text/json")
        case .xml: return equals(type, "text/xml") || equals(type, "application/xml") || hasSuffix(type, "+xml")
        case .form: return equals(type, "application/x-www-form-urlencoded")
        }
    }

    /// Whether a `Content-Type` value is that of SOAP 1.2 (RFC 3902).
    static func isSOAP12(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        let name: StaticString = "application/soap+xml"
        guard let base = value.baseAddress, value.count >= name.utf8CodeUnitCount else { return false }
        return equalIgnoringCase(base, name.utf8Start, name.utf8CodeUnitCount)
    }

    /// The value of a parameter of a `Content-Type` value, without quotes (RFC 9110, section 5.6.6).
    static func parameter(_ name: StaticString, of value: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard let base = value.baseAddress else { return nil }
        var i = 0
        while let semicolon = value[i...].firstIndex(of: 0x3B) {
            i = semicolon + 1
            while i < value.count, value[i] == 0x20 || value[i] == 0x09 { i += 1 }
            let start = i
            while i < value.count, value[i] != 0x3D, value[i] != 0x3B { i += 1 }
            guard i < value.count, value[i] == 0x3D else { continue }
            let isNamed =
                i - start == name.utf8CodeUnitCount && equalIgnoringCase(base + start, name.utf8Start, i - start)
            i += 1
            let isQuoted = i < value.count && value[i] == 0x22
            if isQuoted { i += 1 }
            let from = i
            while i < value.count, value[i] != (isQuoted ? 0x22 : 0x3B) { i += 1 }
            if isNamed { return UnsafeBufferPointer(rebasing: value[from..<i]) }
        }
        return nil
    }

    private static func equals(_ a: UnsafeBufferPointer<UInt8>, _ b: StaticString) -> Bool {
        guard let base = a.baseAddress, a.count == b.utf8CodeUnitCount else { return false }
        return equalIgnoringCase(base, b.utf8Start, a.count)
    }

    private static func hasSuffix(_ a: UnsafeBufferPointer<UInt8>, _ b: StaticString) -> Bool {
        guard let base = a.baseAddress, a.count > b.utf8CodeUnitCount else { return false }
        return equalIgnoringCase(base + (a.count - b.utf8CodeUnitCount), b.utf8Start, b.utf8CodeUnitCount)
    }
}

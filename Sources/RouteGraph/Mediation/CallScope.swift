import Documents
import FEEL

/// Gives expressions the values of one call. One object per loop, pointed at a call before its expressions run.
final class CallScope: FEELRoots {
    unowned(unsafe) var call: Call
    /// Whether `body` is the partner's answer.
    var readsAnswer = false
    /// Node that `body` stands for, or -1.
    var bodyRoot = -1
    var tables: [LookupTable] = []
    var item = ItemBinding.none
    var itemIndex = 0
    var fault: (code: String, text: String)?

    /// What `item` is just now.
    enum ItemBinding {
        case none
        case node(Document, Int)
        case value(Value)
    }

    init(_ call: Call) {
        self.call = call
    }

    var now: Int64 { call.wallClock }

    var body: Document { readsAnswer ? call.partnerBody : call.requestBody }

    func load(slot: Int, path: [PathStep]) -> Value {
        let steps = path.map(\.name)
        switch slot {
        case RootSlot.body:
            return bodyRoot < 0 ? .null : DocumentPath.value(body, bodyRoot, steps[...])
        case RootSlot.request: return request(steps)
        case RootSlot.response: return response(steps)
        case RootSlot.consumer:
            let name = call.consumerName.map(Value.string) ?? .null
            return steps.isEmpty ? .context(Context([("name", name)])) : (steps == ["name"] ? name : .null)
        case RootSlot.correlation: return correlation(steps)
        case RootSlot.item: return itemValue(steps)
        case RootSlot.index: return itemIndex > 0 ? .number(Decimal(itemIndex)) : .null
        case RootSlot.fault:
            guard let fault else { return .null }
            switch steps.first {
            case "code": return .string(fault.code)
            case "text": return .string(fault.text)
            case nil: return .context(Context([("code", .string(fault.code)), ("text", .string(fault.text))]))
            default: return .null
            }
        default:
            guard slot >= RootSlot.parameters, let raw = call.parameter(slot - RootSlot.parameters) else {
                return .null
            }
            return Percent.decode(raw).map(Value.string) ?? .null
        }
    }

    func callTable(_ index: Int, _ argument: Value, reverse: Bool) -> Value {
        guard index < tables.count, let key = ValueWriter.text(argument), argument != .null else { return .null }
        let table = tables[index]
        return ((reverse ? table.reverse?[key] : table.forward[key])).map(Value.string) ?? .null
    }

    private func itemValue(_ steps: [String]) -> Value {
        switch item {
        case .none: return .null
        case .node(let document, let node): return DocumentPath.value(document, node, steps[...])
        case .value(let value):
            var value = value
            for step in steps {
                guard case .context(let context) = value, let member = context[step] else { return .null }
                value = member
            }
            return value
        }
    }

    private func correlation(_ steps: [String]) -> Value {
        switch steps.first {
        case "id": return .string(String(decoding: call.correlation, as: UTF8.self))
        case "trace": return .string(String(decoding: call.traceID, as: UTF8.self))
        default: return .null
        }
    }

    private func request(_ steps: [String]) -> Value {
        switch steps.first {
        case "method":
            return .string(
                String(
                    decoding: UnsafeBufferPointer(start: call.head.bytes, count: call.head.methodCount), as: UTF8.self))
        case "path":
            guard steps.count > 1, let operation = call.operation else {
                return .string(String(decoding: call.head.path, as: UTF8.self))
            }
            guard let index = operation.parameters.firstIndex(of: steps[1]), let raw = call.parameter(index) else {
                return .null
            }
            return Percent.decode(raw).map(Value.string) ?? .null
        case "query": return steps.count > 1 ? Percent.queryValue(call.head.query, steps[1]) : .null
        case "headers": return header(call.head, steps.dropFirst().first)
        case "body":
            guard call.hasRequestBody else { return .null }
            return DocumentPath.value(call.requestBody, SOAPBody.root(of: call.requestBody), steps.dropFirst())
        default: return .null
        }
    }

    private func response(_ steps: [String]) -> Value {
        switch steps.first {
        case "status": return call.partnerStatus > 0 ? .number(Decimal(call.partnerStatus)) : .null
        case "headers": return header(call.partnerHead, steps.dropFirst().first)
        default: return .null
        }
    }

    private func header(_ head: MessageHead, _ name: String?) -> Value {
        guard let name else { return .null }
        var lower = name.lowercased()
        return lower.withUTF8 { name in
            head.value(named: name).map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null
        }
    }
}

/// Where the content of a document begins: inside a SOAP envelope the first element of its body, else the root.
enum SOAPBody {
    static func root(of document: Document) -> Int {
        guard document.count > 0 else { return -1 }
        if document.soapVersion != nil { return document.firstSOAPBodyChild() }
        return 0
    }
}

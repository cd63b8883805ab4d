public import Documents

/// How the answers of two versions differ in one place. Values are not in it: they may be secret.
public struct AnswerDifference: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Only the current version has it.
        case missing
        /// Only the new version has it.
        case added
        /// Text where there was a number, a list where there was one value.
        case type
        case value
        /// The new version's answer can't be read, the current one's can.
        case unreadable
    }

    /// ``AnswerComparison/status``, or a field as the route file writes it.
    public var field: String
    public var kind: Kind

    public init(_ field: String, _ kind: Kind) {
        self.field = field
        self.kind = kind
    }
}

/// Holds the answers of a partner's two versions to one request against each other. One for each loop; it keeps the memory of its
/// documents.
public final class AnswerComparison {
    /// What the HTTP status is called among the fields.
    public static let status = "response.status"

    private let current = Document()
    private let next = Document()

    public init() {}

    /// Where the answers differ. Fields are looked at only when both answers are of one kind (2xx, 4xx…): of an error and a
    /// success every field differs.
    public func differences(
        _ plan: OperationVersionPlan, currentStatus: Int, _ currentBody: UnsafeRawBufferPointer, nextStatus: Int,
        _ nextBody: UnsafeRawBufferPointer, limits: DocumentLimits
    ) -> [AnswerDifference] {
        var found: [AnswerDifference] = []
        if currentStatus != nextStatus { found.append(AnswerDifference(Self.status, .value)) }
        guard !plan.fields.isEmpty, currentStatus / 100 == nextStatus / 100 else { return found }
        defer {
            current.trim()
            next.trim()
        }
        // Of a current answer that can't be read there is nothing to say.
        guard let currentRoot = read(current, currentBody, plan.format, limits) else { return found }
        guard let nextRoot = read(next, nextBody, plan.format, limits) else {
            return found + plan.fields.map { AnswerDifference($0.name, .unreadable) }
        }
        for field in plan.fields {
            let before = DocumentPath.value(current, currentRoot, field.steps[...])
            let after = DocumentPath.value(next, nextRoot, field.steps[...])
            if let kind = Self.difference(before, after, isNumber: field.isNumber) {
                found.append(AnswerDifference(field.name, kind))
            }
        }
        return found
    }

    /// The root of what was read; -1 for no body at all, nil for one that can't be read.
    private func read(
        _ document: Document, _ bytes: UnsafeRawBufferPointer, _ format: Document.Format, _ limits: DocumentLimits
    ) -> Int? {
        guard bytes.count > 0 else { return -1 }
        do throws(DocumentError) {
            switch format {
            case .json: try document.parseJSON(bytes, limits: limits)
            case .xml: try document.parseXML(bytes, limits: limits)
            case .form: try document.parseForm(bytes, limits: limits)
            }
        } catch {
            return nil
        }
        return SOAPBody.root(of: document)
    }

    static func difference(_ before: Value, _ after: Value, isNumber: Bool) -> AnswerDifference.Kind? {
        let (before, after) = isNumber ? (number(before), number(after)) : (before, after)
        if before == after { return nil }
        if isNothing(before) { return .added }
        if isNothing(after) { return .missing }
        return kind(before) == kind(after) ? .value : .type
    }

    /// Lists that paths lead through are there without an item.
    private static func isNothing(_ value: Value) -> Bool {
        if case .list(let items) = value { return items.isEmpty }
        return value.isNull
    }

    private static func number(_ value: Value) -> Value {
        switch value {
        case .string(let text):
            var text = text
            return text.withUTF8 { Decimal(ascii: $0) }.map(Value.number) ?? value
        case .list(let items): return .list(items.map(number))
        default: return value
        }
    }

    private static func kind(_ value: Value) -> Int {
        switch value {
        case .null: 0
        case .boolean: 1
        case .number: 2
        case .string: 3
        case .list: 4
        case .context: 5
        case .temporal: 6
        case .range: 7
        }
    }
}

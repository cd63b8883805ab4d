import Documents
import RouteGraph
import Testing

@Suite struct AnswerComparisonTests {
    private func differences(
        _ before: (Int, String), _ after: (Int, String), _ fields: [ComparedField], format: Document.Format = .json
    ) -> [AnswerDifference] {
        let plan = OperationVersionPlan(by: nil, isCopied: true, fields: fields, format: format)
        let old = Array(before.1.utf8)
        let new = Array(after.1.utf8)
        return old.withUnsafeBytes { old in
            new.withUnsafeBytes { new in
                AnswerComparison().differences(
                    plan, currentStatus: before.0, old, nextStatus: after.0, new, limits: .standard)
            }
        }
    }

    private func field(_ path: String, isNumber: Bool = false) -> ComparedField {
        ComparedField(name: path, steps: path.split(separator: ".").map(String.init), isNumber: isNumber)
    }

    @Test func theStatusIsAlwaysCompared() {
        #expect(differences((200, "{}"), (200, "{}"), []) == [])
        #expect(differences((200, "{}"), (201, ""), []) == [AnswerDifference("response.status", .value)])
        // Of an error every field differs: that says no more.
        #expect(
            differences((200, #"{"a":1}"#), (500, "oops"), [field("a")])
                == [AnswerDifference("response.status", .value)])
    }

    @Test func everyKindOfDifference() {
        let before = #"{"same":1,"value":"x","gone":true,"type":1,"list":[{"id":1},{"id":2}],"deep":{"a":1.0}}"#
        let after = #"{"same":1.0,"value":"y","new":1,"type":"1","list":[{"id":1},{"id":3}],"deep":{"a":1}}"#
        let names = ["same", "value", "gone", "new", "type", "list.id", "deep.a", "nowhere", "list"]
        #expect(
            differences((200, before), (200, after), names.map { field($0) })
                == [
                    AnswerDifference("value", .value), AnswerDifference("gone", .missing),
                    AnswerDifference("new", .added), AnswerDifference("type", .type),
                    AnswerDifference("list.id", .value), AnswerDifference("list", .value),
                ])
    }

    @Test func numbersOfXMLAreComparedAsNumbers() {
        let before = "<r><Amount>10.50</Amount><Code>007</Code></r>"
        let after = "<r><Amount>10.5</Amount><Code>7</Code></r>"
        #expect(
            differences((200, before), (200, after), [field("Amount", isNumber: true), field("Code")], format: .xml)
                == [AnswerDifference("Code", .value)])
    }

    @Test func theContentOfAnEnvelopeIsMeant() {
        func envelope(_ code: String) -> String {
            """
            <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Answer><Result><Code>\(code)</Code></Result></Answer></s:Body></s:Envelope>
            """
        }
        #expect(
            differences((200, envelope("A")), (200, envelope("B")), [field("Result.Code")], format: .xml)
                == [AnswerDifference("Result.Code", .value)])
    }

    @Test func whatCannotBeReadIsADifferenceOnlyOnTheNewSide() {
        #expect(differences((200, "{}"), (200, "{"), [field("a")]) == [AnswerDifference("a", .unreadable)])
        #expect(differences((200, "{"), (200, "{}"), [field("a")]) == [])
        #expect(differences((200, ""), (200, #"{"a":1}"#), [field("a")]) == [AnswerDifference("a", .added)])
        #expect(differences((204, ""), (204, ""), [field("a")]) == [])
    }
}

import Contracts
import Documents
import FEEL
import Testing

/// Programs against documents and contracts.
@Suite struct RunTests {
    static let order = Shape.object([
        Field(name: "currency", shape: Shape(.string, facets: currencies), required: true),
        Field(name: "amount", shape: .number, required: true),
        Field(name: "express", shape: .boolean, required: false),
        Field(name: "due", shape: Shape(.temporal(.date)), required: true),
        Field(
            name: "debtor",
            shape: .object([
                Field(name: "name", shape: .string, required: true),
                Field(name: "country", shape: .string, required: false),
            ]), required: true),
        Field(
            name: "line",
            shape: .list(
                .object([
                    Field(name: "text", shape: .string, required: true),
                    Field(name: "price", shape: .number, required: true),
                ])), required: true),
        Field(
            name: "fee",
            shape: .object([Field(name: "@unit", shape: .string, required: true)], text: .number), required: false),
    ])

    static let currencies: Facets = {
        var facets = Facets()
        facets.enumeration = ["EUR", "USD"]
        return facets
    }()

    static func scope(_ shape: Shape? = order) -> FEELScope {
        var scope = FEELScope()
        scope.add("body", 0, shape: shape)
        scope.implicit = [(slot: 0, shape: shape)]
        scope.functions["alpha3"] = FEELScope.TableFunction(index: 0, isReversible: true, keys: ["DE", "FR"])
        scope.functions["state"] = FEELScope.TableFunction(index: 1, isReversible: false)
        return scope
    }

    static func roots(json: String) throws -> TestRoots {
        let roots = TestRoots()
        let document = Document()
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: json.utf8.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: json.utf8)
        try document.parseJSON(UnsafeRawBufferPointer(bytes))
        roots.document = document
        roots.tables = [["DE": "DEU", "FR": "FRA"], ["00": "ok", "10": "ok"]]
        return roots
    }

    static func roots(xml: String) throws -> TestRoots {
        let roots = TestRoots()
        let document = Document()
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: xml.utf8.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: xml.utf8)
        try document.parseXML(UnsafeRawBufferPointer(bytes))
        roots.document = document
        roots.tables = [["DE": "DEU", "FR": "FRA"], [:]]
        return roots
    }

    static let json = """
        { "currency": "EUR", "amount": 12.10, "due": "2026-11-21", "debtor": { "name": "Ann", "country": "DE" },
          "line": [ { "text": "a", "price": 1.50 }, { "text": "b", "price": 2 } ] }
        """
    static let xml = """
        <order><currency>EUR</currency><amount> 12.10 </amount><express>1</express><due>2026-11-21</due>
        <debtor><name>Ann</name><country>DE</country></debtor>
        <line><text>a</text><price>1.50</price></line><line><text>b</text><price>2</price></line>
        <fee unit="EUR">0.30</fee></order>
        """

    /// The same expressions read JSON and XML alike, with the contract typing the text of the latter.
    static let table: [(String, String)] = [
        ("currency", "\"EUR\""), ("body.currency", "\"EUR\""), ("debtor.name", "\"Ann\""), ("amount + 1", "13.10"),
        ("amount", "12.10"), ("line.price", "[1.50, 2]"), ("sum(line.price)", "3.50"), ("count(line)", "2"),
        ("line[price > 1.5].text", "[\"b\"]"), ("line[1].text", "\"a\""), ("line[text = \"b\"][1].price", "2"),
        ("for l in line return l.text", "[\"a\", \"b\"]"), ("some l in line satisfies l.price > 1.5", "true"),
        ("alpha3(debtor.country)", "\"DEU\""), ("alpha3.reverse(\"FRA\")", "\"FR\""),
        ("debtor.country in alpha3", "true"),
        ("\"XX\" in alpha3", "false"), ("currency = \"EUR\" and amount > 10", "true"),
        ("if currency = \"EUR\" then \"E\" else \"U\"", "\"E\""), ("max(line.price)", "2"),
        ("line[price > amount / 8].text", "[\"b\"]"), ("string join(line.text, \"/\")", "\"a/b\""),
        ("line[item.price = 2].text", "[\"b\"]"), ("is defined(debtor.country)", "true"),
        ("due", "2026-11-21"), ("due.month", "11"), ("due > date(\"2026-01-01\")", "true"),
        ("currency in (\"EUR\", \"USD\")", "true"),
    ]

    @Test func `JSON and XML read alike`() throws {
        let jsonRoots = try Self.roots(json: Self.json)
        let xmlRoots = try Self.roots(xml: Self.xml)
        for (text, expected) in Self.table {
            let evaluation = Evaluation(text, scope: Self.scope())
            #expect(show(evaluation.value(jsonRoots)) == expected, "\(text) of JSON")
            #expect(show(evaluation.value(xmlRoots)) == expected, "\(text) of XML")
        }
        #expect(jsonRoots.problems.isEmpty && xmlRoots.problems.isEmpty)
    }

    @Test func `elements with attributes are their text`() throws {
        let roots = try Self.roots(xml: Self.xml)
        #expect(show(Evaluation("fee * 2", scope: Self.scope()).value(roots)) == "0.60")
        #expect(show(Evaluation("fee.@unit", scope: Self.scope()).value(roots)) == "\"EUR\"")
        #expect(show(Evaluation("fee = 0.3", scope: Self.scope()).value(roots)) == "true")
        #expect(show(Evaluation("string(fee)", scope: Self.scope()).value(roots)) == "\"0.30\"")
        // Without a contract too, as text.
        #expect(show(Evaluation("fee = \"0.30\"", scope: Self.scope(nil)).value(roots)) == "true")
    }

    @Test func `one repeated element is a list by its contract`() throws {
        let roots = try Self.roots(xml: "<order><line><text>a</text><price>1</price></line></order>")
        #expect(show(Evaluation("count(line)", scope: Self.scope()).value(roots)) == "1")
        #expect(show(Evaluation("line.text", scope: Self.scope()).value(roots)) == "[\"a\"]")
        #expect(show(Evaluation("for l in line return l.price + 1", scope: Self.scope()).value(roots)) == "[2]")
    }

    @Test func `a path is one instruction and known as such`() throws {
        let program = try #require(Evaluation("debtor.name", scope: Self.scope()).program)
        #expect(program.purePath?.root == 0)
        #expect(program.purePath?.steps == ["debtor", "name"])
        #expect(program.dependencies == [FEELDependency(slot: 0, path: ["debtor", "name"])])
        #expect(program.constant == nil)
        let roots = try Self.roots(json: Self.json)
        _ = program.evaluate(roots)
        #expect(roots.loads == 1)
        #expect(Evaluation("debtor.name + \"\"", scope: Self.scope()).program?.purePath == nil)
        #expect(Evaluation("due.year", scope: Self.scope()).program?.purePath == nil)
        #expect(Evaluation("body", scope: Self.scope()).program?.purePath?.steps == [])
    }

    @Test func `result shapes follow the contract`() throws {
        func shape(_ text: String) -> Shape? { Evaluation(text, scope: Self.scope()).program?.resultShape }
        #expect(shape("currency")?.facets.enumeration == ["EUR", "USD"])
        #expect(shape("express")?.nullable == true)
        #expect(shape("debtor.name")?.nullable == false)
        #expect(shape("line.text")?.isList == true)
        #expect(shape("if amount > 1 then \"SALA\" else \"OTHR\"")?.facets.enumeration == ["SALA", "OTHR"])
        if case .number? = shape("amount * 2")?.kind {} else { Issue.record("a product is a number") }
        if case .boolean? = shape("amount > 2 or express")?.kind {} else { Issue.record("a condition is a boolean") }
    }

    @Test func `without a contract every name is a field of the body`() throws {
        let roots = try Self.roots(json: Self.json)
        let scope = Self.scope(nil)
        #expect(show(Evaluation("debtor.name", scope: scope).value(roots)) == "\"Ann\"")
        #expect(show(Evaluation("nothing.here", scope: scope).value(roots)) == "null")
        #expect(show(Evaluation("line[price > amount / 8].text", scope: scope).value(roots)) == "[\"b\"]")
        #expect(show(Evaluation("line.price[1]", scope: scope).value(roots)) == "1.50")
        #expect(show(Evaluation("debtor.name.deeper", scope: scope).value(roots)) == "null")
        #expect(show(Evaluation("`debtor`.`name`", scope: scope).value(roots)) == "\"Ann\"")
    }

    @Test func `what cannot be computed is null and reported`() throws {
        let roots = try Self.roots(json: Self.json)
        let scope = Self.scope(nil)
        for (text, reason) in [
            ("1 / (amount - 12.1)", FEELProblem.Reason.divisionByZero), ("amount + currency", .notArithmetic),
            ("amount < currency", .differentKinds), ("date(currency)", .badDate), ("number(currency)", .badNumber),
            ("upper case(amount)", .notText), ("substring(currency, 0)", .badPosition), ("sum(line.text)", .notANumber),
            ("line[1.5]", .notAnInteger),
        ] {
            roots.problems = []
            let evaluation = Evaluation(text, scope: scope)
            #expect(show(evaluation.value(roots)) == "null", "\(text)")
            #expect(roots.problems.map(\.reason) == [reason], "\(text)")
        }
    }

    @Test func `loops are bounded`() throws {
        let roots = try Self.roots(json: Self.json)
        for text in [
            "count(for x in 1..1000000000 return x)",
            "count(for a in 1..1000, b in 1..1000, c in 1..1000 return a)",
            "every x in 1..9223372036854775807 satisfies x > 0",
        ] {
            roots.problems = []
            #expect(show(Evaluation(text, scope: Self.scope()).value(roots)) == "null")
            #expect(roots.problems.map(\.reason) == [.tooManySteps])
        }
        #expect(show(Evaluation("count(for x in 1..1000 return x)", scope: Self.scope()).value(roots)) == "1000")
    }

    @Test func `large texts count as steps`() throws {
        let roots = TestRoots()
        roots.values[1] = .string(String(repeating: "x", count: 1 << 20))
        var scope = FEELScope()
        scope.add("t", 1, shape: nil)
        #expect(show(Evaluation("string length(for x in 1..1000 return t + t)", scope: scope).value(roots)) == "null")
        #expect(roots.problems.map(\.reason) == [.tooManySteps])
    }
}

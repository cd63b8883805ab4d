import Contracts
import Foundation
import Testing
import Workbench

/// What `waybill types` prints, held against `Tests/Fixtures/Types`. `UPDATE_GOLDEN=1` writes the expectations anew.
@Suite struct TypesGoldenTests {
    @Test(
        arguments: [
            ("wsdl-operations.txt", "routes/acme-bank/contracts/payments.wsdl", nil),
            ("wsdl-operation.txt", "routes/acme-bank/contracts/payments.wsdl", "AuthorizePayment"),
            ("check-vat.txt", "routes/vies/contracts/check-vat.wsdl", "checkVat"),
            ("json-schema.txt", "routes/acme-bank/contracts/payment-order.schema.json", nil),
            ("shipment-order.txt", "routes/parcelworks/contracts/shipment-order.schema.json", nil),
            ("openapi-operations.txt", "Tests/Fixtures/Types/store.yaml", nil),
            ("openapi-operation.txt", "Tests/Fixtures/Types/store.yaml", "authorizeCharge"),
            ("openapi-answer.txt", "Tests/Fixtures/Types/store.yaml", "GET /charges/{chargeId}/4XX"),
            ("openapi-schema.txt", "Tests/Fixtures/Types/store.yaml", "Line"),
        ] as [(String, String, String?)])
    func theShippedContracts(golden: String, path: String, part: String?) throws {
        let listing = try #require(Types.read(path, part: part).listing)
        #expect(try Types.expected(golden, for: listing.text()) == listing.text())
    }

    @Test func paths() throws {
        let order = try #require(Types.read("routes/acme-bank/contracts/payment-order.schema.json").listing)
        #expect(try Types.expected("json-schema.paths.txt", for: order.paths) == order.paths)
        let operation = Types.read("routes/acme-bank/contracts/payments.wsdl", part: "AuthorizePayment")
        let paths = try #require(operation.listing).paths
        #expect(try Types.expected("wsdl-operation.paths.txt", for: paths) == paths)
    }

    @Test func json() throws {
        let listing = try #require(Types.read("routes/acme-bank/contracts/payment-order.schema.json").listing)
        #expect(try Types.expected("json-schema.json", for: listing.json) == listing.json)
        let parsed = try #require(
            try JSONSerialization.jsonObject(with: Data(listing.json.utf8)) as? [String: Any])
        let messages = try #require(parsed["messages"] as? [[String: Any]])
        #expect((messages.first?["fields"] as? [Any])?.count == listing.sections.first?.rows.count)
    }

    @Test func colourDimsTheStepsBefore() throws {
        let listing = try #require(Types.read("routes/acme-bank/contracts/payment-order.schema.json").listing)
        let colored = listing.text(color: true)
        #expect(colored.contains("\u{1B}[2mamount.\u{1B}[0mvalue"))
        #expect(
            colored.replacing(/\u{1B}\[\d+m/, with: "").split(separator: "\n").map(trimmed)
                == listing.text().split(separator: "\n").map(trimmed))
    }

    private func trimmed(_ line: some StringProtocol) -> String { line.trimmingCharacters(in: .whitespaces) }

    @Test func anOperationOfAdyen() throws {
        guard let root = Types.conformance else { return }
        let folder = root.appending(path: "openapi")
        let path = "adyen-checkout-v71/CheckoutService-v71.yaml"
        let all = try #require(Types.read(path, in: folder).listing)
        #expect(all.parts.count == 28)
        let listing = try #require(
            Types.read(path, part: "post-payments-paymentPspReference-captures", depth: 2, in: folder).listing)
        #expect(listing.sections.first?.rows.map(\.path) == ["paymentPspReference"])
        let request = try #require(listing.sections.first { $0.title == "request" })
        #expect(request.rows.contains { $0.path == "amount.currency" && $0.required && $0.bounds == "length 3" })
        #expect(listing.sections.contains { $0.title == "answer 201" })
        print("types of Adyen's capture: \(listing.sections.map { "\($0.title) \($0.rows.count)" })")
    }

    @Test func vies() throws {
        guard let root = Types.conformance else { return }
        let folder = root.appending(path: "wsdl")
        let path = try #require(Self.main("vies", in: folder))
        let listing = try #require(Types.read(path, part: "checkVat", in: folder).listing)
        #expect(
            listing.sections.contains { $0.title == "request" && $0.rows.map(\.path) == ["countryCode", "vatNumber"] })
        let answer = try #require(listing.sections.first { $0.title == "answer" })
        #expect(answer.rows.map(\.path).contains("requestDate"))
        print("types of VIES checkVat: \(listing.sections.map { $0.rows.count }) rows")
    }

    @Test func invoiceOfUBL() throws {
        guard let root = Types.conformance else { return }
        let folder = root.appending(path: "wsdl")
        let path = try #require(Self.main("ubl", in: folder))
        let invoice = try #require(Types.read(path, part: "Invoice", depth: 3, in: folder).listing?.sections.first)
        let paths = Set(invoice.rows.map(\.path))
        #expect(paths.contains("AccountingSupplierParty.Party"))
        #expect(paths.contains("InvoiceLine[]"))
        #expect(paths.contains("LegalMonetaryTotal.PayableAmount"))
        #expect(invoice.rows.contains { $0.path == "LegalMonetaryTotal.PayableAmount.@currencyID" && $0.required })
        #expect(invoice.rows.contains { $0.source?.path.contains("UBL-CommonAggregateComponents") == true })
        #expect(invoice.rows.allSatisfy { ($0.source?.line ?? 1) > 0 })
        let short = try #require(Types.read(path, part: "Invoice", depth: 1, in: folder).listing).text()
        #expect(try Types.expected("ubl-invoice.txt", for: short) == short)
        print("types of UBL Invoice, three levels: \(invoice.rows.count) rows")
    }

    @Test func creditTransfer() throws {
        guard let root = Types.conformance else { return }
        let folder = root.appending(path: "wsdl")
        let path = try #require(Self.main("pain", in: folder))
        let listing = try #require(Types.read(path, depth: 3, in: folder).listing)
        let rows = try #require(listing.sections.first).rows
        #expect(rows.map(\.path).contains("CstmrCdtTrfInitn.GrpHdr.MsgId"))
        #expect(rows.first { $0.path == "CstmrCdtTrfInitn.GrpHdr.MsgId" }?.bounds.contains("1..35") == true)
        #expect(rows.first { $0.path == "CstmrCdtTrfInitn.PmtInf[]" }?.required == true)
        let short = try #require(Types.read(path, depth: 2, in: folder).listing).text()
        #expect(try Types.expected("pain-001.txt", for: short) == short)
        print("types of pain.001, three levels: \(rows.count) rows")
    }

    /// The first main file of the set whose name has this in it.
    private static func main(_ word: String, in folder: URL) -> String? {
        guard let data = try? Data(contentsOf: folder.appending(path: "INDEX.json")),
            let index = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let contracts = index["contracts"] as? [[String: Any]]
        else { return nil }
        for contract in contracts {
            guard let slug = contract["slug"] as? String, slug.lowercased().contains(word) else { continue }
            let mains = contract["main"] as? [String] ?? (contract["main"] as? String).map { [$0] } ?? []
            if let invoice = mains.first(where: { $0.contains("Invoice") }) ?? mains.first {
                return slug + "/" + invoice
            }
        }
        return nil
    }
}

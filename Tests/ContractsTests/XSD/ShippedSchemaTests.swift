import Diagnostics
import Documents
import Glibc
import Testing
import XML

@testable import Contracts

/// The XSD sets of `WAYBILL_CONFORMANCE`: their samples, and messages made up from them, judged by our validator and by
/// libxml2.
@Suite struct ShippedSchemaTests {
    struct Shipped {
        var folder: String
        var main: [String]
    }

    static let all = [
        Shipped(folder: "xsd-iso20022-pain.001.001.09", main: ["pain.001.001.09.xsd"]),
        Shipped(
            folder: "xsd-iso20022-camt.053",
            main: ["camt.053.001.08.xsd", "camt.053.001.02.xsd", "camt.053.001.04.xsd"]),
        Shipped(
            folder: "xsd-ubl-2.1",
            main: ["maindoc/UBL-Invoice-2.1.xsd", "maindoc/UBL-CreditNote-2.1.xsd", "maindoc/UBL-Order-2.1.xsd"]),
        Shipped(
            folder: "xsd-nav-online-invoice",
            main: [
                "invoiceApi.xsd", "invoiceBase.xsd", "invoiceData.xsd", "invoiceAnnulment.xsd", "serviceMetrics.xsd",
            ]),
        Shipped(folder: "xsd-cybersource-1.201", main: ["CyberSourceTransaction_1.201.xsd"]),
    ]

    private func set(_ path: String, in folder: String) -> XSDSchemaSet {
        let issues = ContractIssues(path: path, file: FileID(index: 0), bytes: [])
        var loader = XSDLoader(issues: issues) { contents(of: folder + "/" + $0) }
        loader.add(path: path, place: .init(path, line: 1))
        #expect(issues.sink.diagnostics.filter { $0.severity == .error }.map(\.title) == [], "\(path)")
        return loader.set()
    }

    private func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    @Test func generatedMessages() throws {
        guard let root = conformanceFolder() else { return }
        let count = number("WAYBILL_GENERATED") ?? 1_000
        let seed = number("WAYBILL_SEED").map { UInt64(truncatingIfNeeded: $0) } ?? UInt64.random(in: 1...1_000_000)
        for shipped in ShippedSchemaTests.all {
            for path in shipped.main {
                let set = set(path, in: root + "/wsdl/" + shipped.folder)
                let compiled = try #require(set.compiled(), "\(path)")
                #expect(compiled.problems.map(\.message) == [], "\(path)")
                #expect(compiled.referenceProblems.map(\.message) == [], "\(path)")
                let namespace = set.documents.first?.context.namespace
                let roots = compiled.elementNames.filter { $0.key.namespace == namespace }
                    .sorted { $0.key.name < $1.key.name }.prefix(4)
                for root in roots {
                    check(compiled, set, path, root.key, root.value, count: max(1, count / roots.count), seed: seed)
                }
            }
        }
    }

    private func check(
        _ compiled: XSDSchemaSet.Compiled, _ set: XSDSchemaSet, _ path: String, _ name: ElementName, _ element: Int,
        count: Int, seed: UInt64
    ) {
        let model = XSDModelBuilder.build(set).model
        guard let place = model.elementNames[XMLName(name.name, namespace: name.namespace)] else { return }
        var generator = MessageGenerator(model, compiled.program, seed: seed)
        let validator = compiled.validator(element: element)
        let document = Document()
        let scratch = ValidationScratch()
        var valid = 0
        var broken = 0
        var differ: [String] = []
        let issues = ContractIssues(path: path, file: FileID(index: 0), bytes: [])
        let shape = XSDExpander(set, issues: issues).element(XMLName(name.name, namespace: name.namespace))
        var unknown: Set<String> = []
        for index in 0..<count {
            let message = generator.message(place)
            // Every tenth is enough: the type has to have a place for whatever a message may hold.
            if index % 10 == 0, let shape, let document = parsed(Array(message.xml().utf8)) {
                unknown.formUnion(strangers(document, at: 0, in: shape))
            }
            for (text, isMutated) in [(message.xml(), false), (generator.mutated(message).xml(), true)] {
                let bytes = Array(text.utf8)
                let (ours, theirs) = bytes.withUnsafeBytes { source -> (Bool, [XMLSchemaValidator.Problem]) in
                    guard (try? document.parseXML(source)) != nil else { return (false, []) }
                    return (
                        validator.validate(document, at: 0, source: source, scratch),
                        compiled.reference?.validate(source) ?? []
                    )
                }
                // libxml2 does not look at references, and passes over characters that are not of base64.
                if !ours, theirs.isEmpty,
                    scratch.violations.allSatisfy({ ["id", "idref"].contains($0.keyword) || $0.expected == "base64" })
                {
                    continue
                }
                if ours != theirs.isEmpty {
                    differ.append(
                        "\(scratch.violations.first?.message ?? "valid") / \(theirs.first?.message ?? "valid"): \(text.prefix(3000))"
                    )
                } else if isMutated {
                    broken += ours ? 0 : 1
                } else {
                    valid += ours ? 1 : 0
                }
            }
        }
        print(
            "\(path)#\(name.name): \(valid)/\(count) valid and \(broken)/\(count) broken messages, "
                + "\(differ.count) judged otherwise by libxml2 (\(validator.engine)\(validator.engineReason.map { ": " + $0 } ?? ""), seed \(seed))"
        )
        #expect(differ.prefix(3).isEmpty, "\(differ.prefix(3).joined(separator: "\n"))")
        #expect(valid == count)
        #expect(unknown.isEmpty, "\(path)#\(name.name) has no place for \(unknown.sorted().prefix(12))")
    }

    @Test func samples() throws {
        guard let root = conformanceFolder() else { return }
        var right = 0
        var total = 0
        for shipped in ShippedSchemaTests.all {
            let folder = root + "/wsdl/" + shipped.folder
            guard let bytes = contents(of: folder + "/samples/expected.json") else { continue }
            let expected = Document()
            guard bytes.withUnsafeBytes({ (try? expected.parseJSON($0)) != nil }) else { continue }
            let sets = Dictionary(uniqueKeysWithValues: shipped.main.map { ($0, set($0, in: folder)) })
            let results = expected.child(0, named: "results")
            guard results > 0 else { continue }
            var node = results + 1
            while node < Int(expected[results].next) {
                defer { node = Int(expected[node].next) }
                func text(_ name: String) -> String { expected.string(expected.child(node, named: name)) }
                guard let set = sets[text("schema")], let file = contents(of: folder + "/" + text("sample")) else {
                    continue
                }
                let message = Document()
                // A message in another encoding than UTF-8 is for the reader to refuse.
                guard file.withUnsafeBytes({ (try? message.parseXML($0)) != nil }) else { continue }
                total += 1
                let namespace = String(decoding: message.namespaceName(message[0].namespace), as: UTF8.self)
                let validator = set.validator(forElement: ElementName(message.nameString(0), namespace: namespace))
                let ours = file.withUnsafeBytes {
                    validator?.validate(message, at: 0, source: $0, ValidationScratch()) ?? false
                }
                if ours == (text("result") == "VALID") {
                    right += 1
                } else {
                    Issue.record("\(shipped.folder)/\(text("sample")): ours \(ours)")
                }
            }
        }
        print("samples of the XSD sets: \(right)/\(total)")
        #expect(right == total && total > 40)
    }
}

import Contracts
import Diagnostics
import Documents
import Foundation
import Testing

/// Partners' real descriptions, stress cases and recorded messages, from the folder that `WAYBILL_CONFORMANCE` names.
@Suite struct WSDLConformanceTests {
    /// Reads a file on disk, its folder being the workspace.
    private func open(_ folder: String, _ path: String) -> Reading {
        read(path: path) { contents(of: folder + "/" + $0) }
    }

    @Test func realDescriptions() throws {
        guard let root = conformanceFolder() else { return }
        let contracts = IndexValue(path: root + "/wsdl/INDEX.json")["contracts"].items.filter {
            $0["kind"].text == "wsdl"
        }
        #expect(contracts.count == 18)
        var total = (operations: 0, services: 0, ports: 0, faults: 0, headers: 0, expected: 0)
        for contract in contracts {
            let slug = try #require(contract["slug"].text)
            for main in contract["main"].items.compactMap(\.text) {
                let reading = open(root + "/wsdl/" + slug, main)
                let document = try #require(reading.document, "\(slug): \(reading.codes)")
                let bad = reading.diagnostics.filter { $0.severity == .error }
                #expect(bad.isEmpty, "\(slug): \(bad.map(\.title))")
                for binding in contract["bindings"].items {
                    guard let version = binding["soap"].text.flatMap({ SOAPBindingVersion(rawValue: $0) }) else {
                        continue
                    }
                    let bound = document.operations.filter { $0.binding == binding["name"].text }
                    #expect(bound.count == binding["operations"].integer, "\(slug)")
                    #expect(bound.allSatisfy { $0.version == version && $0.style.rawValue == binding["style"].text })
                    let encoded = binding["use"].items.compactMap(\.text) == ["encoded"]
                    #expect(bound.allSatisfy { $0.isLiteral != encoded }, "\(slug)")
                }
                #expect(document.services.map(\.name) == contract["services"].items.map { $0["name"].text ?? "" })
                for (service, expected) in zip(document.services, contract["services"].items) {
                    let ports = expected["ports"].items
                    #expect(service.ports.map(\.name) == ports.map { $0["name"].text ?? "" }, "\(slug)")
                    #expect(service.ports.map(\.address) == ports.map { $0["address"].text ?? "" }, "\(slug)")
                    total.ports += service.ports.count
                }
                let first = document.operations.filter { $0.version == .v11 }
                let once = first.isEmpty ? document.operations : first
                #expect(once.count == contract["operations"].integer, "\(slug)")
                let faults = once.reduce(0) { $0 + $1.faults.count }
                let headers = document.operations.reduce(0) { $0 + $1.inputHeaders.count + $1.outputHeaders.count }
                #expect(faults == contract["faults"].integer, "\(slug)")
                #expect(headers == contract["headers"].integer, "\(slug)")
                for operation in document.operations {
                    #expect(operation.input?.shape.isAny == false, "\(slug): \(operation.name)")
                    #expect(operation.faults.allSatisfy { !$0.detail.shape.isAny }, "\(slug): \(operation.name)")
                    #expect(operation.refusal == nil && operation.address.hasPrefix("http"), "\(slug)")
                    #expect(document.operation(named: operation.name) != nil)
                    for element in [operation.input, operation.output].compactMap({ $0 }) {
                        _ = element.shape.describeTree(depth: 4, limit: 100)
                    }
                }
                #expect(WSDLDispatch(document.operations).ambiguities == [], "\(slug)")
                total.operations += once.count
                total.services += document.services.count
                total.faults += faults
                total.headers += headers
                total.expected += contract["operations"].integer ?? 0
            }
        }
        #expect(total.operations == 376)
        print(
            "wsdl: \(contracts.count) contracts, \(total.operations)/\(total.expected) operations, \(total.services) services, \(total.ports) ports, \(total.faults) faults, \(total.headers) headers"
        )
    }

    /// The messages recorded beside the contracts have the verdicts of an independent validator. DHL's schema breaks
    /// Unique Particle Attribution, which makes nothing ambiguous that its messages use: it is accepted.
    @Test func samplesHaveTheirVerdicts() throws {
        guard let root = conformanceFolder() else { return }
        var agreed = 0
        var total = 0
        for contract in IndexValue(path: root + "/wsdl/INDEX.json")["contracts"].items
        where contract["kind"].text == "wsdl" {
            let slug = try #require(contract["slug"].text)
            let folder = root + "/wsdl/" + slug
            let results = IndexValue(path: folder + "/samples/expected.json")["results"].items
            guard !results.isEmpty, let main = contract["main"].items.first?.text else { continue }
            let reading = open(folder, main)
            let document = try #require(reading.document)
            if slug.hasPrefix("dhl") {
                #expect(reading.titles == ["the content of `Statusinformation` can be read in two ways"])
            }
            for result in results {
                let sample = try #require(result["sample"].text)
                let bytes = try #require(contents(of: folder + "/" + sample))
                total += 1
                guard let message = parsed(bytes) else {
                    if result["result"].text != "VALID" { agreed += 1 }
                    continue
                }
                let node = message.soapVersion == nil ? 0 : message.firstSOAPBodyChild()
                let name = node < 0 ? "" : message.nameString(node)
                let operation = document.operations.first { $0.output?.name == name || $0.input?.name == name }
                guard let operation else {
                    #expect(name == "Fault", "\(sample): \(name)")
                    continue
                }
                let chosen = operation.input?.name == name ? document.request(operation) : document.response(operation)
                let validator = try #require(chosen.validator, "\(sample)")
                let scratch = ValidationScratch()
                let isValid = bytes.withUnsafeBytes { validator.validate(message, at: node, source: $0, scratch) }
                #expect(
                    isValid == (result["result"].text == "VALID"), "\(sample): \(scratch.violations.map(\.message))")
                if isValid == (result["result"].text == "VALID") { agreed += 1 }
            }
        }
        #expect(total >= 19)
        print("wsdl samples: \(agreed)/\(total) verdicts")
    }

    /// `soapenc:Array` and structs, in the one description that has them in earnest.
    @Test func encodedArraysAreRead() throws {
        guard let root = conformanceFolder() else { return }
        let document = try #require(open(root + "/wsdl/jira-rpc", "jira.wsdl").document)
        let issue = try #require(document.response(operation: "getIssue"))
        #expect(issue.rootElement?.name == "getIssueResponse")
        #expect(issue.root.lookup("getIssueReturn.summary")?.kindName == "text")
        let avatars = try #require(document.operation(named: "getProjectAvatars")?.output?.shape)
        #expect(avatars.lookup("getProjectAvatarsReturn.item")?.kindName == "list of object")
        #expect(avatars.lookup("getProjectAvatarsReturn.item.owner")?.kindName == "text")
        let fault = try #require(document.operation(named: "getIssue")?.faults.first)
        #expect(fault.name == "RemotePermissionException")
    }

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/Contracts/wsdl-edge.txt").standardizedFileURL

    /// No file of the edge cases crashes or hangs, and each that is broken gets a message with advice. The golden file
    /// holds what is said; `UPDATE_GOLDEN=1` writes it again.
    @Test func edgeCases() throws {
        guard let root = conformanceFolder() else { return }
        let folder = root + "/wsdl-edge"
        let files = IndexValue(path: folder + "/INDEX.json")["files"].items
        #expect(files.count == 50)
        var lines: [String] = []
        for file in files {
            let path = try #require(file["file"].text)
            let reading = open(folder, path)
            for path in reading.loaded { #expect(!path.hasPrefix("/") && !path.contains(".."), "\(path)") }
            let isReadable = file["wellFormed"].isTrue && file["wsdl"].text == "1.1"
            #expect((reading.document != nil) == isReadable, "\(path)")
            for each in reading.diagnostics where each.severity != .note {
                #expect(each.help?.isEmpty == false, "\(path): \(each.code) \(each.title)")
            }
            if !isReadable { #expect(reading.diagnostics.contains { $0.severity == .error }, "\(path)") }
            if !file["missingImports"].items.isEmpty { #expect(reading.codes.contains("WB3206"), "\(path)") }
            if reading.document?.operations.isEmpty == true { #expect(!reading.codes.isEmpty, "\(path)") }
            var line = "\(path): \(reading.document.map { "\($0.operations.count) operations" } ?? "refused")"
            if let first = reading.diagnostics.first {
                line += "; \(reading.codes.joined(separator: " ")); \(first.title)"
            }
            lines.append(line)
        }
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: Self.golden, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.golden, encoding: .utf8) == text)
        let broken = lines.count { $0.contains("; WB") }
        print("wsdl-edge: \(lines.count) files, \(broken) with diagnostics")
    }

    /// Recorded messages: the description loads, the operation is found by the body's element, and the shape has a
    /// place for everything in the messages.
    @Test func recordedMessages() throws {
        guard let root = conformanceFolder() else { return }
        let folder = root + "/soap-json-samples"
        let cases = IndexValue(path: folder + "/cases.json")["cases"].items
        #expect(cases.count == 50)
        var counts = (loaded: 0, requests: 0, responses: 0, checked: 0)
        var differences: [String] = []
        for each in cases {
            let id = try #require(each["id"].text)
            let reading = open(folder + "/cases/" + id, "soap.wsdl")
            guard let document = reading.document else {
                differences.append("\(id): refused \(reading.codes)")
                continue
            }
            counts.loaded += 1
            let name = each["operation"].text ?? ""
            for part in ["request.xml", "response.xml"] {
                guard let bytes = contents(of: "\(folder)/cases/\(id)/\(part)") else { continue }
                guard let message = parsed(bytes) else {
                    differences.append("\(id)/\(part): not well formed")
                    continue
                }
                let node = message.firstSOAPBodyChild()
                guard let operation = document.operation(named: name) else {
                    differences.append("\(id)/\(part): no operation \(name)")
                    continue
                }
                guard let element = part == "request.xml" ? operation.input : operation.output else { continue }
                guard node >= 0 else {
                    differences.append("\(id)/\(part): empty body")
                    continue
                }
                if message.nameString(node) == "Fault" { continue }
                if part == "request.xml" { counts.requests += 1 } else { counts.responses += 1 }
                let namespace = String(decoding: message.namespaceName(message[node].namespace), as: UTF8.self)
                if message.nameString(node) != element.name || namespace != element.namespace ?? "" {
                    differences.append(
                        "\(id)/\(part): {\(namespace)}\(message.nameString(node)), not {\(element.namespace ?? "")}\(element.name)"
                    )
                    continue
                }
                let unknown = strangers(message, at: node, in: element.shape)
                if !unknown.isEmpty { differences.append("\(id)/\(part): no place for \(unknown)") }
                let contract = part == "request.xml" ? document.request(operation) : document.response(operation)
                guard unknown.isEmpty, let validator = contract.validator else { continue }
                counts.checked += 1
                let scratch = ValidationScratch()
                let isValid = bytes.withUnsafeBytes { validator.validate(message, at: node, source: $0, scratch) }
                if !isValid { differences.append("\(id)/\(part): \(scratch.violations.map(\.message))") }
            }
        }
        let places = Set(differences.map { String($0.prefix { $0 != ":" }) })
        #expect(places.subtracting(Self.deviations.keys).sorted() == [], "\(differences)")
        #expect(Set(Self.deviations.keys).subtracting(places).sorted() == [], "these fit now")
        print(
            "soap-json-samples: \(counts.loaded)/50 descriptions, \(counts.requests) requests, \(counts.responses) responses, \(counts.checked) validated, \(differences.count) known deviations of the recordings"
        )
    }

    /// What was recorded from clients and mocks that did not keep to the contract, and why.
    private static let deviations: [String: String] = {
        let attribute = "an attribute that the contract doesn't have"
        let name = "an element that is spelled otherwise in the contract"
        let extra = "an element that the contract doesn't have"
        let broken = "not well-formed XML"
        let namespace = "another namespace than the contract's"
        let server = "an answer with another element than the contract's"
        let null = "`xsi:nil` on an element that is not nillable"
        let order = "elements out of order"
        let type = "a value that its type doesn't have"
        return [
            "Dummy__should_add_prefix_for_unqualified_global_elements/request.xml": attribute,
            "Dummy__should_handle_attributes_in_request/request.xml": attribute,
            "Dummy__should_ignore_defined_namespaces/request.xml": name,
            "Dummy__should_use_defined_value_key/request.xml": name,
            "Dummy__should_ignore_custom_defined_namespaces/request.xml": name,
            "Dummy__should_use_defined_xml_key_in_first_level_for_rpc": broken,
            "attachments__should_send_binary_data": broken,
            "SetResource__should_correctly_set_element_if_complex-type_has_same_name/response.xml": broken,
            "fooOp__should_return_back_good_response_object/response.xml": broken,
            "GetItemInformation__should_ignore_default_namespace_from_schema/response.xml": extra,
            "GetSubscription__should_handle_ref_minOccurs_and_maxOccurs/response.xml": extra,
            "getMessage__does_not_use_schema_xmlns/request.xml": extra,
            "addList__complex_extension_namespace_for_arrays/response.xml": attribute,
            "get__complex_extension_without_explicit_namespace/request.xml": attribute,
            "update__complex_extension_with_array_attributes/request.xml": extra,
            "update__complex_extension_with_array_attributes/response.xml": attribute,
            "Dummy__should_add_prefix_for_unqualified_global_elements/response.xml": namespace,
            "Dummy__should_escape_xml/request.xml": null, "Dummy__should_escape_xml/response.xml": null,
            "Dummy__should_handle_nil/response.xml": null, "Dummy__should_handle_nil_as_null/response.xml": null,
            "Dummy__should_handle_nil_false/response.xml": null,
            "GetItemInformation__should_ignore_default_namespace_from_schema/request.xml": order,
            "UpdateProfile__correct_namespaces_other_prefixes/request.xml": order,
            "UpdateProfile__correct_namespaces_for_elements_with_base_ignorednamespaces/request.xml": namespace,
            // A date where a date and time is due.
            "RetrieveFareQuoteDateRange__should_handle_child_namespaces/request.xml": type,
            "Message__Messages_suffixed_with_In_Out/request.xml": name,
            "Message__Messages_suffixed_with_Input_Output/request.xml": name,
            "Message__Messages_suffixed_with_Request_Response/request.xml": name,
            "Message__Messages_suffixed_with_In_Out/response.xml": server,
            "Message__Messages_suffixed_with_Input_Output/response.xml": server,
            "Message__Messages_suffixed_with_Request_Response/response.xml": server,
            "execFile__valid_xml_generated_on_request_with_complex_type_element_form_default_qualified/response.xml":
                server,
            "SendCDATA__cdata_preserves_leading_and_trailing_whitespace_when_preserveWhitespace_option_is_true/response.xml":
                namespace,
            "fooOp__should_return_back_good_response_object/request.xml": namespace,
            "getAttachments__should_handle_not_MTOM_response/request.xml": namespace,
            // Its binding names the port type without a prefix, in WSDL's own namespace.
            "addPrefix__should_add_namespace_on_output_message/request.xml": namespace,
            "addPrefix__should_add_namespace_on_output_message/response.xml": namespace,
        ]
    }()
}

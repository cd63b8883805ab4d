import Diagnostics
import Documents
import Testing
import XML

@testable import Contracts

/// The tests of the W3C for XML Schema 1.0, read from the folder that `WAYBILL_CONFORMANCE` names.
@Suite struct XSDSuiteTests {
    @Test func officialSuite() throws {
        guard let folder = conformanceFolder() else { return }
        let suite = folder + "/xsd-suite"
        let cases = try #require(XSDSuite.cases(suite))
        var sets: [String: XSDSuite.Compiled] = [:]
        var right = (schema: 0, instance: 0)
        var total = (schema: 0, instance: 0)
        var wrong: [String] = []
        var differ: [String] = []
        var compared = 0
        for test in cases {
            let key = test.schemas.joined(separator: " ")
            let compiled: XSDSuite.Compiled
            if test.schemas.isEmpty, let instance = test.instance {
                compiled = XSDSuite.compile(XSDSuite.hints(instance, in: suite), in: suite)
            } else if let known = sets[key] {
                compiled = known
            } else {
                compiled = XSDSuite.compile(test.schemas, in: suite)
                sets[key] = compiled
            }
            let verdict: Bool
            if let instance = test.instance {
                total.instance += 1
                let result = compiled.validate(instance, in: suite)
                verdict = result.ours
                if let theirs = result.reference {
                    compared += 1
                    if theirs != result.ours { differ.append(test.name) }
                }
                if verdict == test.isValid { right.instance += 1 }
            } else {
                total.schema += 1
                verdict = compiled.isValid
                if verdict == test.isValid { right.schema += 1 }
            }
            if verdict != test.isValid { wrong.append(test.name) }
        }
        print(
            "xsd-suite: schemas \(right.schema)/\(total.schema), instances \(right.instance)/\(total.instance), "
                + "as libxml2 \(compared - differ.count)/\(compared)")
        #expect(total.schema + total.instance == 2303)
        // A case that is not listed has to be right, and one that is has to be wrong: else its line must go.
        #expect(Set(wrong).subtracting(XSDSuite.exceptions.keys).sorted() == [])
        #expect(Set(XSDSuite.exceptions.keys).subtracting(wrong).sorted() == [])
        #expect(Set(differ).subtracting(XSDSuite.differences.keys).sorted() == [])
        #expect(Set(XSDSuite.differences.keys).subtracting(differ).sorted() == [])
    }
}

enum XSDSuite {
    /// Cases with another verdict than the one expected, and why.
    static let exceptions: [String: String] = [
        "sun/name00101m1/name00101m1":
            "libxml2 does not know a notation that the schema declares after its use",
        "sun/publicid00201m1/publicId00201m1":
            "neither reading checks the characters of a public identifier",
        "sun/st_targetns00101m/ST_targetNS00101m2_p":
            "the type is in a document that only the instance names",
        "wg/sg-abstract-upa2/e1bis.xml":
            "the suite itself calls the verdict doubtful; libxml2 and Xerces refuse too",
        "saxon/missing001/missing001.xsd":
            "a missing component is reported when the schema is read, not when it is used",
        "saxon/missing001/missing001.n1.xml":
            "a missing type allows anything",
        "saxon/missing006/missing006.xsd":
            "a missing component is reported when the schema is read, not when it is used",
        "saxon/missing006/missing006.n1.xml":
            "a missing type allows anything",
        "saxon/vc014/vc014.xsd":
            "`vc:` attributes belong to XML Schema 1.1",
        "saxon/vc014/vc014.n1.xml":
            "`vc:` attributes belong to XML Schema 1.1",
        "saxon/vc024-11/vc024-11.xsd":
            "`vc:` attributes belong to XML Schema 1.1",
        "ms/addB120/addB120.i":
            "the schema is refused; what is read of it allows the message",
        "ms/addB158/addB158.i":
            "libxml2 and Xerces find the message valid too",
        "ms/positiveInteger_maxExclusive002_1835/positiveInteger_maxExclusive002_1835":
            "libxml2 and Xerces find the schema valid too",
        "ms/elemZ004/elemZ004":
            "numbers of occurrences beyond 31 bits",
        "ms/groupF009v/groupF009v":
            "numbers of occurrences beyond 31 bits",
        "ms/idL100/idL100.v":
            "libxml2 and Xerces find the message valid too",
        "ms/mgO013/mgO013":
            "a redefined group without a reference to itself is not compared with the original",
        "ms/particlesIj009/particlesIj009":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesIk021/particlesIk021":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesL015/particlesL015":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesL022/particlesL022":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesS006/particlesS006":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesU006/particlesU006":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesV018/particlesV018":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesW015/particlesW015":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/particlesZ023/particlesZ023":
            "the structure of the restriction breaks a rule although it allows nothing new",
        "ms/schN10/schN10":
            "a redefinition of a redefinition adds an element twice",
        "ms/schU5/schU5.i":
            "the schema is refused; what is read of it allows the message",
        "ms/stZ007/stZ007":
            "libxml2 does not know a union that refers forward",
    ]

    /// Instances that libxml2 judges otherwise than we do, and why.
    static let differences: [String: String] = [
        "sun/au_valconstr00101m1/Negative":
            "libxml2 does not compare the fixed value",
        "sun/attributeuses00101m1/Positive":
            "libxml2 keeps white space around an attribute of a list or number",
        "sun/derivationmethod00102m1/Positive":
            "libxml2 keeps white space around an attribute of a list or number",
        "sun/derivationmethod00102m2/Positive":
            "libxml2 keeps white space around an attribute of a list or number",
        "sun/idconstrdefs00301m/idConstrDefs00301m2_n":
            "libxml2 checks neither `IDREF` nor `ID` in elements",
        "sun/idconstrdefs00301m/idConstrDefs00301m3_n":
            "libxml2 checks neither `IDREF` nor `ID` in elements",
        "sun/idconstrdefs00301m/idConstrDefs00301m4_n":
            "libxml2 checks neither `IDREF` nor `ID` in elements",
        "sun/idconstrdefs00302m/idConstrDefs00302m3_n":
            "libxml2 checks neither `IDREF` nor `ID` in elements",
        "sun/idconstrdefs00302m/idConstrDefs00302m4_n":
            "libxml2 checks neither `IDREF` nor `ID` in elements",
        "sun/typedef00601m/typeDef00601m1_p":
            "libxml2 keeps white space around `xsi:type`",
        "sun/valueconstraint00701m1/Negative":
            "libxml2 does not compare the fixed value of mixed content",
        "sun/st_name00401m/ST_name00401m1_p":
            "libxml2 wants the root to be declared",
        "sun/st_targetns00101m/ST_targetNS00101m1_p":
            "libxml2 wants the root to be declared",
        "ms/nonNegativeInteger005_2206/nonNegativeInteger005_2206.v":
            "libxml2 reads at most 24 digits",
        "ms/RegexTest_73/RegexTest_73.v":
            "libxml2 misses a class",
    ]

    struct Case {
        var name: String
        var schemas: [String]
        var instance: String?
        var isValid: Bool
        var libxml2: String
        var jdk: String
    }

    static func cases(_ suite: String) -> [Case]? {
        guard let bytes = contents(of: suite + "/cases.json") else { return nil }
        let document = Document()
        guard bytes.withUnsafeBytes({ (try? document.parseJSON($0)) != nil }) else { return nil }
        func text(_ node: Int, _ name: String) -> String? {
            let child = document.child(node, named: name)
            return child < 0 ? nil : document.string(child)
        }
        var result: [Case] = []
        var node = 1
        while node < document.count {
            var schemas: [String] = []
            let list = document.child(node, named: "schemas")
            if list >= 0 {
                var item = list + 1
                while item < Int(document[list].next) {
                    schemas.append(document.string(item))
                    item = Int(document[item].next)
                }
            }
            let name = [text(node, "set"), text(node, "group"), text(node, "test")].compactMap { $0 }
            result.append(
                Case(
                    name: name.joined(separator: "/"), schemas: schemas, instance: text(node, "instance"),
                    isValid: text(node, "expected") == "valid", libxml2: text(node, "libxml2") ?? "",
                    jdk: text(node, "jdk") ?? ""))
            node = Int(document[node].next)
        }
        return result
    }

    /// A set of schema documents of the suite.
    final class Compiled {
        let compiled: XSDSchemaSet.Compiled?
        let isValid: Bool
        let notes: [String]

        init(_ compiled: XSDSchemaSet.Compiled?, isValid: Bool, notes: [String]) {
            self.compiled = compiled
            self.isValid = isValid
            self.notes = notes
        }

        func validate(_ path: String, in suite: String) -> (ours: Bool, reference: Bool?, note: String) {
            guard let bytes = contents(of: suite + "/" + path), let compiled else { return (false, nil, "unread") }
            let document = Document()
            let scratch = ValidationScratch()
            return bytes.withUnsafeBytes { source in
                let theirs = compiled.reference.map { $0.validate(source) }
                guard (try? document.parseXML(source)) != nil else {
                    return (false, theirs.map { $0.isEmpty }, "unparsed")
                }
                let namespace = String(decoding: document.namespaceName(document[0].namespace), as: UTF8.self)
                let name = ElementName(document.nameString(0), namespace: namespace.isEmpty ? nil : namespace)
                let element = compiled.elementNames[name]
                // The root may name its type instead of being declared (Part 1, section 5.2).
                guard element != nil || document.attribute(0, named: "type") > 0 else {
                    return (false, theirs.map { $0.isEmpty }, "no element")
                }
                let validator = compiled.validator(element: element ?? -1)
                let ours = validator.validate(document, at: 0, source: source, scratch)
                return (
                    ours, theirs.map { $0.isEmpty },
                    "\(validator.engine) \(scratch.violations.first?.message ?? "") / \(theirs?.first?.message ?? "")"
                )
            }
        }
    }

    /// The schema documents that an instance itself names, as far as they are there.
    static func hints(_ path: String, in suite: String) -> [String] {
        let document = Document()
        guard let bytes = contents(of: suite + "/" + path),
            bytes.withUnsafeBytes({ (try? document.parseXML($0)) != nil })
        else { return [] }
        var result: [String] = []
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        for node in 0..<document.count where document[node].kind == .attribute {
            let words = document.string(node).split(whereSeparator: \.isWhitespace).map(String.init)
            var files: [String] = []
            switch document.nameString(node) {
            case "schemaLocation": files = words.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            case "noNamespaceSchemaLocation": files = words
            default: continue
            }
            for file in files.map({ folder + "/" + $0 })
            where contents(of: suite + "/" + file) != nil && !result.contains(file) { result.append(file) }
        }
        return result
    }

    static func compile(_ paths: [String], in suite: String) -> Compiled {
        let issues = ContractIssues(path: paths.first ?? "", file: FileID(index: 0), bytes: [])
        var loader = XSDLoader(issues: issues) { contents(of: suite + "/" + $0) }
        for path in paths { loader.add(path: path, place: .init(path, line: 1)) }
        let set = loader.set()
        guard let compiled = set.compiled() else {
            return Compiled(nil, isValid: false, notes: [set.compilation.refusal ?? "refused"])
        }
        let errors = issues.sink.diagnostics.filter { $0.severity == .error && $0.code == "WB3203" }.map(\.title)
        let notes = errors + compiled.problems.map(\.message) + compiled.referenceProblems.map(\.message)
        return Compiled(compiled, isValid: notes.isEmpty && compiled.reference != nil, notes: notes)
    }
}

import Documents
import Testing

@Suite struct XMLParserTests {
    /// The tree in one line: `{namespace}name@attribute=value[text](children)`.
    private func outline(_ document: Document, _ node: Int = 0) -> String {
        let n = document[node]
        let namespace = String(decoding: document.namespaceName(n.namespace), as: UTF8.self)
        var text = (namespace.isEmpty ? "" : "{\(namespace)}") + document.nameString(node)
        if n.kind == .attribute { return "@" + text + "=" + document.string(node) }
        if n.valueCount > 0 { text += "[\(document.string(node))]" }
        var children: [String] = []
        var k = node + 1
        while k < n.next {
            children.append(outline(document, k))
            k = Int(document[k].next)
        }
        #expect(children.count == Int(n.childCount))
        return children.isEmpty ? text : text + "(" + children.joined(separator: " ") + ")"
    }

    @Test(arguments: [
        ("<a/>", "a"), ("<a></a>", "a"), ("<a> </a>", "a[ ]"), ("<a>x</a>", "a[x]"),
        ("<a>\n  <b>1</b>\n  <c/>\n</a>", "a(b[1] c)"),
        ("<a>x<b>y</b>z<c/>!</a>", "a[xz!](b[y] c)"),
        ("<a>1<b>2<c>3</c>4</b>5</a>", "a[15](b[24](c[3]))"),
        ("<a>x&lt;&gt;&amp;&quot;&apos;&#65;&#x1F30D;y</a>", "a[x<>&\"'A🌍y]"),
        ("<a>&#13;&#10;</a>", "a[\r\n]"), ("<a>&amp;<b/></a>", "a[&](b)"),
        ("<a>one<!-- - -->two<?pi data?>three<![CDATA[<&]]]]>four</a>", "a[onetwothree<&]]four]"),
        ("<a><![CDATA[]]></a>", "a"), ("<a>x\r\ny\rz\n</a>", "a[x\ny\nz\n]"),
        ("<a b='1' c=\"2\"/>", "a(@b=1 @c=2)"),
        ("<a b=' x\t\r\ny&#9;&quot;\"&lt; '>z</a>", "a[z](@b= x  y\t\"\"< )"),
        ("<?xml version=\"1.0\" encoding='utf-8' standalone=\"no\"?>\n<!-- c -->\n<a/>\n<!-- d --><?e?>\n", "a"),
        ("\u{FEFF}<?xml version=\"1.0\"?><a>ü</a>", "a[ü]"),
        ("<été·1 ñ=''>世界</été·1>", "été·1[世界](@ñ=)"),
        ("<p:a xmlns:p='u'><p:b p:c='1' c='2'/></p:a>", "{u}a({u}b(@{u}c=1 @c=2))"),
        ("<a xmlns='u'><b xmlns=''><c/></b><d e='1'/></a>", "{u}a(b(c) {u}d(@e=1))"),
        ("<a xmlns:p='u'><p:b xmlns:p='v'/><p:c/></a>", "a({v}b {u}c)"),
        ("<a xml:lang='en'/>", "a(@{http://www.w3.org/XML/1998/namespace}lang=en)"),
        ("<a>x]]y</a>", "a[x]]y]"),
        (
            "<a>long enough text to be scanned by words, with a ] in it</a>",
            "a[long enough text to be scanned by words, with a ] in it]"
        ),
    ])
    func reads(text: String, expected: String) throws {
        #expect(outline(try xml(text)) == expected)
    }

    @Test(arguments: [
        ("", DocumentError.Reason.syntax), ("x", .syntax), ("<a>", .syntax), ("<a", .syntax), ("<a b", .syntax),
        ("<a b=", .syntax), ("<a b='", .syntax), ("<a b=1/>", .syntax), ("<a b='1'c='2'/>", .syntax), ("</a>", .syntax),
        ("<a></b>", .syntax), ("<a></ab>", .syntax), ("<a></a", .syntax), ("<ab></a>", .syntax), ("<a/><b/>", .syntax),
        ("<a/>x", .syntax), ("<a/><![CDATA[x]]>", .syntax), ("<a>]]></a>", .syntax), ("<a b='<'/>", .syntax),
        ("<a><!-- -- --></a>", .syntax), ("<a><!-- --->", .syntax), ("<a><![CDATA[x", .syntax), ("<1/>", .syntax),
        ("<-a/>", .syntax), ("< a/>", .syntax), ("<a /", .syntax), ("<a / >", .syntax), ("<a:/>", .syntax),
        ("<:a/>", .syntax),
        ("<a:b:c/>", .namespace), ("<a>\u{1}</a>", .syntax), ("<a>\u{0}</a>", .syntax), ("<a b='\u{1}'/>", .syntax),
        ("<a>\u{FFFE}</a>", .syntax), ("<a b='\u{FFFF}'/>", .syntax), ("<!-- \u{1} --><a/>", .syntax),
        ("<!DOCTYPE a><a/>", .doctype), ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", .doctype),
        ("<a>&e;</a>", .entity), ("<a>&</a>", .entity), ("<a>& </a>", .entity), ("<a>&#0;</a>", .entity),
        ("<a>&#xD800;</a>", .entity), ("<a>&#xFFFE;</a>", .entity), ("<a>&#x110000;</a>", .entity),
        ("<a>&#99999999999999999999;</a>", .entity), ("<a>&#;</a>", .entity), ("<a>&#x;</a>", .entity),
        ("<a>&#65</a>", .entity), ("<a b='&e;'/>", .entity), ("<a>&#1;</a>", .entity),
        ("<a b='1' b='2'/>", .duplicateKey), ("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", .duplicateKey),
        ("<a xmlns:p='u' xmlns:p='u'/>", .duplicateKey), ("<p:a/>", .namespace), ("<a p:b='1'/>", .namespace),
        ("<a><b xmlns:p='u'/><p:c/></a>", .namespace), ("<a xmlns:p=''/>", .namespace),
        ("<a xmlns:xml='u'/>", .namespace), ("<a xmlns:xmlns='u'/>", .namespace),
        ("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", .namespace),
        ("<a xmlns='http://www.w3.org/XML/1998/namespace'/>", .namespace),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", .encoding), ("<?xml version='2.0'?><a/>", .syntax),
        ("<?xml encoding='utf-8'?><a/>", .syntax), (" <?xml version='1.0'?><a/>", .syntax),
        ("<a><?xml version='1.0'?></a>", .syntax),
        ("<?XML a?><a/>", .syntax), ("<?p", .syntax), ("<?xml version='1.0'", .syntax), ("<!-- <a/>", .syntax),
    ])
    func refuses(text: String, reason: DocumentError.Reason) {
        #expect(refusal(.xml, text) == reason, "\(text)")
    }

    @Test func refusesOtherEncodings() {
        #expect(refusal(.xml, [0xFF, 0xFE, 0x3C, 0x00]) == .encoding)
        #expect(refusal(.xml, [0xFE, 0xFF, 0x00, 0x3C]) == .encoding)
        let open = Array("<a>".utf8), close = Array("</a>".utf8)
        for bytes: [UInt8] in [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE9], [0xF4, 0x90, 0x80, 0x80]] {
            #expect(refusal(.xml, open + bytes + close) == .encoding)
            #expect(refusal(.xml, Array("<a b='".utf8) + bytes + Array("'/>".utf8)) == .encoding)
            #expect(refusal(.xml, Array("<a><![CDATA[".utf8) + bytes + Array("]]></a>".utf8)) == .encoding)
            #expect(refusal(.xml, Array("<!--".utf8) + bytes + Array("--><a/>".utf8)) == .encoding)
        }
    }

    @Test func holdsItsLimits() {
        let limits = DocumentLimits(bytes: 2000, depth: 3, nodes: 5, nameLength: 4)
        #expect(refusal(.xml, "<a><b><c/></b></a>", limits: limits) == nil)
        #expect(refusal(.xml, "<a><b><c><d/></c></b></a>", limits: limits) == .depth)
        #expect(refusal(.xml, "<a><b/><b/><b/><b/></a>", limits: limits) == nil)
        #expect(refusal(.xml, "<a><b/><b/><b/><b/><b/></a>", limits: limits) == .size)
        #expect(refusal(.xml, "<a b='' c='' d='' e='' f=''/>", limits: limits) == .size)
        #expect(refusal(.xml, "<abcde/>", limits: limits) == .size)
        #expect(refusal(.xml, String(repeating: "<a>", count: 100_000)) == .depth)
        let declarations = (0..<200).map { "xmlns:p\($0)='u\($0)'" }.joined(separator: " ")
        #expect(refusal(.xml, "<a \(declarations)/>") == .namespace)
        let attributes = (0..<3000).map { "a\($0)='\($0)'" }.joined(separator: " ")
        #expect(refusal(.xml, "<a \(attributes)/>") == nil)
        #expect(refusal(.xml, "<a \(attributes) a7=''/>") == .duplicateKey)
    }

    @Test func joinsMixedContentInLinearTime() throws {
        // Each child moves the end of the text; joining has to wait for the end of the parent.
        let child = "<b>y<c/>y</b>x"
        let text = "<a>" + String(repeating: "z", count: 500_000) + String(repeating: child, count: 50_000) + "</a>"
        let document = try xml(text)
        #expect(document.text(0).count == 550_000)
        #expect(document.string(1) == "yy")
        #expect(document.string(document.count - 2) == "yy")
    }

    @Test func findsElementsAndAttributes() throws {
        let document = try xml("<a><b id='1'>x</b><c/><b id='2'>y</b></a>")
        let first = document.child(0, named: "b")
        #expect(document.string(first) == "x")
        #expect(document.string(document.attribute(first, named: "id")) == "1")
        #expect(document.child(first, named: "id") == -1)
        #expect(document.attribute(first, named: "no") == -1)
        #expect(document.child(0, named: "bb") == -1)
        #expect(document.firstChild(0) == first)
        #expect(document.firstChild(first) == -1)
        let name = Array("b".utf8)
        let second = name.withUnsafeBufferPointer {
            document.child(of: 0, from: Int(document[first].next), named: $0)
        }
        #expect(document.string(second) == "y")
    }

    @Test(arguments: [
        ("http://schemas.xmlsoap.org/soap/envelope/", SOAPVersion?.some(.v11)),
        ("http://www.w3.org/2003/05/soap-envelope", .v12), ("urn:other", nil),
    ])
    func findsTheBodyOfAnEnvelope(namespace: String, version: SOAPVersion?) throws {
        let document = try xml(
            "<s:Envelope xmlns:s='\(namespace)'><s:Header><h/></s:Header><x:Body xmlns:x='u'/>"
                + "<s:Body>\n <m:Get xmlns:m='m'>1</m:Get></s:Body></s:Envelope>"
        )
        #expect(document.soapVersion == version)
        let content = document.firstSOAPBodyChild()
        if version == nil {
            #expect(content == -1)
        } else {
            #expect(document.nameString(content) == "Get")
            #expect(document.namespaceName(document[content].namespace).elementsEqual("m".utf8))
            #expect(document.soapHeader() == 1)
        }
        #expect(try xml("<Envelope/>").firstSOAPBodyChild() == -1)
        #expect(try xml("<s:Envelope xmlns:s='\(namespace)'><s:Body/></s:Envelope>").firstSOAPBodyChild() == -1)
        #expect(try json("{}").soapVersion == nil)
    }

    @Test func marksNilElements() throws {
        let xsi = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'"
        let document = try xml("<a \(xsi)><b i:nil='true'/><c i:nil='1'/><d i:nil='false'/><e nil='true'/></a>")
        #expect(document.value(0) == .context(["b": .null, "c": .null, "d": "", "e": ["@nil": "true"] as Value]))
    }

    @Test func tellsLineAndColumn() {
        do {
            _ = try xml("<a>\n <ü>x</u></a>")
            Issue.record("accepted")
        } catch {
            #expect(error.line == 2)
            #expect(error.column == 6)
            #expect(error.message == "The end tag does not match the start tag.")
        }
    }

    @Test func survivesDamagedInput() {
        var random = SeededGenerator.printed("survivesDamagedInput")
        let sample = Array(
            ("<?xml version='1.0'?><s:E xmlns:s='u' a='1'>t<!--c--><s:B xml:lang='x'>&amp;<c/>ü&#65;</s:B>"
                + "<![CDATA[d]]></s:E>").utf8)
        let document = Document()
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeLast(Int.random(in: 0..<min(30, bytes.count), using: &random))
                default:
                    let at = Int.random(in: bytes.indices, using: &random)
                    bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: at)
                }
            }
            guard let read = try? parse(.xml, bytes, into: document) else { continue }
            for node in 0..<read.count {
                #expect(String(validating: read.text(node), as: UTF8.self) != nil)
                #expect(Int(read[node].next) > node && Int(read[node].next) <= read.count)
            }
        }
    }
}

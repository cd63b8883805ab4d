internal import CXML

/// What libxml2 says against a message, without the values that stand in it: those belong in no log and no answer.
struct XMLProblemText {
    /// Without the element, which the path names, and without a full stop.
    let sentence: String
    let rule: String
    /// The attribute that it is about: libxml2 names the element as the place.
    private(set) var attribute: String?

    /// What follows a value in libxml2's sentences.
    private static let afterValue = [
        " is not a valid value of", " is not accepted by the pattern", " has a length of ",
        " is not an element of the set",
        " is greater than the maximum", " is less than the minimum", " must be greater than", " must be less than",
        " has more digits than", " has more fractional digits than", " is not facet-valid", " does not match the fixed",
        " of attribute ",
    ]

    init(_ message: String) {
        var text = message[...]
        if text.hasPrefix("Element '"), let end = text.firstRange(of: "': ") {
            let place = text[..<end.lowerBound]
            if let name = place.ranges(of: "', attribute '").last {
                attribute = place[name.upperBound...].split(separator: "}").last.map(String.init)
            }
            text = text[end.upperBound...]
        }
        var rule = "content"
        if text.hasPrefix("[facet '"), let end = text.firstRange(of: "'] ") {
            rule = String(text[..<end.lowerBound].dropFirst(8))
            text = text[end.upperBound...]
        }
        if let open = text.firstRange(of: "key-sequence ["), let close = text.lastIndex(of: "]"),
            open.upperBound <= close
        {
            self.rule = "key"
            sentence = text[..<open.upperBound] + "…" + text[close...]
            return
        }
        if text.hasPrefix("'") || text.hasPrefix("The value '") || text.hasPrefix("The actual value '")
            || text.hasPrefix("The element content '")
        {
            // The last of them: a value may hold such words too.
            let ends = XMLProblemText.afterValue.compactMap { text.ranges(of: $0).last?.lowerBound }
            self.rule = rule == "content" ? "type" : rule
            sentence = ends.max().map { "The value" + text[$0...] } ?? "The value is not allowed"
            return
        }
        if rule == "content", text.hasPrefix("The attribute ") { rule = "attribute" }
        self.rule = rule
        sentence = String(text)
    }

    /// The dotted path of a node, counted from 1 where a name repeats. Its length is bounded by the depth of the tree.
    static func path(of raw: UnsafeMutableRawPointer?, below start: xmlNodePtr) -> String {
        guard let raw else { return "" }
        var node = raw.assumingMemoryBound(to: xmlNode.self)
        var steps: [String] = []
        if node.pointee.type == XML_ATTRIBUTE_NODE, let parent = node.pointee.parent {
            // The fields up to `parent` are those of every node.
            steps.append("@" + name(node))
            node = parent
        }
        while node != start, node.pointee.type == XML_ELEMENT_NODE, let parent = node.pointee.parent {
            var place = 0
            var total = 0
            var sibling = parent.pointee.children
            while let other = sibling {
                if other.pointee.type == XML_ELEMENT_NODE, xmlStrEqual(other.pointee.name, node.pointee.name) != 0,
                    xmlStrEqual(other.pointee.ns?.pointee.href, node.pointee.ns?.pointee.href) != 0
                {
                    total += 1
                    if other == node { place = total }
                }
                sibling = other.pointee.next
            }
            steps.append(total > 1 ? "\(name(node))[\(place)]" : name(node))
            node = parent
        }
        return steps.reversed().joined(separator: ".")
    }

    private static func name(_ node: xmlNodePtr) -> String { node.pointee.name.map { String(cString: $0) } ?? "" }
}

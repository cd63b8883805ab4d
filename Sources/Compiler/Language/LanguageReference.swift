/// The reference pages of the language, made of the declarations.
public enum LanguageReference {
    /// Path below the project's root and Markdown of each page, in reading order.
    public static func pages() -> [(path: String, markdown: String)] {
        var result = [(path: "docs/language/README.md", markdown: overview())]
        for page in LanguagePage.all { result.append((path: "docs/language/\(page.name).md", markdown: render(page))) }
        result.append((path: "docs/language/values.md", markdown: values()))
        return result
    }

    /// Names of the blocks that have a key, as they are called in messages.
    static func blocks(withKey name: String) -> [String] {
        var result: [String] = []
        for kind in LanguageFile.allCases {
            guard let declaration = kind.declaration else { continue }
            for block in declaration.reachable where block.keys.contains(where: { $0.name == name }) {
                if !result.contains(block.name) { result.append(block.name) }
            }
        }
        return result
    }

    private static let origin =
        "<!-- Made from the key declarations in Sources/Compiler/Language; not edited by hand. -->"

    private static func overview() -> String {
        var text = """
            \(origin)
            # The route language

            What the files of a workspace may hold. A file's kind is told by its name, all paths in files are relative to the
            workspace, and nothing unknown is ignored: an unknown key is an error with the nearest right spelling.

            | file | holds |
            | --- | --- |

            """
        for page in LanguagePage.all {
            text += "| [`\(page.fileName)`](\(page.name).md) | \(page.title) |\n"
        }
        text += """

            [How values are written](values.md): text and expressions, durations, sizes, references to variables and secrets.

            A key marked *not available* belongs to the language and is refused with WB1110 by this version: nothing that a
            file asks for is left undone in silence.

            """
        return text
    }

    private static func render(_ page: LanguagePage) -> String {
        var text =
            "\(origin)\n# \(page.title)\n\n`\(page.fileName)`\n\n\(page.introduction)\n\n```\(page.language)\n\(page.example)\n```\n"
        guard let root = page.kind.declaration else { return text }
        for block in root.reachable { text += render(block, isRoot: block === root) }
        return text
    }

    private static func render(_ block: BlockDeclaration, isRoot: Bool) -> String {
        var text = isRoot ? "\n## Keys\n" : "\n## \(upperFirst(block.name))\n"
        text += "\n\(block.summary)\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n"
        for key in block.keys {
            let fallback = key.isRequired ? "required" : key.defaultText ?? ""
            var meaning = key.summary
            if key.availability == .notYet { meaning += " *Not available in this version.*" }
            let words = key.kind.choices.filter { !$0.summary.isEmpty || $0.availability == .notYet }
            if !words.isEmpty {
                meaning +=
                    " "
                    + words.map { word in
                        let parts = [
                            word.summary, word.availability == .notYet ? "*not available in this version*" : "",
                        ]
                        return "`\(word.name)`: \(parts.filter { !$0.isEmpty }.joined(separator: ", "))"
                    }.joined(separator: "; ") + "."
            }
            text += "| `\(key.name)` | \(cell(key.kind.phrase)) | \(cell(fallback)) | \(cell(meaning)) |\n"
        }
        text += "\n```yaml\n\(block.keys.map(\.exampleLines).joined(separator: "\n"))\n```\n"
        return text
    }

    private static func values() -> String {
        var text =
            "\(origin)\n# How values are written\n\n\(LanguagePage.valuesIntroduction)\n\n| value | written |\n| --- | --- |\n"
        for (kind, meaning) in LanguagePage.values {
            text += "| \(kind) | \(cell(meaning)) |\n"
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func upperFirst(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}

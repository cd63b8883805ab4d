/// The properties that ECMA-262 lets `\p{…}` name.
enum UnicodeProperties {
    /// The set of a name such as `L`, `Letter`, `gc=Lu`, `Script=Greek` or `Alphabetic`; nil when it is unknown.
    static func named(_ name: String) -> ScalarSet? {
        let parts = name.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 {
            switch parts[0] {
            case "General_Category", "gc": return category(parts[1])
            case "Script", "sc": return UnicodeScripts.named(parts[1], extensions: false)
            case "Script_Extensions", "scx": return UnicodeScripts.named(parts[1], extensions: true)
            default: return nil
            }
        }
        return parts.count == 1 ? category(name) ?? binary(name) : nil
    }

    private static func category(_ name: String) -> ScalarSet? {
        if let short = categoryNames[name] { return UnicodeTables.category(short) }
        return name.utf8.count <= 2 ? UnicodeTables.category(name) : nil
    }

    private static let categoryNames = [
        "Letter": "L", "Cased_Letter": "LC", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll",
        "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M",
        "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd",
        "digit": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P",
        "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe",
        "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S",
        "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z",
        "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc",
        "cntrl": "Cc", "Format": "Cf", "Surrogate": "Cs", "Private_Use": "Co", "Unassigned": "Cn",
    ]

    private static func binary(_ name: String) -> ScalarSet? {
        switch name {
        case "Any": .all
        case "ASCII": ScalarSet([0...0x7F])
        case "Assigned": UnicodeTables.category("Cn")?.complement
        case "ASCII_Hex_Digit", "AHex": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        case "Alphabetic", "Alpha": alphabetic
        case "Lowercase", "Lower": lowercase
        case "Uppercase", "Upper": uppercase
        case "White_Space", "space": whitespace
        case "ID_Start", "IDS": idStart
        case "ID_Continue", "IDC": idContinue
        case "Emoji": emoji
        case "Emoji_Presentation", "EPres": emojiPresentation
        case "Ideographic", "Ideo": ideographic
        case "Hex_Digit", "Hex": hexDigit
        case "Math": math
        case "Dash": dash
        default: nil
        }
    }

    private static let alphabetic = UnicodeTables.scan { $0.isAlphabetic }
    private static let lowercase = UnicodeTables.scan { $0.isLowercase }
    private static let uppercase = UnicodeTables.scan { $0.isUppercase }
    private static let whitespace = UnicodeTables.scan { $0.isWhitespace }
    private static let idStart = UnicodeTables.scan { $0.isIDStart }
    private static let idContinue = UnicodeTables.scan { $0.isIDContinue }
    private static let emoji = UnicodeTables.scan { $0.isEmoji }
    private static let emojiPresentation = UnicodeTables.scan { $0.isEmojiPresentation }
    private static let ideographic = UnicodeTables.scan { $0.isIdeographic }
    private static let hexDigit = UnicodeTables.scan { $0.isHexDigit }
    private static let math = UnicodeTables.scan { $0.isMath }
    private static let dash = UnicodeTables.scan { $0.isDash }
}

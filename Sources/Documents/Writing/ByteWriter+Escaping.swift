import Glibc

extension ByteWriter {
    /// Appends UTF-8 text with what JSON has to escape in a string (RFC 8259 §7), without the quotes around it.
    public func writeJSONString(_ text: UnsafePointer<UInt8>, _ count: Int) {
        var start = 0
        var i = 0
        while i < count {
            if count &- i >= 8 {
                let word = WordScan.load(text + i)
                let marks = WordScan.equal(word, 0x22) | WordScan.equal(word, 0x5C) | WordScan.below(word, 0x20)
                if marks == 0 {
                    i &+= 8
                    continue
                }
                i &+= WordScan.firstMatch(marks)
            }
            let c = text[i]
            if c != 0x22, c != 0x5C, c >= 0x20 {
                i &+= 1
                continue
            }
            write(text + start, i &- start)
            i &+= 1
            start = i
            write(0x5C)
            switch c {
            case 0x22, 0x5C: write(c)
            case 0x08: write(UInt8(ascii: "b"))
            case 0x09: write(UInt8(ascii: "t"))
            case 0x0A: write(UInt8(ascii: "n"))
            case 0x0C: write(UInt8(ascii: "f"))
            case 0x0D: write(UInt8(ascii: "r"))
            default:
                write("u00")
                write(c < 16 ? 0x30 : 0x31)
                write(ByteWriter.hexadecimalDigit(c & 15, letters: 0x57))
            }
        }
        write(text + start, count &- start)
    }

    /// Appends a string as JSON writes it inside quotes.
    public func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { if let base = $0.baseAddress { writeJSONString(base, $0.count) } }
    }

    /// Appends UTF-8 text as the content of an XML element: `&`, `<`, `>` and carriage return become references.
    ///
    /// Returns false, with nothing written, when the text has a character that XML 1.0 (§2.2) cannot hold at all.
    public func writeXMLText(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        writeXML(text, count, isAttribute: false)
    }

    /// Appends UTF-8 text as the value of an XML attribute in double quotes, which the caller writes; tabs and line
    /// ends become references, since they would be read back as spaces (XML 1.0 §3.3.3).
    ///
    /// Returns false, with nothing written, when the text has a character that XML 1.0 (§2.2) cannot hold at all.
    public func writeXMLAttribute(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        writeXML(text, count, isAttribute: true)
    }

    @inline(__always)
    private func writeXML(_ text: UnsafePointer<UInt8>, _ count: Int, isAttribute: Bool) -> Bool {
        let before = used
        var start = 0
        var i = 0
        while i < count {
            if count &- i >= 8 {
                let word = WordScan.load(text + i)
                var marks = WordScan.equal(word, 0x26) | WordScan.equal(word, 0x3C) | WordScan.equal(word, 0x3E)
                marks |= WordScan.below(word, 0x20) | WordScan.equal(word, 0xEF)
                if isAttribute { marks |= WordScan.equal(word, 0x22) }
                if marks == 0 {
                    i &+= 8
                    continue
                }
                i &+= WordScan.firstMatch(marks)
            }
            let c = text[i]
            if c == 0xEF {
                // U+FFFE and U+FFFF are not characters of XML.
                if i &+ 2 < count, text[i &+ 1] == 0xBF, text[i &+ 2] >= 0xBE {
                    used = before
                    return false
                }
                i &+= 1
                continue
            }
            let reference: StaticString
            switch c {
            case 0x26: reference = "&amp;"
            case 0x3C: reference = "&lt;"
            case 0x3E: reference = "&gt;"
            case 0x0D: reference = "&#13;"
            case 0x22 where isAttribute: reference = "&quot;"
            case 0x09 where isAttribute: reference = "&#9;"
            case 0x0A where isAttribute: reference = "&#10;"
            case 0x09, 0x0A, 0x20...:
                i &+= 1
                continue
            default:
                used = before
                return false
            }
            write(text + start, i &- start)
            write(reference)
            i &+= 1
            start = i
        }
        write(text + start, count &- start)
        return true
    }

    /// Appends bytes as a part of a URI: all but the unreserved characters of RFC 3986 §2.3 become `%XX`.
    public func writePercentEncoded(_ text: UnsafePointer<UInt8>, _ count: Int) {
        reserve(count * 3)
        for i in 0..<count {
            let c = text[i]
            let letter = c | 0x20
            if (letter >= 0x61 && letter <= 0x7A) || (c >= 0x30 && c <= 0x39) || c == 0x2D || c == 0x2E || c == 0x5F
                || c == 0x7E
            {
                write(c)
            } else {
                write(UInt8(ascii: "%"))
                write(ByteWriter.hexadecimalDigit(c >> 4, letters: 0x37))
                write(ByteWriter.hexadecimalDigit(c & 15, letters: 0x37))
            }
        }
    }

    private static func hexadecimalDigit(_ value: UInt8, letters: UInt8) -> UInt8 {
        value < 10 ? value &+ 0x30 : value &+ letters
    }
}

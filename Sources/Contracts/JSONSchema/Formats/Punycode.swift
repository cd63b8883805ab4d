/// Punycode (RFC 3492): labels of other scripts in ASCII.
enum Punycode {
    private static let base = 36
    private static let low = 1
    private static let high = 26

    /// The characters behind a label; nil when it is malformed or stands for ASCII only.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [Unicode.Scalar]? {
        var output: [Unicode.Scalar] = []
        var i = 0
        if let dash = text.lastIndex(of: 0x2D) {
            for byte in text[..<dash] { output.append(Unicode.Scalar(byte)) }
            i = dash + 1
        }
        guard i < text.count, text.count <= 64 else { return nil }
        var code = 128
        var position = 0
        var bias = 72
        while i < text.count {
            let start = position
            var weight = 1
            var k = base
            while true {
                guard i < text.count, let digit = digit(text[i]) else { return nil }
                i += 1
                let (product, overflow) = digit.multipliedReportingOverflow(by: weight)
                guard !overflow, product < 1 << 40 else { return nil }
                position += product
                let threshold = min(max(k - bias, low), high)
                if digit < threshold { break }
                weight *= base - threshold
                guard weight < 1 << 40 else { return nil }
                k += base
            }
            let count = output.count + 1
            bias = adapted(position - start, count, isFirst: start == 0)
            code += position / count
            position %= count
            guard code < 0x110000, let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
            output.insert(scalar, at: position)
            position += 1
        }
        return output
    }

    /// The encoded form without `xn--`; nil for a label that is far too long.
    static func encode(_ label: [Unicode.Scalar]) -> [UInt8]? {
        guard label.count <= 63 else { return nil }
        var output = label.filter(\.isASCII).map { UInt8(truncatingIfNeeded: $0.value) }
        let basic = output.count
        if basic > 0 { output.append(0x2D) }
        var code = 128
        var delta = 0
        var bias = 72
        var handled = basic
        while handled < label.count {
            guard let next = label.map({ Int($0.value) }).filter({ $0 >= code }).min() else { return nil }
            delta += (next - code) * (handled + 1)
            code = next
            for scalar in label {
                if Int(scalar.value) < code { delta += 1 }
                guard Int(scalar.value) == code else { continue }
                var rest = delta
                var k = base
                while true {
                    let threshold = min(max(k - bias, low), high)
                    if rest < threshold { break }
                    output.append(character(threshold + (rest - threshold) % (base - threshold)))
                    rest = (rest - threshold) / (base - threshold)
                    k += base
                }
                output.append(character(rest))
                bias = adapted(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return output
    }

    private static func character(_ digit: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: digit < 26 ? 97 + digit : 22 + digit)
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k = 0
        while delta > (base - low) * high / 2 {
            delta /= base - low
            k += base
        }
        return k + (base - low + 1) * delta / (delta + 38)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        if ASCII.isDigit(byte) { return Int(byte &- 48) + 26 }
        return ASCII.isLetter(byte) ? Int((byte | 0x20) &- 97) : nil
    }
}

/// What may stand in a label of IDNA 2008 (RFC 5891, section 4.2; RFC 5892).
enum InternationalLabel {
    static func isValid(_ label: [Unicode.Scalar]) -> Bool {
        guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
        if label.count >= 4, label[2] == "-", label[3] == "-" { return false }
        if isMark(first) { return false }
        var hasArabicDigits = false
        var hasExtendedDigits = false
        for (index, scalar) in label.enumerated() {
            let before = index > 0 ? label[index - 1] : nil
            let after = index + 1 < label.count ? label[index + 1] : nil
            switch scalar.value {
            case 0x00B7: guard before == "l", after == "l" else { return false }
            case 0x0375: guard let after, (0x0370...0x03FF).contains(after.value) else { return false }
            case 0x05F3, 0x05F4: guard let before, (0x0590...0x05FF).contains(before.value) else { return false }
            case 0x30FB: guard label.contains(where: isJapanese) else { return false }
            case 0x200C, 0x200D:
                let isJoined = before?.properties.canonicalCombiningClass == .virama
                guard isJoined || scalar.value == 0x200C && joins(label, around: index) else { return false }
            case 0x0660...0x0669: hasArabicDigits = true
            case 0x06F0...0x06F9: hasExtendedDigits = true
            default: guard isAllowed(scalar) else { return false }
            }
        }
        return !(hasArabicDigits && hasExtendedDigits)
    }

    /// Whether letters that join stand on both sides of a non-joiner (RFC 5892, appendix A.1): those of Arabic.
    private static func joins(_ label: [Unicode.Scalar], around index: Int) -> Bool {
        guard let before = label[..<index].last(where: { !isMark($0) }),
            let after = label[(index + 1)...].first(where: { !isMark($0) })
        else { return false }
        return isJoining(before, toNext: true) && isJoining(after, toNext: false)
    }

    private static func isJoining(_ scalar: Unicode.Scalar, toNext: Bool) -> Bool {
        switch scalar.value {
        case 0x0622...0x0625, 0x0627, 0x0629, 0x062F...0x0632, 0x0648, 0x0671...0x0673, 0x0675...0x0677,
            0x0688...0x0699, 0x06C0, 0x06C3...0x06CB, 0x06CD, 0x06CF, 0x06D2, 0x06D3, 0x06D5, 0x06EE, 0x06EF:
            return !toNext
        case 0x0620, 0x0626...0x064A, 0x066E...0x06D3, 0x06FA...0x06FF, 0x0750...0x077F: return true
        default: return false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func isJapanese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30FB: false
        case 0x3041...0x309F, 0x30A0...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x3005, 0x3007, 0xFF66...0xFF9F, 0x20000...0x2FFFF:
            true
        default: false
        }
    }

    /// Letters, digits and marks that no mapping changes (RFC 5892, section 3), with its exceptions.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar == "-" || ASCII.isDigit(UInt8(scalar.value)) || (0x61...0x7A).contains(scalar.value)
        }
        switch scalar.value {
        case 0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007: return true
        case 0x0640, 0x07FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber:
            return !scalar.properties.changesWhenNFKCCaseFolded
        default: return false
        }
    }
}

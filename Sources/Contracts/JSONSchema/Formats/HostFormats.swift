/// Host names: RFC 1123 for ASCII, IDNA 2008 (RFC 5890 to 5893) for the others.
enum HostFormats {
    typealias Text = UnsafeBufferPointer<UInt8>

    /// - Parameter decodes: Whether labels that begin with `xn--` must stand for one of another script.
    static func isHostname(_ text: Text, decodes: Bool = true) -> Bool {
        guard !text.isEmpty, text.count <= 253 else { return false }
        var start = 0
        var hasEncoded = false
        while start <= text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ".") { end += 1 }
            guard isLabel(UnsafeBufferPointer(rebasing: text[start..<end])) else { return false }
            if end - start >= 4, text[start + 2] == 0x2D, text[start + 3] == 0x2D { hasEncoded = true }
            start = end + 1
        }
        return !hasEncoded || !decodes || isInternational(text)
    }

    /// Letters, digits, and hyphens between them.
    private static func isLabel(_ label: Text) -> Bool {
        guard !label.isEmpty, label.count <= 63, label[0] != 0x2D, label[label.count - 1] != 0x2D else { return false }
        return label.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2D }
    }

    /// Labels in any script; the full stops of other scripts separate them, too.
    static func isInternational(_ text: Text) -> Bool {
        guard !text.isEmpty, text.count <= 1024 else { return false }
        var labels: [[Unicode.Scalar]] = [[]]
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x2E, 0x3002, 0xFF0E, 0xFF61: labels.append([])
            default: labels[labels.count - 1].append(scalar)
            }
        }
        var total = 0
        for index in labels.indices {
            guard let length = decode(&labels[index]), length <= 63 else { return false }
            total += length + 1
        }
        return total - 1 <= 253 && BidiRule.holds(labels)
    }

    /// Puts the characters that a label stands for in its place; its length in ASCII, nil when it is not one.
    private static func decode(_ label: inout [Unicode.Scalar]) -> Int? {
        guard label.contains(where: { !$0.isASCII }) else {
            let ascii = label.map { UInt8(truncatingIfNeeded: $0.value) }
            return ascii.withUnsafeBufferPointer { bytes in
                guard isLabel(bytes) else { return nil }
                guard bytes.count >= 4, bytes[2] == 0x2D, bytes[3] == 0x2D else { return bytes.count }
                let rest = UnsafeBufferPointer(rebasing: bytes[4...])
                guard bytes[0] | 0x20 == UInt8(ascii: "x"), bytes[1] | 0x20 == UInt8(ascii: "n"),
                    let scalars = Punycode.decode(rest), InternationalLabel.isValid(scalars),
                    // There is one way to write a label only.
                    let again = Punycode.encode(scalars), again.elementsEqual(rest.map(lowercased))
                else { return nil }
                label = scalars
                return bytes.count
            }
        }
        guard InternationalLabel.isValid(label) else { return nil }
        return Punycode.encode(label).map { $0.count + 4 }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
}

/// The rule for names with labels that are written from right to left (RFC 5893, section 2). Directions are taken by
/// the blocks of the scripts.
enum BidiRule {
    private enum Direction { case left, right, arabicNumber, europeanNumber, mark, neutral }

    static func holds(_ labels: [[Unicode.Scalar]]) -> Bool {
        let directions = labels.map { $0.map(direction) }
        let isRight = directions.contains { $0.contains { $0 == .right || $0 == .arabicNumber } }
        return !isRight || directions.allSatisfy(holds)
    }

    private static func holds(_ label: [Direction]) -> Bool {
        guard let first = label.first else { return false }
        let last = label.last { $0 != .mark } ?? .mark
        switch first {
        case .right:
            return !label.contains(.left) && (last == .right || last == .europeanNumber || last == .arabicNumber)
                && !(label.contains(.europeanNumber) && label.contains(.arabicNumber))
        case .left:
            return !label.contains(.right) && !label.contains(.arabicNumber)
                && (last == .left || last == .europeanNumber)
        case .arabicNumber, .europeanNumber, .mark, .neutral: return false
        }
    }

    private static func direction(_ scalar: Unicode.Scalar) -> Direction {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return .mark
        default: break
        }
        switch scalar.value {
        case 0x30...0x39, 0x06F0...0x06F9: return .europeanNumber
        case 0x0660...0x0669, 0x066B...0x066C, 0x06DD, 0x08E2, 0x10D30...0x10D39, 0x10E60...0x10E7E:
            return .arabicNumber
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: return .right
        case 0x2D, 0xB7, 0x30FB, 0x200C, 0x200D: return .neutral
        default: return .left
        }
    }
}

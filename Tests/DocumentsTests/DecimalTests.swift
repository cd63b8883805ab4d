import Documents
import Testing

@Suite struct DecimalTests {
    private func decimal(_ text: String) throws -> Decimal { try #require(Decimal(text)) }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("12.10", "12.10"), ("-12.50", "-12.50"), (".5", "0.5"), ("5.", "5"), ("+1", "1"),
        ("007", "7"), ("1e3", "1000"), ("1.5E-3", "0.0015"), ("1E+33", "1000000000000000000000000000000000"),
        ("1E34", "1E+34"), ("12345E40", "1.2345E+44"), ("0.000", "0.000"), ("0E5", "0"),
        ("1234567890123456789012345678901234", "1234567890123456789012345678901234"),
        ("0.3333333333333333333333333333333333", "0.3333333333333333333333333333333333"),
        ("1E-50", "1E-50"), ("-9.99E-400", "-9.99E-400"), ("1.8446744073709551616", "1.8446744073709551616"),
        ("999999999999999999.999", "999999999999999999.999"),
    ])
    func readsAndWrites(text: String, expected: String) throws {
        let value = try decimal(text)
        #expect(value.description == expected)
        let writer = ByteWriter(capacity: 16)
        value.write(to: writer)
        #expect(writer.string == expected)
        #expect(Decimal(expected) == value)
    }

    @Test(arguments: [
        "", "-", "+", ".", "1.2.3", "1e", "1e+", "e5", "0x1", "1 ", " 1", "١", "NaN", "Infinity", "1E7000", "1E-7000",
        "--1", "1_000",
    ])
    func refuses(text: String) {
        #expect(Decimal(text) == nil)
    }

    @Test func roundsDigitsBeyondTheLimitHalfToEven() throws {
        let ones = String(repeating: "1", count: 34)
        #expect(try decimal(ones + "5").description == "1." + ones.dropFirst().dropLast() + "2E+34")
        #expect(try decimal(ones.dropLast() + "25").coefficient == decimal(ones.dropLast() + "2").coefficient)
        #expect(try decimal(ones.dropLast() + "2.5000000000000001").description == ones.dropLast() + "3")
        #expect(try decimal(String(repeating: "9", count: 35)) == decimal("1E35"))
        #expect(Decimal("1" + String(repeating: "0", count: 4094)) != nil)
        #expect(Decimal(String(repeating: "1", count: 5000)) == nil)
    }

    @Test func agreesWithIntegersOf128Bits() throws {
        var random = SeededGenerator.printed("agreesWithIntegersOf128Bits")
        let tiny = try decimal("1E-33")
        for _ in 0..<20_000 {
            let scale = Int.random(in: 0...6, using: &random)
            let a = Int128(Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &random))
            let b = Int128(Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &random))
            let x = try #require(Decimal(coefficient: a, exponent: -scale))
            let y = try #require(Decimal(coefficient: b, exponent: -scale))
            #expect((x + y).coefficient == a + b)
            #expect((x - y).coefficient == a - b)
            #expect((x * y).coefficient == a * b)
            #expect(Int((x * y).exponent) == -2 * scale)
            #expect((x < y) == (a < b))
            #expect((x == y) == (a == b))
            if b != 0 {
                #expect((x % y)?.coefficient == a % b)
                let floored = a % b != 0 && (a % b < 0) != (b < 0) ? a % b + b : a % b
                #expect(x.modulo(y)?.coefficient == floored)
                // The quotient times the divisor is as near to the dividend as 34 digits allow.
                let quotient = try #require(x.divided(by: y))
                let error = (quotient * y - x).magnitude
                #expect(error <= x.magnitude * tiny)
            }
            #expect(Decimal(x.description) == x)
            #expect(Decimal(x.description)?.description == x.description)
        }
    }

    @Test func addsNumbersFarApart() throws {
        var random = SeededGenerator.printed("addsNumbersFarApart")
        for _ in 0..<5_000 {
            // 128 bits hold the exact sum of 20 digits shifted by up to 17.
            let shift = Int.random(in: 0...17, using: &random)
            let a = Int128(Int64.random(in: .min ... .max, using: &random))
            let b = Int128(Int64.random(in: .min ... .max, using: &random))
            var power: Int128 = 1
            for _ in 0..<shift { power *= 10 }
            let exact = a * power + b
            let upper = try #require(Decimal(coefficient: a, exponent: shift))
            let lower = try #require(Decimal(coefficient: b, exponent: 0))
            #expect(upper + lower == Decimal(coefficient: exact, exponent: 0))
        }
        #expect(try decimal("1E40") + decimal("1") == decimal("1E40"))
        #expect(try decimal("1E33") - decimal("1E-40") == decimal("1E33"))
        #expect(try decimal("1E34") - decimal("1") == decimal("9999999999999999999999999999999999"))
        #expect(try decimal("1E34") + decimal("5") == decimal("1E34"))
        #expect(try decimal("1E34") + decimal("5.0001") == decimal("10000000000000000000000000000000010"))
        #expect(try decimal("12.1") + decimal("0.00") == decimal("12.10"))
        #expect(try (decimal("12.1") + decimal("0.00")).description == "12.10")
        #expect(try decimal("5E10") + decimal("0E-3") == decimal("5E10"))
        #expect(try decimal("0E20") + decimal("7") == decimal("7"))
    }

    @Test func multipliesAndDividesWithRounding() throws {
        let nines = try decimal(String(repeating: "9", count: 34))
        #expect((nines * nines).description == "9.999999999999999999999999999999998E+67")
        #expect((Decimal(1) / Decimal(3))?.description == "0." + String(repeating: "3", count: 34))
        #expect((Decimal(2) / Decimal(3))?.description == "0." + String(repeating: "6", count: 33) + "7")
        #expect((try decimal("6.00") / Decimal(2))?.description == "3.00")
        #expect((Decimal(1) / Decimal(8))?.description == "0.125")
        #expect((Decimal(100) / Decimal(10))?.description == "10")
        #expect((Decimal(1) / Decimal(0)) == nil)
        #expect((Decimal(1) % Decimal(0)) == nil)
        #expect((nines / nines)?.description == "1")
        #expect(Decimal(7).modulo(-3) == -2)
        #expect(Decimal(-7).modulo(3) == 2)
        #expect((Decimal(-7) % 3) == -1)
        #expect(try (decimal("1E6000") % 7)?.intValue != nil)
        #expect(try (decimal("5.5") % decimal("1E500")) == decimal("5.5"))
    }

    @Test func keepsWithinTheRange() throws {
        let huge = try decimal("9E6144")
        #expect(huge.adding(huge) == nil)
        #expect(huge.multiplied(by: 10) == nil)
        #expect(huge * 10 == huge + huge)
        #expect((-huge) * 10 < -huge)
        #expect(try decimal("1E-6176").multiplied(by: decimal("1E-10"))?.isZero == true)
        #expect(try decimal("1E6111").description == "1E+6111")
        #expect(try decimal("1E6140") == decimal("10E6139"))
    }

    @Test func powersAndRoots() throws {
        #expect(Decimal(2).power(10) == 1024)
        #expect(Decimal(2).power(-2) == Decimal("0.25"))
        #expect(Decimal(0).power(0) == 1)
        #expect(Decimal(0).power(-1) == nil)
        #expect(Decimal(10).power(7000) == nil)
        #expect(Decimal(1).power(1_000_000_000) == 1)
        #expect(Decimal(16).squareRoot()?.description == "4")
        #expect(try decimal("2.25").squareRoot()?.description == "1.5")
        #expect(Decimal(2).squareRoot()?.description == "1.414213562373095048801688724209698")
        #expect(Decimal(-1).squareRoot() == nil)
        #expect(try decimal("1E-200").squareRoot() == decimal("1E-100"))
    }

    @Test(arguments: [
        ("2.5", 0, "3", "2", "3", "2", "3", "2", "2"), ("-2.5", 0, "-3", "-2", "-2", "-3", "-3", "-2", "-2"),
        ("1.125", 2, "1.13", "1.12", "1.13", "1.12", "1.13", "1.12", "1.12"),
        ("1.1351", 2, "1.14", "1.13", "1.14", "1.13", "1.14", "1.14", "1.14"),
        ("0.001", 1, "0.1", "0.0", "0.1", "0.0", "0.0", "0.0", "0.0"),
        ("1E-60", 0, "1", "0", "1", "0", "0", "0", "0"),
        ("7", 2, "7.00", "7.00", "7.00", "7.00", "7.00", "7.00", "7.00"),
    ])
    func rounds(
        text: String, scale: Int, up: String, down: String, ceiling: String, floor: String, halfUp: String,
        halfDown: String, halfEven: String
    ) throws {
        let value = try decimal(text)
        #expect(value.rounded(scale: scale, .up).description == up)
        #expect(value.rounded(scale: scale, .down).description == down)
        #expect(value.rounded(scale: scale, .ceiling).description == ceiling)
        #expect(value.rounded(scale: scale, .floor).description == floor)
        #expect(value.rounded(scale: scale, .halfUp).description == halfUp)
        #expect(value.rounded(scale: scale, .halfDown).description == halfDown)
        #expect(value.rounded(scale: scale, .halfEven).description == halfEven)
    }

    @Test func roundsToTens() throws {
        #expect(try decimal("1250").rounded(scale: -2) == decimal("1200"))
        #expect(try decimal("1250").rounded(scale: -9, .up) == decimal("1E9"))
        #expect(try decimal("1.5").floor() == 1)
        #expect(try decimal("-1.5").floor() == -2)
        #expect(try decimal("-1.5").ceiling() == -1)
        #expect(
            try decimal("123456789012345678901234567890123.4").rounded(scale: 5).description
                == "123456789012345678901234567890123.4")
    }

    @Test func convertsToIntegers() throws {
        #expect(try decimal("12.00").intValue == 12)
        #expect(try decimal("12.01").intValue == nil)
        #expect(try decimal("9223372036854775807").intValue == .max)
        #expect(try decimal("9223372036854775808").intValue == nil)
        #expect(try decimal("-9223372036854775808").intValue == .min)
        #expect(try decimal("1E18").intValue == 1_000_000_000_000_000_000)
        #expect(try decimal("1E400").intValue == nil)
        #expect(try decimal("0E400").intValue == 0)
        #expect(Decimal(Int.min).description == "-9223372036854775808")
        #expect(Decimal(0.1)?.description == "0.1")
        #expect(Decimal(1e300) == Decimal("1E300"))
        #expect(Decimal(Double.nan) == nil)
        #expect(try decimal("0.25").doubleValue == 0.25)
    }

    @Test func equalNumbersHashAlike() throws {
        let spellings = try ["100", "1E2", "100.000", "0.1E3"].map(decimal)
        #expect(Set(spellings).count == 1)
        #expect(try Set(["0", "0.00", "0E9", "-0"].map(decimal)).count == 1)
        #expect(try decimal("100") != decimal("101"))
        #expect(try decimal("-1") < decimal("0.5"))
        #expect(try decimal("1E-6000") > 0)
        #expect(try decimal("1E6000") > decimal("9.99E5999"))
    }

    @Test func valuesStaySmall() {
        #expect(MemoryLayout<Decimal>.stride == 24)
        #expect(MemoryLayout<Value>.stride == 24)
    }
}

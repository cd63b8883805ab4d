internal import Documents

extension Builtins {
    private static func rounding(
        _ name: String, _ mode: Decimal.Rounding, optional: Bool, doc: String, examples: [(call: String, gives: String)]
    ) -> Builtin {
        Builtin(
            name, [.init("n", .number), .init("scale", .number, optional: optional)], result: .number, doc: doc,
            examples: examples
        ) { arguments in
            guard let number = arguments.number(0) else { return .null }
            if arguments.isNull(1) {
                return optional && arguments.count < 2 ? .number(number.rounded(scale: 0, mode)) : .null
            }
            guard let scale = arguments.integer(1) else { return .null }
            guard (-6111...6176).contains(scale) else { return arguments.fail(.numberRange) }
            return .number(number.rounded(scale: scale, mode))
        }
    }

    /// On numbers (DMN 1.5 table 75).
    static let numbers: [Builtin] = [
        rounding(
            "decimal", .halfEven, optional: false,
            doc: "The number with so many digits after the point; ties go to the even digit.",
            examples: [("decimal(1/3, 2)", "0.33"), ("decimal(1.5, 0)", "2"), ("decimal(2.5, 0)", "2")]),
        rounding(
            "floor", .floor, optional: true,
            doc: "The greatest number with so many digits (none) that is not above this one.",
            examples: [("floor(1.5)", "1"), ("floor(-1.56, 1)", "-1.6")]),
        rounding(
            "ceiling", .ceiling, optional: true,
            doc: "The least number with so many digits (none) that is not below this one.",
            examples: [("ceiling(1.5)", "2"), ("ceiling(-1.56, 1)", "-1.5")]),
        rounding(
            "round up", .up, optional: false, doc: "Rounded away from zero.",
            examples: [("round up(5.5, 0)", "6"), ("round up(-1.121, 2)", "-1.13")]),
        rounding(
            "round down", .down, optional: false, doc: "Rounded towards zero.",
            examples: [("round down(5.5, 0)", "5"), ("round down(-1.126, 2)", "-1.12")]),
        rounding(
            "round half up", .halfUp, optional: false, doc: "Rounded to the nearest, ties away from zero.",
            examples: [
                ("round half up(5.5, 0)", "6"), ("round half up(-5.5, 0)", "-6"), ("round half up(1.125, 2)", "1.13"),
            ]),
        rounding(
            "round half down", .halfDown, optional: false, doc: "Rounded to the nearest, ties towards zero.",
            examples: [("round half down(5.5, 0)", "5"), ("round half down(1.126, 2)", "1.13")]),
        Builtin(
            "abs", [.init("n", .any)], result: .sameKind, doc: "A number or duration without its sign.",
            examples: [("abs(-10)", "10"), ("abs(duration(\"-P1D\"))", "duration(\"P1D\")")]
        ) { arguments in
            if case .temporal(let temporal)? = Optional(arguments[0]) {
                switch temporal {
                case .daysDuration(let value) where value < 0: return temporal.negated.map(Value.temporal) ?? .null
                case .yearsDuration(let value) where value < 0: return temporal.negated.map(Value.temporal) ?? .null
                case .daysDuration, .yearsDuration: return .temporal(temporal)
                default: return arguments.fail(.notANumber)
                }
            }
            guard let number = arguments.number(0) else { return .null }
            return .number(number.magnitude)
        },
        Builtin(
            "modulo", [.init("dividend", .number), .init("divisor", .number)], result: .number,
            doc: "The remainder of a division, with the sign of the divisor.",
            examples: [("modulo(12, 5)", "2"), ("modulo(-12, 5)", "3"), ("modulo(10.1, -4.5)", "-3.4")]
        ) { arguments in
            guard let left = arguments.number(0), let right = arguments.number(1) else { return .null }
            if right.isZero { return arguments.fail(.divisionByZero) }
            guard let result = left.modulo(right) else { return arguments.fail(.numberRange) }
            return .number(result)
        },
        Builtin(
            "odd", [.init("number", .number)], result: .boolean, doc: "Whether a whole number is odd.",
            examples: [("odd(5)", "true"), ("odd(2)", "false")]
        ) { arguments in
            guard let number = arguments.number(0) else { return .null }
            guard number.isIntegral, let rest = number % Decimal(2) else { return arguments.fail(.notAnInteger) }
            return .boolean(!rest.isZero)
        },
        Builtin(
            "even", [.init("number", .number)], result: .boolean, doc: "Whether a whole number is even.",
            examples: [("even(5)", "false"), ("even(2)", "true")]
        ) { arguments in
            guard let number = arguments.number(0) else { return .null }
            guard number.isIntegral, let rest = number % Decimal(2) else { return arguments.fail(.notAnInteger) }
            return .boolean(rest.isZero)
        },
    ]
}

internal import Documents

extension Builtins {
    /// Dates, times and durations (DMN 1.5 tables 66, 77 and 78). Zones are offsets: `now()` is in UTC.
    static let dates: [Builtin] = [
        Builtin(
            "date", [.init("from", .textOrTemporal)],
            [.init("year", .number), .init("month", .number), .init("day", .number)], result: .date,
            doc: "A date, from a text, from a date and time, or from its parts.",
            examples: [
                ("date(\"2026-11-21\")", "@\"2026-11-21\""), ("date(2026, 11, 21)", "@\"2026-11-21\""),
                ("date(date and time(\"2026-11-21T23:00:00Z\"))", "@\"2026-11-21\""),
            ]
        ) { arguments in
            if arguments.count == 3 {
                guard let year = arguments.integer(0), let month = arguments.integer(1), let day = arguments.integer(2)
                else { return .null }
                return DateValue(year: year, month: month, day: day).map { .temporal(.date($0)) }
                    ?? arguments.fail(.badDate)
            }
            switch arguments.temporal(0) {
            case .date(let date)?: return .temporal(.date(date))
            case .dateTime(let value)?: return .temporal(.date(value.date))
            case nil: break
            default: return arguments.fail(.badDate)
            }
            guard let text = arguments.text(0) else { return .null }
            return DateValue(text).map { .temporal(.date($0)) } ?? arguments.fail(.badDate)
        },
        Builtin(
            "time", [.init("from", .textOrTemporal)],
            [
                .init("hour", .number), .init("minute", .number), .init("second", .number),
                .init("offset", .temporal, optional: true),
            ],
            result: .time,
            doc: "A time of day, from a text, from a date and time, or from its parts.",
            examples: [
                ("time(\"10:30:00\")", "@\"10:30:00\""), ("time(10, 30, 0)", "@\"10:30:00\""),
                ("time(10, 30, 0, duration(\"PT1H\"))", "@\"10:30:00+01:00\""),
                ("time(date and time(\"2026-11-21T10:30:00Z\"))", "@\"10:30:00Z\""),
            ]
        ) { arguments in
            if arguments.count >= 3 { return timeOfParts(&arguments) }
            switch arguments.temporal(0) {
            case .time(let time)?: return .temporal(.time(time))
            case .dateTime(let value)?: return .temporal(.time(value.time))
            case .date(let date)?: return .temporal(.time(date.atMidnight.time))
            case nil: break
            default: return arguments.fail(.badTime)
            }
            guard let text = arguments.text(0) else { return .null }
            return TimeValue(text).map { .temporal(.time($0)) } ?? arguments.fail(.badTime)
        },
        Builtin(
            "date and time", [.init("from", .textOrTemporal)], [.init("date", .temporal), .init("time", .temporal)],
            result: .dateTime, doc: "A date with a time, from a text, or from both.",
            examples: [
                ("date and time(\"2026-11-21T10:30:00Z\")", "@\"2026-11-21T10:30:00Z\""),
                ("date and time(date(\"2026-11-21\"), time(\"10:30:00\"))", "@\"2026-11-21T10:30:00\""),
            ]
        ) { arguments in
            if arguments.count == 2 {
                if arguments.isNull(0) || arguments.isNull(1) { return .null }
                guard case .time(let time)? = arguments.temporal(1) else { return arguments.fail(.badTime) }
                switch arguments.temporal(0) {
                case .date(let date)?: return .temporal(.dateTime(DateTimeValue(date: date, time: time)))
                case .dateTime(let value)?: return .temporal(.dateTime(DateTimeValue(date: value.date, time: time)))
                default: return arguments.fail(.badDate)
                }
            }
            switch arguments.temporal(0) {
            case .dateTime(let value)?: return .temporal(.dateTime(value))
            case .date(let date)?: return .temporal(.dateTime(date.atMidnight))
            case nil: break
            default: return arguments.fail(.badDate)
            }
            guard let text = arguments.text(0) else { return .null }
            if let value = DateTimeValue(text) { return .temporal(.dateTime(value)) }
            guard let date = DateValue(text), let midnight = TimeValue(hour: 0, minute: 0, second: 0) else {
                return arguments.fail(.badDate)
            }
            return .temporal(.dateTime(DateTimeValue(date: date, time: midnight)))
        },
        Builtin(
            "duration", [.init("from", .textOrTemporal)], result: .temporal,
            doc: "A duration, either of years and months or of days and time.",
            examples: [
                ("duration(\"P1Y2M\").months", "2"),
                ("duration(\"P1DT2H\") + duration(\"PT22H\")", "duration(\"P2D\")"),
            ]
        ) { arguments in
            switch arguments.temporal(0) {
            case .daysDuration(let value)?: return .temporal(.daysDuration(value))
            case .yearsDuration(let value)?: return .temporal(.yearsDuration(value))
            case nil: break
            default: return arguments.fail(.badDuration)
            }
            guard let text = arguments.text(0) else { return .null }
            return Temporal(duration: text).map(Value.temporal) ?? arguments.fail(.badDuration)
        },
        Builtin(
            "years and months duration", [.init("from", .temporal), .init("to", .temporal)], result: .yearsDuration,
            doc: "The whole years and months between two dates.",
            examples: [
                ("years and months duration(date(\"2024-12-22\"), date(\"2026-11-21\"))", "duration(\"P1Y10M\")")
            ]
        ) { arguments in
            guard let from = day(0, &arguments), let to = day(1, &arguments) else { return .null }
            return .temporal(.yearsDuration(Temporal.months(from: from, to: to)))
        },
        Builtin(clock: "now", result: .dateTime, doc: "The date and time of the call, in UTC.") { clock in
            .temporal(.dateTime(DateTimeValue(nanosecondsSinceEpoch: clock)))
        },
        Builtin(clock: "today", result: .date, doc: "The date of the call, in UTC.") { clock in
            .temporal(.date(DateTimeValue(nanosecondsSinceEpoch: clock).date))
        },
        calendar(
            "day of week", .text, doc: "The name of the day: `\"Monday\"` to `\"Sunday\"`.",
            example: ("day of week(date(\"2026-11-21\"))", "\"Saturday\"")
        ) { .string(dayNames[($0.weekday - 1) % 7]) },
        calendar(
            "day of year", .number, doc: "The day's number in its year.",
            example: ("day of year(date(\"2026-02-01\"))", "32")
        ) { .number(Decimal($0.dayOfYear)) },
        calendar(
            "week of year", .number, doc: "The number of the week by ISO 8601.",
            example: ("week of year(date(\"2026-11-21\"))", "47")
        ) { .number(Decimal($0.weekOfYear)) },
        calendar(
            "month of year", .text, doc: "The name of the month: `\"January\"` to `\"December\"`.",
            example: ("month of year(date(\"2026-11-21\"))", "\"November\"")
        ) { .string(monthNames[($0.month - 1) % 12]) },
    ]

    private static let dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static func calendar(
        _ name: String, _ result: Builtin.Result, doc: String, example: (call: String, gives: String),
        _ read: @escaping @Sendable (DateValue) -> Value
    ) -> Builtin {
        Builtin(name, [.init("date", .temporal)], result: result, doc: doc, examples: [example]) { arguments in
            guard let date = day(0, &arguments) else { return .null }
            return read(date)
        }
    }

    /// The day of a date or of a date and time.
    private static func day(_ index: Int, _ arguments: inout Arguments) -> DateValue? {
        switch arguments.temporal(index) {
        case .date(let date)?: return date
        case .dateTime(let value)?: return value.date
        default:
            if !arguments.isNull(index) { _ = arguments.fail(.badDate) }
            return nil
        }
    }

    private static func timeOfParts(_ arguments: inout Arguments) -> Value {
        guard let hour = arguments.integer(0), let minute = arguments.integer(1), let seconds = arguments.number(2)
        else { return .null }
        var offset: Int?
        if !arguments.isNull(3) {
            guard case .daysDuration(let value)? = arguments.temporal(3), value.magnitude < 100_000_000_000_000 else {
                return arguments.fail(.badDuration)
            }
            offset = Int(value / 1_000_000_000)
        }
        let whole = seconds.floor()
        guard let second = whole.intValue,
            let nanosecond = ((seconds - whole) * Decimal(1_000_000_000)).truncated.intValue,
            let time = TimeValue(hour: hour, minute: minute, second: second, nanosecond: nanosecond, offset: offset)
        else { return arguments.fail(.badTime) }
        return .temporal(.time(time))
    }
}

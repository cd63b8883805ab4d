internal import Documents

/// Fields of values: entries of contexts, and the properties of dates, times and durations (DMN 1.5 table 65).
enum Fields {
    /// The properties that temporal values have.
    static let temporalProperties = [
        "year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone", "years", "months",
        "days", "hours", "minutes", "seconds",
    ]

    /// A field of a value; a list gives the list of its items' fields, a missing field is null.
    static func field(_ value: Value, _ name: String) -> Value {
        switch value {
        case .context(let context): return context[name] ?? .null
        case .list(let items): return .list(items.map { field($0, name) })
        case .temporal(let temporal): return property(temporal, name)
        case .range(let range):
            switch name {
            case "start": return range.lower ?? .null
            case "end": return range.upper ?? .null
            case "start included": return .boolean(range.includesLower)
            case "end included": return .boolean(range.includesUpper)
            default: return .null
            }
        default: return .null
        }
    }

    /// A field that is there; nil also for a value without fields.
    static func existing(_ value: Value, _ name: String) -> Value? {
        guard case .context(let context) = value else { return nil }
        return context[name]
    }

    private static func number(_ value: Int) -> Value { .number(Decimal(value)) }

    static func property(_ temporal: Temporal, _ name: String) -> Value {
        switch temporal {
        case .date(let date): return self.date(date, name) ?? .null
        case .time(let time): return self.time(time, name) ?? .null
        case .dateTime(let value): return date(value.date, name) ?? time(value.time, name) ?? .null
        case .yearsDuration(let months):
            switch name {
            case "years": return number(Int(months / 12))
            case "months": return number(Int(months % 12))
            default: return .null
            }
        case .daysDuration(let nanoseconds):
            let seconds = nanoseconds / 1_000_000_000
            switch name {
            case "days": return Decimal(coefficient: seconds / 86_400, exponent: 0).map(Value.number) ?? .null
            case "hours": return number(Int(seconds / 3600 % 24))
            case "minutes": return number(Int(seconds / 60 % 60))
            case "seconds": return number(Int(seconds % 60))
            default: return .null
            }
        }
    }

    private static func date(_ date: DateValue, _ name: String) -> Value? {
        switch name {
        case "year": number(date.year)
        case "month": number(date.month)
        case "day": number(date.day)
        case "weekday": number(date.weekday)
        default: nil
        }
    }

    private static func time(_ time: TimeValue, _ name: String) -> Value? {
        switch name {
        case "hour": number(time.hour)
        case "minute": number(time.minute)
        case "second": number(time.second)
        case "time offset":
            time.offset.map { .temporal(.daysDuration(Int128($0) * 1_000_000_000)) }
        case "timezone": time.zone.map(Value.string)
        default: nil
        }
    }
}

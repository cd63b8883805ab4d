/// A diagnostic code and its one-line meaning; `docs/diagnostics/<code>.md` says more.
///
/// Codes are for ever: one that is no longer given stays in the list. The ranges, each in a file of `Codes/`:
/// 1000-1099 YAML syntax, 1100-1199 structure of the files, 2000-2999 names and files, 3000-3199 expressions,
/// 3200-3299 contracts, 3300-3999 mappings, tables, rules and error tables, 4000-4999 policies and endpoints,
/// 5000-5999 security, 6000-6999 breaking changes.
public struct DiagnosticCode: Hashable, Sendable {
    public let code: String
    public let title: String

    public init(_ code: String, _ title: String) {
        self.code = code
        self.title = title
    }

    /// Every code, by range.
    public static let all: [DiagnosticCode] =
        syntax + structure + names + expressions + contracts + mappings + policies + security

    /// The entry of a code, written in either case.
    public static func find(_ code: String) -> DiagnosticCode? {
        let wanted = code.uppercased()
        return all.first { $0.code == wanted }
    }
}

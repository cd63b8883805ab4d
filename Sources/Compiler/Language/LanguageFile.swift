/// The kinds of files that the language has.
public enum LanguageFile: String, Sendable, CaseIterable {
    case route, mapping, errors, rules, table, csv, consumers, gateway, environment, tests

    /// The keys of the file; nil where it has none of its own.
    var declaration: BlockDeclaration? {
        switch self {
        case .route: ParsedRoute.declaration.facts
        case .mapping: ParsedMapping.declaration.facts
        case .errors: ParsedErrorTable.declaration.facts
        case .rules: ParsedRules.declaration.facts
        case .table: ParsedTableFile.declaration.facts
        case .consumers: ParsedConsumers.declaration.facts
        case .gateway: ParsedGateway.declaration.facts
        case .tests: ParsedTests.declaration.facts
        case .environment, .csv: nil
        }
    }
}

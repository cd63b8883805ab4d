/// A block that is a whole file: it keeps the references that were found while it was decoded.
protocol ParsedFile: ParsedBlock {
    var references: [ParsedReference] { get set }
}

extension ParsedFile {
    mutating func keep(_ references: [ParsedReference]) { self.references = references }
}

extension ParsedRoute: ParsedFile {}
extension ParsedMapping: ParsedFile {}
extension ParsedRules: ParsedFile {}
extension ParsedErrorTable: ParsedFile {}
extension ParsedConsumers: ParsedFile {}
extension ParsedGateway: ParsedFile {}
extension ParsedTests: ParsedFile {}
extension ParsedTableFile: ParsedFile {}

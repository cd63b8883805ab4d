extension DiagnosticCode {
    /// 2000-2999: names, references and files.
    static let names: [DiagnosticCode] = [
        DiagnosticCode("WB2001", "the workspace has no routes"),
        DiagnosticCode("WB2002", "a file that is named does not exist"),
        DiagnosticCode("WB2003", "nothing uses a file"),
        DiagnosticCode("WB2004", "a route file is empty"),
        DiagnosticCode("WB2005", "a YAML file's name does not say what it is"),
        DiagnosticCode("WB2006", "a reference leads to another kind of file"),
        DiagnosticCode("WB2101", "unknown consumer"),
        DiagnosticCode("WB2102", "a partner is described twice"),
        DiagnosticCode("WB2103", "two operations accept the same request"),
        DiagnosticCode("WB2105", "unknown variable"),
        DiagnosticCode("WB2106", "an environment does not give a variable"),
        DiagnosticCode("WB2107", "the environment is not known"),
        DiagnosticCode("WB2108", "the contract has no such operation"),
        DiagnosticCode("WB2109", "unknown namespace prefix"),
        DiagnosticCode("WB2110", "nothing uses a variable"),
        DiagnosticCode("WB2111", "an example calls an unknown operation"),
        DiagnosticCode("WB2112", "an example's parameters are not those of the path"),
    ]
}

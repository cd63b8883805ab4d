extension DiagnosticCode {
    /// 5000-5999: secrets, certificates and keys.
    static let security: [DiagnosticCode] = [
        DiagnosticCode("WB5001", "secret written in a file"),
        DiagnosticCode("WB5100", "not a certificate"),
        DiagnosticCode("WB5101", "the private key cannot be read"),
        DiagnosticCode("WB5102", "key and certificate don't belong together"),
        DiagnosticCode("WB5103", "a certificate is not valid now"),
        DiagnosticCode("WB5104", "a certificate expires soon"),
        DiagnosticCode("WB5105", "a secret is not there"),
        DiagnosticCode("WB5108", "two consumers share an API key"),
    ]
}

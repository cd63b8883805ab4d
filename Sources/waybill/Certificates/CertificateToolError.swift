/// Why certificates could not be made or read; one sentence for the terminal.
struct CertificateToolError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

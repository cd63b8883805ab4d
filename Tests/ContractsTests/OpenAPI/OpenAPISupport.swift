import Contracts
import Diagnostics

/// An OpenAPI 3.0 document around paths and components.
func openAPI(_ paths: String, components: String = "", version: String = "3.0.3") -> String {
    """
    openapi: \(version)
    info: { title: Test, version: "1" }
    paths:
    \(indented(paths))
    components:
    \(components.isEmpty ? "  schemas: {}" : indented(components))
    """
}

private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
}

extension Reading {
    var api: OpenAPIDocument? { document?.openAPI }

    /// The titles of what is wrong.
    var titles: [String] { diagnostics.map(\.title) }
}

/// The fields of a shape as `name: kind`, `?` after an optional one.
func fields(_ shape: Shape?) -> [String] {
    (shape?.fields ?? []).map { "\($0.name)\($0.required ? "" : "?"): \($0.shape.kindName)" }
}

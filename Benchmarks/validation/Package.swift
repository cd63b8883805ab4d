// swift-tools-version: 6.2
import PackageDescription

// The readers and validators of the gateway alone, without its network stack, so that this builds in a minute.
// `Sources` is a link to the gateway's own.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "validation",
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0"),
        target("Diagnostics"),
        target("YAML", ["CYAML", "Diagnostics"]),
        target("XML", ["CXML"]),
        target("Documents"),
        target("Patterns"),
        target("Contracts", ["Documents", "Patterns", "XML", "YAML", "Diagnostics"]),
        .executableTarget(
            name: "validation", dependencies: ["Contracts", "Documents", "Diagnostics", "XML"], path: "Program",
            swiftSettings: settings),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

// libFuzzer targets for everything that reads what others wrote. `scripts/fuzz` builds and runs them; the sources are the
// project's own, reached by symbolic links, and built with coverage and the address sanitizer.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-O"]),
]

func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: settings)
}

/// `Targets/<name>/<name>.swift` has the one function that libFuzzer calls.
func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["CFuzzer"], path: "Targets/\(name)", swiftSettings: settings,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
}

let package = Package(
    name: "waybill-fuzz",
    targets: [
        .systemLibrary(name: "CFuzzer", path: "Shared/CFuzzer"),
        .systemLibrary(name: "CYAML", path: "Shared/CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CXML", path: "Shared/CXML", pkgConfig: "libxml-2.0"),
        shared("Diagnostics"),
        shared("YAML", ["CYAML", "Diagnostics"]),
        shared("XML", ["CXML"]),
        shared("Documents"),
        shared("Patterns"),
        shared("Contracts", ["Documents", "Patterns", "XML", "YAML", "Diagnostics"]),
        fuzz("FuzzJSON", ["Documents"]),
        fuzz("FuzzXML", ["Documents"]),
        fuzz("FuzzYAML", ["YAML", "Diagnostics"]),
        fuzz("FuzzSchema", ["Contracts", "Diagnostics", "Documents"]),
        fuzz("FuzzPattern", ["Patterns"]),
    ]
)

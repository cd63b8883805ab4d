// swift-tools-version: 6.2
import PackageDescription

// Waybill: a declarative outbound integration gateway. `docs/architecture.md` draws how these targets fit together;
// `Tests/ArchitectureTests` holds the table of allowed imports against the sources.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Dynamic exclusivity checks cost a third of the instructions of a call; the debug build and the tests keep them.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "waybill",
    products: [.executable(name: "waybill", targets: ["waybill"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        // glibc's own DNS client: a part of the C library, so nothing to install.
        .target(name: "CResolv", linkerSettings: [.linkedLibrary("resolv")]),
        target("Diagnostics"),
        target("YAML", ["CYAML", "Diagnostics"]),
        target("XML", ["CXML"]),
        target("Documents"),
        target("Patterns"),
        target("Contracts", ["Documents", "Patterns", "XML", "YAML", "Diagnostics"]),
        target("FEEL", ["Documents", "Contracts", "Patterns", "Diagnostics"]),
        target("RouteGraph", ["Documents", "Contracts", "FEEL", "Diagnostics"]),
        target(
            "Compiler", ["YAML", "RouteGraph", "FEEL", "Contracts", "Documents", "Diagnostics", x509, asn1, crypto]),
        target("Policies", ["RouteGraph", crypto]),
        target("Workbench", ["Compiler", "YAML", "RouteGraph", "Contracts", "FEEL", "Documents", "Diagnostics"]),
        target("Audit", ["Documents", crypto]),
        target("DNS", ["CResolv"]),
        target("Storage", ["CSQLite", "RouteGraph", crypto]),
        target(
            "Proxy", ["RouteGraph", "Documents", "DNS", nioCore, nioPosix, nioTLS, nioSSL, nioHTTP2, nioHPACK]),
        .executableTarget(
            name: "waybill",
            dependencies: [
                "Compiler", "Policies", "Workbench", "Audit", "Storage", "Proxy", "RouteGraph", "Contracts",
                "Documents", "Diagnostics", nioCore, nioPosix, nioTLS, nioHTTP1, nioHTTP2, nioHPACK, nioSSL, crypto,
                x509,
                asn1, logging, arguments,
            ],
            swiftSettings: settings),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests("YAMLTests", ["YAML", "Diagnostics"]),
        tests("DocumentsTests", ["Documents"]),
        tests("PatternsTests", ["Patterns"]),
        tests("ContractsTests", ["Contracts", "Documents", "Patterns", "XML", "Diagnostics"]),
        tests("FEELTests", ["FEEL", "Documents", "Contracts", "Diagnostics"]),
        tests("RouteGraphTests", ["RouteGraph", "Contracts", "Documents"]),
        tests("CompilerTests", ["Compiler", "YAML", "FEEL", "Contracts", "RouteGraph", "Documents", "Diagnostics"]),
        tests("WorkbenchTests", ["Workbench", "Compiler", "RouteGraph", "Contracts", "Diagnostics"]),
        tests("AuditTests", ["TestSupport", "Audit", "Documents"]),
        tests("StorageTests", ["TestSupport", "Storage", "RouteGraph"]),
        tests("DNSTests", ["DNS"]),
        tests(
            "ProxyTests", ["TestSupport", "Proxy", "RouteGraph", "DNS", nioCore, nioPosix, nioSSL, nioHTTP2, nioHPACK]),
        tests("ArchitectureTests"),
        tests(
            "waybillTests",
            [
                "TestSupport", "waybill", "Compiler", "Workbench", "Proxy", "Audit", "RouteGraph", "Documents",
                "Diagnostics", nioCore,
                nioPosix, nioSSL, logging,
            ]),
    ]
)

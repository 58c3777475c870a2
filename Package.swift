// swift-tools-version: 6.2
import PackageDescription

/// One set of language rules for every target of ours: warnings are errors, imports say who sees them.
let rules: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
/// Numerical targets crawl unoptimised; `make test` sets the variable. An unsafe flag, hence never on by default.
let fast: [SwiftSetting] =
    Context.environment["DISCREET_FAST_DEBUG"] == "1" ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []
let memorySafe: [SwiftSetting] = [.strictMemorySafety()]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let realModule = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

func part(
    _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: rules + settings)
}
func tests(_ subject: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []) -> Target {
    .testTarget(
        name: subject + "Tests", dependencies: [.init(stringLiteral: subject), "TestSupport"] + dependencies,
        swiftSettings: rules + settings)
}

let package = Package(
    name: "discreet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Discreet", targets: ["Discreet", "Ingestion", "Records"]),
        .library(name: "DPAccounting", targets: ["DPAccounting"]),
        .library(name: "DPMechanisms", targets: ["DPMechanisms", "DPAccounting", "Interactions"]),
        .executable(name: "discreet", targets: ["DiscreetCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Floor 0: system libraries.
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        // Floor 1: what everything stands on.
        part("Cryptography", ["CSodium"], settings: fast + memorySafe),
        part("LinearAlgebra", ["COpenBLAS", realModule], settings: fast + memorySafe),
        part("Interactions", settings: fast),
        .target(
            name: "Policies", dependencies: [yams], resources: [.embedInCode("Shipped")], swiftSettings: rules),
        part("DPAccounting", [realModule], settings: fast),
        part("Storage", [grdb]),
        // Floor 2: records, the one door, the vault.
        part("Records", ["Cryptography", "DPAccounting"]),
        part("DPMechanisms", ["DPAccounting", "Cryptography", "LinearAlgebra", "Interactions"], settings: fast),
        part("Vault", ["Storage", "Interactions", "Cryptography", "DPAccounting", grdb], settings: fast),
        // Floor 3: spending and training.
        part(
            "BudgetLedger", ["Storage", "Records", "Interactions", "Policies", "Cryptography", "DPAccounting", grdb],
            settings: fast),
        part("DPTraining", ["DPMechanisms", "DPAccounting", "LinearAlgebra", "Interactions"], settings: fast),
        // Floor 4: what a backend does.
        part(
            "Recommenders",
            ["DPTraining", "Records", "DPMechanisms", "DPAccounting", "LinearAlgebra", "Interactions", "Cryptography"],
            settings: fast),
        part("Evaluation", ["DPMechanisms", "Interactions", "LinearAlgebra"], settings: fast),
        part("Ingestion", ["CZlib", "Interactions", "Policies", "Vault"], settings: fast),
        part("Compliance", ["Vault", "BudgetLedger", "Records", "Policies", "Interactions", "Cryptography"]),
        // Floor 5: the facade.
        part(
            "Discreet",
            [
                "Compliance", "Ingestion", "Evaluation", "Recommenders", "DPTraining", "BudgetLedger", "Vault",
                "DPMechanisms", "Records", "DPAccounting", "Policies", "Storage", "Interactions", "LinearAlgebra",
                "Cryptography",
            ]),
        // Floor 6: the command line.
        .executableTarget(
            name: "DiscreetCLI",
            dependencies: ["Discreet", "DPAccounting", "Records", "Ingestion", "Interactions", argumentParser],
            swiftSettings: rules),
        // Tests.
        .target(
            name: "TestSupport", dependencies: ["DPAccounting", "Interactions"], path: "Tests/TestSupport",
            swiftSettings: rules + fast),
        tests("Cryptography"),
        tests("LinearAlgebra"),
        tests("Interactions"),
        tests("Policies"),
        tests("DPAccounting", settings: fast),
        tests("Records", ["Cryptography", "DPAccounting"]),
        tests("DPMechanisms", ["DPAccounting", "Cryptography", "LinearAlgebra", "Interactions"]),
        tests("Vault", ["Storage", "Interactions", "Cryptography", "DPAccounting", grdb]),
        tests("BudgetLedger", ["Records", "Interactions", "Policies", "Cryptography", "DPAccounting", grdb]),
        tests("DPTraining", ["DPMechanisms", "DPAccounting", "LinearAlgebra", "Interactions"]),
        tests(
            "Recommenders",
            ["DPTraining", "Records", "DPMechanisms", "DPAccounting", "LinearAlgebra", "Interactions", "Cryptography"]),
        tests("Evaluation", ["Interactions"]),
        tests("Ingestion", ["Interactions", "Policies", "Vault", "Cryptography"]),
        tests(
            "Compliance",
            [grdb, "DPAccounting", "Vault", "BudgetLedger", "Records", "Policies", "Interactions", "Cryptography"]),
        tests(
            "Discreet",
            [
                grdb, "Ingestion", "Cryptography", "Policies", "Vault", "BudgetLedger", "Records", "DPAccounting",
                "Interactions",
            ]),
        .testTarget(
            name: "DiscreetCLITests",
            dependencies: ["DiscreetCLI", "TestSupport", "Records", "Cryptography", "DPAccounting", grdb],
            swiftSettings: rules),
        .testTarget(name: "ArchitectureTests", swiftSettings: rules),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz`: a program for libFuzzer, which nothing else is built with.
if Context.environment["DISCREET_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "FuzzParsers",
            dependencies: ["DPAccounting", "Ingestion", "Interactions", "Policies", "Records"], path: "Fuzz",
            exclude: ["Corpus"]))
}

// `make bench`: programs that measure, which nothing else is built with.
if Context.environment["DISCREET_BENCH"] == "1" {
    package.targets += [
        .executableTarget(
            name: "SpeedBench",
            dependencies: [
                "Ingestion", "Vault", "BudgetLedger", "Compliance", "Records", "Policies", "Interactions",
                "Cryptography", "DPAccounting", "Storage",
            ],
            path: "Benchmarks/Speed", swiftSettings: rules),
        .executableTarget(
            name: "LedgerBench",
            dependencies: [
                "BudgetLedger", "Policies", "Records", "Interactions", "Cryptography", "DPAccounting", grdb,
            ],
            path: "Benchmarks/Ledger", swiftSettings: rules),
    ]
}

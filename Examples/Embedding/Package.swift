// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Embedding",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "discreet", path: "../..")],
    targets: [
        .executableTarget(
            name: "Embedding",
            dependencies: [
                .product(name: "Discreet", package: "discreet"), .product(name: "DPAccounting", package: "discreet"),
            ])
    ],
    swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "noise-bench",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "discreet", path: "../..")],
    targets: [
        .executableTarget(
            name: "NoiseBench", dependencies: [.product(name: "DPMechanisms", package: "discreet")])
    ],
    swiftLanguageModes: [.v6]
)

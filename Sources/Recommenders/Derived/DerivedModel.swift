// SPDX-License-Identifier: Apache-2.0

public import Interactions
public import LinearAlgebra
import Records

/// How a model is made of released statistics, at no cost.
public protocol DerivationRule: Sendable {
    /// The name on the command line and in artifacts.
    static var kind: String { get }
    /// What `--set` knows of the rule itself.
    static var parameters: [HyperParameter] { get }
    /// - Parameter values: By key, all of `parameters` that were given.
    /// - Throws: `invalidPlan` where the statistics do not allow it.
    static func kernel(of source: StatisticsSource, values: [String: Double]) throws(RecommenderError) -> DerivedKernel
}

/// Released statistics, for rules; made by models that have some.
public struct StatisticsSource: Sendable {
    let gram: TasteGram
}

/// What a rule makes; opaque outside.
public struct DerivedKernel: Sendable {
    let kernel: ItemKernel
}

/// A model that is post-processing of released statistics: EASE, item neighbours, non-negative factors, PureSVD.
public struct DerivedModel<Rule: DerivationRule>: Recommender {
    public static var kind: String { Rule.kind }
    public let configuration: DerivedConfiguration
    let kernel: ItemKernel

    public var itemCount: Int { kernel.itemCount }

    init(_ source: StatisticsSource, values: [String: Double]) throws(RecommenderError) {
        let own = values.filter { key, _ in Rule.parameters.contains { $0.key == key } }
        kernel = try Rule.kernel(of: source, values: own).kernel
        configuration = DerivedConfiguration(
            itemCount: kernel.itemCount, maxItemsPerUser: kernel.maxItemsPerUser, settings: own)
    }

    public func userVector(_ history: History) -> [Float] { kernel.userVector(history) }
    public func scores(_ userVectors: Matrix<Float>) -> Matrix<Float> { kernel.scores(userVectors) }
    public func contributions(_ history: History, item: UInt32) -> [ScorePart] {
        kernel.contributions(history, item: item)
    }

    /// `model.json`: kind, format and configuration; the tensors of `ItemKernel`.
    public var content: ModelContent {
        ModelContent(
            model: .object([
                "kind": .string(Self.kind), "format": .integer(1),
                "configuration": (try? JSONValue(encoding: configuration)) ?? .null,
            ]),
            tensors: kernel.tensors)
    }

    public init(_ content: ModelContent) throws(RecommenderError) {
        guard case .object(let fields) = content.model, fields["kind"] == .string(Self.kind),
            fields["format"] == .integer(1),
            let configuration = try? fields["configuration"]?.decode(DerivedConfiguration.self),
            configuration.itemCount >= 1, configuration.maxItemsPerUser >= 1
        else { throw .invalidArtifact("model.json") }
        self.configuration = configuration
        kernel = try ItemKernel(
            content, itemCount: configuration.itemCount, maxItemsPerUser: configuration.maxItemsPerUser)
    }
}

/// Public numbers, all of them.
public struct DerivedConfiguration: Hashable, Codable, Sendable {
    /// How many items the catalogue has.
    public var itemCount: Int
    /// Most items of one user that a list looks at, the latest.
    public var maxItemsPerUser: Int
    /// What was set of the rule's parameters; the others have their defaults.
    public var settings: [String: Double]
}

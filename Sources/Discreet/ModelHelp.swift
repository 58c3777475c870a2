// SPDX-License-Identifier: Apache-2.0

import Recommenders

/// What a kind of model can be told by `TrainRequest.settings`, in words.
public struct SettingHelp: Sendable {
    /// The key of the setting.
    public let key: String
    /// What it is, with its unit.
    public let meaning: String
    /// The rule of its default, which depends on public numbers only.
    public let defaultRule: String
    /// The values allowed.
    public let range: String

    /// The settings of the models of this kind; none for an unknown kind.
    public static func settings(ofKind kind: String) -> [SettingHelp] {
        let parameters =
            switch kind {
            case Spectral.kind: Spectral.parameters
            case Graph.kind: Graph.parameters
            case ContentBased.kind: ContentBased.parameters
            case MatrixFactorization.kind: MatrixFactorization.parameters
            case AlternatingLeastSquares.kind: AlternatingLeastSquares.parameters
            default: Derivation.trainedKinds.contains(kind) ? Derivation.trainingParameters(ofKind: kind) : []
            }
        return parameters.map(SettingHelp.init)
    }

    /// What `DeriveRequest.settings` can say for models of this kind.
    public static func settings(derivedAs kind: String) -> [SettingHelp] {
        (Derivation.parameters(ofKind: kind) ?? []).map(SettingHelp.init)
    }

    private init(_ parameter: HyperParameter) {
        (key, meaning) = (parameter.key, parameter.meaning)
        (defaultRule, range) = (parameter.defaultRule, parameter.rangeText)
    }
}

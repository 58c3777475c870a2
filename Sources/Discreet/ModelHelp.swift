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
        switch kind {
        case Spectral.kind: Spectral.parameters.map(SettingHelp.init)
        case Graph.kind: Graph.parameters.map(SettingHelp.init)
        case ContentBased.kind: ContentBased.parameters.map(SettingHelp.init)
        case MatrixFactorization.kind: MatrixFactorization.parameters.map(SettingHelp.init)
        case Popularity.kind: Popularity.parameters.map(SettingHelp.init)
        default: []
        }
    }

    private init(_ parameter: HyperParameter) {
        (key, meaning) = (parameter.key, parameter.meaning)
        (defaultRule, range) = (parameter.defaultRule, parameter.rangeText)
    }
}

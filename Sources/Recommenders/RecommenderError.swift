// SPDX-License-Identifier: Apache-2.0

/// What can go wrong with a model. Cases hold what the caller or an artifact said, never what the data say.
public enum RecommenderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model has no hyper-parameter `key`.
    case unknownSetting(key: String, known: [String])
    /// The value of `key` is no number or is outside `range`.
    case invalidSetting(key: String, value: String, range: String)
    /// A public number of the plan is out of range.
    case invalidPlan(String)
    /// A part of an artifact is missing, out of range or of another shape.
    case invalidArtifact(String)
    /// An artifact holds a kind of model that this program does not know.
    case unknownKind(String)
    /// The grant's plan is not the one that belongs to the configuration.
    case planDoesNotMatch

    public var description: String {
        switch self {
        case .unknownSetting(let key, let known):
            "There is no hyper-parameter \(key). Known are: \(known.joined(separator: ", "))."
        case .invalidSetting(let key, let value, let range):
            "The hyper-parameter \(key) cannot be \(value): it must be \(range)."
        case .invalidPlan(let what): "The run cannot be planned: \(what)."
        case .invalidArtifact(let part): "The artifact's \(part) is missing or damaged. Export or train it again."
        case .unknownKind(let kind): "A model of kind \(kind) is not known to this version. Update the program."
        case .planDoesNotMatch: "The reserved plan is not the one of this configuration. Plan the run again."
        }
    }
}

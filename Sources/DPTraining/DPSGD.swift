// SPDX-License-Identifier: Apache-2.0

import DPMechanisms

/// User-level DP-SGD for any model: sample, bound, add and noise in the door, then an optimiser's step on the noisy sum
/// over a *public* normaliser (Abadi et al. 2016, Algorithm 1; McMahan et al. 2018 for users).
///
/// Sampling probability, clipping norm and noise stand in the grants' events, not here. Nothing private stops or steers a run.
public struct DPSGD: Hashable, Codable, Sendable {
    /// What the sum is divided by: q·N with the nominal N, never the cohort's size.
    public var normaliser: Double
    public var learningRate: LearningRate
    public var adam: Adam.Configuration
    /// The share of the steps, from the end, whose parameters are averaged into the result.
    public var averagedShare: Double

    public init(
        normaliser: Double, learningRate: LearningRate, adam: Adam.Configuration = Adam.Configuration(),
        averagedShare: Double
    ) {
        (self.normaliser, self.learningRate) = (normaliser, learningRate)
        (self.adam, self.averagedShare) = (adam, averagedShare)
    }

    /// Takes the steps that are left in `session`, all of them steps of this training.
    ///
    /// - Parameters:
    ///   - model: Starts as it is; ends with the averaged parameters, or the last ones if stopped before any averaging.
    ///   - session: The run's grant, cohort and hook.
    /// - Throws: The door's or the hook's error. The step in hand is charged.
    public func train<Model: GradientModel>(_ model: inout Model, in session: inout TrainingSession) throws {
        let steps = session.stepsLeft
        if steps == 0 { return }
        var adam = Adam(adam, parameterCount: model.parameters.count)
        var average = IterateAverage(lastShare: averagedShare, of: steps)
        for step in 0..<steps {
            guard let release = try session.release(model.contribution()) else { break }
            let gradient = release.values.map { $0 / normaliser }
            adam.descend(&model.parameters, along: gradient, rate: learningRate.rate(step: step, of: steps))
            average.add(model.parameters, after: step)
        }
        if let mean = average.mean { model.parameters = mean }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Why the door released nothing. Only public things decide; the step that was handed in stays charged.
public enum DoorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The grant is paid for by other users than those of this cohort.
    case grantForAnotherCohort
    /// The contribution cannot be released under the kind of event that was paid for.
    case contributionDoesNotMatchEvent
    /// The release would have more coordinates than were paid for.
    case dimensionNotPaidFor(released: Int, paid: Int)
    /// A field of the event is out of range, or the noise is outside what the samplers can draw exactly.
    case unsupportedEvent(String)
    /// The item factors (public) are not finite, of another number of items, or too large.
    case unusableFactors(String)

    public var description: String {
        switch self {
        case .grantForAnotherCohort:
            "The grant was made for another cohort: open the cohort under the grant of its own run."
        case .contributionDoesNotMatchEvent:
            "This contribution cannot be released under this event: plan the run with the event that its kind needs."
        case .dimensionNotPaidFor(let released, let paid):
            "The release has \(released) coordinates, the event pays for \(paid): plan for more."
        case .unsupportedEvent(let why): "The event cannot be released: \(why)."
        case .unusableFactors(let why): "The item factors cannot be used: \(why)."
        }
    }
}

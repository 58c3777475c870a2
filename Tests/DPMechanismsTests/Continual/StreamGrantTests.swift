// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

/// What a stream is paid with, and what that pays for.
struct StreamGrantTests {
    private let cohort = TestCohorts.cohort(itemCount: 3, [[0], [1]])

    private func plan() throws -> StreamPlan { try TestStreams.silentTree(items: 3, perUser: 1, periods: 8) }

    private func refusal(_ step: consuming StepGrant) throws -> DoorError? {
        var step: StepGrant? = step
        var stream = try ContinualCounts(plan())
        do throws(DoorError) {
            guard let step = step.take() else { return nil }
            _ = try stream.closePeriod(cohort, spending: step)
            return nil
        } catch {
            return error
        }
    }

    @Test func aPeriodIsClosedUnderItsOwnGrantAlone() throws {
        let event = try plan().event
        #expect(try refusal(TestCohorts.step(event, for: cohort, period: 1)) == nil)
        #expect(
            try refusal(TestCohorts.step(event, for: cohort, period: 2)) == .contributionDoesNotMatchEvent,
            "another period's")
        #expect(try refusal(TestCohorts.step(event, for: cohort)) == .contributionDoesNotMatchEvent, "no stream's")
        let other = try TestStreams.silentTree(items: 3, perUser: 2, periods: 8).event
        #expect(
            try refusal(TestCohorts.step(other, for: cohort, period: 1)) == .contributionDoesNotMatchEvent,
            "another event")
        let others = TestCohorts.cohort(itemCount: 3, [[0]])
        #expect(try refusal(TestCohorts.step(event, for: others, period: 1)) == .grantForAnotherCohort)
    }

    /// The event of a stream pays for all of its periods together: a sum released under it at each period would not be paid.
    @Test func aStreamsGrantBuysNothingElse() throws {
        let laplace = try plan().event
        #expect(throws: DoorError.contributionDoesNotMatchEvent) {
            _ = try PrivateSum.release(
                .itemCounts, of: cohort, spending: TestCohorts.step(laplace, for: cohort, period: 1), maxUsers: 9)
        }
        let choice = PrivacyEvent.reportNoisyMax(ReportNoisyMaxEvent(epsilon: EpsilonAmount(1, rounding: .up)))
        #expect(throws: DoorError.contributionDoesNotMatchEvent) {
            _ = try PrivateSelection.mostCommonItem(
                of: cohort, spending: TestCohorts.step(choice, for: cohort, period: 1))
        }
    }

    @Test func aFailedPeriodIsNotClosed() throws {
        var stream = try ContinualCounts(plan())
        #expect(throws: DoorError.self) {
            let larger = TestCohorts.cohort(itemCount: 4, [[0], [1]])
            _ = try stream.closePeriod(
                larger, spending: TestCohorts.step(self.plan().event, for: larger, period: 1))
        }
        #expect(stream.released == ContinualCounts.Released())
        #expect(try TestStreams.close(&stream, [[0], [1]]) == [1, 1, 0])
    }

    @Test func onlyWhatPaysForTheShapeIsAPlan() throws {
        let thin = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(1, 1)!, bound: ItemBound(maxItemsPerUser: 3, maxValuePerItem: 1), dimension: 3))
        let tree = try plan().event
        let rows = StreamPlan.squareRootEvent(noiseMultiplier: 1, itemCount: 3, periods: 8)
        let sampled = PrivacyEvent.gaussianSum(TestCohorts.gaussian(q: 0.5, noise: 1))
        let silent = PrivacyEvent.gaussianSum(TestCohorts.gaussian(noise: 0))
        let bad: [(StreamPlan.Mechanism, PrivacyEvent, items: Int, periods: Int, perUser: Int)] = [
            (.tree, thin, 3, 8, 1), (.tree, tree, 4, 8, 1), (.tree, tree, 3, 8, 2), (.tree, tree, 3, 16, 1),
            (.tree, tree, 3, 0, 1), (.tree, tree, 3, 8, 0), (.tree, rows, 3, 8, 1),
            (.squareRoot(band: 8), tree, 3, 8, 1), (.squareRoot(band: 8), rows, 3, 9, 1),
            (.squareRoot(band: 0), rows, 3, 8, 1), (.squareRoot(band: 9), rows, 3, 8, 1),
            (.squareRoot(band: 8), sampled, 3, 8, 1), (.squareRoot(band: 8), silent, 3, 8, 1),
            (.squareRoot(band: 8), rows, 3, 2000, 1),
        ]
        for (index, shape) in bad.enumerated() {
            #expect(throws: DoorError.self, "\(index)") {
                _ = try StreamPlan(
                    shape.0, event: shape.1, itemCount: shape.items, periods: shape.periods, itemsPerUser: shape.perUser
                )
            }
        }
        _ = try StreamPlan(.squareRoot(band: 8), event: rows, itemCount: 3, periods: 8, itemsPerUser: 1)
    }

    /// The ledger in memory charges nobody for coming back: so nobody gets their m items again by being away.
    @Test("who comes and goes in a stream in memory moves no more nodes than was paid for", arguments: [0, 1])
    func whoComesAndGoesMovesNoMore(rest: Int) throws {
        let levels: Int64 = 7
        let bound = StreamPlan.treeBound(itemsPerUser: 1, periods: 64)
        let plan = try StreamPlan(
            .tree,
            event: .discreteLaplace(
                DiscreteLaplaceEvent(scale: Rational(levels, 1)!, bound: bound, dimension: 3)),
            itemCount: 3, periods: 64, itemsPerUser: 1)
        let ledger = InMemoryLedger(
            name: "stream", limit: AccountLimit(epsilon: EpsilonAmount(1, rounding: .up), delta: .zero))
        let name = RunID(hex: "0a")
        let (here, gone) = (
            TestCohorts.cohort(itemCount: 3, [[0, 1, 2]]), TestCohorts.cohort(itemCount: 3, [])
        )
        var stream = try ContinualCounts(plan)
        var moved: Int64 = 0
        for period in 1...64 {
            let cohort = period % 2 == rest ? here : gone
            let digest = PrivateSum.digest(of: cohort)
            var grant =
                period == 1
                ? try ledger.reserveStream(plan.event, delta: .zero, run: name, cohort: digest)
                : ledger.nextPeriod(of: name, cohort: digest)
            guard let step = grant?.next() else { break }
            _ = try stream.closePeriod(cohort, spending: step)
            // What this user adds to the node that was closed: nobody else is there.
            moved += stream.sums(from: period - (1 << period.trailingZeroBitCount) + 1).reduce(0, +)
            // Read back from its parts it knows them all the same.
            stream = try ContinualCounts(plan, after: stream.released, parts: stream.parts())
        }
        #expect(stream.released.closed == 64)
        #expect(moved >= 1 && moved <= levels)
        #expect(stream.parts().count == 1)
    }

    @Test func aStreamInMemoryIsChargedOnce() throws {
        let plan = try StreamPlan(
            .tree,
            event: .discreteLaplace(
                DiscreteLaplaceEvent(
                    scale: Rational(4, 1)!, bound: StreamPlan.treeBound(itemsPerUser: 1, periods: 8), dimension: 3)),
            itemCount: 3, periods: 8, itemsPerUser: 1)
        let one = EpsilonAmount(1, rounding: .up)
        let ledger = InMemoryLedger(name: "stream", limit: AccountLimit(epsilon: one, delta: .zero))
        let name = RunID(hex: "0a")
        var stream = try ContinualCounts(plan)
        var grant: RunGrant? = try ledger.reserveStream(
            plan.event, delta: .zero, run: name, cohort: PrivateSum.digest(of: cohort))
        while let step = grant?.next() {
            _ = try stream.closePeriod(cohort, spending: step)
            grant = ledger.nextPeriod(of: name, cohort: PrivateSum.digest(of: cohort))
            if stream.released.closed == 8 { break }
        }
        #expect(stream.released.closed == 8)
        #expect(ledger.spent == one)
        #expect(ledger.nextPeriod(of: RunID(hex: "0b"), cohort: PrivateSum.digest(of: cohort))?.period == nil)
        #expect(throws: ReservationError.self) {
            _ = try ledger.reserveStream(
                plan.event, delta: .zero, run: RunID(hex: "0c"), cohort: PrivateSum.digest(of: cohort)
            ).period
        }
    }
}

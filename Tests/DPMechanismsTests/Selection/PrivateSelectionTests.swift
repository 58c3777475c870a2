// SPDX-License-Identifier: Apache-2.0

import DPAccounting
import Foundation
import Interactions
import TestSupport
import Testing

@testable import DPMechanisms

struct PrivateSelectionTests {
    private let cohort = TestCohorts.cohort(itemCount: 4, [[0, 1, 2, 3], [1, 2], [2], [2, 3]])
    private func epsilon(_ value: Double) -> EpsilonAmount { EpsilonAmount(value, rounding: .down) }
    private var exponential: PrivacyEvent { .exponentialMechanism(ExponentialMechanismEvent(epsilon: epsilon(1))) }
    private var noisyMax: PrivacyEvent { .reportNoisyMax(ReportNoisyMaxEvent(epsilon: epsilon(1))) }
    private func selection(_ value: Double, delta: Double, most: Int) -> PrivacyEvent {
        .partitionSelection(
            PartitionSelectionEvent(
                epsilon: epsilon(value), delta: DeltaAmount(delta, rounding: .down), maxPartitions: most))
    }

    @Test func theMostCommonItemIsChosenByTheRateOfTheEvent() throws {
        // Counts 1, 2, 4, 2 at rate ε = 1.
        let weights = [-3.0, -2, 0, -2].map { exp($0) }
        let total = weights.reduce(0, +)
        let law = weights.enumerated().map { (outcome: Int64($0), probability: $1 / total) }
        var words = SeededGenerator(seed: 1)
        let draws = try (0..<20_000).map { _ in
            Int64(
                try PrivateSelection.mostCommonItem(
                    of: cohort, spending: TestCohorts.step(exponential, for: cohort), by: .permuteAndFlip, using: &words
                ))
        }
        #expect(GoodnessOfFit.fits(draws, law))
        #expect(!GoodnessOfFit.fits(draws.map { ($0 + 1) % 4 }, law))
    }

    @Test("neighbours with a long history cannot be told apart", arguments: [0, 1, 2])
    func neighboursCannotBeToldApart(kind: Int) throws {
        let (event, rule): (PrivacyEvent, PrivateSelection.Rule) =
            [(exponential, .noisyMax), (noisyMax, .permuteAndFlip), (noisyMax, .noisyMax)][kind]
        let neighbour = TestCohorts.cohort(itemCount: 4, [[0, 1, 2, 3], [1, 2], [2], [2, 3], [0, 1, 3]])
        var words = SeededGenerator(seed: 2)
        func choose(_ cohort: Cohort) throws -> Int {
            try PrivateSelection.mostCommonItem(
                of: cohort, spending: TestCohorts.step(event, for: cohort), by: rule, using: &words)
        }
        let found = try StochasticTester(epsilon: 1).refute({ try choose(cohort) }, against: { try choose(neighbour) })
        #expect(found == nil)
    }

    @Test func quantilesOfHistoryLengthsAreNearTheTruth() throws {
        let cohort = TestCohorts.random(users: 2000, items: 60, most: 40, seed: 3)
        let candidates = (0...60).map(Double.init)
        let place = try PrivateSelection.quantile(
            Rational(1, 2)!, among: candidates, of: cohort, spending: TestCohorts.step(noisyMax, for: cohort)
        ) { items, _, _ in Double(items.count) }
        // Lengths are uniform on 0…40: a candidate 5 away has a score lower by 240, a chance of e^(−120).
        #expect(abs(place - 20) < 5)
    }

    @Test func keysOfManyAreShownAndKeysOfNoneNever() throws {
        let cohort = TestCohorts.cohort(itemCount: 1, Array(repeating: [], count: 60))
        let event = selection(1, delta: 1e-5, most: 2)
        let kept = try PrivateSelection.keys(of: cohort, spending: TestCohorts.step(event, for: cohort)) { user in
            user == TestCohorts.user(7) ? ["only mine", "another"] : ["of all", "of all", "everybody's"]
        }
        // 59 users: certain from 23 on. A key of one user is shown with chance 1e-5.
        #expect(kept == ["everybody's", "of all"])
    }

    @Test("a user's many keys hold (mε, mδ)", arguments: [1, 2])
    func aUsersManyKeysHoldTheClaim(most: Int) throws {
        let event = selection(1, delta: 0.02, most: most)
        var words = SeededGenerator(seed: 4)
        func choose(_ users: Int) throws -> [Int] {
            let cohort = TestCohorts.cohort(itemCount: 1, Array(repeating: [], count: users))
            return try PrivateSelection.keys(
                of: cohort, spending: TestCohorts.step(event, for: cohort),
                keys: { $0 == TestCohorts.user(0) ? [1, 2, 3, 4] : [1, 2] }, using: &words)
        }
        for users in [0, 1, 2, 4] {
            // The neighbour has user 0 more; without anybody there is none.
            let found = try StochasticTester(epsilon: Double(most), delta: 0.02 * Double(most)).refute(
                { try choose(users) }, against: { try choose(users + 1) })
            #expect(found == nil)
        }
    }

    @Test func withdrawnUsersDoNotCount() throws {
        var cohort = TestCohorts.cohort(itemCount: 1, Array(repeating: [], count: 60))
        let grant = TestCohorts.step(selection(1, delta: 1e-5, most: 1), for: cohort)
        cohort.withdraw(Set((0..<60).map { TestCohorts.user($0) }))
        #expect(try PrivateSelection.keys(of: cohort, spending: grant) { _ in ["k"] }.isEmpty)
    }

    @Test func questionsAreAnsweredUntilTheCutoff() throws {
        let cohort = TestCohorts.cohort(itemCount: 1, Array(repeating: [0], count: 500))
        let event = PrivacyEvent.approximate(ApproximateEvent(epsilon: epsilon(4), delta: .zero))
        var questions = try ThresholdQueries.open(
            threshold: 250, cutoff: 2, of: cohort, spending: TestCohorts.step(event, for: cohort))
        // 250 away from the threshold, at scales of 1 or so: a wrong answer has a chance of e^(−80).
        let no = questions.isAbove { items, _, _ in items.count > 1 }
        let yes = questions.isAbove { items, _, _ in items.count == 1 }
        let again = questions.isAbove { _, _, _ in true }
        let after = questions.isAbove { _, _, _ in true }
        #expect(no == false && yes == true && again == true && after == nil)
        #expect(questions.left == 0)
    }

    @Test("the split of ε is the golden one", .enabled(if: Golden.available, "needs the golden files"))
    func theSplitIsTheGoldenOne() throws {
        for golden in try MechanismsGolden.entries("sparse_vector_optimal_split") where golden["monotone"] as! Bool {
            let cutoff = (golden["cutoff"] as! NSNumber).intValue
            let scales = try ThresholdQueries.scales(epsilon((golden["eps"] as! NSNumber).doubleValue), cutoff)
            let expected = (golden["threshold_scale"] as! NSNumber).doubleValue
            #expect(abs(scales.threshold.value - expected) < 1e-9 * expected)
            let query = (golden["query_scale"] as! NSNumber).doubleValue
            #expect(abs(scales.query.value - query) < 1e-9 * query)
        }
    }

    @Test func whatWasNotPaidForIsRefused() {
        let other = TestCohorts.cohort(itemCount: 4, [[0]])
        let counts = PrivacyEvent.discreteLaplace(
            DiscreteLaplaceEvent(
                scale: Rational(1, 1)!, bound: ItemBound(maxItemsPerUser: 4, maxValuePerItem: 1), dimension: 4))
        #expect(throws: DoorError.grantForAnotherCohort) {
            _ = try PrivateSelection.mostCommonItem(of: other, spending: TestCohorts.step(exponential, for: cohort))
        }
        for event in [counts, selection(1, delta: 1e-5, most: 1)] {
            #expect(throws: DoorError.contributionDoesNotMatchEvent) {
                _ = try PrivateSelection.mostCommonItem(of: cohort, spending: TestCohorts.step(event, for: cohort))
            }
        }
        #expect(throws: DoorError.contributionDoesNotMatchEvent) {
            _ = try PrivateSelection.keys(of: cohort, spending: TestCohorts.step(exponential, for: cohort)) { _ in [1] }
        }
        #expect(throws: DoorError.self) {
            _ = try PrivateSum.release(
                .userCount, of: cohort, spending: TestCohorts.step(exponential, for: cohort), maxUsers: 1)
        }
        #expect(throws: DoorError.contributionDoesNotMatchEvent) {
            _ = try ThresholdQueries.open(
                threshold: 1, cutoff: 1, of: cohort, spending: TestCohorts.step(exponential, for: cohort)
            ).left
        }
        let nobody = TestCohorts.cohort(itemCount: 0, [])
        #expect(throws: DoorError.self) {
            _ = try PrivateSelection.mostCommonItem(of: nobody, spending: TestCohorts.step(exponential, for: nobody))
        }
    }

    @Test func eventsThatCannotBeCarriedOutAreRefusedBeforeAnythingIsPaid() {
        let bad: [PrivacyEvent] = [
            .exponentialMechanism(ExponentialMechanismEvent(epsilon: .zero)),
            .reportNoisyMax(ReportNoisyMaxEvent(epsilon: .infinity)), selection(1, delta: 0, most: 1),
            selection(1e-12, delta: 1e-9, most: 1),
        ]
        for event in bad { #expect(throws: DoorError.self) { try PrivateSelection.check(event) } }
        for event in [exponential, noisyMax, selection(0.5, delta: 1e-9, most: 10)] {
            #expect(throws: Never.self) { try PrivateSelection.check(event) }
        }
    }

    @Test func oddQuestionsAboutQuantilesAreRefused() {
        for (quantile, candidates) in [
            (Rational(2, 1)!, [1.0]), (Rational(1, 2)!, []), (Rational(1, 2)!, [2, 1]), (Rational(1, 2)!, [1, .nan]),
        ] {
            #expect(throws: DoorError.self) {
                _ = try PrivateSelection.quantile(
                    quantile, among: candidates, of: cohort, spending: TestCohorts.step(exponential, for: cohort)
                ) { _, _, _ in 1 }
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import DPAccounting

/// Prices of single runs by composed losses: tighter than Rényi orders, never below the truth, and no filter.
struct LossPriceTests {
    static let delta = DeltaAmount(decimal: "1e-6", rounding: .down)!
    private static let orders = Accountant.pricing.subtracting([.pld])

    private func amount(_ text: String) -> EpsilonAmount { EpsilonAmount(decimal: text, rounding: .down)! }

    /// Plans as the door may be asked for: sampled and unsampled Gaussians, discrete ones, some Laplace noise.
    static func randomPlans(seed: UInt64, count: Int) -> [RunPlan] {
        var words = SeededGenerator(seed: seed)
        func draw(_ range: ClosedRange<Double>) -> Double {
            exp(Double.random(in: log(range.lowerBound)...log(range.upperBound), using: &words))
        }
        return (0..<count).map { _ in
            RunPlan(
                (0..<Int.random(in: 1...3, using: &words)).map { _ in
                    let steps = Int(draw(1...2000))
                    switch Int.random(in: 0..<5, using: &words) {
                    case 0:
                        let bound = ItemBound(
                            maxItemsPerUser: Int(draw(1...40)), maxValuePerItem: Int.random(in: 1...3, using: &words))
                        let variance = Rational(Int64(draw(50...5000)) * Int64(bound.l2SensitivitySquared), 7)!
                        return RunPlan.Stretch(
                            event: .discreteGaussian(
                                DiscreteGaussianEvent(variance: variance, bound: bound, dimension: 10)), count: 1)
                    case 1:
                        let noise = draw(1...20) * Double(steps).squareRoot()
                        return RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: noise), count: steps)
                    case 2:
                        return RunPlan.Stretch(
                            event: Plans.laplaceEvent(Rational(Int64(draw(10...100)), 3)!),
                            count: Int(draw(1...10)))
                    default:
                        let q = draw(1e-3...0.7)
                        let noise = max(0.7, draw(1...10) * q * Double(steps).squareRoot())
                        return RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: noise, q: q), count: steps)
                    }
                })
        }
    }

    @Test("over random plans the price is never below the exact lower end, nor above what orders prove")
    func neverBelowExact() {
        var byLosses = 0
        for plan in Self.randomPlans(seed: 41, count: 60) {
            let price = PlanPrice(of: plan, delta: Self.delta)
            let orders = PlanPrice(of: plan, delta: Self.delta, by: Self.orders)
            let floor = IndependentCheck.floor(of: plan, delta: Self.delta)
            #expect(!price.epsilon.isInfinite && price.epsilon.value >= floor, "\(plan): \(price.epsilon) \(floor)")
            #expect(price.epsilon <= orders.epsilon, "\(plan)")
            if price.accountant == .pld { byLosses += 1 }
            // What filters add follows from the events, whoever gives ε.
            #expect(price.renyi == orders.renyi && price.muSquared == orders.muSquared)
            #expect(price.totalVariation == orders.totalVariation)
            let bracket = IndependentCheck.bracket(of: plan, delta: Self.delta, by: price.accountant)
            #expect(bracket.contains(price.epsilon), "\(plan): \(price.epsilon) \(price.accountant) \(bracket)")
        }
        #expect(byLosses > 30)
    }

    @Test("over random shapes composed losses need no more noise than orders do, and what they need is affordable")
    func lessNoise() throws {
        var words = SeededGenerator(seed: 42)
        for _ in 0..<12 {
            let q = exp(Double.random(in: log(1e-3)...log(0.5), using: &words))
            let steps = Int(exp(Double.random(in: log(2)...log(5000), using: &words)))
            let epsilon = EpsilonAmount(exp(Double.random(in: log(0.1)...log(8), using: &words)), rounding: .down)
            func plan(_ noise: Double) -> RunPlan { Plans.gaussian(multiplier: noise, q: q, steps: steps) }
            let losses = try Calibration.scale(epsilon: epsilon, delta: Self.delta, plan: plan)
            let orders = try Calibration.scale(epsilon: epsilon, delta: Self.delta, by: [.rdp], plan: plan)
            #expect(losses < orders, "q \(q), \(steps) steps, ε \(epsilon)")
            let price = PlanPrice(of: plan(losses), delta: Self.delta)
            #expect(price.accountant == .pld && price.epsilon <= epsilon)
            // The tolerance of the calibration, 10⁻⁸ in σ, is at most some 10⁻⁶ in ε.
            #expect(price.epsilon.value > epsilon.value * (1 - 1e-5))
        }
    }

    @Test("the noise of a run is within 3·10⁻⁴ of the exact σ, and not below", .enabled(if: Golden.available))
    func goldenNoise() throws {
        for row in GoldenAccounting.rows("calibration") {
            guard let exact = row[4] else { continue }
            let ours = try Calibration.noiseMultiplier(
                epsilon: EpsilonAmount(row[0]!, rounding: .down), delta: DeltaAmount(row[1]!, rounding: .down),
                samplingProbability: row[2]!, steps: Int(row[3]!), dimension: 1)
            #expect(ours >= exact * (1 - 1e-6), "\(row): \(ours)")
            // ε is bounded to 10⁻⁴ or so, and falls about as 1/σ.
            #expect(ours <= exact * (1 + 3e-4), "\(row): \(ours)")
        }
    }

    @Test("a plan of several shares of one ε is calibrated whole")
    func jointly() throws {
        func shape(_ noise: Double) -> RunPlan {
            RunPlan([
                .init(event: Plans.gaussianEvent(multiplier: 60 * noise), count: 1),
                .init(event: Plans.gaussianEvent(multiplier: noise, q: 0.05), count: 400),
            ])
        }
        let asked = amount("1")
        let noise = try Calibration.scale(epsilon: asked, delta: Self.delta, plan: shape)
        let price = PlanPrice(of: shape(noise), delta: Self.delta)
        #expect(price.accountant == .pld && price.epsilon <= asked && price.epsilon.value > 1 - 1e-6)
        // Priced apart and added, the parts would cost more.
        let parts = shape(noise).stretches.map { PlanPrice(of: RunPlan([$0]), delta: Self.delta).epsilon.value }
        #expect(parts.reduce(0, +) > price.epsilon.value)
    }

    /// What `pld` means is part of the ledger's format: `budget verify` computes old prices again. Whoever changes a grid changes
    /// the name, or keeps these.
    @Test("a price by composed losses stays what it was, to a part in 10⁹")
    func pinned() {
        let pins: [(RunPlan, Double)] = [
            (Plans.gaussian(multiplier: 1, q: 0.02, steps: 400), 2.916338798185),
            (Plans.gaussian(multiplier: 4.3, q: 0.01, steps: 10_000), 1.000555906435),
            (IndependentCheckTests.plans[7], 1.465512116487), (IndependentCheckTests.plans[9], 0.608452366133),
        ]
        for (plan, epsilon) in pins {
            let price = PlanPrice(of: plan, delta: Self.delta)
            #expect(price.accountant == .pld)
            #expect(abs(price.epsilon.value - epsilon) < 1e-9 * epsilon, "\(price.epsilon)")
        }
    }

    @Test("the price by the accountant that it names is the price; by another it is that one's figure")
    func byName() {
        for plan in IndependentCheckTests.plans {
            let price = PlanPrice(of: plan, delta: Self.delta)
            for (name, figure) in price.epsilonByAccountant {
                let accountant = Accountant(rawValue: name)!
                let again = PlanPrice(of: plan, delta: Self.delta, by: [accountant])
                #expect(again.accountant == accountant && again.epsilon.value == figure, "\(name)")
                #expect(AccountSums(again).renyi == AccountSums(price).renyi)
            }
            #expect(PlanPrice(of: plan, delta: Self.delta, by: price.accountant.again).epsilon == price.epsilon)
            #expect(PlanPrice(of: plan, delta: Self.delta, by: []).epsilon.isInfinite)
        }
        #expect(!Accountant.none.again.contains(.pld))
        // The referee gives no price, whoever asks.
        #expect(PlanPrice(of: IndependentCheckTests.plans[0], delta: Self.delta, by: [.exact]).epsilon.isInfinite)
    }

    @Test("a pure plan asked at δ = 0 stays pure; at a δ many releases are priced by losses")
    func pureStaysPure() {
        let plan = RunPlan([.init(event: Plans.laplaceEvent(Rational(20, 1)!), count: 400)])
        let pure = PlanPrice(of: plan, delta: .zero)
        #expect(pure.accountant == .pure && pure.delta == .zero && pure.epsilonByAccountant.count == 1)
        let often = PlanPrice(of: plan, delta: Self.delta)
        #expect(often.accountant == .pld && often.delta == Self.delta)
        #expect(often.epsilon.value < pure.epsilon.value / 3)
    }

    @Test("rare sampling costs no more than more frequent sampling, also where the grid gives up")
    func rareSampling() {
        var last = EpsilonAmount.zero
        for q in [1e-12, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2] {
            let plan = Plans.gaussian(multiplier: 1, q: q, steps: 10)
            let price = PlanPrice(of: plan, delta: Self.delta)
            #expect(
                price.accountant == .pld && price.epsilon >= last && price.epsilon.value < 0.8, "\(q): \(price.epsilon)"
            )
            #expect(price.epsilon.value >= IndependentCheck.floor(of: plan, delta: Self.delta))
            last = price.epsilon
        }
    }

    @Test("a run priced by losses that ends early keeps its ε; what filters add is of the steps taken")
    func endsEarly() {
        let plan = Plans.gaussian(multiplier: 1, q: 0.05, steps: 200)
        let planned = PlanPrice(of: plan, delta: Self.delta)
        #expect(planned.accountant == .pld)
        for steps in [1, 10, 199] {
            let ended = planned.ended(plan, delta: Self.delta, after: steps)
            #expect(ended.epsilon == planned.epsilon && ended.delta == planned.delta && ended.accountant == .pld)
            #expect(ended.renyi == PlanPrice(of: plan.prefix(steps), delta: Self.delta).renyi)
            #expect(ended.renyi[0] < planned.renyi[0])
        }
        #expect(planned.ended(plan, delta: Self.delta, after: 0) == .zero)
    }

    @Test("a run calibrated to the whole lifetime is admitted by basic composition, a second one by nothing")
    func wholeLifetime() throws {
        let asked = amount("3")
        let limit = AccountLimit(epsilon: asked, delta: DeltaAmount(decimal: "1e-5", rounding: .down)!)
        let noise = try Calibration.noiseMultiplier(
            epsilon: asked, delta: Self.delta, samplingProbability: 0.02, steps: 1000, dimension: 10_000)
        let price = PlanPrice(
            of: Plans.gaussian(multiplier: noise, q: 0.02, steps: 1000, dimension: 10_000), delta: Self.delta)
        let first = AccountSums.zero + price
        #expect(first.epsilon == price.epsilon && first.isWithin(limit, by: .basic) && first.isWithin(limit))
        #expect(!AccountFilter.all.dropFirst().contains { first.isWithin(limit, by: $0) })
        #expect(!first.admits(adding: price, limit: limit))
    }

    @Test("a certificate's figures: each an upper bound, the exact one beside them")
    func figures() throws {
        for plan in IndependentCheckTests.plans {
            let price = PlanPrice(of: plan, delta: Self.delta)
            let figures = price.figures(of: plan)
            for (name, figure) in price.epsilonByAccountant { #expect(figures[name] == figure) }
            guard price.delta > .zero else { continue }
            let exact = try #require(figures["exact"])
            let losses = try #require(figures["pld"])
            let floor = IndependentCheck.floor(of: plan, delta: price.delta)
            #expect(exact >= floor && losses >= floor && price.epsilon.value >= floor)
            // The grid's tolerance of 10⁻⁴, twice.
            #expect(losses < exact * (1 + 2e-4) + 1e-9, "\(plan)")
        }
        #expect(
            PlanPrice(of: Plans.gaussian(multiplier: 0), delta: Self.delta).figures(of: Plans.gaussian(multiplier: 0))
                .isEmpty)
    }

    @Test("plans of more different releases than a price may take time for are priced by the others")
    func manyLaws() {
        let stretches = (0..<(Quotes.mostLaws + 1)).map {
            RunPlan.Stretch(event: Plans.gaussianEvent(multiplier: 20 + Double($0) / 64, q: 0.1), count: 1)
        }
        #expect(PlanPrice(of: RunPlan(stretches), delta: Self.delta).accountant == .rdp)
        #expect(PlanPrice(of: RunPlan(Array(stretches.dropLast())), delta: Self.delta).accountant == .pld)
    }

    @Test(
        "calibration to what a hostile policy may ask for ends soon, on the safe side or with an error",
        arguments: ["0.001", "1", "1000000"], ["1e-18", "1e-6", "0.999"])
    func hostile(epsilon: String, delta: String) {
        let (asked, delta) = (amount(epsilon), DeltaAmount(decimal: delta, rounding: .down)!)
        for (q, steps) in [(1e-9, 10_000_000), (0.01, 10_000_000), (0.9999, 3), (1.0, 10_000_000)] {
            let time = ContinuousClock().measure {
                guard
                    let noise = try? Calibration.noiseMultiplier(
                        epsilon: asked, delta: delta, samplingProbability: q, steps: steps, dimension: 1000)
                else { return }
                let price = PlanPrice(
                    of: Plans.gaussian(multiplier: noise, q: q, steps: steps, dimension: 1000), delta: delta)
                #expect(price.epsilon <= asked && price.epsilon >= .zero)
            }
            // Ten prices of 0.3 s at worst on a quiet machine; twenty times that is let pass on a busy one.
            #expect(time < .seconds(60), "ε \(epsilon), δ \(delta), q \(q), \(steps) steps: \(time)")
        }
    }
}

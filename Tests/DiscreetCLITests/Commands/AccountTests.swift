// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("account: costs without data")
struct AccountTests {
    private let bench: CommandBench

    init() throws { bench = try CommandBench() }

    private static let sampled = ["--noise-multiplier", "1", "--sampling-probability", "0.01", "--steps", "1000"]

    @Test(
        "ε at δ by each accountant, none below the exact, with unit and relation", arguments: ["pld", "rdp", "exact"])
    func epsilon(accountant: String) throws {
        let answer = try bench.run(
            ["account", "epsilon"] + Self.sampled + ["--delta", "1e-6", "--accountant", accountant, "--json"])
        #expect(answer.code == 0)
        let json = try answer.json()
        // Exact: accounting.json, σ 1, q 0.01, T 1000, δ 1e-6 is 2.1…; Rényi is 4 to 13 % above.
        let exact = try bench.run(
            ["account", "epsilon"] + Self.sampled + ["--delta", "1e-6", "--accountant", "exact", "--json"]
        ).json().number("epsilon")
        let epsilon = try #require(json.number("epsilon"))
        #expect(try epsilon >= #require(exact) * (1 - 1e-12) && epsilon < #require(exact) * 1.2)
        #expect(json.number("delta") == 1e-6 && json.number("noiseMultiplier") == 1 && json.integer("steps") == 1000)
        #expect(json.number("samplingProbability") == 0.01 && json.text("accountant") == accountant)
        #expect(json.text("unit") == "user" && json.text("adjacency") == "addOrRemoveUser")
    }

    @Test("δ, noise and steps answer each other")
    func answers() throws {
        let gaussian = ["--noise-multiplier", "2", "--steps", "10", "--accountant", "gdp", "--json"]
        let epsilon = try #require(
            try bench.run(["account", "epsilon", "--delta", "1e-5"] + gaussian).json().number("epsilon"))
        let delta = try #require(
            try bench.run(["account", "delta", "--epsilon", "\(epsilon)"] + gaussian).json().number("delta"))
        #expect(abs(delta / 1e-5 - 1) < 1e-6)
        let shape = ["--epsilon", "\(epsilon)", "--delta", "1e-5", "--accountant", "gdp", "--json"]
        let noise = try bench.run(["account", "noise", "--steps", "10"] + shape).json().number("noiseMultiplier")
        #expect(abs(try #require(noise) / 2 - 1) < 1e-6)
        let steps = try bench.run(["account", "steps", "--noise-multiplier", "2.0001"] + shape).json().integer("steps")
        #expect(steps == 10)
    }

    /// `accounting.json`, `calibration`: ε, δ, q, steps, the exact σ.
    @Test(
        "the noise for an asked cost is the golden one, by composed losses unless another is named",
        arguments: [
            ("1", "1e-6", "0.01", "10000", 4.302106465630502), ("8", "1e-5", "0.01", "10000", 0.88252849027644),
            ("4", "1e-6", "0.2", "500", 5.4440509087742), ("0.1", "1e-6", "0.01", "100", 3.872964105241624),
        ])
    func goldenNoise(epsilon: String, delta: String, q: String, steps: String, exact: Double) throws {
        let answer = try bench.run([
            "account", "noise", "--epsilon", epsilon, "--delta", delta, "--sampling-probability", q, "--steps", steps,
            "--json",
        ]).json()
        let noise = try #require(answer.number("noiseMultiplier"))
        #expect(answer.text("accountant") == "pld")
        // Never below; above by the grid's tolerance of 10⁻⁴ in ε, which falls about as 1/σ or faster.
        #expect(noise >= exact * (1 - 1e-6) && noise <= exact * (1 + 3e-4), "\(noise)")
    }

    @Test("an event or a plan from a file; what is infinite says so")
    func events() throws {
        let event = try bench.file(
            "event.json",
            #"{"type":"composition","version":1,"events":[{"type":"laplace","version":1,"noiseMultiplier":4},{"type":"zcdp","version":1,"rho":"0.01"}]}"#
        )
        let rdp = try bench.run(
            "account", "epsilon", "--event", event, "--delta", "1e-6", "--accountant", "rdp", "--json")
        #expect(rdp.code == 0)
        #expect(try #require(try rdp.json().number("epsilon")) > 0.25)
        let pld = try bench.run(
            "account", "epsilon", "--event", event, "--delta", "1e-6", "--accountant", "pld", "--json")
        #expect(try pld.json().text("epsilon") == "infinity")
        let plan = try bench.file(
            "plan.json",
            #"{"stretches":[{"count":3,"event":{"type":"report-noisy-max","version":1,"epsilon":"0.5"}}]}"#)
        let pure = try bench.run(
            "account", "epsilon", "--event", plan, "--delta", "0", "--accountant", "pure", "--json")
        #expect(try pure.json().number("epsilon") == 1.5)
    }

    @Test("a table and a plot of the profile, and of ε over the steps")
    func profile() throws {
        let plot = bench.place("profile.svg").path
        let answer = try bench.run(
            ["account", "profile"] + Self.sampled + ["--accountant", "rdp", "--svg", plot, "--json"])
        #expect(answer.code == 0)
        let points = try answer.json().objects("profile")
        #expect(points.count == 25)
        let deltas = points.compactMap { $0.number("delta") }
        #expect(zip(deltas, deltas.dropFirst()).allSatisfy { $0 >= $1 })
        let svg = try String(contentsOfFile: plot, encoding: .utf8)
        #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n") && svg.contains("ε"))
        let steps = try bench.run(
            ["account", "profile"] + Self.sampled + ["--accountant", "rdp", "--delta", "1e-6", "--json"]
        ).json().objects("profile")
        #expect(steps.last?.integer("steps") == 1000)
        let epsilons = steps.compactMap { $0.number("epsilon") }
        #expect(zip(epsilons, epsilons.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(
            try bench.run(["account", "profile"] + Self.sampled + ["--accountant", "rdp"]).text.contains("upper bounds")
        )
    }

    @Test(
        "wrong usage is 64 and names the option",
        arguments: [
            ["epsilon", "--delta", "1e-6"], ["epsilon", "--noise-multiplier", "1"],
            ["epsilon", "--noise-multiplier", "0", "--delta", "1e-6"],
            ["epsilon", "--noise-multiplier", "-1", "--delta", "1e-6"],
            ["epsilon", "--noise-multiplier", "nan", "--delta", "1e-6"],
            ["epsilon", "--noise-multiplier", "1", "--delta", "1"],
            ["epsilon", "--noise-multiplier", "1", "--delta", "-1"],
            ["epsilon", "--noise-multiplier", "1", "--delta", "x"],
            ["epsilon", "--noise-multiplier", "1", "--delta", "1e-6", "--steps", "0"],
            ["epsilon", "--noise-multiplier", "1", "--delta", "1e-6", "--sampling-probability", "1.5"],
            ["epsilon", "--noise-multiplier", "1", "--delta", "1e-6", "--accountant", "oracle"],
            ["epsilon", "--event", "e.json", "--steps", "3", "--delta", "1e-6"],
            ["delta", "--noise-multiplier", "1", "--epsilon", "-1"], ["noise", "--epsilon", "0", "--delta", "1e-6"],
            ["noise", "--epsilon", "1", "--delta", "0"],
            ["noise", "--epsilon", "1", "--delta", "1e-6", "--accountant", "pure"],
            ["steps", "--epsilon", "1", "--delta", "1e-6"], ["profile", "--event", "e.json", "--delta", "1e-6"], [],
            ["everything"],
        ])
    func usage(arguments: [String]) throws {
        let answer = try bench.run(["account"] + arguments)
        #expect(answer.code == 64, "\(answer.error)")
        #expect(answer.error.hasPrefix("discreet: error: ") && answer.output.isEmpty)
    }

    @Test("a file that is no event is 65, one that is not there 66, and the answer is JSON too")
    func badFiles() throws {
        for text in [
            "", "[]", "{}", #"{"type":"cauchy","version":1}"#, #"{"type":"laplace","version":2,"noiseMultiplier":1}"#,
            #"{"type":"laplace","version":1,"noiseMultiplier":0}"#, #"{"stretches":[]}"#,
            #"{"type":"poisson-sampled","version":1,"samplingProbability":0.5,"event":{"type":"zcdp","version":1,"rho":"1"}}"#,
        ] {
            let file = try bench.file("bad.json", text)
            let answer = try bench.run("account", "epsilon", "--event", file, "--delta", "1e-6", "--json")
            #expect(answer.code == 65, "\(text): \(answer.error)")
            #expect(try answer.json().text("error", "code") == "bad-data")
        }
        #expect(try bench.run("account", "epsilon", "--event", bench.place("none").path, "--delta", "1e-6").code == 66)
    }
}

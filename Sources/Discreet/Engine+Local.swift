// SPDX-License-Identifier: Apache-2.0

import BudgetLedger
import Cryptography
public import DPAccounting
import DPMechanisms
import Foundation
public import Ingestion
import Interactions
import Policies
import Records
import Storage
import Vault

/// The local model of a directory: what is sealed is noised already. Public; the log says so before the first report is sealed.
///
/// One report a user for life: of one of the user's own items, drawn uniformly, by Hadamard response with the directory's ε. So the
/// curator, the key in hand, learns of nobody's whole history more than ε allows. It lies in the vault as one event: the catalogue's
/// first item, the report as its value. All else is as ever: releases are paid for, and protect also that somebody is there.
struct LocalModel {
    let epsilon: EpsilonAmount
    let randomizer: LocalRandomizer

    init(epsilon: EpsilonAmount, items: Int) throws {
        guard epsilon > .zero, !epsilon.isInfinite, epsilon.value <= 32, items >= 2,
            let rate = Rational(epsilon.units, 1_000_000_000_000),
            let randomizer = LocalRandomizer(.hadamardResponse, domain: items, epsilon: rate)
        else {
            throw DiscreetError(
                .usage, "The local model needs an ε up to 32 and a catalogue of 2 to 2²⁰ items (--local-epsilon)",
                hint: "For example --local-epsilon 2, after `discreet catalogue import`.")
        }
        (self.epsilon, self.randomizer) = (epsilon, randomizer)
    }

    var json: JSONValue {
        get throws {
            .object([
                "epsilon": try JSONValue(encoding: epsilon), "items": .integer(Int64(randomizer.domain)),
                "method": .string(randomizer.method.rawValue),
            ])
        }
    }

    /// Nil where the entry is not what `json` makes.
    init?(_ json: JSONValue) {
        guard json["method"]?.stringValue == LocalRandomizer.Method.hadamardResponse.rawValue,
            let epsilon = try? json["epsilon"]?.decode(EpsilonAmount.self), let items = json["items"]?.integerValue,
            let model = try? LocalModel(epsilon: epsilon, items: Int(items))
        else { return nil }
        self = model
    }

    /// What is sealed for a user with these items.
    func event(of items: [UInt32]) -> Interaction {
        guard case .index(let index) = randomizer.report(oneOf: items.map(Int.init)) else {
            return Interaction(item: 0)
        }
        return Interaction(item: 0, value: Float(index))  // below 2²¹: exact
    }

    /// 1 at the user's report.
    var histogram: Contribution {
        let size = randomizer.indexCount
        return .userVector(
            UserVector(dimension: size) { items, values, _, out in
                guard items.count == 1, let index = Int(exactly: values[0]), (0..<size).contains(index) else { return }
                out.add(1, at: index)
            })
    }

    /// Estimates of how many users drew each item, in catalogue order.
    func estimates(_ release: Release) -> [Int64] {
        randomizer.frequencies(ofIndexCounts: release.steps).map {
            Int64(exactly: $0.rounded()) ?? ($0 < 0 ? .min : .max)
        }
    }

    var note: String {
        """
        Local model: of each user one of their own items, drawn at random, was reported with local ε = \(epsilon) before it was sealed; \
        nothing else of them is held. Counts are unbiased estimates of how many users drew each item.
        """
    }
}

extension Engine {
    /// The local model that this directory was given, if any.
    func localModel() throws -> LocalModel? {
        guard let entry = try ledger.newestEntry(ofType: "local") else { return nil }
        guard let model = LocalModel(entry.content) else {
            throw DiscreetError(
                .verificationFailed, "The log's word on the local model cannot be read (ledger.sqlite)",
                hint: "Run `discreet verify`.")
        }
        return model
    }

    /// What needs people's events as they were.
    func refuseLocalModel(_ what: String) throws {
        if try localModel() != nil {
            throw DiscreetError(
                .refused, "\(what): this directory holds noised reports alone, since it was given a local ε",
                hint: "`discreet count items` estimates counts from them.")
        }
    }

    /// Seals one noised report a user instead of their events, once for life. The first report makes the directory one of the local
    /// model, for good.
    /// - Parameter epsilon: Of a user's one report; the same in every call.
    /// - Throws: `.refused` where events were sealed as they were, or ε or the catalogue are others than at the first call.
    public func ingestLocally(
        _ paths: [String], epsilon: EpsilonAmount, options: IngestOptions = IngestOptions(),
        onProgress: @escaping @Sendable (IngestProgress) -> Void = { _ in },
        onReject: @escaping @Sendable (RejectedRow) -> Void = { _ in }
    ) async throws(DiscreetError) -> IngestReport {
        try facade {
            // Two at once could each make a report of one person, and `ingest` could seal events as they are.
            guard let lock = try DirectoryLock.take("local", in: location.directory) else { throw LedgerError.busy }
            return try withExtendedLifetime(lock) {
                guard try policyForRun().policy.unknownItems == .reject else {
                    throw DiscreetError(
                        .refused,
                        "The policy keeps events of unknown items pending, as they are: no report of the local model holds such",
                        hint: "Apply a policy with unknownItems: reject, or ingest without --local-epsilon.")
                }
                let model = try LocalModel(epsilon: epsilon, items: vault.itemCount())
                let known = try localModel()
                if let known {
                    guard try known.json == model.json else {
                        throw DiscreetError(
                            .refused, "This directory has another local ε or catalogue: \(known.epsilon)",
                            hint: "A person's report is made once; make another directory for other numbers.")
                    }
                } else {
                    guard try vault.userCount() == 0 else {
                        throw DiscreetError(
                            .refused, "This directory holds events as they were (vault.sqlite)",
                            hint: "Make another directory for the local model.")
                    }
                }
                var isLogged = known != nil
                var options = options
                options.dataDirectory = location.directory
                return try Ingestion.ingest(
                    paths.map(InputSource.init(argument:)), options: options, into: vault,
                    policy: try policyForRun().policy, onProgress: onProgress, onReject: onReject,
                    randomizer: { items in
                        // Not before there is something to seal: a wrong path makes no directory a local one.
                        if !isLogged { _ = try self.ledger.appendLog(type: "local", content: try model.json) }
                        isLogged = true
                        return model.event(of: items)
                    })
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

public import DPAccounting
public import Records

/// Why the ledger did not do what it was asked. Cases hold what the caller asked, what the policy allows and names of
/// runs and files; never who took part, how many, or what anyone has spent.
public enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The run's cost is more than the policy lets a fresh account spend, so nobody could take part. The arithmetic is
    /// made of the empty account and public numbers alone.
    case refused(Admission)
    /// The events of the plan cost more than was asked for.
    case planCostsMore(epsilon: EpsilonAmount, asked: EpsilonAmount)
    /// A fresh account could not afford the run within the policy's period.
    case refusedByPeriod(Admission, days: Int)
    /// A person's limit may lower what is in force for them, never raise it.
    case limitNotLower
    /// The policy has no tier of this name.
    case unknownTier(String)
    /// The plan has no finite price, which only a directory of public data admits.
    case infiniteCost(PricingProblem)
    /// The plan has no step, or one that is out of range.
    case invalidPlan
    /// A run's id is 1 to 64 digits of lower-case hexadecimal.
    case badRunID
    /// The very same run was reserved before; a second grant would be a second spending of one charge.
    case alreadyReserved(RunID)
    /// The id was used before, for another run.
    case runConflict(RunID)
    /// There is no such run.
    case unknownRun(RunID)
    /// The run was settled before.
    case alreadySettled(RunID)
    /// More steps than the plan has.
    case tooManySteps(RunID)
    /// The policy says private and the directory public, or the reverse. A directory never changes sides.
    case changedSides
    /// A document or an entry cannot be written or read as canonical JSON.
    case badRecord(RecordsError)
    /// Another policy was put in force since the caller read it.
    case policyChanged
    /// A tombstone's name is 32 bytes.
    case badTombstone
    /// There is a ledger already.
    case exists(String)
    /// There is no ledger.
    case notFound(String)
    /// The file is another directory's ledger, or no ledger.
    case notThisLedger(String)
    /// The file was written by a newer program.
    case newerSchema(found: Int, known: Int)
    /// Another process holds the ledger; try again.
    case busy
    /// A file cannot be read or written.
    case inputOutput(String)
    /// A row was written, taken away or put back by who does not hold the directory's key.
    case notAuthentic(String)
    /// The file's contents contradict themselves; `discreet budget verify` says where.
    case damaged(String)

    public var description: String {
        switch self {
        case .refused(let admission): "\(admission). Ask for a smaller ε or δ, or fewer steps"
        case .refusedByPeriod(let admission, let days):
            "\(admission.description.replacing("for a lifetime", with: "in any \(days) days")). "
                + "Ask for a smaller ε or δ, or fewer steps"
        case .limitNotLower:
            "a person's limit may lower what the policy and their own word allow, never raise it: ask for less"
        case .unknownTier(let tier): "the policy has no tier \(tier): `discreet policy show` names those that it has"
        case .planCostsMore(let epsilon, let asked):
            "the plan costs ε = \(epsilon), which is more than the ε = \(asked) asked: add noise or take fewer steps"
        case .infiniteCost(let problem): "the run costs ε = ∞ (\(problem))"
        case .invalidPlan: "the plan has no step or one out of range: a run releases something"
        case .badRunID: "a run's id is 1 to 64 digits of lower-case hexadecimal"
        case .alreadyReserved(let run): "run \(run) was reserved before: take a new id for a new run"
        case .runConflict(let run): "run id \(run) belongs to another run: take a new one"
        case .unknownRun(let run): "there is no run \(run) in the ledger"
        case .alreadySettled(let run): "run \(run) was settled before"
        case .tooManySteps(let run): "run \(run) has fewer steps than were to be settled"
        case .changedSides:
            "the directory and the policy disagree on whether the data are public: a directory never changes sides"
        case .badRecord(let error): "a record of the ledger: \(error)"
        case .policyChanged: "another policy was put in force meanwhile: run the command again"
        case .badTombstone: "a tombstone is named by 32 bytes"
        case .exists(let path): "\(path) exists already: a ledger is never replaced"
        case .notFound(let path): "\(path) is not there: run `discreet init` or name another directory"
        case .notThisLedger(let path): "\(path) is not the ledger of this data directory: restore the right file"
        case .newerSchema(let found, let known):
            "the ledger has schema \(found), this program knows \(known): use a newer program"
        case .busy: "the ledger is in use by another process: try again"
        case .inputOutput(let what): "the ledger cannot be read or written (\(what)): check the disk and permissions"
        case .notAuthentic(let what):
            "the ledger was changed by another hand (\(what)): run `discreet budget verify`, and restore ledger.sqlite"
        case .damaged(let what): "the ledger contradicts itself (\(what)): run `discreet budget verify`"
        }
    }
}

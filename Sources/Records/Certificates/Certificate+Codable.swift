// SPDX-License-Identifier: Apache-2.0

import DPAccounting

extension Certificate: Codable {
    private enum Keys: String, CodingKey {
        // Upper case sorts before every other name: in canonical JSON it stands first.
        case publicDataNotice = "PUBLIC DATA"
        case format, version, statement, unit, adjacency, trust, publicData, kind, model, runs, derivedFrom,
            nominalUsers,
            nominalUsersSource, notes, policyHash, codeVersion, created, stoppedAt, hashes, notCharged
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        func require(_ key: Keys, _ expected: String) throws {
            guard try container.decode(String.self, forKey: key) == expected else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "not known")
            }
        }
        try require(.format, Self.format)
        try require(.unit, Self.unit)
        try require(.adjacency, Self.adjacency)
        try require(.trust, Self.trust)
        guard try container.decode(Int.self, forKey: .version) == Self.version else {
            throw DecodingError.dataCorruptedError(forKey: .version, in: container, debugDescription: "not known")
        }
        self.init(
            isPublicData: try container.decode(Bool.self, forKey: .publicData),
            kind: try container.decode(String.self, forKey: .kind),
            model: try container.decode(String.self, forKey: .model),
            runs: try container.decode([CertifiedRun].self, forKey: .runs),
            cost: try PrivacyAmounts(from: decoder),
            derivedFrom: try container.decodeIfPresent(Derivation.self, forKey: .derivedFrom),
            nominalUsers: try container.decodeIfPresent(Int.self, forKey: .nominalUsers),
            nominalUsersSource: try container.decodeIfPresent(String.self, forKey: .nominalUsersSource),
            notes: try container.decodeIfPresent([String].self, forKey: .notes) ?? [],
            policyHash: try container.decode(PolicyHash.self, forKey: .policyHash),
            codeVersion: try container.decode(String.self, forKey: .codeVersion),
            created: try container.decode(Day.self, forKey: .created),
            stoppedAt: try container.decodeIfPresent(Int.self, forKey: .stoppedAt),
            hashes: try container.decodeIfPresent(ArtifactHashes.self, forKey: .hashes),
            notCharged: try container.decode([String].self, forKey: .notCharged))
        try require(.statement, statement)
        guard container.contains(.publicDataNotice) == isPublicData else {
            throw DecodingError.dataCorruptedError(
                forKey: .publicData, in: container, debugDescription: "the notice and the flag disagree")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        if isPublicData { try container.encode("no budget was enforced", forKey: .publicDataNotice) }
        try container.encode(Self.format, forKey: .format)
        try container.encode(Self.version, forKey: .version)
        try container.encode(statement, forKey: .statement)
        try container.encode(Self.unit, forKey: .unit)
        try container.encode(Self.adjacency, forKey: .adjacency)
        try container.encode(Self.trust, forKey: .trust)
        try container.encode(isPublicData, forKey: .publicData)
        try container.encode(kind, forKey: .kind)
        try container.encode(model, forKey: .model)
        try container.encode(runs, forKey: .runs)
        try cost.encode(to: encoder)
        try container.encodeIfPresent(derivedFrom, forKey: .derivedFrom)
        try container.encodeIfPresent(nominalUsers, forKey: .nominalUsers)
        try container.encodeIfPresent(nominalUsersSource, forKey: .nominalUsersSource)
        if !notes.isEmpty { try container.encode(notes, forKey: .notes) }
        try container.encode(policyHash, forKey: .policyHash)
        try container.encode(codeVersion, forKey: .codeVersion)
        try container.encode(created, forKey: .created)
        try container.encodeIfPresent(stoppedAt, forKey: .stoppedAt)
        try container.encodeIfPresent(hashes, forKey: .hashes)
        try container.encode(notCharged, forKey: .notCharged)
    }
}

extension CertifiedRun: Codable {
    private enum Keys: String, CodingKey { case run, kind, purpose, plan, epsilonByAccountant }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        self.init(
            run: try container.decode(RunID.self, forKey: .run),
            kind: try container.decode(String.self, forKey: .kind),
            purpose: try container.decode(String.self, forKey: .purpose),
            plan: try container.decode(RunPlan.self, forKey: .plan),
            cost: try PrivacyAmounts(from: decoder),
            epsilonByAccountant: try container.decode([String: PrivacyNumber].self, forKey: .epsilonByAccountant))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(run, forKey: .run)
        try container.encode(kind, forKey: .kind)
        try container.encode(purpose, forKey: .purpose)
        try container.encode(plan, forKey: .plan)
        try cost.encode(to: encoder)
        try container.encode(epsilonByAccountant, forKey: .epsilonByAccountant)
    }
}

// SPDX-License-Identifier: Apache-2.0

extension Policy {
    /// Reads a policy file.
    /// - Parameters:
    ///   - yaml: The whole text.
    ///   - file: How errors name the file.
    /// - Throws: The first thing wrong, with file, line, key and what is allowed: a key that is unknown, doubled or
    ///   missing, or a value out of range. A misspelt budget must not pass.
    public init(yaml: String, file: String) throws(PolicyError) {
        let top = try PolicySection(
            try PolicyText.root(of: yaml, file: file), file: file, line: 1, prefix: "",
            allowed: [
                "version", "name", "data", "lifetime", "tiers", "period", "bases", "maxUsers", "nominalUsers", "bounds",
                "unknownItems", "extraColumns", "keepColumns", "tombstone", "runs", "keys",
            ])
        _ = try top.integer("version", in: Self.version...Self.version)
        name = try top.required("name", allowed: PolicyRules.name) { PolicyRules.isName($0) ? $0 : nil }
        isPublicData = try top.choice("data", of: DataKind.self) == .public
        lifetime = try Self.lifetime(top, isPublicData: isPublicData)
        tiers = try Self.tiers(top, lifetime: lifetime, isPublicData: isPublicData)
        period = try Self.period(top, lifetime: lifetime, tiers: tiers)
        bases = try Self.bases(top)
        maxUsers = try top.integer("maxUsers", in: PolicyRules.maxUsers) ?? PolicyRules.defaultMaxUsers
        nominalUsers = try top.integer("nominalUsers", in: 1...maxUsers)
        bounds = try Self.bounds(top)
        unknownItems = try top.choice("unknownItems", of: UnknownItems.self) ?? .reject
        extraColumns = try top.choice("extraColumns", of: ExtraColumns.self) ?? .ignore
        keepColumns = try Self.keepColumns(top)
        tombstone = try Self.tombstone(top)
        runs = try Self.runs(top, lifetime: lifetime)
        keys = try Self.keys(top)
    }

    private static func lifetime(_ top: PolicySection, isPublicData: Bool) throws(PolicyError) -> Lifetime? {
        let section = try top.section("lifetime", allowed: ["epsilon", "delta"])
        if isPublicData {
            guard section == nil else {
                throw .badValue(
                    top.place(of: "lifetime"), key: "lifetime", found: "a section",
                    allowed: "no lifetime with `data: public`: no budget is enforced there")
            }
            return nil
        }
        guard let section else { throw top.missing("lifetime", "epsilon and delta, or `data: public` if it is") }
        return try budget(section)
    }

    private static func budget(_ section: PolicySection) throws(PolicyError) -> Lifetime {
        let lifetime = Lifetime(
            epsilon: try section.required("epsilon", allowed: PolicyRules.lifetimeEpsilon) {
                decimal($0, PolicyRules.isLifetimeEpsilon)
            },
            delta: try section.required("delta", allowed: PolicyRules.delta) { decimal($0, PolicyRules.isDelta) })
        guard PolicyRules.leavesRoomForSamplers(lifetime) else {
            throw .badValue(
                section.place(of: "epsilon"), key: "lifetime",
                found: "epsilon \(lifetime.epsilon) at delta \(lifetime.delta)", allowed: PolicyRules.room)
        }
        return lifetime
    }

    private static func tiers(
        _ top: PolicySection, lifetime: Lifetime?, isPublicData: Bool
    ) throws(PolicyError) -> [String: Lifetime] {
        var tiers: [String: Lifetime] = [:]
        for (name, section) in try top.namedSections("tiers", allowed: ["epsilon", "delta"]) {
            tiers[name] = try budget(section)
        }
        guard (1...PolicyRules.mostTiers).contains(tiers.count) && !isPublicData || !top.has("tiers") else {
            throw .badValue(
                top.place(of: "tiers"), key: "tiers", found: "\(tiers.count) tiers", allowed: PolicyRules.tiers)
        }
        guard PolicyRules.areNested(Array(tiers.values) + (lifetime.map { [$0] } ?? [])) else {
            throw .badValue(
                top.place(of: "tiers"), key: "tiers", found: "budgets that are not", allowed: PolicyRules.nested)
        }
        return tiers
    }

    private static func period(
        _ top: PolicySection, lifetime: Lifetime?, tiers: [String: Lifetime]
    ) throws(PolicyError) -> Period? {
        guard let section = try top.section("period", allowed: ["days", "epsilon", "delta"]) else { return nil }
        guard let days = try section.integer("days", in: PolicyRules.periodDays) else {
            throw section.missing("days", PolicyRules.integers(PolicyRules.periodDays))
        }
        let amounts = try budget(section)
        let period = Period(days: days, epsilon: amounts.epsilon, delta: amounts.delta)
        guard PolicyRules.isPeriod(period, lifetime: lifetime, tiers: tiers) else {
            throw .badValue(
                top.place(of: "period"), key: "period", found: "\(period.epsilon), \(period.delta)",
                allowed: PolicyRules.period)
        }
        return period
    }

    private static func bases(_ top: PolicySection) throws(PolicyError) -> [String: LawfulBasis] {
        let section = try top.requiredSection("bases", allowed: PolicyPurpose.allCases.map(\.rawValue))
        var bases: [String: LawfulBasis] = [:]
        for purpose in PolicyPurpose.allCases {
            bases[purpose.rawValue] = try section.requiredChoice(purpose.rawValue, of: LawfulBasis.self)
        }
        return bases
    }

    private static func bounds(_ top: PolicySection) throws(PolicyError) -> Bounds {
        let section = try top.section("bounds", allowed: ["maxItemsPerUser"])
        return Bounds(
            maxItemsPerUser: try section?.integer("maxItemsPerUser", in: PolicyRules.maxItemsPerUser)
                ?? PolicyRules.defaultMaxItemsPerUser)
    }

    private static func tombstone(_ top: PolicySection) throws(PolicyError) -> Tombstone {
        let section = try top.requiredSection("tombstone", allowed: ["years", "basis"])
        guard let years = try section.integer("years", in: PolicyRules.tombstoneYears) else {
            throw section.missing("years", PolicyRules.integers(PolicyRules.tombstoneYears))
        }
        return Tombstone(years: years, basis: try section.requiredChoice("basis", of: TombstoneBasis.self))
    }

    private static func keys(_ top: PolicySection) throws(PolicyError) -> KeyRules? {
        guard let section = try top.section("keys", allowed: ["rotateDays"]) else { return nil }
        guard let days = try section.integer("rotateDays", in: PolicyRules.rotateDays) else {
            throw section.missing("rotateDays", PolicyRules.integers(PolicyRules.rotateDays))
        }
        return KeyRules(rotateDays: days)
    }

    private static func keepColumns(_ top: PolicySection) throws(PolicyError) -> [String] {
        guard let list = try top.list("keepColumns", allowed: PolicyRules.keepColumns) else { return [] }
        var names: Set<String> = []
        for entry in list {
            guard PolicyRules.isColumn(entry.text), names.insert(entry.text).inserted else {
                throw .badValue(entry.place, key: "keepColumns", found: entry.text, allowed: PolicyRules.keepColumns)
            }
        }
        guard PolicyRules.keptColumns.contains(names.count) else {
            throw .badValue(
                top.place(of: "keepColumns"), key: "keepColumns", found: "\(names.count) names",
                allowed: PolicyRules.keepColumns)
        }
        return names.sorted()
    }

    private static func runs(_ top: PolicySection, lifetime: Lifetime?) throws(PolicyError) -> Runs {
        let section = try top.section("runs", allowed: ["epsilon", "delta"])
        let epsilon = try section?.value("epsilon", allowed: PolicyRules.lifetimeEpsilon) { text in
            decimal(text, PolicyRules.isLifetimeEpsilon)
        }
        let delta = try section?.value("delta", allowed: PolicyRules.runDelta) { text in
            decimal(text) { PolicyRules.isRunDelta($0, lifetime: lifetime) }
        }
        if let delta { return Runs(epsilon: epsilon ?? PolicyRules.defaultRunEpsilon, delta: delta) }
        guard PolicyRules.isRunDelta(PolicyRules.defaultRunDelta.value, lifetime: lifetime) else {
            throw top.missing("runs.delta", PolicyRules.runDelta)
        }
        return Runs(epsilon: epsilon ?? PolicyRules.defaultRunEpsilon, delta: PolicyRules.defaultRunDelta)
    }

    private static func decimal(_ text: String, _ isAllowed: (Double) -> Bool) -> ExactDecimal? {
        guard let decimal = ExactDecimal(text), isAllowed(decimal.value) else { return nil }
        return decimal
    }
}

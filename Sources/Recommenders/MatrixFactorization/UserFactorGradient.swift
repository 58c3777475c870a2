// SPDX-License-Identifier: Apache-2.0

import DPMechanisms
import LinearAlgebra

/// One user's gradient of the item factors, before bounding: u and the weights cᵢ of the own items' rows.
struct UserFactorGradient: Sendable {
    let foldIn: RidgeFoldIn
    /// d; see `FactorTraining`. Shape `[items]`.
    let coordinates: [Double]
    let maxItemsPerUser: Int

    /// Fills in u and cᵢ = dᵢ (vᵢ·u − 1). All private; a user without items leaves zeros.
    /// - Parameters:
    ///   - items: The user's items, ascending, each once.
    ///   - times: When, in the same order.
    func fill(_ items: Span<UInt32>, _ times: Span<Int64>, _ out: inout UserGradient) {
        let places = OwnItems.latest(items, times, most: maxItemsPerUser)
        if places.isEmpty { return }
        let own = foldIn.gather(places.map { items[$0] })
        let vector = foldIn.vector(own: own)
        let scores = gemv(own, vector)
        for j in vector.indices { out.factor[j] = vector[j] }
        for (place, score) in zip(places, scores) {
            out.coefficients[place] = coordinates[Int(items[place])] * (score - 1)
        }
    }
}

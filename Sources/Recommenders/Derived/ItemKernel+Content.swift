// SPDX-License-Identifier: Apache-2.0

import LinearAlgebra
import Records

extension ItemKernel {
    /// `popularity` `[items]`, and one of: `ownFactors` and `itemFactors` `[items × r]`; `weights` `[items × items]`, own items by
    /// row; `neighbours` (positions as float32, exact below 2²⁴) and `similarities` `[items × k]`.
    var tensors: [NamedTensor] {
        let n = itemCount
        let own: [NamedTensor]
        switch form {
        case .factors(let a, let b):
            own = [
                NamedTensor(name: "ownFactors", shape: [n, a.columns], values: a.elements),
                NamedTensor(name: "itemFactors", shape: [n, b.columns], values: b.elements),
            ]
        case .dense(let matrix): own = [NamedTensor(name: "weights", shape: [n, n], values: matrix.elements)]
        case .neighbours(let table):
            own = [
                NamedTensor(name: "neighbours", shape: [n, table.width], values: table.items.map { Float($0) }),
                NamedTensor(name: "similarities", shape: [n, table.width], values: table.similarities),
            ]
        }
        return own + [NamedTensor(name: "popularity", shape: [n], values: popularity)]
    }

    /// - Throws: `invalidArtifact` if a tensor is missing, of another shape or not finite, or names an item that is not there.
    init(_ content: ModelContent, itemCount n: Int, maxItemsPerUser: Int) throws(RecommenderError) {
        let popularity = try content.tensor("popularity", shape: [n])
        func width(_ name: String) -> Int? { content.shape(name).flatMap { $0.count == 2 && $0[0] == n ? $0[1] : nil } }
        let form: Form
        if let rank = width("ownFactors") {
            func factors(_ name: String) throws(RecommenderError) -> Matrix<Float> {
                Matrix(rows: n, columns: rank, elements: try content.tensor(name, shape: [n, rank]))
            }
            form = .factors(own: try factors("ownFactors"), target: try factors("itemFactors"))
        } else if let width = width("neighbours") {
            let places = try content.tensor("neighbours", shape: [n, width])
            guard places.allSatisfy({ $0 >= 0 && $0 < Float(n) && $0.rounded() == $0 }) else {
                throw .invalidArtifact("tensor neighbours")
            }
            form = .neighbours(
                NeighbourTable(
                    width: width, items: places.map { UInt32($0) },
                    similarities: try content.tensor("similarities", shape: [n, width])))
        } else {
            form = .dense(Matrix(rows: n, columns: n, elements: try content.tensor("weights", shape: [n, n])))
        }
        self.init(form, popularity: popularity, maxItemsPerUser: maxItemsPerUser)
    }
}

// SPDX-License-Identifier: Apache-2.0

extension Release {
    /// A mean for each coordinate: this sum over a released count, held inside what a mean can be. Post-processing: free.
    ///
    /// The count is itself a release (`Contribution.userCount`), never the cohort's size.
    /// - Parameters:
    ///   - count: The released number of users, or a public nominal number. Less than 1 counts as 1.
    ///   - range: Public. What one user's value lies in.
    public func mean(over count: Double, in range: ClosedRange<Double>) -> [Double] {
        let count = count >= 1 ? count : 1
        return values.map { min(max($0 / count, range.lowerBound), range.upperBound) }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

/// A number that BLAS computes with: Float or Double.
///
/// The requirements are raw on purpose: shapes are checked by the functions of this target that call them.
public protocol BLASElement: BinaryFloatingPoint, Sendable {
    /// `count` times `value`; here, so that it is machine code for each type and no loop over witnesses.
    static func rawFilled(_ value: Self, _ count: Int) -> [Self]
    /// ⟨x, y⟩ of `x.count` elements.
    static func rawDot(_ x: Span<Self>, _ y: Span<Self>) -> Self
    /// y ← αx + y.
    static func rawAxpy(_ alpha: Self, _ x: Span<Self>, _ y: inout MutableSpan<Self>)
    /// y ← α·op(A)x + βy.
    static func rawGemv(
        _ shape: GemvShape, _ alpha: Self, _ a: Span<Self>, _ x: Span<Self>, _ beta: Self, _ y: inout MutableSpan<Self>)
    /// C ← α·op(A)·op(B) + βC.
    static func rawGemm(
        _ shape: GemmShape, _ alpha: Self, _ a: Span<Self>, _ b: Span<Self>, _ beta: Self, _ c: inout MutableSpan<Self>)
    /// The upper triangle of C ← α·AᵀA + βC; A `[rows × columns]`, C `[columns × columns]`.
    static func rawGram(
        _ rows: Int, _ columns: Int, _ alpha: Self, _ a: Span<Self>, _ beta: Self, _ c: inout MutableSpan<Self>)
}

/// What `rawGemv` needs to know of A `[rows × columns]`, row-major.
public struct GemvShape: Sendable {
    var rows: Int32, columns: Int32, transpose: Bool
}

/// What `rawGemm` needs to know: op(A) `[m × k]`, op(B) `[k × n]`; the leading dimensions are the stored columns.
public struct GemmShape: Sendable {
    var m: Int32, n: Int32, k: Int32, transposeA: Bool, transposeB: Bool, strideA: Int32, strideB: Int32
}

/// OpenBLAS with one thread: two on a busy machine spin and can be twenty times slower (PLATFORM section 2).
enum OneThread {
    static let isSet: Bool = {
        openblas_set_num_threads(1)
        return true
    }()
}

func flag(_ transpose: Bool) -> CBLAS_TRANSPOSE { transpose ? CblasTrans : CblasNoTrans }

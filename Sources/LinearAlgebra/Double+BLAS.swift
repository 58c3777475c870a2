// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

extension Double: BLASElement {
    public static func rawFilled(_ value: Double, _ count: Int) -> [Double] { Array(repeating: value, count: count) }

    public static func rawDot(_ x: Span<Double>, _ y: Span<Double>) -> Double {
        _ = OneThread.isSet
        return unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeBufferPointer { y in
                // SAFETY: callers checked that both hold x.count doubles; they outlive the call, which only reads.
                unsafe cblas_ddot(Int32(x.count), x.baseAddress, 1, y.baseAddress, 1)
            }
        }
    }

    public static func rawAxpy(_ alpha: Double, _ x: Span<Double>, _ y: inout MutableSpan<Double>) {
        _ = OneThread.isSet
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeMutableBufferPointer { y in
                // SAFETY: callers checked equal counts; `y` is exclusive, so it does not overlap `x`.
                unsafe cblas_daxpy(Int32(x.count), alpha, x.baseAddress, 1, y.baseAddress, 1)
            }
        }
    }

    public static func rawGemv(
        _ s: GemvShape, _ alpha: Double, _ a: Span<Double>, _ x: Span<Double>, _ beta: Double,
        _ y: inout MutableSpan<Double>
    ) {
        _ = OneThread.isSet
        unsafe a.withUnsafeBufferPointer { a in
            unsafe x.withUnsafeBufferPointer { x in
                unsafe y.withUnsafeMutableBufferPointer { y in
                    // SAFETY: `gemv` checked the counts against the shape; `y` is exclusive.
                    unsafe cblas_dgemv(
                        CblasRowMajor, flag(s.transpose), s.rows, s.columns, alpha, a.baseAddress, max(1, s.columns),
                        x.baseAddress, 1, beta, y.baseAddress, 1)
                }
            }
        }
    }

    public static func rawGemm(
        _ s: GemmShape, _ alpha: Double, _ a: Span<Double>, _ b: Span<Double>, _ beta: Double,
        _ c: inout MutableSpan<Double>
    ) {
        _ = OneThread.isSet
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    // SAFETY: `gemm` checked the counts against the shape; `c` is exclusive.
                    unsafe cblas_dgemm(
                        CblasRowMajor, flag(s.transposeA), flag(s.transposeB), s.m, s.n, s.k, alpha, a.baseAddress,
                        max(1, s.strideA), b.baseAddress, max(1, s.strideB), beta, c.baseAddress, max(1, s.n))
                }
            }
        }
    }

    public static func rawGram(
        _ rows: Int, _ columns: Int, _ alpha: Double, _ a: Span<Double>, _ beta: Double, _ c: inout MutableSpan<Double>
    ) {
        _ = OneThread.isSet
        let (n, k) = (Int32(columns), Int32(rows))
        unsafe a.withUnsafeBufferPointer { a in
            unsafe c.withUnsafeMutableBufferPointer { c in
                // SAFETY: `gram` checked the counts against the shape; `c` is exclusive.
                unsafe cblas_dsyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, n, k, alpha, a.baseAddress, max(1, n), beta, c.baseAddress,
                    max(1, n))
            }
        }
    }
}

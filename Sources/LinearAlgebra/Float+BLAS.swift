// SPDX-License-Identifier: Apache-2.0

internal import COpenBLAS

extension Float: BLASElement {
    public static func rawFilled(_ value: Float, _ count: Int) -> [Float] { Array(repeating: value, count: count) }

    public static func rawDot(_ x: Span<Float>, _ y: Span<Float>) -> Float {
        _ = OneThread.isSet
        return unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeBufferPointer { y in
                // SAFETY: callers checked that both hold x.count floats; they outlive the call, which only reads.
                unsafe cblas_sdot(Int32(x.count), x.baseAddress, 1, y.baseAddress, 1)
            }
        }
    }

    public static func rawAxpy(_ alpha: Float, _ x: Span<Float>, _ y: inout MutableSpan<Float>) {
        _ = OneThread.isSet
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeMutableBufferPointer { y in
                // SAFETY: callers checked equal counts; `y` is exclusive, so it does not overlap `x`.
                unsafe cblas_saxpy(Int32(x.count), alpha, x.baseAddress, 1, y.baseAddress, 1)
            }
        }
    }

    public static func rawGemv(
        _ s: GemvShape, _ alpha: Float, _ a: Span<Float>, _ x: Span<Float>, _ beta: Float, _ y: inout MutableSpan<Float>
    ) {
        _ = OneThread.isSet
        unsafe a.withUnsafeBufferPointer { a in
            unsafe x.withUnsafeBufferPointer { x in
                unsafe y.withUnsafeMutableBufferPointer { y in
                    // SAFETY: `gemv` checked the counts against the shape; `y` is exclusive.
                    unsafe cblas_sgemv(
                        CblasRowMajor, flag(s.transpose), s.rows, s.columns, alpha, a.baseAddress, max(1, s.columns),
                        x.baseAddress, 1, beta, y.baseAddress, 1)
                }
            }
        }
    }

    public static func rawGemm(
        _ s: GemmShape, _ alpha: Float, _ a: Span<Float>, _ b: Span<Float>, _ beta: Float, _ c: inout MutableSpan<Float>
    ) {
        _ = OneThread.isSet
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    // SAFETY: `gemm` checked the counts against the shape; `c` is exclusive.
                    unsafe cblas_sgemm(
                        CblasRowMajor, flag(s.transposeA), flag(s.transposeB), s.m, s.n, s.k, alpha, a.baseAddress,
                        max(1, s.strideA), b.baseAddress, max(1, s.strideB), beta, c.baseAddress, max(1, s.n))
                }
            }
        }
    }

    public static func rawGram(
        _ rows: Int, _ columns: Int, _ alpha: Float, _ a: Span<Float>, _ beta: Float, _ c: inout MutableSpan<Float>
    ) {
        _ = OneThread.isSet
        let (n, k) = (Int32(columns), Int32(rows))
        unsafe a.withUnsafeBufferPointer { a in
            unsafe c.withUnsafeMutableBufferPointer { c in
                // SAFETY: `gram` checked the counts against the shape; `c` is exclusive.
                unsafe cblas_ssyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, n, k, alpha, a.baseAddress, max(1, n), beta, c.baseAddress,
                    max(1, n))
            }
        }
    }
}

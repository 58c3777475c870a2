// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number as an unevaluated sum of two doubles, about 31 decimal digits: what references are computed in.
///
/// Knuth's and Dekker's error-free sums and products (Hida, Li, Bailey 2001, sections 2 and 3). Nothing is shared with the sources.
struct Twofold: Comparable, Sendable, CustomStringConvertible {
    var head: Double
    var tail: Double

    init(_ head: Double, _ tail: Double = 0) { (self.head, self.tail) = (head, tail) }

    static let zero = Twofold(0)
    static let one = Twofold(1)
    /// ln 2 and π to 32 digits (DLMF 4.2, 3.12).
    static let ln2 = Twofold(0.6931471805599453, 2.3190468138462996e-17)
    static let pi = Twofold(3.141592653589793, 1.2246467991473532e-16)
    static let e = Twofold(2.718281828459045, 1.4456468917292502e-16)

    var double: Double { head + tail }
    var description: String { "\(head) + \(tail)" }

    static func < (a: Twofold, b: Twofold) -> Bool { a.head < b.head || (a.head == b.head && a.tail < b.tail) }

    /// The exact sum of two doubles.
    private static func sum(_ a: Double, _ b: Double) -> (Double, Double) {
        let s = a + b
        let t = s - a
        return (s, (a - (s - t)) + (b - t))
    }

    private static func normalized(_ head: Double, _ tail: Double) -> Twofold {
        let s = head + tail
        return Twofold(s, tail - (s - head))
    }

    static func + (a: Twofold, b: Twofold) -> Twofold {
        let (s, e) = sum(a.head, b.head)
        let (t, f) = sum(a.tail, b.tail)
        let first = normalized(s, e + t)
        return normalized(first.head, first.tail + f)
    }

    static prefix func - (a: Twofold) -> Twofold { Twofold(-a.head, -a.tail) }
    static func - (a: Twofold, b: Twofold) -> Twofold { a + -b }

    static func * (a: Twofold, b: Twofold) -> Twofold {
        let p = a.head * b.head
        let e = (-p).addingProduct(a.head, b.head)
        return normalized(p, e + (a.head * b.tail + a.tail * b.head))
    }

    static func / (a: Twofold, b: Twofold) -> Twofold {
        let first = a.head / b.head
        var rest = a - b * Twofold(first)
        let second = rest.head / b.head
        rest = rest - b * Twofold(second)
        return normalized(first, second) + Twofold(rest.head / b.head)
    }

    static func += (a: inout Twofold, b: Twofold) { a = a + b }
    static func *= (a: inout Twofold, b: Twofold) { a = a * b }

    var magnitude: Twofold { head < 0 ? -self : self }
    var isZero: Bool { head == 0 && tail == 0 }

    /// 2^k times the number, exact.
    func scaled(_ k: Int) -> Twofold {
        let factor = Double(sign: .plus, exponent: k, significand: 1)
        return Twofold(head * factor, tail * factor)
    }

    /// By squaring; also negative powers.
    func power(_ n: Int) -> Twofold {
        var (result, base, rest) = (Twofold.one, self, abs(n))
        while rest > 0 {
            if rest & 1 == 1 { result *= base }
            base *= base
            rest >>= 1
        }
        return n < 0 ? .one / result : result
    }

    /// Newton's step from the double's root.
    var squareRoot: Twofold {
        if head <= 0 { return .zero }
        let x = Twofold(head.squareRoot())
        return (x + self / x).scaled(-1)
    }

    /// e^x: x = k·ln 2 + r, r/512 by its series, squared nine times as e^r − 1 so that nothing is lost near 1.
    static func exp(_ x: Twofold) -> Twofold {
        if x.head < -700 { return .zero }
        let k = (x.head / 0.6931471805599453).rounded()
        let r = (x - ln2 * Twofold(k)).scaled(-9)
        var (term, sum) = (r, r)
        for n in 2...14 {
            term = term * r / Twofold(Double(n))
            sum += term
        }
        for _ in 0..<9 { sum = sum.scaled(1) + sum * sum }
        return (sum + .one).scaled(Int(k))
    }

    /// e^x − 1, by the series where x is small.
    static func expm1(_ x: Twofold) -> Twofold {
        if abs(x.head) > 0.3 { return exp(x) - .one }
        var (term, sum) = (x, x)
        for n in 2...30 {
            term = term * x / Twofold(Double(n))
            sum += term
        }
        return sum
    }

    /// ln x: two steps of Newton's from the double's logarithm.
    static func log(_ x: Twofold) -> Twofold {
        var y = Twofold(Foundation.log(x.head))
        for _ in 0..<2 { y = y + x * exp(-y) - .one }
        return y
    }

    /// Φ(x) of the standard normal, by its series up to |x| = 6 and by the continued fraction of Mills' ratio beyond (DLMF 7.6.1,
    /// 7.9.3); some 25 digits of the smaller tail's size where the fraction is used, of 1 where the series is.
    static func normal(_ x: Twofold) -> Twofold {
        let density = exp(-(x * x).scaled(-1)) / (pi.scaled(1)).squareRoot
        if x.head > 6 { return .one - normal(-x) }
        if x.head < -6 {
            // Φ(−y) = φ(y)/(y + 1/(y + 2/(y + 3/(…)))).
            let y = -x
            var fraction = y
            for k in stride(from: 240, through: 1, by: -1) { fraction = y + Twofold(Double(k)) / fraction }
            return density / fraction
        }
        // ½ + φ(x)·(x + x³/3 + x⁵/15 + …), all of one sign.
        var (term, sum) = (x, x)
        var k = 3.0
        while k < 400, abs(term.head) > 1e-34 * max(1e-300, abs(sum.head)) {
            term = term * x * x / Twofold(k)
            sum += term
            k += 2
        }
        return Twofold(0.5) + density * sum
    }
}

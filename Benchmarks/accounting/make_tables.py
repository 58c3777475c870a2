"""Writes the tables in Tests/DPAccountingTests/Reference: python make_tables.py (mpmath 1.4; ten minutes). Nothing of our
code is used.

Everything is from the definitions, 30 digits: a loss is the logarithm of two densities or masses, delta(eps) the integral or
sum of max(0, p - e^eps q), a Renyi divergence the logarithm of the integral or sum of p^a q^(1-a). Numbers are printed with
17 significant digits, so each is within 6e-17 relative of the 30-digit value.
"""
import itertools
import pathlib
import sys
from mpmath import mp, mpf, quad, exp, log, erfc, sqrt, pi, inf, findroot, npdf, ncdf, fsum, floor, binomial

mp.dps = 30
HEADER = """// SPDX-License-Identifier: Apache-2.0

/// {doc}
///
/// Made by Benchmarks/accounting/make_tables.py (mpmath, 30 digits, from the definitions); do not edit.
enum {name} {{
    /// {columns}
    static let text = \"\"\"
"""


def show(x):
    return mp.nstr(x, 17, min_fixed=-4, max_fixed=6)


def write(name, doc, columns, rows):
    folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "DPAccountingTests" / "Reference"
    with open(folder / f"{name}.swift", "w") as file:
        file.write(HEADER.format(name=name, doc=doc, columns=columns))
        for row in rows:
            file.write("        " + " ".join(c if isinstance(c, str) else show(c) for c in row) + "\n")
        file.write('        """\n}\n')
    print(name, len(rows), file=sys.stderr, flush=True)


# A law: (kind, parameters) with densities p (user in) and q (user out), continuous on pieces or a list of atoms.
def gaussian(s):
    return ("c", lambda x: npdf(x, 1, s), lambda x: npdf(x, 0, s), [-40 * s, 0, 0.5, 1, 1 + 40 * s])


def laplace(b):
    return ("c", lambda x: exp(-abs(x - 1) / b) / (2 * b), lambda x: exp(-abs(x) / b) / (2 * b),
            [-80 * b, 0, 0.25, 0.5, 0.75, 1, 1 + 80 * b])


def discrete_laplace(b, v):
    p = exp(-1 / b)
    reach = int(75 * b) + v + 2
    m = lambda x: (1 - p) / (1 + p) * p ** abs(x)
    return ("d", [(m(x - v), m(x)) for x in range(-reach, reach + 1)])


def discrete_gaussian(var, v):
    reach = int(14 * sqrt(var)) + v + 3
    norm = fsum(exp(-mpf(x * x) / (2 * var)) for x in range(-3 * reach, 3 * reach + 1))
    m = lambda x: exp(-mpf(x * x) / (2 * var)) / norm
    return ("d", [(m(x - v), m(x)) for x in range(-reach, reach + 1)])


def response(f, k):
    o = f / k
    return ("d", [(1 - f + o, o), (o, 1 - f + o)] + [(o, o)] * (k - 2))


def approximate(e, d):
    big, small = (1 - d) * exp(e) / (1 + exp(e)), (1 - d) / (1 + exp(e))
    return ("d", [(d, mpf(0)), (big, small), (small, big), (mpf(0), d)])


LAWS = {
    "gaussian": [(mpf("0.4"),), (mpf("1"),), (mpf("3.5"),), (mpf("25"),)],
    "laplace": [(mpf("0.3"),), (mpf("1"),), (mpf("6"),)],
    "discreteLaplace": [(mpf("0.5"), 1), (mpf("2"), 1), (mpf("7.5"), 3)],
    "discreteGaussian": [(mpf("0.6"), 1), (mpf("4"), 1), (mpf("30"), 4)],
    "response": [(mpf("0.5"), 2), (mpf("0.2"), 5), (mpf("0.9"), 40)],
    "approximate": [(mpf("0.3"), mpf(0)), (mpf("1.5"), mpf("1e-3")), (mpf("4"), mpf("1e-9"))],
}
MAKE = dict(gaussian=gaussian, laplace=laplace, discreteLaplace=discrete_laplace, discreteGaussian=discrete_gaussian,
            response=response, approximate=approximate)
SAMPLINGS = [mpf(1), mpf("0.35"), mpf("0.01")]


def pad(parameters):
    return [mpf(x) for x in parameters] + [mpf(0)] * (2 - len(parameters))


def cases():
    for kind, list_of in LAWS.items():
        for parameters in list_of:
            for rate in SAMPLINGS:
                yield kind, parameters, rate


def pair(law, rate, direction):
    """P and Q of one direction: removing (mixture, without), adding (without, mixture)."""
    if law[0] == "c":
        _, p, q, ends = law
        mix = lambda x: (1 - rate) * q(x) + rate * p(x)
        return (mix, q, ends) if direction == "remove" else (q, mix, ends)
    mixed = [((1 - rate) * q + rate * p, q) for p, q in law[1]]
    return mixed if direction == "remove" else [(q, m) for m, q in mixed]


def crossing(p, q, eps, ends):
    """Where p = e^eps q, if anywhere: the ratio is monotone for these laws."""
    f = lambda x: log(p(x)) - log(q(x)) - eps
    low, high = mpf(ends[0]), mpf(ends[-1])
    if f(low) * f(high) >= 0:
        return None
    sign = 1 if f(high) > 0 else -1
    for _ in range(110):
        middle = (low + high) / 2
        if f(middle) * sign > 0:
            high = middle
        else:
            low = middle
    return low


def delta(law, rate, direction, eps):
    two = pair(law, rate, direction)
    if law[0] == "d":
        return fsum(max(mpf(0), p - exp(eps) * q) for p, q in two)
    p, q, ends = two
    at = crossing(p, q, eps, ends)
    points = sorted(set([mpf(x) for x in ends] + ([at] if at is not None else [])))
    return quad(lambda x: max(mpf(0), p(x) - exp(eps) * q(x)), points)


def renyi(law, rate, direction, order):
    two = pair(law, rate, direction)
    if law[0] == "d":
        if any(p > 0 and q == 0 for p, q in two):
            return inf
        return log(fsum(p ** order * q ** (1 - order) for p, q in two if p > 0)) / (order - 1)
    p, q, ends = two
    width = (ends[-1] - ends[0]) / 80
    if len(ends) == 5:  # a Gaussian's integrand peaks near x = order or 1 - order
        ends = sorted(set([mpf(x) for x in [-order - 12 * width, -order, 0, 0.5, 1, order, order + 12 * width]]))
    return log(quad(lambda x: exp(order * log(p(x)) + (1 - order) * log(q(x))), ends)) / (order - 1)


def single():
    rows = []
    for kind, parameters, rate in cases():
        law = MAKE[kind](*parameters)
        for direction in ("remove", "add"):
            if rate == 1 and direction == "add":
                continue
            for eps in ("0", "0.1", "0.7", "2", "5"):
                value = delta(law, rate, direction, mpf(eps))
                rows.append([kind, *pad(parameters), rate, direction, mpf(eps), value if value > mpf("1e-28") else mpf(0)])
    write("SingleReleases", "δ(ε) of one release of each mechanism, sampled or not, in both directions.",
          "mechanism, its two parameters, q, direction, ε, δ", rows)


def divergences():
    rows = []
    for kind, parameters, rate in cases():
        if kind == "approximate" and parameters[1] > 0:
            continue
        law = MAKE[kind](*parameters)
        for order in ("1.05", "1.5", "2", "3.7", "9", "40"):
            a = mpf(order)
            if kind == "gaussian" and a / parameters[0] ** 2 > 300:
                continue
            values = [renyi(law, rate, d, a) for d in (("remove", "add") if rate < 1 else ("remove",))]
            rows.append([kind, *pad(parameters), rate, a, values[0], values[-1]])
    write("RenyiDivergences", "Rényi divergences of one release of each mechanism, sampled or not, in both directions.",
          "mechanism, its two parameters, q, order, the divergence removing, the divergence adding", rows)


def compositions():
    """Discrete laws, T-fold, and two different ones: the product's outcomes, equal ones together, all in 30 digits."""
    rows = []

    def collect(law):
        found = {}
        for p, q in law:
            key = None if q == 0 else mp.nstr(p / q, 24)
            old = found.get(key, (mpf(0), mpf(0)))
            found[key] = (old[0] + p, old[1] + q)
        return list(found.values())

    def compose(a, b):
        return collect([(p * r, q * s) for p, q in a for r, s in b])

    small = [("response", (mpf("0.5"), 2)), ("response", (mpf("0.2"), 5)), ("approximate", (mpf("0.3"), mpf(0))),
             ("approximate", (mpf("1.5"), mpf("1e-3"))), ("discreteLaplace", (mpf("2"), 1)),
             ("discreteGaussian", (mpf("0.6"), 1))]
    for kind, parameters in small:
        for rate in (mpf(1), mpf("0.35")):
            for direction in ("remove", "add"):
                if rate == 1 and direction == "add":
                    continue
                base = collect(pair(MAKE[kind](*parameters), rate, direction))
                law = base
                for count in range(1, 9):
                    if count > 1:
                        law = compose(law, base)
                    if count in (2, 3, 8) and (kind != "discreteGaussian" or count < 8):
                        for eps in ("0", "0.4", "1.1", "3"):
                            value = fsum(max(mpf(0), p - exp(mpf(eps)) * q) for p, q in law)
                            rows.append([kind, *pad(parameters), rate, direction, mpf(count), mpf(eps),
                                         value if value > mpf("1e-24") else mpf(0)])
                    if len(law) > 3000:
                        break
    write("DiscreteCompositions", "δ(ε) of T releases of one discrete mechanism, by enumerating what may come out.",
          "mechanism, its two parameters, q, direction, T, ε, δ", rows)


def pairs_of():
    """Two releases of different laws: the first integrated over, the second in closed form."""
    rows = []

    def h_gaussian(s, rate, direction, eps):
        # Hockey stick of a sampled Gaussian in both directions, any real eps.
        if direction == "remove":
            if exp(eps) <= 1 - rate:
                return 1 - exp(eps)
            at = s * s * log((exp(eps) - 1 + rate) / rate) + mpf(1) / 2
            p = (1 - rate) * ncdf(-at / s) + rate * ncdf((1 - at) / s)
            return p - exp(eps) * ncdf(-at / s)
        if exp(-eps) <= 1 - rate:
            return mpf(0)
        at = s * s * log((exp(-eps) - 1 + rate) / rate) + mpf(1) / 2
        return ncdf(at / s) - exp(eps) * ((1 - rate) * ncdf(at / s) + rate * ncdf((at - 1) / s))

    firsts = [("gaussian", (mpf("1"),), mpf("0.35")), ("gaussian", (mpf("3.5"),), mpf(1)), ("laplace", (mpf("1"),), mpf(1)),
              ("laplace", (mpf("6"),), mpf("0.35")), ("discreteGaussian", (mpf("4"), 1), mpf(1)), ("response", (mpf("0.5"), 2), mpf(1))]
    seconds = [(mpf("1"), mpf("0.35")), (mpf("2"), mpf("0.05")), (mpf("0.7"), mpf(1))]
    for (kind, parameters, rate), (s, other) in itertools.product(firsts, seconds):
        law = MAKE[kind](*parameters)
        for direction in ("remove", "add"):
            for eps in ("0.1", "1", "3"):
                e = mpf(eps)
                two = pair(law, rate, direction)
                if law[0] == "d":
                    value = fsum(p * h_gaussian(s, other, direction, e - log(p / q)) for p, q in two if p > mpf("1e-40"))
                else:
                    p, q, ends = two
                    edge = []
                    # Where the second's profile has a corner.
                    for corner in ((log(1 - other),) if direction == "remove" else (-log(1 - other),)) if other < 1 else ():
                        at = crossing(p, q, e - corner, ends)
                        edge += [at] if at is not None else []
                    points = sorted(set([mpf(x) for x in ends] + edge))
                    value = quad(lambda x: p(x) * h_gaussian(s, other, direction, e - log(p(x) / q(x))), points)
                rows.append([kind, *pad(parameters), rate, s, other, direction, e, value])
    write("TwoReleases", "δ(ε) of one release and one sampled Gaussian after it, in both directions.",
          "mechanism, its two parameters, q, the Gaussian's σ and q, direction, ε, δ", rows)


def gaussian_profile():
    rows = []
    for mu in ("1e-6", "1e-3", "0.03", "0.5", "1", "4", "25", "300"):
        m = mpf(float(mu))
        for multiple in ("0", "1e-6", "0.1", "0.5", "1", "3", "9", "30"):
            eps = mpf(float(mpf(multiple) * m * (1 + m)))  # the double that the table's digits mean
            mp.dps = 60
            value = ncdf(-eps / m + m / 2) - exp(eps) * ncdf(-eps / m - m / 2)
            ln = log(value)
            mp.dps = 30
            rows.append([m, +eps, +ln])
    write("GaussianProfile", "ln δ(ε) of a Gaussian of μ = sensitivity/σ, where δ underflows and where it is next to 1.",
          "μ, ε, ln δ", rows)


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["gaussian_profile", "single", "divergences", "compositions", "pairs_of"]
    for name in chosen:
        globals()[name]()

"""Rows of `scipy.special`: Bessel and related functions, elliptic and exponential integrals, polynomials.

Derivatives are by the argument; by an order or another parameter only where a formula is known.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ad_compiler.rules.linalg_parts import is_complex
from ad_compiler.rules.row import Partial, Row, elementwise, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls
from ad_compiler.rules.scipy_calls import through
from ad_compiler.rules.special_samples import between, sum_of, with_first

spherical_jn, spherical_yn = through(sc.spherical_jn), through(sc.spherical_yn)
spherical_in, spherical_kn = through(sc.spherical_in), through(sc.spherical_kn)

ORDERS = (0, 1, 2.5)


def half_difference(f: Any, v: Any, z: Any) -> Any:
    """Derivative of the Bessel functions J, Y, H: `(f(v - 1) - f(v + 1)) / 2`."""
    return 0.5 * (f(v - 1, z) - f(v + 1, z))


def half_sum(f: Any, v: Any, z: Any) -> Any:
    """The same with the sign of the modified Bessel functions."""
    return 0.5 * (f(v - 1, z) + f(v + 1, z))


def real_argument(z: Any) -> Any:
    """`z`. Raises NotImplementedError for a complex one, by whose real part the function is scaled."""
    if is_complex(z):
        raise NotImplementedError("scipy.special.ive has derivatives for real arguments: scale scipy.special.iv")
    return z


def over(value: Any, x: Any, limit: float) -> Any:
    """`value / x`, and `limit` where `x` is zero."""
    return np.where(x == 0, limit, value / np.where(x == 0, 1, x))


def struve_source(v: Any, x: Any) -> Any:
    """What the recurrences of the Struve functions have beside those of the Bessel functions."""
    order = np.zeros_like(x) + (v + 1.5)  # of a number that is the order: in the precision of `x`
    return (0.5 * x) ** v * sc.rgamma(order) / (2 * math.sqrt(math.pi))


def near_zero(x: Any, coefficients: tuple[float, ...], elsewhere: Callable[[Any], Any]) -> Any:
    """`elsewhere(x)`, but a power series close to zero, where that divides zero by zero."""
    near = np.abs(x) < 2e-3
    series: Any = 0.0
    for coefficient in reversed(coefficients):
        series = series * x + coefficient
    return np.where(near, series, elsewhere(np.where(near, 0.5, x)))


def ellipk_slope(m: Any) -> Any:
    """Derivative of the complete elliptic integral of the first kind by its parameter."""
    return near_zero(m,
                     tuple(0.5 * math.pi * c for c in (1 / 4, 9 / 32, 75 / 256, 1225 / 4096, 19845 / 65536)),
                     lambda m: (sc.ellipe(m) / (1 - m) - sc.ellipk(m)) / (2 * m))


def ellipe_slope(m: Any) -> Any:
    """Derivative of the complete elliptic integral of the second kind by its parameter."""
    return near_zero(m,
                     tuple(-0.5 * math.pi * c for c in (1 / 4, 3 / 32, 15 / 256, 175 / 4096, 2205 / 65536)),
                     lambda m: (sc.ellipe(m) - sc.ellipk(m)) / (2 * m))


def ellipkm1_slope(p: Any, out: Any) -> Any:
    """Derivative of `ellipk(1 - p)` by `p`; `1 - p` rounds where `p` is small."""
    small = p < 0.5
    safe = np.where(small, p, 0.25)
    return np.where(small, -(sc.ellipe(1 - safe) - safe * out) / (2 * (1 - safe) * safe),
                    -ellipk_slope(1 - np.where(small, 0.5, p)))


def sine_powers(phi: Any) -> tuple[Any, Any, Any]:
    """Integrals of the second, fourth and sixth power of the sine from zero to `phi`."""
    two, four, six = np.sin(2 * phi), np.sin(4 * phi), np.sin(6 * phi)
    return (phi / 2 - two / 4, 3 * phi / 8 - two / 4 + four / 32,
            5 * phi / 16 - 15 * two / 64 + 3 * four / 64 - six / 192)


def ellipkinc_slope(phi: Any, m: Any, out: Any) -> Any:
    """Derivative of the incomplete elliptic integral of the first kind by `m`, near zero by its series."""
    near = np.abs(m) < 1e-5
    second, fourth, sixth = sine_powers(phi)
    safe = np.where(near, 0.5, m)
    far = (sc.ellipeinc(phi, safe) / (2 * safe * (1 - safe)) - np.where(near, 0, out) / (2 * safe)
           - np.sin(2 * phi) / (4 * (1 - safe) * np.sqrt(1 - safe * np.sin(phi) ** 2)))
    return np.where(near, 0.5 * second + m * (0.75 * fourth + m * 15 / 16 * sixth), far)


def ellipeinc_slope(phi: Any, m: Any, out: Any) -> Any:
    """The same for the second kind."""
    near = np.abs(m) < 1e-5
    second, fourth, sixth = sine_powers(phi)
    safe = np.where(near, 0.5, m)
    far = (np.where(near, 0, out) - sc.ellipkinc(phi, safe)) / (2 * safe)
    return np.where(near, -0.5 * second - m * (0.25 * fourth + m * 3 / 16 * sixth), far)


def spence_slope(z: Any) -> Any:
    """Derivative of `spence`: `log(z) / (1 - z)`."""
    return near_zero(z - 1, (-1, 1 / 2, -1 / 3, 1 / 4, -1 / 5, 1 / 6), lambda u: -np.log1p(u) / u)


def expn_slope(n: Any, x: Any) -> Any:
    """Derivative of `expn(n, x)` by `x`; of order zero that of `exp(-x) / x`."""
    zeroth = np.exp(-x) / x * (1 + 1 / x)
    return -np.where(n > 0, sc.expn(lower(n), x), zeroth)


def ellipj_slopes(out: Any, m: Any) -> tuple[Any, Any, Any, Any]:
    """Derivatives of `sn, cn, dn, ph` by the argument."""
    sn, cn, dn = out[0], out[1], out[2]
    return cn * dn, -sn * dn, -m * sn * cn, dn


def lower(n: Any) -> Any:
    """The degree below `n`, not below zero."""
    return np.maximum(n - 1, 0)


def spherical(function: Any) -> Row:
    """The row of a spherical Bessel function; its second derivative is that of the recurrence of the first,

    `(2n + 1) f_n' = n f_(n-1) - (n + 1) f_(n+1)`, the signs being others for the modified functions.
    """
    offered = through(function)
    outer, inner = {sc.spherical_in: (1, 1), sc.spherical_kn: (-1, 1)}.get(function, (1, -1))

    def slope(n: Any, z: Any, derivative: bool) -> Any:
        if not derivative:
            return offered(n, z, True)
        below, above = offered(lower(n), z, True), offered(n + 1, z, True)
        return outer * (n * below + inner * (n + 1) * above) / (2 * n + 1)
    return elementwise(
        function, "n, z, derivative=False", z=lambda n, z, derivative: slope(n, z, derivative),
        samples=with_first((0, 1, 3), 0.5, 4.0) + with_first((0, 2), 0.5,
                                                             4.0).with_params(derivative=(True,)))


BESSEL: tuple[Row, ...] = (
    elementwise(sc.j0, "x", x=lambda x: -sc.j1(x), samples=between((-4, 4))),
    elementwise(sc.j1, "x", x=lambda x: 0.5 * (sc.j0(x) - sc.jv(2, x)), samples=between((-4, 4))),
    elementwise(sc.y0, "x", x=lambda x: -sc.y1(x), samples=between((0.5, 4))),
    elementwise(sc.y1, "x", x=lambda x: 0.5 * (sc.y0(x) - sc.yv(2, x)), samples=between((0.5, 4))),
    elementwise(sc.i0, "x", x=lambda x: sc.i1(x), samples=between((-3, 3))),
    elementwise(sc.i1, "x", x=lambda x: 0.5 * (sc.i0(x) + sc.iv(2, x)), samples=between((-3, 3))),
    elementwise(sc.i0e, "x", x=lambda x, out: sc.i1e(x) - np.sign(x) * out, samples=between((0.3, 3))),
    elementwise(sc.i1e, "x", x=lambda x, out: 0.5 * (sc.i0e(x) + sc.ive(2, x)) - np.sign(x) * out,
                samples=between((0.3, 3))),
    elementwise(sc.k0, "x", x=lambda x: -sc.k1(x), samples=between((0.5, 3))),
    elementwise(sc.k1, "x", x=lambda x: -0.5 * (sc.k0(x) + sc.kv(2, x)), samples=between((0.5, 3))),
    elementwise(sc.k0e, "x", x=lambda x, out: out - sc.k1e(x), samples=between((0.5, 3))),
    elementwise(sc.k1e, "x", x=lambda x, out: out - 0.5 * (sc.k0e(x) + sc.kve(2, x)),
                samples=between((0.5, 3))),
    elementwise(sc.jv, "v, z", z=lambda v, z: half_difference(sc.jv, v, z),
                samples=with_first(ORDERS, 0.5, 4)),
    elementwise(sc.yv, "v, z", z=lambda v, z: half_difference(sc.yv, v, z),
                samples=with_first(ORDERS, 0.5, 4)),
    elementwise(sc.yn, "n, x", x=lambda n, x: half_difference(sc.yn, n, x),
                samples=with_first((0, 1, 2), 0.5, 4)),
    elementwise(sc.iv, "v, z", z=lambda v, z: half_sum(sc.iv, v, z), samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.kv, "v, z", z=lambda v, z: -half_sum(sc.kv, v, z), samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.kn, "n, x", x=lambda n, x: -half_sum(sc.kv, n, x), samples=with_first((0, 1, 2), 0.5, 3)),
    elementwise(sc.kve, "v, z", z=lambda v, z, out: out - half_sum(sc.kve, v, z),
                samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.ive, "v, z", note="real arguments", samples=with_first(ORDERS, 0.5, 3),
                z=lambda v, z, out: half_sum(sc.ive, v, real_argument(z)) - np.sign(z) * out),
    elementwise(sc.hankel1, "v, z", z=lambda v, z: half_difference(sc.hankel1, v, z),
                samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.hankel2, "v, z", z=lambda v, z: half_difference(sc.hankel2, v, z),
                samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.struve, "v, x", x=lambda v, x: half_difference(sc.struve, v, x) + struve_source(v, x),
                samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.modstruve, "v, x", x=lambda v, x: half_sum(sc.modstruve, v, x) + struve_source(v, x),
                samples=with_first(ORDERS, 0.5, 3)),
    elementwise(sc.ber, "x", x=lambda x: sc.berp(x), samples=between((0.3, 3))),
    elementwise(sc.bei, "x", x=lambda x: sc.beip(x), samples=between((0.3, 3))),
    elementwise(sc.ker, "x", x=lambda x: sc.kerp(x), samples=between((0.3, 3))),
    elementwise(sc.kei, "x", x=lambda x: sc.keip(x), samples=between((0.3, 3))),
    elementwise(sc.berp, "x", x=lambda x, out: -sc.bei(x) - over(out, x, 0), samples=between((0.3, 3))),
    elementwise(sc.beip, "x", x=lambda x, out: sc.ber(x) - over(out, x, 0.5), samples=between((0.3, 3))),
    elementwise(sc.kerp, "x", x=lambda x, out: -sc.kei(x) - over(out, x, np.inf), samples=between((0.3, 3))),
    elementwise(sc.keip, "x", x=lambda x, out: sc.ker(x) - over(out, x, 0), samples=between((0.3, 3))),
    spherical(sc.spherical_jn), spherical(sc.spherical_yn), spherical(sc.spherical_in),
    spherical(sc.spherical_kn),
    rule(sc.airy, "z", results=4, samples=between((-2, 2), complex_=True),
         z=Partial(vjp=lambda g, z, out:
                       sum_of((g[0], out[1]), (g[1], z * out[0]), (g[2], out[3]), (g[3], z * out[2])),
                   jvp=lambda d, z, out: (d * out[1], d * z * out[0], d * out[3], d * z * out[2]))),
)

NEAR_ZERO_TOO = between((0.2, 1.4), (0.1, 0.8)) + calls(lambda s: call(s.real(3, low=0.2, high=1.4),
                                                                       np.array([0.0, 1e-7, -0.3])))

INTEGRALS: tuple[Row, ...] = (
    elementwise(sc.ellipk, "m", m=lambda m: ellipk_slope(m),
                samples=between((-1, 0.8)) + calls(lambda s: call(np.array([0.0])))),
    elementwise(sc.ellipkm1, "p", p=lambda p, out: ellipkm1_slope(p, out),
                samples=between((0.2, 1.8)) + calls(lambda s: call(np.array([1.0, 0.1])))),
    elementwise(sc.ellipe, "m", m=lambda m: ellipe_slope(m),
                samples=between((-1, 0.8)) + calls(lambda s: call(np.array([0.0])))),
    elementwise(sc.ellipkinc, "phi, m", samples=NEAR_ZERO_TOO,
                phi=lambda phi, m: 1 / np.sqrt(1 - m * np.sin(phi) ** 2),
                m=lambda phi, m, out: ellipkinc_slope(phi, m, out)),
    elementwise(sc.ellipeinc, "phi, m", samples=NEAR_ZERO_TOO,
                phi=lambda phi, m: np.sqrt(1 - m * np.sin(phi) ** 2),
                m=lambda phi, m, out: ellipeinc_slope(phi, m, out)),
    rule(sc.ellipj, "u, m", results=4, note="by `u`", samples=calls(lambda s: call(s.real(3), 0.4)),
         u=Partial(vjp=lambda g, m, out: sum_of(*zip(g, ellipj_slopes(out, m), strict=True)),
                   jvp=lambda d, m, out: tuple(d * slope for slope in ellipj_slopes(out, m)))),
    elementwise(sc.exp1, "z", z=lambda z: -np.exp(-z) / z, samples=between((0.3, 3), complex_=True)),
    elementwise(sc.expi, "x", x=lambda x: np.exp(x) / x, samples=between((0.3, 3))),
    elementwise(sc.expn, "n, x", x=lambda n, x: expn_slope(n, x), samples=with_first((0, 1, 2, 3), 0.3, 3)),
    elementwise(sc.spence, "z", z=lambda z: spence_slope(z),
                samples=between((0.3, 0.9), complex_=True) + calls(lambda s: call(np.array([1.0, 1.5])))),
    rule(sc.sici, "x", results=2, samples=between((0.3, 3)),
         x=Partial(vjp=lambda g, x: sum_of((g[0], np.sin(x) / x), (g[1], np.cos(x) / x)),
                   jvp=lambda d, x: (d * np.sin(x) / x, d * np.cos(x) / x))),
    rule(sc.shichi, "x", results=2, samples=between((0.3, 3)),
         x=Partial(vjp=lambda g, x: sum_of((g[0], np.sinh(x) / x), (g[1], np.cosh(x) / x)),
                   jvp=lambda d, x: (d * np.sinh(x) / x, d * np.cosh(x) / x))),
    elementwise(sc.hyp2f1, "a, b, c, z", z=lambda a, b, c, z: a * b / c * sc.hyp2f1(a + 1, b + 1, c + 1, z),
                samples=calls(lambda s: call(0.5, 1.5, 2.5, s.real(3, low=-0.8, high=0.7)))),
    elementwise(sc.hyp1f1, "a, b, x", x=lambda a, b, x: a / b * sc.hyp1f1(a + 1, b + 1, x),
                samples=calls(lambda s: call(0.5, 1.5, s.real(3)))),
    elementwise(sc.hyp0f1, "v, z", z=lambda v, z: sc.hyp0f1(v + 1, z) / v,
                samples=with_first((0.5, 2.0), -2, 2)),
    elementwise(sc.hyperu, "a, b, x", x=lambda a, b, x: -a * sc.hyperu(a + 1, b + 1, x),
                samples=calls(lambda s: call(0.5, 1.5, s.real(3, low=0.5)))),
    elementwise(sc.lambertw, "z, k=0, tol=1e-8", z=lambda out: np.exp(-out) / (1 + out),
                samples=calls(lambda s: call(s.real(3, low=0.2)), lambda s: call(s.complex(3), 1))),
    elementwise(sc.wrightomega, "z", z=lambda out: out / (1 + out), samples=between((-2, 2), complex_=True)),
)


def degrees(*more: Any, low: float = -0.9, high: float = 0.9) -> Samples:
    """Degrees of orthogonal polynomials, fixed parameters, an argument."""
    def build(draw: Draw) -> Any:
        for n in (0, 1, 3):
            yield call(n, *more, draw.real(3, low=low, high=high))
    return Samples(build)


def jacobi_below(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    """The Jacobi polynomial of degree `n - 1`, zero below degree zero (where SciPy's has poles)."""
    constant = np.equal(n, 0)
    return np.where(constant, 0, sc.eval_jacobi(np.where(constant, n, n - 1), alpha, beta, x))


POLYNOMIALS: tuple[Row, ...] = (
    elementwise(sc.eval_chebyt, "n, x", x=lambda n, x: n * sc.eval_chebyu(n - 1, x), samples=degrees()),
    elementwise(sc.eval_chebyu, "n, x", x=lambda n, x: 2 * sc.eval_gegenbauer(n - 1, 2.0, x),
                samples=degrees()),
    elementwise(sc.eval_legendre, "n, x", samples=degrees(),
                x=lambda n, x: 0.5 * (n + 1) * jacobi_below(n, 1.0, 1.0, x)),
    elementwise(sc.eval_hermite, "n, x", x=lambda n, x: 2 * n * sc.eval_hermite(lower(n), x),
                samples=degrees()),
    elementwise(sc.eval_hermitenorm, "n, x", x=lambda n, x: n * sc.eval_hermitenorm(lower(n), x),
                samples=degrees()),
    elementwise(sc.eval_laguerre, "n, x", x=lambda n, x: -sc.eval_genlaguerre(n - 1, 1.0, x),
                samples=degrees()),
    elementwise(sc.eval_genlaguerre, "n, alpha, x", samples=degrees(0.5),
                x=lambda n, alpha, x: -sc.eval_genlaguerre(n - 1, alpha + 1, x)),
    elementwise(sc.eval_gegenbauer, "n, alpha, x", samples=degrees(0.7),
                x=lambda n, alpha, x: 2 * alpha * sc.eval_gegenbauer(n - 1, alpha + 1, x)),
    elementwise(sc.eval_jacobi, "n, alpha, beta, x", samples=degrees(0.7, 1.2),
                x=lambda n, alpha, beta, x:
                    0.5 * (n + alpha + beta + 1) * jacobi_below(n, alpha + 1, beta + 1, x)),
)

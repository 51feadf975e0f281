"""The rows of NumPy's polynomial functions, coefficients from the highest power down."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.linalg_decompose import eigvals_cotangent, eigvals_tangent
from ad_compiler.rules.linalg_parts import column
from ad_compiler.rules.linalg_samples import spread_out
from ad_compiler.rules.polynomial_forms import (
    Fit,
    flat,
    leading,
    poly_cotangent,
    poly_tangent,
    polydiv_dividend,
    polydiv_divisor,
    polydiv_tangent,
    polyint_weights,
    polymul_cotangent,
    polyval_coefficients,
    roots_cotangent,
    slope,
    tail,
    vander_slopes,
)
from ad_compiler.rules.row import Partial, Row, alias, linear, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls


def _characteristic_cotangent(g: Any, seq_of_zeros: Any, out: Any) -> Any:
    if seq_of_zeros.ndim == 1:
        return poly_cotangent(g, seq_of_zeros, out) if np.ndim(out) else None  # np.poly([]) is the number 1
    return eigvals_cotangent(poly_cotangent(g, support.complex_eigvals(seq_of_zeros), out), seq_of_zeros)


def _characteristic_tangent(d: Any, seq_of_zeros: Any, out: Any) -> Any:
    if seq_of_zeros.ndim == 1:
        return poly_tangent(d, seq_of_zeros, out) if np.ndim(out) else 0.0
    return poly_tangent(eigvals_tangent(d, seq_of_zeros), support.complex_eigvals(seq_of_zeros), out)


_COEFFICIENTS = calls(lambda s: call(s.real(4), s.real(2)), lambda s: call(s.real(2), s.real(4)),
                      lambda s: call(s.real(3), s.real(3)), lambda s: call(s.complex(3), s.real(2)))


def _divisions() -> Samples:
    return calls(lambda s: call(s.real(5), s.nonzero(3)), lambda s: call(s.real(3), s.nonzero(3)),
                 lambda s: call(s.real(4), s.nonzero(1)), lambda s: call(s.real(2), s.nonzero(4)),
                 lambda s: call(s.real(3), s.nonzero(4)), lambda s: call(s.complex(5), s.complex(2)))


def _fits() -> Samples:
    def build(draw: Draw) -> Any:
        for deg in (0, 1, 3):
            yield call(draw.distinct(6), draw.real(6), deg)
            yield call(draw.distinct(6), draw.real(6), deg, w=draw.real(6, low=0.5, high=2.0))
        yield call(draw.distinct(5), draw.complex(5), 2)
    return Samples(build)


ROOTS = rule(np.roots, "p", note="multiple roots have no derivative: division by zero, as its limit is infinite",
             samples=calls(lambda s: call(np.array([1.0, -6.0, 11.0, -6.5])),
                           lambda s: call(np.array([2.0, 1.0, 3.0])),
                           lambda s: call(np.array([1.0, 2.0, -3.0, 1.0, 5.0])), lambda s: call(s.complex(4))),
             p=Partial(vjp=lambda g, p, out: roots_cotangent(g, p, out),
                       jvp=lambda d, p, out: -np.polyval(d, out) / slope(p, out)))

RULES: tuple[Row, ...] = (
    rule(np.polyval, "p, x",
         samples=calls(lambda s: call(s.real(4), s.real(5)), lambda s: call(s.real(4), s.real(2, 3)),
                       lambda s: call(s.real(3), s.real()), lambda s: call(s.real(1), s.real(3)),
                       lambda s: call(s.real(4), -1.5), lambda s: call(s.complex(3), 2.0),
                       lambda s: call(s.complex(3), s.real(4)), lambda s: call(s.real(3), s.complex(4))),
         p=Partial(vjp=lambda g, p, x: polyval_coefficients(g, p, x),
                   jvp=lambda d, x: np.polyval(d, x)),
         x=Partial(vjp=lambda g, p, x: g * slope(p, x),
                   jvp=lambda d, p, x: d * slope(p, x))),
    rule(np.polyadd, "a1, a2", samples=_COEFFICIENTS,
         a1=Partial(vjp=lambda g, a1_size: tail(g, a1_size),
                    jvp=lambda d, out_size: leading(flat(d), out_size)),
         a2=Partial(vjp=lambda g, a2_size: tail(g, a2_size),
                    jvp=lambda d, out_size: leading(flat(d), out_size))),
    rule(np.polysub, "a1, a2", samples=_COEFFICIENTS,
         a1=Partial(vjp=lambda g, a1_size: tail(g, a1_size),
                    jvp=lambda d, out_size: leading(flat(d), out_size)),
         a2=Partial(vjp=lambda g, a2_size: -tail(g, a2_size),
                    jvp=lambda d, out_size: -leading(flat(d), out_size))),
    rule(np.polymul, "a1, a2", samples=_COEFFICIENTS,
         note="leading coefficients that are zero, which NumPy strips, have derivative zero",
         a1=Partial(vjp=lambda g, a1_size, a2: polymul_cotangent(g, a1_size, a2),
                    jvp=lambda d, a2, out_shape: tail(np.convolve(d, a2), out_shape[0])),
         a2=Partial(vjp=lambda g, a1, a2_size: polymul_cotangent(g, a2_size, a1),
                    jvp=lambda d, a1, out_shape: tail(np.convolve(a1, d), out_shape[0]))),
    rule(np.polydiv, "u, v", results=2, samples=_divisions(),
         u=Partial(vjp=lambda g, u_shape, v, out: polydiv_dividend(g, u_shape, v, out),
                   jvp=lambda d, v, out: polydiv_tangent(d, v, out)),
         v=Partial(vjp=lambda g, u_shape, v, out: polydiv_divisor(g, u_shape, v, out),
                   jvp=lambda d, u_shape, v, out:
                       polydiv_tangent(-tail(np.convolve(out[0], d), u_shape[0]), v, out))),
    linear(np.polyder, "p, m=1",
           samples=calls(*(lambda s, m=m: call(s.real(4), m) for m in (1, 2, 3, 4)),
                         lambda s: call(s.complex(3))),
           p=lambda g, p_shape, m, out_shape:
               np.pad(g * np.polyder(np.ones_like(g, shape=p_shape), m), (0, p_shape[0] - out_shape[0]))),
    rule(np.polyint, "p, m=1, k=None", note="the constants `k` carry no derivative",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.real(3), 2),
                       lambda s: call(s.complex(3), 1, [2.0])),
         p=Partial(vjp=lambda g, p_shape, m: g[: p_shape[0]] * polyint_weights(g, p_shape, m),
                   jvp=lambda d, m: np.polyint(d, m))),
    ROOTS, *alias(ROOTS, support.complex_roots),
    rule(np.poly, "seq_of_zeros",
         samples=calls(lambda s: call(s.distinct(3)), lambda s: call(s.real(1)), lambda s: call(s.complex(3)),
                       lambda s: call(spread_out(s))),
         seq_of_zeros=Partial(vjp=lambda g, seq_of_zeros, out:
                                  _characteristic_cotangent(g, seq_of_zeros, out),
                              jvp=lambda d, seq_of_zeros, out:
                                  _characteristic_tangent(d, seq_of_zeros, out))),
    rule(np.vander, "x, N=None, increasing=False",
         samples=calls(lambda s: call(s.real(4)), lambda s: call(s.real(3), 5),
                       lambda s: call(s.real(3), 2, True),
                       lambda s: call(s.complex(3), increasing=True), lambda s: call(s.real(3), 1)),
         x=Partial(vjp=lambda g, x, increasing, out_shape:
                       np.sum(g * vander_slopes(x, out_shape[1], increasing), axis=1),
                   jvp=lambda d, x, increasing, out_shape:
                       column(d) * vander_slopes(x, out_shape[1], increasing))),
    rule(np.polyfit, "x, y, deg, rcond=None, full=False, w=None, cov=False", samples=_fits(),
         note="for a vector y, without full= and cov=; the rank is taken to be constant",
         x=Partial(vjp=lambda g, x, y, deg, w, out, full, cov:
                       Fit(x, y, deg, w, out, (full, cov)).cotangents(g)[0],
                   jvp=lambda d, x, y, deg, w, out, full, cov:
                       Fit(x, y, deg, w, out, (full, cov)).along_x(d)),
         y=Partial(vjp=lambda g, x, y, deg, w, out, full, cov:
                       Fit(x, y, deg, w, out, (full, cov)).cotangents(g)[1],
                   jvp=lambda d, x, y, deg, w, out, full, cov:
                       Fit(x, y, deg, w, out, (full, cov)).along_y(d)),
         w=Partial(vjp=lambda g, x, y, deg, w, out, full, cov:
                       Fit(x, y, deg, w, out, (full, cov)).cotangents(g)[2],
                   jvp=lambda d, x, y, deg, w, out, full, cov:
                       Fit(x, y, deg, w, out, (full, cov)).along_w(d))),
)

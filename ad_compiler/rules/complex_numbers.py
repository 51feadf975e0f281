"""Parts of complex numbers. None of these is holomorphic: the formulas state PyTorch's convention themselves.

For a real loss the cotangent G of z is the one with dL = Re(conj(G) dz).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import is_complex
from ad_compiler.rules.row import Partial, Row, elementwise, linear, rule, zero
from ad_compiler.rules.samples import Samples, calls, nonzero, reals
from ad_compiler.rules.samples import call as of

COMPLEX: Samples = calls(lambda s: [of(s.complex(3)), of(s.complex(2, 3)), of(s.complex())])
BOTH: Samples = reals(also_complex=True)


def along(direction: Any, d: Any, dtype: np.dtype) -> Any:
    """Re(conj(direction) * d): how far `d` goes along `direction`."""
    return np.real(np.conj(direction) * d) if dtype.kind == "c" else direction * d


def across(z: Any) -> Any:
    """1j * z / |z|**2, the direction in which the angle of z grows; 0 at 0."""
    return 1j * np.sign(z) / np.where(z == 0, 1, np.abs(z))


def turned(x: Any, v: Any) -> Any:
    """The part of `v` across x, over |x|: the derivative of sign(x), its own transpose; 0 at 0."""
    size = np.abs(x)
    direction = np.sign(x)
    return np.where(x == 0, 0, (v - direction * np.real(np.conj(direction) * v)) / np.where(x == 0, 1, size))


def kept(v: Any, x: Any, copy: Any) -> Any:
    """`v` where `np.nan_to_num` keeps the value, by parts. Raises TypeError where it would write into its argument."""
    if copy is not True:
        raise TypeError("np.nan_to_num(copy=False) writes into its argument: it has no derivative rule")
    if not is_complex(x):
        return v * np.isfinite(x)
    return np.real(v) * np.isfinite(np.real(x)) + 1j * (np.imag(v) * np.isfinite(np.imag(x)))


def filled(replaced: Callable[[Any], Any]) -> Partial:
    """One of `np.nan_to_num`'s numbers: its derivative is 1 in each part of `x` that it stands for."""
    def vjp(g: Any, x: Any) -> Any:
        if not is_complex(x):
            return g * replaced(x)
        return np.real(g) * replaced(np.real(x)) + np.imag(g) * replaced(np.imag(x))

    def jvp(d: Any, x: Any) -> Any:
        if not is_complex(x):
            return d * replaced(x)
        return d * replaced(np.real(x)) + 1j * (d * replaced(np.imag(x)))

    return Partial(vjp=vjp, jvp=jvp)


NOT_FINITE = np.array([1.0, np.nan, np.inf, -np.inf, np.nan, 2.0])
FILLED: Samples = calls(
    lambda s: of(NOT_FINITE.copy(), True, 0.3, -0.7, 1.4), lambda s: of(np.array(np.nan), True, 0.3, -0.7, 1.4),
    lambda s: of(np.array([complex(np.nan, 1), complex(2, np.inf), complex(np.nan, -np.inf)]), True, 0.3, -0.7, 1.4),
    lambda s: of(NOT_FINITE.reshape(2, 3), True, s.real(3), s.real(2, 1), s.real()))

ABS = rule(np.absolute, "x", holomorphic=False, note="0 at 0", samples=nonzero(also_complex=True),
           x=Partial(vjp=lambda g, x: g * np.sign(x),
                     jvp=lambda d, x, x_dtype: along(np.sign(x), d, x_dtype)))

RULES: tuple[Row, ...] = (
    ABS,
    elementwise(np.fabs, "x", x=lambda x: np.sign(x), note="0 at 0", samples=nonzero()),
    linear(np.conjugate, "x", holomorphic=False, samples=BOTH,
           x=lambda g, x_dtype: np.conj(g) if x_dtype.kind == "c" else g),
    linear(np.real, "val", holomorphic=False, view="always", val=lambda g: g, samples=BOTH),
    linear(np.imag, "val", holomorphic=False, view="maybe", zero_for_real=True, val=lambda g: 1j * g,
           samples=COMPLEX),
    rule(np.angle, "z, deg=False", holomorphic=False, zero_for_real=True, note="0 at 0",
         samples=COMPLEX.with_params(deg=(False, True)),
         z=Partial(vjp=lambda g, z, deg: (np.degrees(g) if deg else g) * across(z),
                   jvp=lambda d, z,
                   deg: np.real(np.conj(np.degrees(1) * across(z) if deg else across(z)) * d))),
    rule(np.sign, "x", holomorphic=False, zero_for_real=True, note="0 at 0; of real numbers 0",
         samples=COMPLEX, x=Partial(vjp=lambda g, x: turned(x, g), jvp=lambda d, x: turned(x, d))),
    rule(np.real_if_close, "a, tol=100", holomorphic=False, view="maybe", samples=BOTH,
         a=Partial(vjp=lambda g: g, jvp=lambda d: d)),
    rule(np.nan_to_num, "x, copy=True, nan=0.0, posinf=None, neginf=None", holomorphic=False,
         x=Partial(vjp=lambda g, x, copy: kept(g, x, copy), jvp=lambda d, x, copy: kept(d, x, copy)),
         nan=filled(lambda part: np.isnan(part)), posinf=filled(lambda part: part == np.inf),
         neginf=filled(lambda part: part == -np.inf),
         samples=reals(also_complex=True) + calls(lambda s: of(np.array([1.0, np.nan, 2.0])),
                                                  lambda s: of(np.array([1 + 2j, complex(np.nan, 1), 2.0]))) + FILLED),
    *zero(np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, reason="a truth value"),
)

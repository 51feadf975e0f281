"""Rows of `scipy.special`: gamma, beta and error functions, and the integrals of distributions."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ad_compiler.rules.linalg_parts import is_complex
from ad_compiler.rules.row import Partial, Row, elementwise, rule, zero
from ad_compiler.rules.samples import Samples, call, calls, reals
from ad_compiler.rules.scipy_calls import through
from ad_compiler.rules.special_samples import between, sum_of, with_first

zeta = through(sc.zeta)
polygamma = through(sc.polygamma)

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)


def _trigamma_right(z: Any) -> Any:
    """Trigamma of complex `z` right of zero: sixteen steps of its recurrence, then Stirling's series."""
    far = z + 16
    inverse = 1 / far
    square = inverse * inverse
    series = 1 / 6 + square * (-1 / 30 + square * (1 / 42 + square * (-1 / 30 + square * (5 / 66))))
    return sum(1 / (z + k) ** 2 for k in range(16)) + inverse * (1 + inverse * 0.5 + square * series)


def trigamma(x: Any) -> Any:
    """Derivative of digamma; left of zero by reflection."""
    positive = np.real(x) > 0 if is_complex(x) else x > 0
    mirrored = np.where(positive, x, 1 - x)
    right = _trigamma_right(mirrored) if is_complex(x) else zeta(2, mirrored)
    return np.where(positive, right, (math.pi / np.sin(math.pi * np.where(positive, 0.5, x))) ** 2 - right)


def rgamma_slope(x: Any) -> Any:
    """Derivative of `1 / gamma(x)`; left of zero, where digamma has poles, by reflection."""
    left = np.real(x) <= 0 if is_complex(x) else x <= 0
    right, mirrored = np.where(left, 1, x), np.where(left, 1 - x, 1)
    turn = math.pi * np.where(left, x, 0)
    reflected = sc.gamma(mirrored) * (np.cos(turn) - sc.psi(mirrored) * np.sin(turn) / math.pi)
    return np.where(left, reflected, -sc.rgamma(right) * sc.psi(right))


def is_pole(x: Any) -> Any:
    """Whether `gamma` has a pole at `x`."""
    return np.logical_and(x <= 0, np.floor(x) == x)


def pole_or(x: Any, at_pole: Any, otherwise: Callable[[Any], Any]) -> Any:
    """`at_pole` where `gamma` has a pole at `x`, `otherwise(x)` elsewhere."""
    pole = is_pole(x)
    return np.where(pole, at_pole, otherwise(np.where(pole, 1, x)))


def gamma_density(a: Any, x: Any) -> Any:
    """Derivative of `gammainc(a, x)` by `x`."""
    return np.exp(sc.xlogy(a - 1, x) - x - sc.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """Derivative of `betainc(a, b, x)` by `x`."""
    return np.exp(sc.xlogy(a - 1, x) + sc.xlog1py(b - 1, -x) - sc.betaln(a, b))


def student_density(df: Any, t: Any) -> Any:
    """Derivative of `stdtr(df, t)` by `t`."""
    scale = np.exp(sc.gammaln(0.5 * (df + 1)) - sc.gammaln(0.5 * df)) / np.sqrt(math.pi * df)
    return scale * (1 + t * t / df) ** (-0.5 * (df + 1))


def normal_hazard(x: Any) -> Any:
    """The derivative of the logarithm of the normal distribution function; it does not cancel far from zero."""
    return math.sqrt(2 / math.pi) / sc.erfcx(-x / math.sqrt(2))


def poisson_weight(k: Any, m: Any) -> Any:
    """Probability of `floor(k)` events where `m` are expected."""
    count = np.floor(k)
    return np.exp(sc.xlogy(count, m) - m - sc.gammaln(count + 1))


def normal_density(x: Any) -> Any:
    return np.exp(-0.5 * x * x) / ROOT_2PI


def voigt(x: Any, sigma: Any, gamma: Any) -> tuple[Any, Any]:
    """The first and the second derivative by `x` of the complex function whose real part is `voigt_profile`.

    It is that of Faddeeva at `z = u / (sigma sqrt(2))`, with `u = x + 1j gamma`; for large `z`, where its derivative
    cancels, the asymptotic series in `sigma**2 / u**2`, which is that of a Lorentz profile first of all.
    """
    u = x + 1j * gamma
    ratio = (sigma / u) ** 2
    far = np.abs(ratio) < 5e-5
    width = np.where(far, 1, sigma)
    z = np.where(far, 1, u) / (width * math.sqrt(2))
    value = sc.wofz(z)
    slope = 2j / ROOT_PI - 2 * z * value
    bend = (-2 * value - 2 * z * slope) / (2 * math.sqrt(2) * ROOT_PI * width**3)
    series = 1 + ratio * (3 + ratio * (15 + 105 * ratio))
    bent = 2 + ratio * (12 + ratio * (90 + 840 * ratio))
    return (np.where(far, -1j / (math.pi * u * u) * series, slope / (2 * ROOT_PI * width * width)),
            np.where(far, 1j / (math.pi * u * u * u) * bent, bend))


def _gamma_integrals() -> Samples:
    return calls(lambda s: call(s.real(3, low=0.5, high=2.0), np.full(3, 2.5), s.real(3, low=0.5, high=2.0)))


GAMMA: tuple[Row, ...] = (
    elementwise(sc.gamma, "x", x=lambda x, out: out * sc.psi(x), samples=between((0.3, 4.0), complex_=True)),
    elementwise(sc.rgamma, "x", x=lambda x: rgamma_slope(x),
                samples=between((0.3, 4.0), complex_=True)),
    elementwise(sc.loggamma, "x", x=lambda x: sc.psi(x), samples=between((0.3, 4.0), complex_=True)),
    elementwise(sc.gammaln, "x", x=lambda x: sc.psi(x),
                samples=between((0.3, 4.0)) + reals((2,), low=-0.8, high=-0.3)),
    elementwise(sc.psi, "x", x=lambda x: trigamma(x),
                samples=between((0.3, 4.0), complex_=True) + reals((2,), low=-0.8, high=-0.3)),
    elementwise(sc.polygamma, "n, x", x=lambda n, x: polygamma(n + 1, x),
                samples=with_first((0, 1, 3), 0.5, 4.0)),
    elementwise(sc.zeta, "x, q", q=lambda x, q: -x * zeta(x + 1, q),
                note="in `q`; in `x` SciPy has no derivative",
                samples=with_first((2.0, 3.5), 0.5, 4.0)),
    elementwise(getattr(sc, "multigammaln"),  # noqa: B009 (the type stubs lack it)
                "a, d", samples=calls(lambda s: call(s.real(3, low=2.0, high=5.0), 3)),
                a=lambda a, d: sum(sc.psi(a - 0.5 * j) for j in range(d))),
    elementwise(sc.beta, "a, b", samples=between((0.4, 3.0), (0.4, 3.0)),
                a=lambda a, b, out: out * (sc.psi(a) - sc.psi(a + b)),
                b=lambda a, b, out: out * (sc.psi(b) - sc.psi(a + b))),
    elementwise(sc.betaln, "a, b", samples=between((0.4, 3.0), (0.4, 3.0)),
                a=lambda a, b: sc.psi(a) - sc.psi(a + b), b=lambda a, b: sc.psi(b) - sc.psi(a + b)),
    elementwise(sc.poch, "z, m", samples=between((0.5, 3.0), (0.5, 3.0)),
                note="not where z + m is zero or a negative integer",
                z=lambda z, m, out: pole_or(z, sc.gamma(z + m) * rgamma_slope(z),
                                            lambda z: out * (sc.psi(z + m) - sc.psi(z))),
                m=lambda z, m, out: out * sc.psi(z + m)),
    elementwise(sc.binom, "x, y", samples=between((3.0, 6.0), (0.5, 2.5)),
                note="not where x is a negative integer",
                x=lambda x, y, out: pole_or(
                    x - y + 1, sc.gamma(x + 1) * sc.rgamma(y + 1) * rgamma_slope(x - y + 1),
                    lambda rest: out * (sc.psi(x + 1) - sc.psi(rest))),
                y=lambda x, y, out: pole_or(
                    x - y + 1, -sc.gamma(x + 1) * sc.rgamma(y + 1) * rgamma_slope(x - y + 1),
                    lambda rest: pole_or(
                        y + 1, sc.gamma(x + 1) * sc.rgamma(rest) * rgamma_slope(y + 1),
                        lambda after: out * (sc.psi(rest) - sc.psi(after))))),
    elementwise(sc.gammainc, "a, x", x=lambda a, x: gamma_density(a, x),
                note="in `x`; in `a` SciPy has no derivative",
                samples=with_first((0.7, 2.5), 0.3, 4.0)),
    elementwise(sc.gammaincc, "a, x", x=lambda a, x: -gamma_density(a, x),
                samples=with_first((0.7, 2.5), 0.3, 4.0)),
    elementwise(sc.gammaincinv, "a, y", y=lambda a, out: 1 / gamma_density(a, out),
                samples=with_first((0.7, 2.5), 0.1, 0.9)),
    elementwise(sc.gammainccinv, "a, y", y=lambda a, out: -1 / gamma_density(a, out),
                samples=with_first((0.7, 2.5), 0.1, 0.9)),
    elementwise(sc.betainc, "a, b, x", x=lambda a, b, x: beta_density(a, b, x),
                samples=calls(lambda s: call(np.full(3, 1.5), np.full(3, 2.5),
                                             s.real(3, low=0.1, high=0.9)))),
    elementwise(sc.betaincc, "a, b, x", x=lambda a, b, x: -beta_density(a, b, x),
                samples=calls(lambda s: call(np.full(3, 1.5), np.full(3, 2.5),
                                             s.real(3, low=0.1, high=0.9)))),
    elementwise(sc.betaincinv, "a, b, y", y=lambda a, b, out: 1 / beta_density(a, b, out),
                samples=calls(lambda s: call(np.full(3, 1.5), np.full(3, 2.5),
                                             s.real(3, low=0.1, high=0.9)))),
    elementwise(sc.betainccinv, "a, b, y", y=lambda a, b, out: -1 / beta_density(a, b, out),
                samples=calls(lambda s: call(np.full(3, 1.5), np.full(3, 2.5),
                                             s.real(3, low=0.1, high=0.9)))),
    elementwise(sc.stdtr, "df, t", t=lambda df, t: student_density(df, t), note="in `t`",
                samples=with_first((2.5, 7.0), -2.0, 2.0)),
    elementwise(sc.stdtrit, "df, p", p=lambda df, out: 1 / student_density(df, out), note="in `p`",
                samples=with_first((2.5, 7.0), 0.1, 0.9)),
    elementwise(sc.chdtr, "v, x", x=lambda v, x: 0.5 * gamma_density(0.5 * v, 0.5 * x), note="in `x`",
                samples=with_first((2.5, 5.0), 0.5, 4.0)),
    elementwise(sc.chdtrc, "v, x", x=lambda v, x: -0.5 * gamma_density(0.5 * v, 0.5 * x), note="in `x`",
                samples=with_first((2.5, 5.0), 0.5, 4.0)),
    elementwise(sc.gdtr, "a, b, x", note="in `a` and `x`", samples=_gamma_integrals(),
                a=lambda a, b, x: x * gamma_density(b, a * x), x=lambda a, b, x: a * gamma_density(b, a * x)),
    elementwise(sc.gdtrc, "a, b, x", note="in `a` and `x`", samples=_gamma_integrals(),
                a=lambda a, b, x: -x * gamma_density(b, a * x), x=lambda a, b, x: -a * gamma_density(b, a * x)),
    elementwise(sc.pdtr, "k, m", m=lambda k, m: -poisson_weight(k, m), note="in `m`",
                samples=with_first((0.0, 3.0), 0.5, 4.0)),
    elementwise(sc.pdtrc, "k, m", m=lambda k, m: poisson_weight(k, m), note="in `m`",
                samples=with_first((0.0, 3.0), 0.5, 4.0)),
    *zero(sc.gammasgn, reason="a sign: piecewise constant"),
)

ERROR: tuple[Row, ...] = (
    elementwise(sc.erf, "x", x=lambda x: 2 / ROOT_PI * np.exp(-x * x),
                samples=between((-2, 2), complex_=True)),
    elementwise(sc.erfc, "x", x=lambda x: -2 / ROOT_PI * np.exp(-x * x),
                samples=between((-2, 2), complex_=True)),
    elementwise(sc.erfcx, "x", x=lambda x, out: 2 * x * out - 2 / ROOT_PI,
                samples=between((-1, 2), complex_=True)),
    elementwise(sc.erfi, "x", x=lambda x: 2 / ROOT_PI * np.exp(x * x),
                samples=between((-1, 1), complex_=True)),
    elementwise(sc.dawsn, "x", x=lambda x, out: 1 - 2 * x * out, samples=between((-2, 2), complex_=True)),
    elementwise(sc.wofz, "z", z=lambda z, out: 2j / ROOT_PI - 2 * z * out,
                samples=calls(lambda s: call(s.complex(3, low=-1, high=1)))),
    elementwise(sc.erfinv, "y", y=lambda out: ROOT_PI / 2 * np.exp(out * out), samples=between((-0.8, 0.8))),
    elementwise(sc.erfcinv, "y", y=lambda out: -ROOT_PI / 2 * np.exp(out * out), samples=between((0.2, 1.8))),
    elementwise(sc.ndtr, "x", x=lambda x: normal_density(x), samples=between((-2, 2))),
    elementwise(sc.log_ndtr, "x", x=lambda x: normal_hazard(x),
                samples=between((-4, 2)) + calls(lambda s: call(np.array([-200.0, 6.0])))),
    elementwise(sc.ndtri, "y", y=lambda out: 1 / normal_density(out), samples=between((0.1, 0.9))),
    elementwise(sc.ndtri_exp, "y", y=lambda y, out: np.exp(y) / normal_density(out),
                samples=between((-3, -0.2))),
    elementwise(sc.owens_t, "h, a", samples=between((-2, 2), (-2, 2)),
                h=lambda h, a: -0.5 * normal_density(h) * sc.erf(a * h / math.sqrt(2)),
                a=lambda h, a: np.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a))),
    elementwise(sc.voigt_profile, "x, sigma, gamma", samples=between((-2, 2), (0.5, 2), (0.5, 2)),
                x=lambda x, sigma, gamma: np.real(voigt(x, sigma, gamma)[0]),
                # a Gaussian spreads as heat does
                sigma=lambda x, sigma, gamma: sigma * np.real(voigt(x, sigma, gamma)[1]),
                gamma=lambda x, sigma, gamma: -np.imag(voigt(x, sigma, gamma)[0])),
    rule(sc.fresnel, "z", results=2, samples=between((-2, 2), complex_=True),
         z=Partial(vjp=lambda g, z:
                       sum_of((g[0], np.sin(math.pi / 2 * z * z)), (g[1], np.cos(math.pi / 2 * z * z))),
                   jvp=lambda d, z: (d * np.sin(math.pi / 2 * z * z), d * np.cos(math.pi / 2 * z * z)))),
)

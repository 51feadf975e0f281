"""Integrals of functions by `scipy.integrate`, written out: differentiable in what the function uses and in the limits.

The rule is Gauss and Kronrod's with 21 points, on intervals that are halved until the two rules agree to the tolerance
(the estimate is QUADPACK's, Piessens et al. 1983). The same points serve the derivative.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate as si

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported


def quad(func: Any, a: Any, b: Any, args: Any = (), full_output: int = 0, epsabs: float = 1.49e-8,
         epsrel: float = 1.49e-8, limit: int = 50, points: Any = None, weight: Any = None, wvar: Any = None,
         wopts: Any = None, maxp1: int = 50, limlst: int = 50, complex_func: bool = False) -> Any:
    """`scipy.integrate.quad`, also over infinite ranges, with break points, with the weights "cos" and "sin"."""
    if weight is not None and weight not in ("cos", "sin"):
        unsupported("scipy.integrate.quad has a derivative with the weights 'cos' and 'sin': multiply by others")
    more = args if isinstance(args, tuple) else (args,)
    below = isinstance(a, float) and a == -np.inf
    above = isinstance(b, float) and b == np.inf
    if (points is not None or weight is not None) and (below or above):
        raise ValueError("scipy.integrate.quad has a derivative over infinite ranges without points= and weight=")

    def at(t: Any) -> Any:
        value = func(t, *more)
        return value if weight is None else value * (np.cos(wvar * t) if weight == "cos" else np.sin(wvar * t))

    if below or above:
        return adaptive(lambda u: on_unit(at, u, a, b, below, above), epsabs, epsrel)
    if points is None:
        return adaptive(lambda u: at(a + (b - a) * u) * (b - a), epsabs, epsrel)
    edges = np.concatenate([np.array([a * 1.0]), np.sort(np.asarray(points)), np.array([b * 1.0])])
    total, error = 0.0 * at(a * 1.0), 0.0
    for k in range(np.size(edges) - 1):
        low, high = edges[k], edges[k + 1]
        part, wrong = adaptive(lambda u: at(low + (high - low) * u) * (high - low), epsabs, epsrel)  # noqa: B023
        total, error = total + part, error + wrong
    return total, error


def on_unit(at: Any, u: Any, a: Any, b: Any, below: bool, above: bool) -> Any:
    """The integrand over an infinite range, brought to (0, 1)."""
    if below and above:
        t = (1 - u) / u
        return (at(t) + at(-t)) / (u * u)
    if above:
        return at(a + (1 - u) / u) / (u * u)
    return at(b - (1 - u) / u) / (u * u)


def adaptive(g: Any, epsabs: float, epsrel: float) -> Any:
    """The integral of `g` over (0, 1) and an estimate of its error: the last interval put aside is halved first."""
    nodes = np.array([0.0, 0.148874338981631211, 0.294392862701460198, 0.433395394129247191, 0.562757134668604683,
                      0.679409568299024406, 0.780817726586416897, 0.865063366688984511, 0.930157491355708226,
                      0.973906528517171720, 0.995657163025808081])
    kronrod = np.array([0.149445554002916906, 0.147739104901338491, 0.142775938577060081, 0.134709217311473326,
                        0.123491976262065851, 0.109387158802297642, 0.093125454583697606, 0.075039674810919953,
                        0.054755896574351996, 0.032558162307964727, 0.011694638867371874])
    gauss = np.array([0.0, 0.295524224714752870, 0.0, 0.269266719309996355, 0.0, 0.219086362515982044, 0.0,
                      0.149451349150580593, 0.0, 0.066671344308688138, 0.0])
    nodes = np.concatenate([-nodes[:0:-1], nodes])
    kronrod = np.concatenate([kronrod[:0:-1], kronrod])
    gauss = np.concatenate([gauss[:0:-1], gauss])
    lows, highs = np.zeros(200), np.zeros(200)
    highs[0] = 1.0
    waiting = 1
    nothing = 0.0 * kronrod[0] * g(lows[0] + 0.5)
    total = nothing
    error = 0.0
    size = 0.0
    while waiting > 0:
        waiting -= 1
        low, high = lows[waiting], highs[waiting]
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        fine, coarse, extent = nothing, nothing, 0.0
        for k in range(21):
            value = g(middle + half * nodes[k])
            fine = fine + kronrod[k] * value
            coarse = coarse + gauss[k] * value
            extent = extent + kronrod[k] * np.max(np.abs(value))
        extent = extent * half
        gap = np.max(np.abs(fine - coarse)) * half
        if extent > 0:
            gap = extent * min(1.0, (200.0 * gap / extent) ** 1.5)
        size = max(size, extent)
        if gap <= max(epsabs, epsrel * size) * 0.01 * (high - low) or gap <= 1e-14 * extent or high - low < 1e-13:
            total = total + fine * half
            error = error + gap
        else:
            lows[waiting], highs[waiting] = low, middle
            lows[waiting + 1], highs[waiting + 1] = middle, high
            waiting += 2
    return total, error


def bound(limit: Any, *at: Any) -> Any:
    """A limit of an inner integral: a number, or a function of the outer variables."""
    return limit(*at) if callable(limit) else limit


def dblquad(func: Any, a: Any, b: Any, gfun: Any, hfun: Any, args: Any = (), epsabs: float = 1.49e-8,
            epsrel: float = 1.49e-8) -> Any:
    """`scipy.integrate.dblquad`."""
    def inner(x: Any) -> Any:
        return quad(lambda y: func(y, x, *args), bound(gfun, x), bound(hfun, x), (), 0, epsabs, epsrel)[0]
    return quad(inner, a, b, (), 0, epsabs, epsrel)


def tplquad(func: Any, a: Any, b: Any, gfun: Any, hfun: Any, qfun: Any, rfun: Any, args: Any = (),
            epsabs: float = 1.49e-8, epsrel: float = 1.49e-8) -> Any:
    """`scipy.integrate.tplquad`."""
    def inner(x: Any) -> Any:
        def innermost(y: Any) -> Any:
            return quad(lambda z: func(z, y, x, *args), bound(qfun, x, y), bound(rfun, x, y), (), 0, epsabs, epsrel)[0]
        return quad(innermost, bound(gfun, x), bound(hfun, x), (), 0, epsabs, epsrel)[0]
    return quad(inner, a, b, (), 0, epsabs, epsrel)


def nquad(func: Any, ranges: Any, args: Any = (), opts: Any = None, full_output: bool = False) -> Any:
    """`scipy.integrate.nquad` of up to three variables; the first argument of the function is the innermost."""
    if opts is not None or len(ranges) > 3:
        unsupported("scipy.integrate.nquad has a derivative without opts=, for up to three variables")
    if len(ranges) == 1:
        return quad(func, *limits(ranges[0]), args)
    if len(ranges) == 2:
        def line(y: Any) -> Any:
            return quad(lambda x: func(x, y, *args), *limits(ranges[0], y))[0]
        return quad(line, *limits(ranges[1]))

    def plane(z: Any) -> Any:
        def row(y: Any) -> Any:
            return quad(lambda x: func(x, y, z, *args), *limits(ranges[0], y, z))[0]
        return quad(row, *limits(ranges[1], z))[0]
    return quad(plane, *limits(ranges[2]))


def limits(given: Any, *at: Any) -> Any:
    """The limits of one variable, which may depend on those further out."""
    if callable(given):
        given = given(*at)
    low, high = given
    return low, high


def quad_vec(f: Any, a: Any, b: Any, epsabs: float = 1e-200, epsrel: float = 1e-8, norm: str = "2",
             cache_size: float = 100e6, limit: float = 10000, workers: int = 1, points: Any = None,
             quadrature: Any = None, full_output: bool = False, *, args: Any = ()) -> Any:
    """`scipy.integrate.quad_vec` of a function whose values are arrays."""
    return quad(f, a, b, args, 0, epsabs, epsrel)


def fixed_quad(func: Any, a: Any, b: Any, args: Any = (), n: int = 5) -> Any:
    """`scipy.integrate.fixed_quad`: Gauss and Legendre's rule with n points."""
    x, w = np.polynomial.legendre.leggauss(n)
    return 0.5 * (b - a) * np.sum(w * func(0.5 * (b - a) * (x + 1) + a, *args), axis=-1), None


DEFINITIONS: dict[Any, Written] = {
    si.quad: Written(quad, harmless=("wopts",)), si.dblquad: Written(dblquad), si.tplquad: Written(tplquad),
    si.nquad: Written(nquad), si.quad_vec: Written(quad_vec),
    si.fixed_quad: Written(fixed_quad),
}

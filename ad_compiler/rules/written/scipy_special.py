"""Functions of `scipy.special` that others give: no row of their own, or parameters that their rows leave out."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ad_compiler.rules.written import Written


def factorial(n: Any, exact: bool = False, extend: str = "zero") -> Any:
    """`scipy.special.factorial` of real numbers."""
    return sc.gamma(n + 1.0)


def jve(v: Any, z: Any) -> Any:
    """`scipy.special.jve` of a real argument, where nothing is scaled."""
    return sc.jv(v, z)


def yve(v: Any, z: Any) -> Any:
    """`scipy.special.yve` of a real argument, where nothing is scaled."""
    return sc.yv(v, z)


def by_neighbours(function: Any, sign: float, v: Any, z: Any, n: int) -> Any:
    """The `n`-th derivative of a cylinder function: half the sum or difference of its neighbours, `n` times."""
    if n == 0:
        return function(v, z)
    below, above = by_neighbours(function, sign, v - 1, z, n - 1), by_neighbours(function, sign, v + 1, z, n - 1)
    return 0.5 * (below + sign * above)


def derivative_by_neighbours(function: Any, sign: float) -> Any:
    """`scipy.special.jvp` and its relatives."""
    def derivative(v: Any, z: Any, n: int = 1) -> Any:
        return by_neighbours(function, sign, v, z, n)
    return derivative


def radian(d: Any, m: Any, s: Any) -> Any:
    """`scipy.special.radian`."""
    return np.radians(d + m / 60 + s / 3600)


def agm(a: Any, b: Any) -> Any:
    """The arithmetic-geometric mean, by the complete elliptic integral."""
    ratio = (a - b) / (a + b)
    return 0.25 * np.pi * (a + b) / sc.ellipk(ratio * ratio)


def diric(x: Any, n: int) -> Any:
    """`scipy.special.diric` away from the multiples of 2 pi, where it is constant."""
    turns = np.round(x / (2 * np.pi))
    whole = np.abs(x - 2 * np.pi * turns) < 1e-9
    safe = np.where(whole, 1.0, x)
    return np.where(whole, (-1.0) ** (turns * (n - 1)), np.sin(0.5 * n * safe) / (n * np.sin(0.5 * safe)))


def fdtr(dfn: Any, dfd: Any, x: Any) -> Any:
    """`scipy.special.fdtr`."""
    return sc.betainc(0.5 * dfn, 0.5 * dfd, dfn * x / (dfn * x + dfd))


def bdtr(k: Any, n: Any, p: Any) -> Any:
    """`scipy.special.bdtr`."""
    return sc.betainc(n - np.floor(k), np.floor(k) + 1.0, 1 - p)


def nbdtr(k: Any, n: Any, p: Any) -> Any:
    """`scipy.special.nbdtr`."""
    return sc.betainc(n, k + 1.0, p)


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """`scipy.special.logsumexp` with the sign of the sum, of real numbers."""
    top = np.max(a, axis=axis, keepdims=True)
    terms = np.exp(a - top) if b is None else b * np.exp(a - top)
    total = np.sum(terms, axis=axis, keepdims=keepdims)
    found = np.log(np.abs(total)) + (top if keepdims else np.max(a, axis=axis))
    return found, np.sign(total)


DEFINITIONS: dict[Any, Written] = {
    sc.factorial: Written(factorial), sc.jve: Written(jve), sc.yve: Written(yve), sc.radian: Written(radian),
    sc.jvp: Written(derivative_by_neighbours(sc.jv, -1.0)), sc.yvp: Written(derivative_by_neighbours(sc.yv, -1.0)),
    sc.ivp: Written(derivative_by_neighbours(sc.iv, 1.0)), sc.agm: Written(agm), sc.diric: Written(diric),
    sc.fdtr: Written(fdtr), sc.bdtr: Written(bdtr), sc.nbdtr: Written(nbdtr),
    sc.logsumexp: Written(logsumexp, covered={"return_sign": (False,)}),
}

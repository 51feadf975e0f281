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


def fdtrc(dfn: Any, dfd: Any, x: Any) -> Any:
    """`scipy.special.fdtrc`."""
    return sc.betainc(0.5 * dfd, 0.5 * dfn, dfd / (dfn * x + dfd))


def fdtri(dfn: Any, dfd: Any, p: Any) -> Any:
    """`scipy.special.fdtri`."""
    share = sc.betaincinv(0.5 * dfn, 0.5 * dfd, p)
    return dfd * share / (dfn * (1 - share))


def bdtrc(k: Any, n: Any, p: Any) -> Any:
    """`scipy.special.bdtrc`."""
    return sc.betainc(np.floor(k) + 1.0, n - np.floor(k), p)


def nbdtrc(k: Any, n: Any, p: Any) -> Any:
    """`scipy.special.nbdtrc`."""
    return sc.betainc(k + 1.0, n, 1 - p)


def chdtri(v: Any, p: Any) -> Any:
    """`scipy.special.chdtri`."""
    return 2 * sc.gammainccinv(0.5 * v, p)


def gdtrix(a: Any, b: Any, p: Any) -> Any:
    """`scipy.special.gdtrix`."""
    return sc.gammaincinv(b, p) / a


def kvp(v: Any, z: Any, n: int = 1) -> Any:
    """`scipy.special.kvp`."""
    return (-1.0) ** n * by_neighbours(sc.kv, 1.0, v, z, n)


def shifted(polynomial: Any) -> Any:
    """A polynomial on the interval from 0 to 1, from that on -1 to 1."""
    def evaluate(n: Any, x: Any) -> Any:
        return polynomial(n, 2 * x - 1)
    return evaluate


def eval_sh_jacobi(n: Any, p: Any, q: Any, x: Any) -> Any:
    """`scipy.special.eval_sh_jacobi`."""
    return sc.eval_jacobi(n, p - q, q - 1, 2 * x - 1) / sc.binom(2 * n + p - 1, n)


def eval_chebyc(n: Any, x: Any) -> Any:
    """`scipy.special.eval_chebyc`."""
    return 2 * sc.eval_chebyt(n, 0.5 * x)


def eval_chebys(n: Any, x: Any) -> Any:
    """`scipy.special.eval_chebys`."""
    return sc.eval_chebyu(n, 0.5 * x)


def assoc_laguerre(x: Any, n: Any, k: Any = 0.0) -> Any:
    """`scipy.special.assoc_laguerre`."""
    return sc.eval_genlaguerre(n, k, x)


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
    sc.fdtrc: Written(fdtrc), sc.fdtri: Written(fdtri), sc.bdtrc: Written(bdtrc), sc.nbdtrc: Written(nbdtrc),
    sc.chdtri: Written(chdtri), sc.gdtrix: Written(gdtrix), sc.kvp: Written(kvp),
    sc.h1vp: Written(derivative_by_neighbours(sc.hankel1, -1.0)),
    sc.h2vp: Written(derivative_by_neighbours(sc.hankel2, -1.0)),
    sc.eval_sh_legendre: Written(shifted(sc.eval_legendre)), sc.eval_sh_chebyt: Written(shifted(sc.eval_chebyt)),
    sc.eval_sh_chebyu: Written(shifted(sc.eval_chebyu)), sc.eval_sh_jacobi: Written(eval_sh_jacobi),
    sc.eval_chebyc: Written(eval_chebyc), sc.eval_chebys: Written(eval_chebys),
    sc.assoc_laguerre: Written(assoc_laguerre),
    sc.logsumexp: Written(logsumexp, covered={"return_sign": (False,)}),
}

"""Series in the six bases of `numpy.polynomial`: what cannot be read there, since it builds lists or chooses by values.

The rest of these modules (values, sums, products, derivatives) is read from NumPy's own Python.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from ad_compiler.rules.written import Written


def integral(raised: Callable[..., Any], value: Callable[..., Any]) -> Callable[..., Any]:
    """`polyint` and its like, for a basis in which `raised` gives an antiderivative."""
    def integrate(c: Any, m: int = 1, k: Any = (), lbnd: Any = 0, scl: Any = 1, axis: int = 0) -> Any:
        constants = [*k] if np.iterable(k) else [k]
        found = np.moveaxis(np.atleast_1d(c) * 1.0, axis, 0)
        for step in tuple(range(m)):
            found = raised(found * scl)
            constant = constants[step] if step < len(constants) else 0.0
            found = np.concatenate([found[:1] + (constant - value(lbnd, found)), found[1:]])
        return np.moveaxis(found, 0, axis)
    return integrate


def degrees(c: Any, start: int) -> Any:
    """The degrees from `start` up, one for each coefficient from there on, along the first axis."""
    return np.reshape(np.arange(start, np.shape(c)[0]), (-1,) + (1,) * (np.ndim(c) - 1))


def after(zeros: int, c: Any) -> Any:
    """Coefficients of higher degree: zeros put before them."""
    return np.concatenate([np.zeros_like(c[:1])] * zeros + [c])


def raised_powers(c: Any) -> Any:
    return after(1, c / (degrees(c, 0) + 1))


def raised_chebyshev(c: Any) -> Any:
    """The integral of T_n is T_(n+1) / (2 (n+1)) - T_(n-1) / (2 (n-1)); of T_0 it is T_1, of T_1 it is T_2 / 4."""
    n = degrees(c, 1)
    up = np.concatenate([c[:1], c[1:] / (2.0 * (n + 1))])
    down = c[2:] / (2.0 * (n[1:] - 1))
    nothing = np.zeros_like(c[:1])
    return after(1, up) - np.concatenate([nothing, down, *[nothing] * (2 if np.shape(c)[0] > 1 else 1)])


def raised_legendre(c: Any) -> Any:
    """The integral of P_n is (P_(n+1) - P_(n-1)) / (2 n + 1); of P_0 it is P_1."""
    part = c / (2.0 * degrees(c, 0) + 1)
    nothing = np.zeros_like(c[:1])
    return after(1, part) - np.concatenate([part[1:], nothing, nothing])


def raised_hermite(c: Any) -> Any:
    return after(1, c / (2.0 * (degrees(c, 0) + 1)))


def raised_laguerre(c: Any) -> Any:
    return np.concatenate([c, np.zeros_like(c[:1])]) - after(1, c)


def with_roots(times_x: Callable[..., Any]) -> Callable[..., Any]:
    """`polyfromroots` and its like: one factor after the other."""
    def from_roots(roots: Any) -> Any:
        found = np.ones_like(np.atleast_1d(roots) * 1.0, shape=(1,))
        for root in roots:
            found = times_x(found) - root * np.concatenate([found, np.zeros_like(found[:1])])
        return found
    return from_roots


def fitted(vander: Callable[..., Any]) -> Callable[..., Any]:
    """`polyfit` and its like: least squares with the columns scaled, as NumPy solves them."""
    def fit(x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
        top = deg if np.ndim(deg) == 0 else max(deg)
        system = vander(np.asarray(x) + 0.0, top)
        chosen = system if np.ndim(deg) == 0 else system[:, deg]
        right = np.asarray(y) + 0.0
        if w is not None:
            chosen = np.reshape(w, (-1, 1)) * chosen
            right = right * (w if np.ndim(y) == 1 else np.reshape(w, (-1, 1)))
        norms = np.sqrt(np.sum(np.square(np.abs(chosen)), axis=0))
        scale = np.where(norms == 0, 1.0, norms)
        least = np.shape(x)[0] * 2.220446049250313e-16 if rcond is None else rcond
        solved, residuals, rank, singular = np.linalg.lstsq(chosen / scale, right, least)
        found = solved / (scale if np.ndim(y) == 1 else np.reshape(scale, (-1, 1)))
        if np.ndim(deg) > 0:
            places = [[1.0 if one == n else 0.0 for one in deg] for n in range(top + 1)]
            found = np.array(places) @ found
        if full:
            return found, [residuals, rank, singular, least]
        return found
    return fit


def over_planes(vander: Callable[..., Any]) -> Callable[..., Any]:
    """`polyvander2d` and its like."""
    def vander2d(x: Any, y: Any, deg: Any) -> Any:
        first, second = vander(x, deg[0]), vander(y, deg[1])
        products = first[..., :, None] * second[..., None, :]
        return np.reshape(products, (*np.shape(products)[:-2], -1))
    return vander2d


def over_space(vander: Callable[..., Any]) -> Callable[..., Any]:
    """`polyvander3d` and its like."""
    def vander3d(x: Any, y: Any, z: Any, deg: Any) -> Any:
        first, second, third = vander(x, deg[0]), vander(y, deg[1]), vander(z, deg[2])
        products = first[..., :, None, None] * second[..., None, :, None] * third[..., None, None, :]
        return np.reshape(products, (*np.shape(products)[:-3], -1))
    return vander3d


def from_powers(times_x: Callable[..., Any]) -> Callable[..., Any]:
    """`poly2cheb` and its like, by Horner's scheme."""
    def convert(pol: Any) -> Any:
        powers = np.atleast_1d(pol) * 1.0
        found = powers[-1:]
        for k in range(np.shape(powers)[0] - 1):
            found = times_x(found)
            found = np.concatenate([found[:1] + powers[-2 - k], found[1:]])
        return found
    return convert


def chebinterpolate(func: Callable[..., Any], deg: int, args: Any = ()) -> Any:
    """`numpy.polynomial.chebyshev.chebinterpolate`, with derivatives in what `func` reads."""
    nodes = chebyshev.chebpts1(deg + 1)
    sums = np.dot(chebyshev.chebvander(nodes, deg).T, func(nodes, *args))
    return np.concatenate([sums[:1] / (deg + 1), sums[1:] / (0.5 * (deg + 1))])


def family(module: Any, prefix: str, raised: Callable[..., Any]) -> dict[Any, Written]:
    """The definitions for one basis."""
    def of(name: str) -> Any:
        return getattr(module, prefix + name)
    found = {
        of("int"): Written(integral(raised, of("val"))), of("fit"): Written(fitted(of("vander"))),
        of("fromroots"): Written(with_roots(of("mulx"))), of("vander2d"): Written(over_planes(of("vander"))),
        of("vander3d"): Written(over_space(of("vander")))}
    if module is not polynomial:  # whose own powers are these
        found[getattr(module, f"poly2{prefix}")] = Written(from_powers(of("mulx")))
    return found


DEFINITIONS: dict[Any, Written] = {
    **family(polynomial, "poly", raised_powers), **family(chebyshev, "cheb", raised_chebyshev),
    **family(legendre, "leg", raised_legendre), **family(hermite, "herm", raised_hermite),
    **family(hermite_e, "herme", raised_powers), **family(laguerre, "lag", raised_laguerre),
    chebyshev.chebinterpolate: Written(chebinterpolate),
}

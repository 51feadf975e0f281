"""Polynomials of NumPy in the parameters that their rows leave out, and `np.poly1d`."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written, rank


def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    """`np.polyfit` of several curves, with its residuals (`full`) or the covariance of the coefficients (`cov`)."""
    count = np.shape(x)[0]
    system = np.vander(np.asarray(x) + 0.0, deg + 1)
    right = np.asarray(y) + 0.0
    if w is not None:
        system = system * np.reshape(w, (-1, 1))
        right = right * (w if np.ndim(y) == 1 else np.reshape(w, (-1, 1)))
    scale = np.sqrt(np.sum(system * system, axis=0))
    least = count * 2.220446049250313e-16 if rcond is None else rcond
    coefficients, residuals, order, singular = np.linalg.lstsq(system / scale, right, least)
    found = coefficients / (scale if np.ndim(y) == 1 else np.reshape(scale, (-1, 1)))
    if full:
        return found, residuals, order, singular, least
    if not cov:
        return found
    inverse = np.linalg.inv((system / scale).T @ (system / scale)) / np.outer(scale, scale)
    if cov == "unscaled":
        return found, inverse
    variance = np.sum((right - system @ found) ** 2, axis=0) / (count - (deg + 1))
    return found, inverse * variance if np.ndim(y) == 1 else inverse[:, :, None] * variance


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """`np.polyint` with its constants."""
    found = np.asarray(p) * 1.0
    constants = np.atleast_1d(np.asarray(0.0 if k is None else k))
    for step in tuple(range(m)):
        powers = np.arange(np.shape(found)[0], 0, -1)
        constant = constants[step:step + 1] if k is not None and np.ndim(k) > 0 and len(k) > 1 else constants[:1]
        found = np.concatenate([found / powers, constant * 1.0])
    return found


class Poly1d:
    """`np.poly1d` of coefficients, the highest first."""

    def __init__(self, c_or_r: Any, r: bool = False, variable: Any = None) -> None:
        self.coeffs = np.poly(c_or_r) if r else np.atleast_1d(c_or_r)

    def __call__(self, val: Any) -> Any:
        return np.polyval(self.coeffs, val)

    @property
    def c(self) -> Any:
        """The coefficients."""
        return self.coeffs

    @property
    def order(self) -> Any:
        """The degree."""
        return np.shape(self.coeffs)[0] - 1

    @property
    def o(self) -> Any:
        """The degree."""
        return np.shape(self.coeffs)[0] - 1

    @property
    def r(self) -> Any:
        """The roots."""
        return np.roots(self.coeffs)

    def __neg__(self) -> Any:
        return Poly1d(-self.coeffs)

    def __add__(self, other: Any) -> Any:
        return Poly1d(np.polyadd(self.coeffs, coefficients_of(other)))

    def __radd__(self, other: Any) -> Any:
        return Poly1d(np.polyadd(coefficients_of(other), self.coeffs))

    def __sub__(self, other: Any) -> Any:
        return Poly1d(np.polysub(self.coeffs, coefficients_of(other)))

    def __rsub__(self, other: Any) -> Any:
        return Poly1d(np.polysub(coefficients_of(other), self.coeffs))

    def __mul__(self, other: Any) -> Any:
        return Poly1d(np.polymul(self.coeffs, coefficients_of(other)))

    def __rmul__(self, other: Any) -> Any:
        return Poly1d(np.polymul(coefficients_of(other), self.coeffs))

    def __truediv__(self, other: Any) -> Any:
        return Poly1d(self.coeffs / other)

    def deriv(self, m: int = 1) -> Any:
        """The derivative of order `m`."""
        return Poly1d(np.polyder(self.coeffs, m))

    def integ(self, m: int = 1, k: Any = 0) -> Any:
        """The antiderivative of order `m`."""
        return Poly1d(polyint(self.coeffs, m, k))


def coefficients_of(value: Any) -> Any:
    """The coefficients of a polynomial or of a constant one."""
    return value.coeffs if isinstance(value, Poly1d) else np.atleast_1d(value)


DEFINITIONS: dict[Any, Written] = {
    np.polyfit: Written(polyfit, covered={"y": lambda y: rank(y) == 1, "full": (False,), "cov": (False,)}),
    np.polyint: Written(polyint), np.poly1d: Written(Poly1d),
}

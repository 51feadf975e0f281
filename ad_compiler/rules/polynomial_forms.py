"""Derivatives of NumPy's polynomial functions.

Leading zeros, which NumPy strips from some results, are filled in again: cotangents of coefficients that
were left out count as zero.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import column, is_complex


def flat(x: Any) -> Any:
    return x if np.ndim(x) == 1 else np.ravel(x)


def leading(x: Any, length: Any) -> Any:
    """`x` with zeros in front up to this length."""
    return np.pad(x, (length - x.shape[0], 0))


def tail(x: Any, length: Any) -> Any:
    """The last `length` of the coefficients `x`."""
    return x[x.shape[0] - length:]


def vandermonde(x: Any, columns: Any, increasing: bool = False) -> Any:
    """`np.vander(x, columns)` in the precision of `x` (NumPy raises single to double)."""
    if x.dtype.char not in "fF":
        return np.vander(x, columns, increasing) if increasing else np.vander(x, columns)
    ones = np.ones_like(column(x))
    powers = np.cumprod(np.concatenate([ones, np.repeat(column(x), columns - 1, axis=1)], axis=1), axis=1)
    return powers if increasing else powers[:, ::-1]


def derived(p: Any) -> Any:
    """Coefficients of the derivative of `p`, in its precision (`np.polyder` raises single to double)."""
    if p.dtype.char in "fF":
        return p[:-1] * np.cumsum(np.ones_like(p[1:]))[::-1]
    return np.polyder(p)


def slope(p: Any, x: Any) -> Any:
    """Derivative of `np.polyval(p, x)` by `x`."""
    return np.polyval(derived(p), x)


def polyval_coefficients(g: Any, p: Any, x: Any) -> Any:
    """Cotangent of `p` in `np.polyval(p, x)`."""
    if isinstance(x, int | float | complex):  # 1, x, x**2, ... from the back
        ones = np.ones_like(p)
        return g * np.cumprod(np.concatenate([ones[:1], x * ones[1:]]))[::-1]
    return flat(g) @ vandermonde(flat(x), p.shape[0])


def polymul_cotangent(g: Any, own_size: Any, other: Any) -> Any:
    other = flat(other)
    return np.convolve(leading(g, own_size + other.shape[0] - 1), other[::-1], "valid")


def polydiv_dividend(g: Any, u_shape: Any, v: Any, out: Any) -> Any:
    """Cotangent of `u` in `q, r = np.polydiv(u, v)`.

    The quotient solves a triangular system with the coefficients of `v`; the transposed system is a division
    again, read backwards. Dividing by a polynomial of higher degree gives a quotient of one zero, cut off
    here.
    """
    quotient, rest = g[0], None
    if g[1] is not None:
        rest = leading(g[1], u_shape[0])
        through = np.convolve(rest, v[::-1], "valid")
        quotient = -through if quotient is None else quotient - through
    padded = np.pad(quotient[::-1], (0, v.shape[0] - 1))
    solved = np.polydiv(padded, v)[0][::-1][: out[0].shape[0]][: u_shape[0] - v.shape[0] + 1]
    u_bar = np.pad(solved, (0, u_shape[0] - solved.shape[0]))
    return u_bar if rest is None else u_bar + rest


def polydiv_divisor(g: Any, u_shape: Any, v: Any, out: Any) -> Any:
    """Cotangent of `v` in `np.polydiv(u, v)`: a change of `v` acts as one of `u` by `-q` times it."""
    return -leading(np.convolve(polydiv_dividend(g, u_shape, v, out), out[0][::-1], "valid"), v.shape[0])


def polydiv_tangent(d: Any, v: Any, out: Any) -> Any:
    """Tangents of quotient and remainder along `d` in the dividend."""
    q_dot = np.polydiv(d, v)[0]
    return q_dot, tail(d - tail(np.convolve(q_dot, v), d.shape[0]), out[1].shape[0])


def polyint_weights(x: Any, shape: Any, m: int) -> Any:
    """What `np.polyint(p, m)` multiplies each coefficient by."""
    return np.polyint(np.ones_like(x, shape=shape), m)[: shape[0]]


def roots_cotangent(g: Any, p: Any, out: Any) -> Any:
    """Implicit function theorem at every root: `p'(r) * r_dot = -p_dot(r)`."""
    return -(g / slope(p, out)) @ vandermonde(out, p.shape[0])


def poly_cotangent(g: Any, roots: Any, out: Any) -> Any:
    """Cotangent of the roots: `-q(r)` with the coefficients of `out / (x - r)`, all of them at once."""
    products = np.convolve(g[1:], out[:-1][::-1])
    return -np.polyval(products[out.shape[0] - 2:][::-1], roots)


def poly_tangent(d: Any, roots: Any, out: Any) -> Any:
    degree = out.shape[0] - 1
    powers = d @ vandermonde(roots, degree, True)
    return np.pad(-np.convolve(out[:-1], powers)[:degree], (1, 0))


def vander_slopes(x: Any, columns: Any, increasing: bool) -> Any:
    """Derivatives of the columns of `np.vander(x, columns)`."""
    lower = np.vander(x, columns, increasing)
    lower = lower[:, :-1] if increasing else lower[:, 1:]
    powers = np.cumsum(np.ones_like(lower, shape=lower.shape[1:]))
    lower = lower * (powers if increasing else powers[::-1])
    return np.pad(lower, ((0, 0), (1, 0) if increasing else (0, 1)))


class Fit:
    """What derivatives of `np.polyfit` share: the weighted system, its pseudoinverse, what does not fit."""

    def __init__(self, x: Any, y: Any, deg: Any, w: Any, p: Any, options: tuple[Any, Any]) -> None:
        if options != (False, False) or y.ndim != 1 or is_complex(x):
            raise NotImplementedError("np.polyfit has derivatives for a vector y, real x, no full=, cov=")
        self.x, self.p, self.weight = x, p, 1 if w is None else w
        self.system = vandermonde(x, deg + 1)
        self.inverse = np.linalg.pinv(self.system if w is None else column(w) * self.system)
        self.rest = y - self.system @ p
        self.weighted_rest = self.weight * self.rest

    def cotangents(self, g: Any) -> tuple[Any, Any, Any]:
        """Cotangents of `x`, `y` and `w`."""
        pulled = g @ self.inverse
        other = self.inverse @ pulled
        x_bar = self.weight * (self.weighted_rest * slope(other, self.x) - pulled * slope(self.p, self.x))
        return x_bar, self.weight * pulled, pulled * self.rest + self.weighted_rest * (self.system @ other)

    def along_x(self, d: Any) -> Any:
        slopes = vander_slopes(self.x, self.p.shape[0], False)
        moved = (d * self.weight * self.weighted_rest) @ slopes
        return self.inverse @ (moved @ self.inverse - self.weight * d * slope(self.p, self.x))

    def along_y(self, d: Any) -> Any:
        return self.inverse @ (self.weight * d)

    def along_w(self, d: Any) -> Any:
        return self.inverse @ (d * self.rest + ((d * self.weighted_rest) @ self.system) @ self.inverse)

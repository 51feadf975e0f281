"""Derivatives of the singular value and the QR decomposition, for tall, wide and square matrices alike.

Sizes are not known when a formula is read, so that nothing here asks which of the two is larger: slices that
may be empty take care of it.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import (
    adjoint,
    column,
    conj,
    diagonal_of,
    is_complex,
    reciprocal,
    row,
    symmetric,
    total,
    transpose,
)


def gaps(w: Any) -> Any:
    """`w[j] - w[i]` for all pairs."""
    return row(w) - column(w)


def singular_values_cotangent(g: Any, a: Any) -> Any:
    """Cotangent of a matrix from that of its singular values."""
    factors = np.linalg.svd(a, full_matrices=False)
    return (factors[0] * row(g)) @ factors[2]


def singular_values_tangent(d: Any, a: Any) -> Any:
    factors = np.linalg.svd(a, full_matrices=False)
    return np.real(np.sum(conj(factors[0]) * (d @ adjoint(factors[2])), axis=-2))


def _vectors_cotangent(g: Any, u: Any, s: Any, vh: Any, full: bool) -> Any:
    """What the left singular vectors `u` (all if `full`) add to the cotangent of `u @ diag(s) @ vh`."""
    size = s.shape[-1]
    own, main = (g[..., :size], u[..., :size]) if full else (g, u)
    turned = adjoint(main) @ own
    skew = turned * reciprocal(gaps(s * s))
    if full:
        extra = u[..., size:]
        rest = extra @ (adjoint(extra) @ own - adjoint(g[..., size:]) @ main)
    else:
        rest = own - main @ turned
    if is_complex(turned):  # a phase turns both sides; half of it is booked here
        rest = rest + main * row(0.5j * np.imag(diagonal_of(turned)))
    return (main @ ((skew + adjoint(skew)) * row(s)) + rest * row(reciprocal(s))) @ vh


def svd_cotangent(g: Any, a: Any, out: Any, full_matrices: bool, compute_uv: bool, hermitian: bool) -> Any:
    """Cotangent of the operand of `np.linalg.svd`; right vectors are left ones of the adjoint."""
    if not compute_uv:
        a_bar = singular_values_cotangent(g, a)
        return symmetric(a_bar) if hermitian else a_bar
    u, s, vh = out[0], out[1], out[2]
    size, terms = s.shape[-1], []
    main, main_h = (u[..., :size], vh[..., :size, :]) if full_matrices else (u, vh)
    if g[1] is not None:
        terms.append((main * row(g[1])) @ main_h)
    if g[0] is not None:
        terms.append(_vectors_cotangent(g[0], u, s, main_h, full_matrices))
    if g[2] is not None:
        terms.append(adjoint(_vectors_cotangent(adjoint(g[2]), adjoint(vh), s, adjoint(main), full_matrices)))
    return symmetric(total(terms)) if hermitian else total(terms)


def _vectors_tangent(d: Any, u: Any, s: Any, v: Any, full: bool) -> Any:
    """Tangent of the left singular vectors `u` (all of them if `full`)."""
    size = s.shape[-1]
    main = u[..., :size] if full else u
    moved = d @ v
    turned = adjoint(main) @ moved
    scaled = turned * row(s)
    inner = (scaled + adjoint(scaled)) * reciprocal(gaps(s * s))
    extra = u[..., size:] if full else None
    rest = moved - main @ turned if extra is None else extra @ (adjoint(extra) @ moved)
    phase = main * row(0.5j * np.imag(diagonal_of(turned))) if is_complex(turned) else 0
    rest = rest * row(reciprocal(s))
    main_dot = main @ inner + rest + phase * row(reciprocal(s))
    if extra is None:
        return main_dot
    return np.concatenate([main_dot, -(main @ (adjoint(rest) @ extra))], axis=-1)


def svd_tangent(d: Any, a: Any, out: Any, full_matrices: bool, compute_uv: bool, hermitian: bool) -> Any:
    """Tangents of the results of `np.linalg.svd`."""
    d = symmetric(d) if hermitian else d
    if not compute_uv:
        return singular_values_tangent(d, a)
    u, s, vh = out[0], out[1], out[2]
    size = s.shape[-1]
    main, main_v = (u[..., :size], adjoint(vh[..., :size, :])) if full_matrices else (u, adjoint(vh))
    s_dot = np.real(np.sum(conj(main) * (d @ main_v), axis=-2))
    v_dot = _vectors_tangent(adjoint(d), adjoint(vh), s, main, full_matrices)
    return _vectors_tangent(d, u, s, main_v, full_matrices), s_dot, adjoint(v_dot)


def qr_factors(a: Any, out: Any, mode: str) -> tuple[Any, Any]:
    """`q` and `r` in the requested mode; of mode "r", which keeps no `q`, in the reduced one."""
    if mode == "raw":
        raise NotImplementedError("np.linalg.qr(mode='raw') has no derivative: use mode='reduced'")
    factors = np.linalg.qr(a) if mode == "r" else out
    return factors[0], factors[1]


def _times_inverse(x: Any, r: Any) -> Any:
    """`x @ inv(r)`."""
    return transpose(np.linalg.solve(transpose(r), transpose(x)))


def qr_cotangent(g: Any, a: Any, out: Any, mode: str) -> Any:
    """Cotangent of the operand of `np.linalg.qr`: `a = [a1, a2] = q @ [r1, r2]` with a square `r1`."""
    q, r = qr_factors(a, out, mode)
    gq, gr = (None, g) if mode == "r" else (g[0], g[1])
    rows, columns = a.shape[-2], a.shape[-1]
    main = q[..., :columns]
    r1, r2 = r[..., :columns, :rows], r[..., :columns, rows:]
    mh, rh = adjoint(main), adjoint(r1)
    pulls, inner, right = [], [], None
    if gq is not None:
        pulls.append(gq[..., :columns])
    if gr is not None:
        g1, right = gr[..., :columns, :rows], gr[..., :columns, rows:]
        pulls.append(main @ (r2 @ adjoint(right)))  # r2 = q^H @ a2 moves with q
        inner.append(g1 @ rh)
    pull = total(pulls)
    turned = mh @ pull
    skew = total([turned, *(-term for term in inner)])
    rest = pull - main @ turned
    if mode == "complete":
        extra = q[..., columns:]
        rest = extra @ (adjoint(extra) @ pull)
        if gq is not None:
            rest = rest - extra @ (adjoint(gq[..., columns:]) @ main)
    if is_complex(skew):  # the diagonal of r stays real
        rest = rest + main * row(1j * np.imag(diagonal_of(skew)))
    core = main @ total([np.tril(skew - adjoint(skew), -1), *inner]) + rest
    left = adjoint(np.linalg.solve(r1, adjoint(core)))
    return np.concatenate([left, main @ right if right is not None else np.zeros_like(a[..., rows:])],
                          axis=-1)


def qr_tangent(d: Any, a: Any, out: Any, mode: str) -> Any:
    """Tangents of the results of `np.linalg.qr`."""
    q, r = qr_factors(a, out, mode)
    rows, columns = a.shape[-2], a.shape[-1]
    main = q[..., :columns]
    top = r[..., :columns, :]
    moved = _times_inverse(d[..., :rows], top[..., :rows])
    turned = adjoint(main) @ moved
    lower = np.tril(turned, -1)
    spin = lower - adjoint(lower)
    q_dot = main @ spin
    top_dot = adjoint(main) @ d - spin @ top
    if is_complex(turned):
        phase = 1j * np.imag(diagonal_of(turned))
        q_dot, top_dot = q_dot + main * row(phase), top_dot - column(phase) * top
    if mode == "r":
        return np.triu(top_dot)
    if mode != "complete":
        return q_dot + moved - main @ turned, np.triu(top_dot)
    extra = q[..., columns:]
    rest = adjoint(extra) @ moved
    q_dot = np.concatenate([q_dot + extra @ rest, -(main @ adjoint(rest))], axis=-1)
    return q_dot, np.concatenate([np.triu(top_dot), np.zeros_like(r[..., columns:, :])], axis=-2)

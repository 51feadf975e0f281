"""The derivative of a pseudoinverse that leaves small singular values out (`rcond=`, `rtol=`, `atol=`).

    a = u diag(s) v^H,   P^H = u diag(phi) v^H,   phi = 1/s where s is kept, 0 elsewhere

`P^H` is a spectral function of `a` whose `phi` jumps between the singular values that are kept and the others. Its
derivative along `d` is, with `m = u^H d v`, its Hermitian part `S` and the rest `K`,

    u (low * S + high * K) v^H + (1 - u u^H) d v phi^2 v^H + u phi^2 u^H d (1 - v v^H)
    low  = (phi_i - phi_j) / (s_i - s_j),   high = (phi_i + phi_j) / (s_i + s_j)

(Daleckii and Krein's theorem for the Hermitian matrix [[0, a], [a^H, 0]]). Between two that are kept these quotients
are -1/(s_i s_j) and 1/(s_i s_j), so equal singular values do no harm. The map is its own adjoint. Where nothing that is
left out differs from zero it is Golub and Pereyra's formula, which needs no singular values (`linalg_solve`).
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import adjoint, column, row


def spectral_rate(d: Any, a: Any, relative: Any, absolute: Any = 0.0) -> Any:
    """The derivative of `pinv(a)^H` along `d`; kept is what exceeds `relative * largest + absolute`."""
    factors = np.linalg.svd(a, full_matrices=False)
    u, s, vh = factors[0], factors[1], factors[2]
    kept = s > relative * np.max(s, axis=-1, keepdims=True, initial=0) + absolute
    phi = kept / np.where(kept, s, 1)
    low, high = quotients(s, phi, kept)
    m = adjoint(u) @ d @ adjoint(vh)
    turned = low * 0.5 * (m + adjoint(m)) + high * 0.5 * (m - adjoint(m))
    right, left = d @ adjoint(vh), adjoint(u) @ d
    beside = (right - u @ m) * row(phi * phi) @ vh
    below = u @ (column(phi * phi) * (left - m @ vh))
    return u @ turned @ vh + beside + below


def quotients(s: Any, phi: Any, kept: Any) -> tuple[Any, Any]:
    """`low` and `high` of every pair."""
    both = column(kept) & row(kept)
    one = column(phi) * row(phi)
    apart = np.where(both | ~(column(kept) | row(kept)), 1, column(s) - row(s))
    total = np.where(both, 1, column(s) + row(s))
    total = np.where(total == 0, 1, total)
    low = np.where(both, -one, (column(phi) - row(phi)) / apart)
    high = np.where(both, one, (column(phi) + row(phi)) / total)
    return low, high


def truncated_cotangent(g: Any, a: Any, relative: Any, absolute: Any = 0.0) -> Any:
    return spectral_rate(adjoint(g), a, relative, absolute)


def truncated_tangent(d: Any, a: Any, relative: Any, absolute: Any = 0.0) -> Any:
    return adjoint(spectral_rate(d, a, relative, absolute))

"""Rows of inverses, linear systems, determinants and powers of matrices; matrices may come in stacks.

    a @ out = b     =>     a @ out_dot = b_dot - a_dot @ out

Singular matrices raise NumPy's LinAlgError, as the functions themselves do; `det` of a singular matrix has a
value, but its derivative here needs the inverse and raises too.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import (
    adjoint,
    as_matrix,
    column,
    conj,
    is_complex,
    total,
    trace_of,
    transpose,
)
from ad_compiler.rules.linalg_samples import FACTORS, invertible, rectangular, systems, truncated
from ad_compiler.rules.linalg_truncated import truncated_cotangent, truncated_tangent
from ad_compiler.rules.product_forms import matmul_left, matmul_right, outer_of
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import call, calls


def solve_right(g: Any, a: Any, b_ndim: int) -> Any:
    """Cotangent of `b` in `np.linalg.solve(a, b)`, up to broadcasting."""
    if b_ndim == 1 and a.ndim > 2:
        return np.linalg.solve(transpose(a), column(g))[..., 0]
    return np.linalg.solve(transpose(a), g)


def solve_left(g: Any, a: Any, b_ndim: int, out: Any) -> Any:
    """Cotangent of `a` in `np.linalg.solve(a, b)`, up to broadcasting."""
    b_bar = solve_right(g, a, b_ndim)
    return -outer_of(b_bar, out) if b_ndim == 1 else -(b_bar @ transpose(out))


def solve_tangent(d: Any, a: Any, b_ndim: int, out: Any) -> Any:
    """Tangent of `np.linalg.solve(a, b)` along `d` in `a`."""
    if b_ndim == 1 and d.ndim > 2:
        return -np.linalg.solve(a, d @ column(out))[..., 0]
    return -np.linalg.solve(a, d @ out)


def det_cotangent(g: Any, a: Any, out: Any) -> Any:
    return as_matrix(g * out) * transpose(np.linalg.inv(a))


def slogdet_cotangent(g: Any, a: Any, out: Any) -> Any:
    """Cotangent of `np.linalg.slogdet`: `logabsdet` always, the phase `sign` for complex matrices only."""
    weight = g[1]
    if is_complex(out[0]) and g[0] is not None:
        weight = total([weight, -1j * np.imag(conj(g[0]) * out[0])])
    return 0.0 if weight is None else as_matrix(weight) * adjoint(np.linalg.inv(a))


def slogdet_tangent(d: Any, a: Any, out: Any) -> Any:
    rate = trace_of(np.linalg.solve(a, d))
    if is_complex(out[0]):
        return 1j * np.imag(rate) * out[0], np.real(rate)
    return np.zeros_like(rate), rate


def pinv_cotangent(g: Any, a: Any, out: Any, relative: Any = None, absolute: Any = None) -> Any:
    """Golub and Pereyra's derivative of the pseudoinverse `P`, transposed, where no tolerance is given."""
    if relative is not None or absolute is not None:
        return truncated_cotangent(g, a, *tolerances(relative, absolute))
    ph, gh = adjoint(out), adjoint(g)
    left, right = gh @ out @ ph, ph @ out @ gh
    return -(ph @ g @ ph) + (left - a @ (out @ left)) + (right - (right @ out) @ a)


def pinv_tangent(d: Any, a: Any, out: Any, relative: Any = None, absolute: Any = None) -> Any:
    if relative is not None or absolute is not None:
        return truncated_tangent(d, a, *tolerances(relative, absolute))
    ph, dh = adjoint(out), adjoint(d)
    left, right = out @ ph @ dh, dh @ ph @ out
    return -(out @ d @ out) + (left - (left @ a) @ out) + (right - out @ (a @ right))


def tolerances(relative: Any, absolute: Any) -> tuple[Any, Any]:
    """Both tolerances as numbers that broadcast against rows of singular values."""
    relative, absolute = (0.0 if one is None else one for one in (relative, absolute))
    return (relative if np.ndim(relative) == 0 else column(relative)), absolute


def tensorsolve_order(axes: Any, a_ndim: int) -> list[int]:
    """The order in which `np.linalg.tensorsolve` reads the axes of `a`."""
    order = list(range(a_ndim))
    for axis in axes or ():
        order.remove(axis % a_ndim)
        order.append(axis % a_ndim)
    return order


def tensorsolve_right(g: Any, a: Any, b_ndim: int, axes: Any) -> Any:
    order = tensorsolve_order(axes, a.ndim)
    return np.linalg.tensorsolve(np.transpose(a, order[b_ndim:] + order[:b_ndim]), g)


def tensorsolve_left(g: Any, a: Any, b_ndim: int, axes: Any, out: Any) -> Any:
    product = -np.tensordot(tensorsolve_right(g, a, b_ndim, axes), out, axes=0)
    order = tensorsolve_order(axes, a.ndim)
    return product if axes is None else np.transpose(product, [order.index(axis) for axis in range(a.ndim)])


def tensorsolve_tangent(d: Any, a: Any, b_ndim: int, axes: Any, out: Any) -> Any:
    moved = d if axes is None else np.transpose(d, tensorsolve_order(axes, a.ndim))
    return -np.linalg.tensorsolve(a, np.tensordot(moved, out, axes=out.ndim), axes=axes)


def tensorinv_cotangent(g: Any, out: Any, ind: int) -> Any:
    """`-(out.T @ g @ out.T)` with groups of axes: `ind` of the operand come first."""
    rest = list(range(out.ndim - ind))
    left = np.tensordot(out, g, axes=(rest, rest))
    last = list(range(out.ndim - ind, out.ndim))
    return -np.tensordot(left, out, axes=(list(range(ind, 2 * ind)), last))


def tensorinv_tangent(d: Any, out: Any, ind: int) -> Any:
    """`-(out @ d @ out)` with groups of axes."""
    first = list(range(ind))
    right = np.tensordot(d, out, axes=out.ndim - ind)
    last = list(range(out.ndim - ind, out.ndim))
    return -np.tensordot(out, right, axes=(last, first))


def block_power(a: Any, d: Any, n: int) -> Any:
    """Derivative of `np.linalg.matrix_power(a, n)` along `d`: a corner of the power of a block matrix.

    It is its own transpose: with `a.T` and the cotangent in place of `a` and `d` it is the vjp.
    """
    if n == 0:
        return 0 * d
    if n == 1:
        return d
    if n == 2:
        return a @ d + d @ a
    size = a.shape[-1]
    blocks = np.block([[a, d], [np.zeros_like(a), a]])
    return np.linalg.matrix_power(blocks, n)[..., :size, size:]


def chain(arrays: Sequence[Any]) -> Any:
    """Product of all the arrays; None without any."""
    if not arrays:
        return None
    return arrays[0] if len(arrays) == 1 else np.linalg.multi_dot(arrays)


def multi_dot_cotangents(g: Any, arrays: Sequence[Any]) -> list[Any]:
    """Cotangents of all factors; the first and the last may be vectors."""
    cotangents = []
    for index, own in enumerate(arrays):
        left, right = chain(arrays[:index]), chain(arrays[index + 1:])
        own_bar = g
        if left is not None:
            own_bar = matmul_right(own_bar, left,
                                   1 if own.ndim == 1 or (right is not None and right.ndim == 1) else 2)
        cotangents.append(own_bar if right is None else matmul_left(own_bar, own.ndim, right))
    return cotangents


def multi_dot_tangent(d: Sequence[Any], arrays: Sequence[Any]) -> Any:
    parts = [np.linalg.multi_dot([*arrays[:i], own, *arrays[i + 1:]]) for i, own in enumerate(d)]
    return total(parts)


def times_adjoint(x: Any, y: Any) -> Any:
    """`x @ y^H` of matrices, `outer(x, conj(y))` of vectors."""
    return np.outer(x, conj(y)) if x.ndim == 1 else x @ adjoint(y)


def real_part(g: Any) -> Any:
    """The cotangent of sums of squares, which some versions of SciPy report as complex numbers."""
    return np.real(g) if is_complex(g) else g


def lstsq_right(g: Any, a: Any, b: Any, out: Any) -> Any:
    """Cotangent of `b` in `np.linalg.lstsq(a, b)`."""
    terms = [None, None]
    if g[0] is not None:
        terms[0] = adjoint(np.linalg.pinv(a)) @ g[0]
    if g[1] is not None:  # no residuals are reported for systems that are not overdetermined
        terms[1] = 2 * (b - a @ out[0]) * np.resize(real_part(g[1]), b.shape[1:])
    return total(terms)


def lstsq_left(g: Any, a: Any, b: Any, out: Any) -> Any:
    """Cotangent of `a` in `np.linalg.lstsq(a, b)`: the pseudoinverse's derivative, applied to `b`."""
    x, terms = out[0], []
    rest = b - a @ x
    if g[0] is not None:
        pseudo = np.linalg.pinv(a)
        gb = adjoint(pseudo) @ g[0]
        terms += [-times_adjoint(gb, x), times_adjoint(rest, pseudo @ gb),
                  times_adjoint(adjoint(pseudo) @ x, g[0] - pseudo @ (a @ g[0]))]
    if g[1] is not None:
        terms.append(-2 * times_adjoint(rest * np.resize(real_part(g[1]), b.shape[1:]), x))
    if g[3] is not None:
        factors = np.linalg.svd(a, full_matrices=False)
        terms.append((factors[0] * g[3]) @ factors[2])
    return total(terms)


def lstsq_tangent_left(d: Any, a: Any, b: Any, out: Any) -> Any:
    x, rest, pseudo = out[0], b - a @ out[0], np.linalg.pinv(a)
    ph, dh = adjoint(pseudo), adjoint(d)
    right = dh @ (ph @ x)
    x_dot = -(pseudo @ (d @ x)) + pseudo @ (ph @ (dh @ rest)) + right - pseudo @ (a @ right)
    factors = np.linalg.svd(a, full_matrices=False)
    s_dot = np.real(np.sum(conj(factors[0]) * (d @ adjoint(factors[2])), axis=0))
    return x_dot, _residual_rate(rest, -(d @ x), out), 0, s_dot


def lstsq_tangent_right(d: Any, a: Any, b: Any, out: Any) -> Any:
    return np.linalg.pinv(a) @ d, _residual_rate(b - a @ out[0], d, out), 0, np.zeros_like(out[3])


def _residual_rate(rest: Any, change: Any, out: Any) -> Any:
    """Tangent of the sums of squared residuals, where they are reported."""
    rate = 2 * np.real(np.sum(conj(rest) * change, axis=0))
    return np.resize(rate, out[1].shape)


ROWS: tuple[Row, ...] = (
    rule(np.linalg.inv, "a", samples=invertible(),
         a=Partial(vjp=lambda g, out: -(transpose(out) @ g @ transpose(out)),
                   jvp=lambda d, out: -(out @ d @ out))),
    rule(np.linalg.pinv, "a, rcond=None, hermitian=False, *, rtol=None", holomorphic=False,
         samples=rectangular() + truncated("rcond") + truncated("rtol"),
         note="the rank is taken to be constant around the operand",
         a=Partial(vjp=lambda g, a, out, rcond, rtol: pinv_cotangent(g, a, out, rcond if rtol is None else rtol),
                   jvp=lambda d, a, out, rcond, rtol: pinv_tangent(d, a, out, rcond if rtol is None else rtol))),
    rule(np.linalg.solve, "a, b", samples=systems(),
         a=Partial(vjp=lambda g, a, b_ndim, out: solve_left(g, a, b_ndim, out),
                   jvp=lambda d, a, b_ndim, out: solve_tangent(d, a, b_ndim, out)),
         b=Partial(vjp=lambda g, a, b_ndim: solve_right(g, a, b_ndim),
                   jvp=lambda d, a: np.linalg.solve(a, d))),
    rule(np.linalg.tensorsolve, "a, b, axes=None",
         samples=calls(lambda s: call(s.real(2, 3, 6), s.real(2, 3)),
                       lambda s: call(s.real(2, 3, 3, 2), s.real(2, 3)),
                       lambda s: call(s.real(6, 2, 3), s.real(2, 3), axes=(0,)),
                       lambda s: call(s.complex(2, 6, 3), s.real(2, 3), axes=(1,))),
         a=Partial(vjp=lambda g, a, b_ndim, axes, out: tensorsolve_left(g, a, b_ndim, axes, out),
                   jvp=lambda d, a, b_ndim, axes, out: tensorsolve_tangent(d, a, b_ndim, axes, out)),
         b=Partial(vjp=lambda g, a, b_ndim, axes: tensorsolve_right(g, a, b_ndim, axes),
                   jvp=lambda d, a, axes: np.linalg.tensorsolve(a, d, axes=axes))),
    rule(np.linalg.tensorinv, "a, ind=2",
         samples=calls(lambda s: call(s.real(2, 3, 3, 2)), lambda s: call(s.real(6, 2, 3), ind=1),
                       lambda s: call(s.complex(2, 3, 6))),
         a=Partial(vjp=lambda g, out, ind: tensorinv_cotangent(g, out, ind),
                   jvp=lambda d, out, ind: tensorinv_tangent(d, out, ind))),
    rule(np.linalg.lstsq, "a, b, rcond=None", holomorphic=False, results=4,
         note="the rank is taken to be constant around the operands; the rank itself has derivative zero",
         samples=calls(lambda s: call(s.real(5, 3), s.real(5)), lambda s: call(s.real(5, 3), s.real(5, 2)),
                       lambda s: call(s.real(3, 5), s.real(3, 2)), lambda s: call(s.real(3, 3), s.real(3)),
                       lambda s: call(s.complex(5, 3), s.complex(5, 2))),
         a=Partial(vjp=lambda g, a, b, out: lstsq_left(g, a, b, out),
                   jvp=lambda d, a, b, out: lstsq_tangent_left(d, a, b, out)),
         b=Partial(vjp=lambda g, a, b, out: lstsq_right(g, a, b, out),
                   jvp=lambda d, a, b, out: lstsq_tangent_right(d, a, b, out))),
    rule(np.linalg.det, "a", samples=invertible(),
         note="a singular matrix raises LinAlgError: the inverse is needed",
         a=Partial(vjp=lambda g, a, out: det_cotangent(g, a, out),
                   jvp=lambda d, a, out: out * trace_of(np.linalg.solve(a, d)))),
    rule(np.linalg.slogdet, "a", samples=invertible(), holomorphic=False, results=2,
         note="the sign of a real determinant has derivative zero; that of a complex one is its phase",
         a=Partial(vjp=lambda g, a, out: slogdet_cotangent(g, a, out),
                   jvp=lambda d, a, out: slogdet_tangent(d, a, out))),
    rule(np.linalg.matrix_power, "a, n", view="maybe",
         samples=calls(*(lambda s, n=n: call(s.real(3, 3), n) for n in (0, 1, 2, 3, 7, -1, -2)),
                       lambda s: call(s.complex(2, 2, 2), 3), lambda s: call(s.real(2, 3, 3), 5)),
         a=Partial(vjp=lambda g, a, n: block_power(transpose(a), g, n),
                   jvp=lambda d, a, n: block_power(a, d, n))),
    rule(np.linalg.multi_dot, "arrays", sequences=("arrays",), samples=FACTORS,
         arrays=Partial(vjp=lambda g, arrays: multi_dot_cotangents(g, arrays),
                        jvp=lambda d, arrays: multi_dot_tangent(d, arrays))),
)

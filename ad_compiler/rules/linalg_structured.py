"""Derivatives of SciPy's linear algebra: structured systems, factorizations, matrix functions and equations.

A structured solver reads a part of its matrix only (a triangle, a band). Derivatives count that part; of
matrices declared symmetric or Hermitian they count the symmetric part, as for `np.linalg.cholesky`.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.linalg as sl

from ad_compiler.rules.linalg_decompose import cholesky_cotangent, cholesky_tangent
from ad_compiler.rules.linalg_parts import adjoint, conj, given, is_complex, symmetric, transpose
from ad_compiler.rules.linalg_solve import times_adjoint
from ad_compiler.rules.product_forms import outer_of
from ad_compiler.rules.scipy_calls import through

solve = through(sl.solve)
solve_triangular = through(sl.solve_triangular)
cho_solve = through(sl.cho_solve)
lu_solve = through(sl.lu_solve)
_sylvester = through(sl.solve_sylvester)
solve_continuous_lyapunov = through(sl.solve_continuous_lyapunov)
solve_discrete_lyapunov = through(sl.solve_discrete_lyapunov)
toeplitz = through(sl.toeplitz)
hankel = through(sl.hankel)

_LONG = {"symmetric": "sym", "hermitian": "her", "positive definite": "pos"}
_FLIPPED = {"lower triangular": "upper triangular", "upper triangular": "lower triangular"}


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """`scipy.linalg.solve_sylvester`, also for real matrices and a complex right side, of which SciPy drops a part."""
    if is_complex(q) and not is_complex(a) and not is_complex(b):
        a, b = a + 0j, b + 0j
    return _sylvester(a, b, q)


def part_read(x: Any, assume_a: str | None) -> Any:
    """The part of a matrix that `scipy.linalg.solve(assume_a=...)` depends on."""
    kind = _LONG.get(assume_a or "", assume_a)
    if kind == "sym":
        return 0.5 * (x + transpose(x))
    if kind in ("her", "pos"):
        return symmetric(x)
    if kind == "lower triangular":
        return np.tril(x)
    if kind == "upper triangular":
        return np.triu(x)
    width = {"diagonal": 0, "tridiagonal": 1}.get(kind or "")
    return x if width is None else np.triu(np.tril(x, width), -width)


def solve_right(g: Any, a: Any, lower: bool, assume_a: str | None, transposed: bool) -> Any:
    """Cotangent of `b` in `scipy.linalg.solve(a, b)`: a system with the transposed matrix."""
    kind = _LONG.get(assume_a or "", assume_a)
    options = given(assume_a=(assume_a, None), lower=(lower, False))
    if transposed:
        return solve(a, g, **options)
    if kind == "sym":
        return solve(a, g, **options)
    if kind in ("her", "pos"):
        return solve(conj(a), g, **options)
    return solve(transpose(a), g, **given(assume_a=(_FLIPPED.get(assume_a or "", assume_a), None)))


def solve_left(g: Any, a: Any, out: Any, b_ndim: int, lower: bool, assume_a: str | None,
               transposed: bool) -> Any:
    """Cotangent of `a` in `scipy.linalg.solve(a, b)`."""
    b_bar = solve_right(g, a, lower, assume_a, transposed)
    left, right = (out, b_bar) if transposed else (b_bar, out)
    return part_read(-_product(left, right, b_ndim), assume_a)


def _product(left: Any, right: Any, b_ndim: int) -> Any:
    """`left @ right^T`, of right-hand sides that are vectors their outer product."""
    return outer_of(left, right) if b_ndim == 1 else left @ transpose(right)


def solve_tangent(d: Any, a: Any, out: Any, lower: bool, assume_a: str | None, transposed: bool) -> Any:
    d = part_read(d, assume_a)
    moved = (transpose(d) if transposed else d) @ out
    return -solve(a, moved,
                  **given(lower=(lower, False), assume_a=(assume_a, None), transposed=(transposed, False)))


def _is_transposed(trans: Any, a: Any) -> bool:
    if trans in (2, "C") and is_complex(a):
        raise NotImplementedError("trans=2 with a complex matrix has no derivative: apply np.conj")
    return trans in (1, 2, "T", "C")


def either(lower: Any, if_lower: Any, if_upper: Any) -> Any:
    """One of two matrices, by a flag that is only known at run time where it comes out of `cho_factor`."""
    if isinstance(lower, bool | int | np.bool_):
        return if_lower if lower else if_upper
    return np.where(lower, if_lower, if_upper)


def _triangle(x: Any, lower: bool, unit_diagonal: bool) -> Any:
    if lower:
        return np.tril(x, -1) if unit_diagonal else np.tril(x)
    return np.triu(x, 1) if unit_diagonal else np.triu(x)


def triangular_options(trans: Any, lower: bool, unit_diagonal: bool) -> dict[str, Any]:
    """The options of `solve_triangular` that are not its defaults."""
    return given(trans=(trans, 0), lower=(lower, False), unit_diagonal=(unit_diagonal, False))


def triangular_right(g: Any, a: Any, trans: Any, lower: bool, unit_diagonal: bool) -> Any:
    """Cotangent of `b` in `scipy.linalg.solve_triangular`."""
    other = 0 if _is_transposed(trans, a) else 1
    return solve_triangular(a, g, **triangular_options(other, lower, unit_diagonal))


def triangular_left(g: Any, a: Any, out: Any, b_ndim: int, trans: Any, lower: bool,
                    unit_diagonal: bool) -> Any:
    """Cotangent of `a` in `scipy.linalg.solve_triangular`: in the triangle that is read."""
    b_bar = triangular_right(g, a, trans, lower, unit_diagonal)
    left, right = (out, b_bar) if _is_transposed(trans, a) else (b_bar, out)
    return -_triangle(_product(left, right, b_ndim), lower, unit_diagonal)


def triangular_tangent(d: Any, a: Any, out: Any, trans: Any, lower: bool, unit_diagonal: bool) -> Any:
    d = _triangle(d, lower, unit_diagonal)
    moved = (transpose(d) if _is_transposed(trans, a) else d) @ out
    return -solve_triangular(a, moved, **triangular_options(trans, lower, unit_diagonal))


def cho_factor_cotangent(g: Any, out: Any, lower: bool, kept: bool) -> Any:
    """Cotangent of `scipy.linalg.cho_factor`; `kept`: it leaves the other triangle of the operand as it was."""
    factor = _triangle(out[0], lower, False)
    a_bar = cholesky_cotangent(_triangle(g[0], lower, False), factor, not lower)
    return a_bar + _triangle(g[0], not lower, True) if kept else a_bar


def cho_factor_tangent(d: Any, out: Any, lower: bool, kept: bool) -> Any:
    factor = _triangle(out[0], lower, False)
    change = cholesky_tangent(d, factor, not lower)
    return change + _triangle(d, not lower, True) if kept else change, 0


def cho_solve_left(g: Any, c_and_lower: Any, out: Any) -> list[Any]:
    """Cotangents of the factor and (zero) the flag in `scipy.linalg.cho_solve`."""
    factor, lower = c_and_lower
    a_bar = times_adjoint(cho_solve(c_and_lower, g), out)
    a_bar = a_bar + adjoint(a_bar)
    triangle = either(lower, np.tril(factor), np.triu(factor))
    return [-either(lower, np.tril(a_bar @ triangle), np.triu(triangle @ a_bar)), 0.0]


def cho_solve_tangent(d: Any, c_and_lower: Any, out: Any) -> Any:
    factor, lower = c_and_lower
    triangle = either(lower, np.tril(factor), np.triu(factor))
    change = either(lower, np.tril(d[0]), np.triu(d[0]))
    product = either(lower, change @ adjoint(triangle), adjoint(triangle) @ change)
    return -cho_solve(c_and_lower, (product + adjoint(product)) @ out)


def _unit_lower(lu: Any) -> Any:
    """The left factor of a packed LU factorization, packed with a right factor of one."""
    return np.tril(lu, -1) + np.diag(np.ones_like(lu[0]))


def lu_factor_cotangent(g: Any, out: Any) -> Any:
    """Cotangent of a square operand of `scipy.linalg.lu_factor`."""
    lu, pivots = out[0], out[1]
    left = _unit_lower(lu)
    inner = np.tril(transpose(left) @ np.tril(g[0], -1), -1) + np.triu(np.triu(g[0]) @ transpose(np.triu(lu)))
    rows = lu_solve((left, pivots), inner, trans=1)
    return transpose(solve_triangular(lu, transpose(rows)))


def lu_factor_tangent(d: Any, out: Any) -> Any:
    lu, pivots = out[0], out[1]
    left = _unit_lower(lu)
    rows = lu_solve((left, pivots), d)
    inner = transpose(solve_triangular(lu, transpose(rows), trans=1))
    return left @ np.tril(inner, -1) + np.triu(inner) @ np.triu(lu), 0


def lu_solve_right(g: Any, lu_and_piv: Any, trans: Any) -> Any:
    """Cotangent of `b` in `scipy.linalg.lu_solve`."""
    return lu_solve(lu_and_piv, g, trans=0 if _is_transposed(trans, lu_and_piv[0]) else 1)


def lu_solve_left(g: Any, lu_and_piv: Any, out: Any, trans: Any) -> list[Any]:
    """Cotangents of the packed factors and (zero) the pivots in `scipy.linalg.lu_solve`.

    With `P^T a = l u` a change of the matrix is `dl u + l du`, its rows in the order of the pivots.
    """
    lu, pivots = lu_and_piv
    b_bar = lu_solve_right(g, lu_and_piv, trans)
    left, right = (out, b_bar) if _is_transposed(trans, lu) else (b_bar, out)
    sorted_left = lu_solve((np.diag(np.ones_like(lu[0])), pivots), left)
    a_bar = -_product(sorted_left, right, left.ndim)
    unit = _unit_lower(lu)
    return [np.tril(a_bar @ transpose(np.triu(lu)), -1) + np.triu(transpose(unit) @ a_bar), 0.0]


def lu_solve_tangent(d: Any, lu_and_piv: Any, out: Any, trans: Any) -> Any:
    lu, pivots = lu_and_piv
    change = np.tril(d[0], -1) @ np.triu(lu) + _unit_lower(lu) @ np.triu(d[0])
    eye = np.diag(np.ones_like(lu[0]))
    if _is_transposed(trans, lu):
        return -lu_solve(lu_and_piv, transpose(change) @ lu_solve((eye, pivots), out), trans=trans)
    return -lu_solve(lu_and_piv, lu_solve((eye, pivots), change @ out, trans=1), trans=trans)


def corner(function: Callable[..., Any], a: Any, d: Any, *more: Any) -> Any:
    """Derivative of a matrix function along `d`: the corner of its value at `[[a, d], [0, a]]`.

    It is its own transpose: with `a.T` and the cotangent it is the vjp.
    """
    size = a.shape[-1]
    blocks = np.block([[a, d], [np.zeros_like(a), a]])
    return function(blocks, *more)[..., :size, size:]


def diagonal_sums(g: Any, rows: Any, columns: Any) -> Any:
    """Sums of a matrix along its diagonals `i - j`, from the upper right corner to the lower left one.

    Rows sheared by one place each: padding lengthens them by what the reshape then takes off again.
    """
    sheared = np.ravel(np.pad(g[:, ::-1], ((0, 0), (0, rows))))
    length = rows + columns - 1
    return np.sum(np.reshape(sheared[: rows * length], (rows, length)), axis=0)


def block_diag_cotangents(g: Any, shapes: Sequence[Any], ndims: Sequence[int]) -> list[Any]:
    """Cotangents of all blocks of `scipy.linalg.block_diag`; a vector is a row, a number a block of one."""
    cotangents = []
    row: Any = 0
    column: Any = 0
    for shape, ndim in zip(shapes, ndims, strict=True):
        height, width = (1, *shape) if ndim == 1 else shape or (1, 1)
        block = g[row: row + height, column: column + width]
        cotangents.append(block if ndim == 2 else np.reshape(block, shape))
        row, column = row + height, column + width
    return cotangents

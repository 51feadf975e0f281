"""Functions of `scipy.linalg` without a row: structured systems and matrices, and factors made from others."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as sl

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.linalg import solution
from ad_compiler.rules.written.options import unsupported


def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    """`scipy.linalg.solve_toeplitz`, by the full matrix."""
    if isinstance(c_or_cr, tuple):
        return np.linalg.solve(sl.toeplitz(c_or_cr[0], c_or_cr[1]), b)
    return np.linalg.solve(sl.toeplitz(c_or_cr), b)


def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: bool = False, workers: Any = None) -> Any:
    """`scipy.linalg.matmul_toeplitz`, by the full matrix."""
    if isinstance(c_or_cr, tuple):
        return sl.toeplitz(c_or_cr[0], c_or_cr[1]) @ x
    return sl.toeplitz(c_or_cr) @ x


def solve_circulant(c: Any, b: Any, singular: str = "raise", tol: Any = None, caxis: int = -1, baxis: int = 0,
                    outaxis: int = 0) -> Any:
    """`scipy.linalg.solve_circulant` of one vector c, by the full matrix."""
    return np.linalg.solve(sl.circulant(c), b)


def banded(l_and_u: Any, ab: Any, n: Any) -> Any:
    """The full matrix of one given by its diagonals, the highest one first."""
    lower, upper = l_and_u
    full = np.zeros_like(ab, shape=(n, n))
    for row in tuple(range(lower + upper + 1)):
        offset = upper - row
        if offset >= 0:
            full = full + np.diag(ab[row, offset:], offset)
        else:
            full = full + np.diag(ab[row, :offset], offset)
    return full


def solve_banded(l_and_u: Any, ab: Any, b: Any, overwrite_ab: bool = False, overwrite_b: bool = False,
                 check_finite: bool = True) -> Any:
    """`scipy.linalg.solve_banded`, by the full matrix."""
    return np.linalg.solve(banded(l_and_u, ab, np.shape(ab)[1]), b)


def hermitian_banded(ab: Any, lower: bool) -> Any:
    """The full matrix of a symmetric one given by the diagonals of one triangle."""
    rows = np.shape(ab)[0]
    n = np.shape(ab)[1]
    full = np.zeros_like(ab, shape=(n, n))
    for row in tuple(range(rows)):
        offset = row if lower else rows - 1 - row
        if offset == 0:
            full = full + np.diag(ab[row])
        else:
            line = ab[row, :-offset] if lower else ab[row, offset:]
            full = full + np.diag(line, offset) + np.diag(np.conj(line), -offset)
    return full


def solveh_banded(ab: Any, b: Any, overwrite_ab: bool = False, overwrite_b: bool = False, lower: bool = False,
                  check_finite: bool = True) -> Any:
    """`scipy.linalg.solveh_banded`, by the full matrix."""
    return np.linalg.solve(hermitian_banded(ab, lower), b)


def qr(a: Any, overwrite_a: bool = False, lwork: Any = None, mode: str = "full", pivoting: bool = False,
       check_finite: bool = True) -> Any:
    """`scipy.linalg.qr` with the triangle alone."""
    if mode != "r" or pivoting:
        unsupported("scipy.linalg.qr: derivatives for mode 'full', 'economic' and 'r' without pivoting")
    triangle: Any = sl.qr(a)
    return (triangle[1],)


def polar(a: Any, side: str = "right") -> Any:
    """`scipy.linalg.polar`: an isometry and a positive semidefinite matrix, from the singular values."""
    w, s, vh = np.linalg.svd(a, full_matrices=False)
    v = np.conj(vh.T)
    return w @ vh, (v * s) @ vh if side == "right" else (w * s) @ np.conj(w.T)


def expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: bool = True, check_finite: bool = True) -> Any:
    """`scipy.linalg.expm_frechet`, from the exponential of a block matrix (Mathias 1996)."""
    n = np.shape(A)[0]
    whole = sl.expm(np.block([[A, E], [np.zeros_like(A), A]]))
    return (whole[:n, :n], whole[:n, n:]) if compute_expm else whole[:n, n:]


def pinvh(a: Any, atol: Any = None, rtol: Any = None, lower: bool = True, return_rank: bool = False,
          check_finite: bool = True) -> Any:
    """`scipy.linalg.pinvh`."""
    if return_rank:
        unsupported("scipy.linalg.pinvh(return_rank=True) has no derivative here")
    return np.linalg.pinv(a, hermitian=True) if rtol is None else np.linalg.pinv(a, rtol, hermitian=True)


def companion(a: Any) -> Any:
    """`scipy.linalg.companion`."""
    n = np.shape(a)[0]
    return np.concatenate([np.reshape(-a[1:] / a[0], (1, -1)), np.eye(n - 2, n - 1)], axis=0)


def convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    """`scipy.linalg.convolution_matrix`: one shifted copy of `a` a column."""
    size = np.shape(a)[0]
    place = np.reshape(np.arange(size + n - 1), (-1, 1)) - np.arange(n)
    full = np.where((place >= 0) & (place < size), np.take(a, np.clip(place, 0, size - 1)), 0)
    if mode == "full":
        return full
    if mode == "same":
        start = (min(size, n) - 1) // 2
        return full[start:start + max(size, n)]
    return full[min(size, n) - 1:max(size, n)]


def leslie(f: Any, s: Any) -> Any:
    """`scipy.linalg.leslie`."""
    n = np.shape(f)[0]
    return np.concatenate([np.reshape(f, (1, -1)), np.diag(s, 0) @ np.eye(n - 1, n)], axis=0)


def eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False, overwrite_a: bool = False,
         overwrite_b: bool = False, type: int = 1, check_finite: bool = True, subset_by_index: Any = None,
         subset_by_value: Any = None, driver: Any = None) -> Any:
    """`scipy.linalg.eigh` of a generalised problem `a v = w b v`, brought to a plain one by `b = L L^H`."""
    if type != 1 or subset_by_index is not None or subset_by_value is not None:
        unsupported("scipy.linalg.eigh: derivatives for type 1 and all eigenvalues")
    factor = np.linalg.cholesky(b)
    half = np.linalg.solve(factor, a)
    plain = np.linalg.solve(factor, np.conj(half.T))
    if eigvals_only:
        return np.linalg.eigvalsh(plain)
    w, v = np.linalg.eigh(plain)
    return w, np.linalg.solve(np.conj(factor.T), v)


def lstsq(a: Any, b: Any, cond: Any = None, overwrite_a: bool = False, overwrite_b: bool = False,
          check_finite: bool = True, lapack_driver: Any = None) -> Any:
    """`scipy.linalg.lstsq` with `cond=`: the pseudoinverse with that tolerance, applied to `b`."""
    x, rest = solution(a, b, cond)
    s = np.linalg.svdvals(a)
    rank = np.sum(s > cond * np.max(s))
    full = bool(rank == np.shape(a)[1]) and np.shape(a)[0] > np.shape(a)[1]
    return x, rest if full else np.zeros_like(np.atleast_1d(rest))[:0], rank, s


def lu(a: Any, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True,
       p_indices: bool = False) -> Any:
    """`scipy.linalg.lu` of a square matrix: its order of rows is constant, the factors are those of `lu_factor`."""
    if np.ndim(a) != 2:
        unsupported("scipy.linalg.lu: derivatives for one matrix at a time")
    factors, pivots = sl.lu_factor(a)
    count = np.shape(a)[0]
    lower, upper = np.tril(factors, -1) + np.eye(count), np.triu(factors)
    rows = np.arange(count)
    for k in range(count):
        one, other = rows[k], rows[pivots[k]]
        rows[k], rows[pivots[k]] = other, one
    places = np.argsort(rows)
    if permute_l:
        return lower[places], upper
    if p_indices:
        return places, lower, upper
    return np.eye(count)[places], lower, upper


DEFINITIONS: dict[Any, Written] = {
    sl.lu: Written(lu),
    sl.lstsq: Written(lstsq, covered={"cond": (None,)}, harmless=("lapack_driver",)),
    sl.solve_toeplitz: Written(solve_toeplitz), sl.matmul_toeplitz: Written(matmul_toeplitz),
    sl.solve_circulant: Written(solve_circulant), sl.solve_banded: Written(solve_banded, preferred=True),
    sl.solveh_banded: Written(solveh_banded, preferred=True), sl.qr: Written(
        qr, covered={"mode": ("full", "economic")}), sl.polar: Written(polar),
    sl.expm_frechet: Written(expm_frechet, harmless=("method",)), sl.pinvh: Written(pinvh),
    sl.companion: Written(companion),
    sl.convolution_matrix: Written(convolution_matrix), sl.leslie: Written(leslie),
    sl.eigh: Written(eigh, covered={"b": (None,)}),
}

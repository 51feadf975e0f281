"""Systems of equations in the language of kernels: small matrices in flat memory, rows one after the other.

Elimination with partial pivoting and Cholesky's factorisation as in Golub and Van Loan, Matrix Computations, 3.4 and
4.2. They are for matrices of up to MOST rows, where a call of LAPACK costs more than the work; a kernel with larger
ones gives up, and NumPy does it. `m[at + i * n + j]` is row i, column j.
"""
from __future__ import annotations

from typing import Any

MOST = 64
"""Rows from which on LAPACK is faster."""


def eliminate(a: Any, at: int, b: Any, bt: int, n: int, m: int) -> int:
    """Solve `a x = b` for `m` right-hand sides, both overwritten: `b` by the solution. 1 if `a` is singular."""
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(a[at + i * n + k]) > abs(a[at + pivot * n + k]):
                pivot = i
        if a[at + pivot * n + k] == 0:
            return 1
        if pivot != k:
            for j in range(k, n):
                other = a[at + k * n + j]
                a[at + k * n + j] = a[at + pivot * n + j]
                a[at + pivot * n + j] = other
            for j in range(m):
                other = b[bt + k * m + j]
                b[bt + k * m + j] = b[bt + pivot * m + j]
                b[bt + pivot * m + j] = other
        for i in range(k + 1, n):
            factor = a[at + i * n + k] / a[at + k * n + k]
            for j in range(k + 1, n):
                a[at + i * n + j] = a[at + i * n + j] - factor * a[at + k * n + j]
            for j in range(m):
                b[bt + i * m + j] = b[bt + i * m + j] - factor * b[bt + k * m + j]
    for k in range(n - 1, -1, -1):
        for i in range(k + 1, n):
            factor = a[at + k * n + i]
            for j in range(m):
                b[bt + k * m + j] = b[bt + k * m + j] - factor * b[bt + i * m + j]
        for j in range(m):
            b[bt + k * m + j] = b[bt + k * m + j] / a[at + k * n + k]
    return 0


def triangular(a: Any, at: int, n: int) -> int:
    """Bring `a` into upper triangular form by partial pivoting; the sign of the row exchanges, 0 if `a` is singular."""
    sign = 1
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(a[at + i * n + k]) > abs(a[at + pivot * n + k]):
                pivot = i
        if a[at + pivot * n + k] == 0:
            return 0
        if pivot != k:
            sign = -sign
            for j in range(k, n):
                other = a[at + k * n + j]
                a[at + k * n + j] = a[at + pivot * n + j]
                a[at + pivot * n + j] = other
        for i in range(k + 1, n):
            factor = a[at + i * n + k] / a[at + k * n + k]
            for j in range(k + 1, n):
                a[at + i * n + j] = a[at + i * n + j] - factor * a[at + k * n + j]
    return sign


def factorise(a: Any, at: int, n: int) -> int:
    """Overwrite a real `a` by its lower Cholesky factor. 1 if it is not positive definite."""
    for j in range(n):
        for i in range(j, n):
            total = a[at + i * n + j]
            for k in range(j):
                total = total - a[at + i * n + k] * a[at + j * n + k]
            if i == j:
                if not total > 0:
                    return 1
                a[at + j * n + j] = total ** 0.5
            else:
                a[at + i * n + j] = total / a[at + j * n + j]
        for i in range(j):
            a[at + i * n + j] = 0.0
    return 0

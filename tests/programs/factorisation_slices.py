"""Factorisations, statistics and dynamic programs with slices and in-place updates."""

import numpy as np

from tests.programs.corpus import program


def spd(r, n):
    M = r.normal(size=(n, n))
    return M @ M.T + n * np.eye(n)


def cholesky(A):
    """Row by row: each new row by forward substitution with those above it."""
    for i in range(len(A)):
        row = A[i]
        for j in range(i):
            row[j] = (row[j] - row[:j] @ A[j, :j]) / A[j, j]
        row[i] = np.sqrt(row[i] - row[:i] @ row[:i])
        row[i + 1:] = 0.0
    return np.sum(A) + A[-1, 0] * A[1, 1]


program(cholesky, lambda r: (spd(r, 4),), analytic=True, mutates=(0,),
        tags="slices in-place triangular view-write constant-store empty-slice")


def cholesky_by_columns(A):
    L = np.zeros_like(A)
    for k in range(A.shape[0]):
        L[k:, k] = A[k:, k] - L[k:, :k] @ L[k, :k]
        L[k:, k] /= np.sqrt(L[k, k])
    return np.log(np.diag(L)).sum() + L[-1, 0] * L[-1, 1]


program(cholesky_by_columns, lambda r: (spd(r, 4),), analytic=True, tags="slices in-place triangular overlap")


def lu_outer(A):
    A = A.copy()
    n = A.shape[0]
    for k in range(n - 1):
        A[k + 1:, k] /= A[k, k]
        A[k + 1:, k + 1:] -= np.outer(A[k + 1:, k], A[k, k + 1:])
    return np.prod(np.diag(A)) / 100


program(lu_outer, lambda r: (spd(r, 4),), analytic=True, tags="slices in-place triangular")


def lu_solve(A, b):
    """Crout's way: a column of L, then a row of U; two substitutions overwrite b."""
    n = len(b)
    for k in range(n):
        A[k:, k] -= A[k:, :k] @ A[:k, k]
        A[k, k + 1:] = (A[k, k + 1:] - A[k, :k] @ A[:k, k + 1:]) / A[k, k]
    for k in range(n):
        b[k] = (b[k] - A[k, :k] @ b[:k]) / A[k, k]
    for k in reversed(range(n - 1)):
        b[k] -= A[k, k + 1:] @ b[k + 1:]
    return b.sum() * b[0]


program(lu_solve, lambda r: (spd(r, 4), 3 * r.normal(size=4)), argnums=(0, 1), analytic=True, mutates=(0, 1),
        tags="slices in-place triangular reversed recurrence")


def lu_pivoted(A, b):
    """Gaussian elimination with partial pivoting, rows swapped by fancy indexing."""
    A, b = A.copy(), b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            m = A[i, k] / A[k, k]
            A[i, k:] -= m * A[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - A[i, i + 1:] @ x[i + 1:]) / A[i, i]
    return np.sum(x ** 2)


program(lu_pivoted, lambda r: (r.normal(size=(4, 4)) + 3 * np.eye(4)[[2, 0, 3, 1]], r.normal(size=4)),
        argnums=(0, 1),
        tags="slices in-place fancy-store swap reversed argmax")


def durbin(r):
    """Levinson's recursion for the Yule-Walker equations."""
    solution = np.array([-r[0]])
    energy = 1.0 - r[0] ** 2
    for k in range(1, len(r)):
        reflection = -(r[k] + r[:k][::-1] @ solution) / energy
        solution = np.append(solution + reflection * solution[::-1], reflection)
        energy *= 1.0 - reflection ** 2
    return np.sum(solution ** 2) + energy


program(durbin, lambda r: (r.uniform(0.05, 0.3, size=6),), analytic=True,
        tags="slices reversed-slice append growing-array recurrence")


def gramschmidt(A):
    m, n = A.shape
    Q, R = np.zeros_like(A), np.zeros((n, n), A.dtype)
    for k in range(n):
        column = A[:, k]
        R[k, k] = np.sqrt(column @ column)
        Q[:, k] = column / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = Q[:, k] @ A[:, j]
            A[:, j] -= R[k, j] * Q[:, k]
    return np.sum(Q ** 3) + np.sum(R ** 2)


program(gramschmidt, lambda r: (r.normal(size=(5, 3)),), analytic=True, mutates=(0,),
        tags="slices in-place columns")


def trisolv(L, x, b):
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sin(x).sum()


program(trisolv, lambda r: (spd(r, 4), np.zeros(4), r.normal(size=4)), argnums=(0, 2), mutates=(1,),
        tags="slices out-argument recurrence")


def doitgen(A, C4):
    scratch = np.empty(A.shape[-1], A.dtype)
    for plane in A:
        for row in plane:
            np.matmul(row, C4, out=scratch)
            row[:] = scratch
    return np.sum(A ** 2)


program(doitgen, lambda r: (r.normal(size=(2, 3, 4)), r.normal(size=(4, 4))), argnums=(0, 1), analytic=True,
        mutates=(0,), tags="row-iteration view-write out-argument buffer-reuse matmul")


def covariance(data):
    n, m = data.shape
    data -= data.mean(axis=0)
    result = np.zeros((m, m), dtype=data.dtype)
    for i in range(m):
        result[i, i:] = result[i:, i] = data[:, i] @ data[:, i:] / (n - 1)
    return np.sum(result[0]) + np.sum(result ** 2)


program(covariance, lambda r: (r.normal(size=(6, 3)),), analytic=True, mutates=(0,),
        tags="slices in-place mean")


def correlation(data):
    n, m = data.shape
    spread = data.std(axis=0)
    spread[spread <= 0.1] = 1.0
    data -= data.mean(axis=0)
    data /= spread * np.sqrt(n)
    result = np.eye(m)
    for i in range(m - 1):
        row = data[:, i] @ data[:, i + 1:]
        result[i, i + 1:] = row
        result[i + 1:, i] = row
    return np.sum(result ** 3)


program(correlation, lambda r: (r.normal(size=(6, 3)),), mutates=(0,), tags="slices in-place std mask-store")


def floyd_warshall(path):
    for k in range(len(path)):
        np.minimum(path, path[:, [k]] + path[[k]], out=path)
    return np.sum(path ** 2)


program(floyd_warshall, lambda r: (r.uniform(0.5, 10, size=(5, 5)),), mutates=(0,),
        tags="out-argument minimum in-place fancy-indexing")


def soft_floyd_warshall(weights, temperature):
    D = weights.copy()
    for k in range(len(D)):
        via = D[:, k, None] + D[None, k]
        D = -temperature * np.log(np.exp(-D / temperature) + np.exp(-via / temperature))
    return D[0, -1] + D.mean()


program(soft_floyd_warshall, lambda r: (r.uniform(0.5, 3, size=(4, 4)), 0.7), argnums=(0, 1), analytic=True,
        tags="vector newaxis")


def nussinov(table, scores):
    """Best nested pairing of a sequence, with scores instead of counts."""
    n = table.shape[0]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            if j - 1 >= 0:
                table[i, j] = max(table[i, j], table[i, j - 1])
            if i + 1 < n:
                table[i, j] = max(table[i, j], table[i + 1, j])
            if j - 1 >= 0 and i + 1 < n:
                if i < j - 1:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1] + scores[i, j])
                else:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1])
            for k in range(i + 1, j):
                table[i, j] = max(table[i, j], table[i, k] + table[k + 1, j])
    return table[0, n - 1]


program(nussinov, lambda r: (np.zeros((6, 6)), r.uniform(0.2, 1.5, size=(6, 6))), argnums=1, mutates=(0,),
        tags="loops in-place max dynamic-programming nested-if")

"""Factorisations and statistics as explicit scalar loops, the way C and Fortran codes are carried over."""

from math import sqrt

import numpy as np

from tests.programs.corpus import program


def spd(r, n):
    M = r.normal(size=(n, n))
    return M @ M.T + n * np.eye(n)


def cholesky(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = sqrt(A[i, i])


def log_determinant_by_cholesky(M):
    A = M.copy()
    cholesky(A)
    s = 0.0
    for i in range(len(A)):
        s += np.log(A[i, i])
    return 2 * s + A[-1, 0]


program(log_determinant_by_cholesky, lambda r: (spd(r, 4),), tags="loops in-place triangular math call")


def lu(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    det = 1.0
    for i in range(n):
        det *= A[i, i]
    return det


program(lu, lambda r: (spd(r, 4) / 4,), analytic=True, mutates=(0,), tags="loops in-place triangular")


def ludcmp(A, b):
    n = A.shape[0]
    x = np.zeros(n)
    y = np.zeros(n)
    for i in range(n):
        for j in range(i):
            w = A[i, j]
            for k in range(j):
                w -= A[i, k] * A[k, j]
            A[i, j] = w / A[j, j]
        for j in range(i, n):
            w = A[i, j]
            for k in range(i):
                w -= A[i, k] * A[k, j]
            A[i, j] = w
    for i in range(n):
        w = b[i]
        for j in range(i):
            w -= A[i, j] * y[j]
        y[i] = w
    for i in range(n - 1, -1, -1):
        w = y[i]
        for j in range(i + 1, n):
            w -= A[i, j] * x[j]
        x[i] = w / A[i, i]
    return x @ x


program(ludcmp, lambda r: (spd(r, 4), 4 * r.normal(size=4)), argnums=(0, 1), mutates=(0,),
        tags="loops in-place triangular negative-step")


def trisolv(L, b):
    n = L.shape[0]
    x = np.zeros_like(b)
    for i in range(n):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] = x[i] / L[i, i]
    return np.sum(x ** 2)


program(trisolv, lambda r: (spd(r, 4), r.normal(size=4)), argnums=(0, 1), analytic=True,
        tags="loops recurrence triangular")


def durbin(r):
    n = r.shape[0]
    y = np.zeros(n)
    z = np.zeros(n)
    y[0] = -r[0]
    beta = 1.0
    alpha = -r[0]
    for k in range(1, n):
        beta = (1 - alpha * alpha) * beta
        s = 0.0
        for i in range(k):
            s += r[k - i - 1] * y[i]
        alpha = -(r[k] + s) / beta
        for i in range(k):
            z[i] = y[i] + alpha * y[k - i - 1]
        for i in range(k):
            y[i] = z[i]
        y[k] = alpha
    return np.sum(y * y)


program(durbin, lambda r: (r.uniform(0.05, 0.3, size=6),), tags="loops recurrence buffer-reuse")


def gramschmidt(A):
    m, n = A.shape
    R = np.zeros((n, n))
    Q = np.zeros((m, n))
    for k in range(n):
        nrm = 0.0
        for i in range(m):
            nrm += A[i, k] * A[i, k]
        R[k, k] = sqrt(nrm)
        for i in range(m):
            Q[i, k] = A[i, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = 0.0
            for i in range(m):
                R[k, j] += Q[i, k] * A[i, j]
            for i in range(m):
                A[i, j] -= Q[i, k] * R[k, j]
    return R[0, 0] * R[1, 2] + np.sum(Q[:, 1] ** 3) + R.trace()


program(gramschmidt, lambda r: (r.normal(size=(5, 3)),), mutates=(0,), tags="loops in-place math")


def doitgen(A, C4):
    nr, nq, n_p = A.shape
    total = np.zeros(n_p)
    for r in range(nr):
        for q in range(nq):
            for p in range(n_p):
                total[p] = 0.0
                for s in range(n_p):
                    total[p] += A[r, q, s] * C4[s, p]
            for p in range(n_p):
                A[r, q, p] = total[p]
    return np.sum(np.exp(A))


program(doitgen, lambda r: (0.5 * r.normal(size=(2, 2, 3)), r.normal(size=(3, 3))), argnums=(0, 1),
        mutates=(0,),
        tags="loops in-place buffer-reuse")


def covariance(data):
    n, m = data.shape
    mean = np.zeros(m)
    cov = np.zeros((m, m))
    for j in range(m):
        mean[j] = 0.0
        for i in range(n):
            mean[j] += data[i, j]
        mean[j] /= n
    for i in range(n):
        for j in range(m):
            data[i, j] -= mean[j]
    for i in range(m):
        for j in range(i, m):
            cov[i, j] = 0.0
            for k in range(n):
                cov[i, j] += data[k, i] * data[k, j]
            cov[i, j] /= n - 1.0
            cov[j, i] = cov[i, j]
    return np.sum(cov * cov)


program(covariance, lambda r: (r.normal(size=(6, 3)),), mutates=(0,), tags="loops in-place symmetric-store")


def floyd_warshall(path):
    n = path.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if path[i, k] + path[k, j] < path[i, j]:
                    path[i, j] = path[i, k] + path[k, j]
    return np.sum(path * path)


program(floyd_warshall, lambda r: (r.uniform(0.5, 10, size=(5, 5)),), mutates=(0,), analytic=True,
        tags="loops in-place branch dynamic-programming")

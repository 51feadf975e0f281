"""Linear algebra kernels as explicit scalar loops, the way C and Fortran codes are carried over."""

from math import sqrt

import numpy as np

from tests.programs.corpus import program


def gemm(alpha, beta, C, A, B):
    ni, nj = C.shape
    nk = A.shape[1]
    for i in range(ni):
        for j in range(nj):
            C[i, j] *= beta
        for k in range(nk):
            for j in range(nj):
                C[i, j] += alpha * A[i, k] * B[k, j]


def gemm_loss(alpha, beta, C, A, B):
    gemm(alpha, beta, C, A, B)
    return np.sum(C ** 2)


program(gemm_loss, lambda r: (1.5, 1.2, r.normal(size=(3, 4)), r.normal(size=(3, 2)), r.normal(size=(2, 4))),
        argnums=(0, 1, 2, 3, 4), analytic=True, mutates=(2,), tags="loops in-place call")


def two_mm(alpha, beta, A, B, C, D):
    n, m = A.shape[0], B.shape[1]
    tmp = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            tmp[i, j] = 0.0
            for k in range(A.shape[1]):
                tmp[i, j] += alpha * A[i, k] * B[k, j]
    for i in range(D.shape[0]):
        for j in range(D.shape[1]):
            D[i, j] *= beta
            for k in range(m):
                D[i, j] += tmp[i, k] * C[k, j]
    total = 0.0
    for i in range(D.shape[0]):
        for j in range(D.shape[1]):
            total += D[i, j] * (i + 1) / (j + 2)
    return total


program(two_mm, lambda r: (1.5, 1.2, r.normal(size=(3, 2)), r.normal(size=(2, 4)), r.normal(size=(4, 2)),
                           r.normal(size=(3, 2))),
        argnums=(0, 1, 2, 3, 4, 5), mutates=(5,), tags="loops in-place")


def matmul_into(A, B, out):
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            acc = 0.0
            for k in range(A.shape[1]):
                acc += A[i, k] * B[k, j]
            out[i, j] = acc
    return out


def three_mm(A, B, C, D):
    E = matmul_into(A, B, np.empty((A.shape[0], B.shape[1])))
    F = matmul_into(C, D, np.empty((C.shape[0], D.shape[1])))
    G = matmul_into(E, F, np.empty((E.shape[0], F.shape[1])))
    return np.sin(G).sum()


program(three_mm, lambda r: (r.normal(size=(2, 3)), r.normal(size=(3, 2)), r.normal(size=(2, 3)),
                             r.normal(size=(3, 2))), argnums=(0, 1, 2, 3), tags="loops call empty")


def atax(A, x):
    m, n = A.shape
    y = np.zeros(n)
    for i in range(m):
        tmp = 0.0
        for j in range(n):
            tmp += A[i, j] * x[j]
        for j in range(n):
            y[j] = y[j] + A[i, j] * tmp
    return np.dot(y, y)


program(atax, lambda r: (r.normal(size=(4, 3)), r.normal(size=3)), argnums=(0, 1), tags="loops")


def bicg(A, p, r):
    n, m = A.shape
    s = np.zeros(m)
    q = np.zeros(n)
    for i in range(n):
        q[i] = 0.0
        for j in range(m):
            s[j] += r[i] * A[i, j]
            q[i] += A[i, j] * p[j]
    return (s * s).sum() + (q ** 3).sum()


program(bicg, lambda r: (r.normal(size=(4, 3)), r.normal(size=3), r.normal(size=4)), argnums=(0, 1, 2),
        tags="loops")


def mvt(x1, x2, y1, y2, A):
    n = len(x1)
    for i in range(n):
        for j in range(n):
            x1[i] += A[i][j] * y1[j]
    for i in range(n):
        for j in range(n):
            x2[i] += A[j][i] * y2[j]
    result = 0.0
    for i in range(n):
        result += x1[i] * x2[i]
    return result


program(mvt, lambda r: (*r.normal(size=(4, 4)).copy(), r.normal(size=(4, 4))), argnums=(0, 1, 2, 3, 4),
        analytic=True, mutates=(0, 1), tags="loops in-place chained-index")


def gesummv(alpha, beta, A, B, x):
    n = A.shape[0]
    y = []
    for i in range(n):
        t = 0.0
        s = 0.0
        for j in range(n):
            t = A[i, j] * x[j] + t
            s = B[i, j] * x[j] + s
        y.append(alpha * t + beta * s)
    return sum(v * v for v in y)


program(gesummv, lambda r: (1.5, 1.2, r.normal(size=(3, 3)), r.normal(size=(3, 3)), r.normal(size=3)),
        argnums=(0, 1, 2, 3, 4), analytic=True, tags="loops list-append generator")


def gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z):
    n = A.shape[0]
    for i in range(n):
        for j in range(n):
            A[i, j] = A[i, j] + u1[i] * v1[j] + u2[i] * v2[j]
    for i in range(n):
        for j in range(n):
            x[i] = x[i] + beta * A[j, i] * y[j]
    for i in range(n):
        x[i] = x[i] + z[i]
    for i in range(n):
        for j in range(n):
            w[i] = w[i] + alpha * A[i, j] * x[j]
    return np.sum(w * np.arange(1, n + 1))


program(gemver, lambda r: (1.5, 1.2, r.normal(size=(4, 4)), *(r.normal(size=4) for _ in range(8))),
        argnums=tuple(range(11)), analytic=True, mutates=(2, 7, 8), tags="loops in-place")


def symm(alpha, beta, C, A, B):
    m, n = C.shape
    for i in range(m):
        for j in range(n):
            temp2 = 0.0
            for k in range(i):
                C[k, j] += alpha * B[i, j] * A[i, k]
                temp2 += B[k, j] * A[i, k]
            C[i, j] = beta * C[i, j] + alpha * B[i, j] * A[i, i] + alpha * temp2
    return np.sum(C * C)


program(symm, lambda r: (1.5, 1.2, r.normal(size=(3, 4)), r.normal(size=(3, 3)), r.normal(size=(3, 4))),
        argnums=(0, 1, 2, 3, 4), analytic=True, mutates=(2,), tags="loops in-place triangular")


def syrk(alpha, beta, C, A):
    n, m = A.shape
    for i in range(n):
        for j in range(i + 1):
            C[i, j] *= beta
        for k in range(m):
            for j in range(i + 1):
                C[i, j] += alpha * A[i, k] * A[j, k]
    return np.sum(np.cos(C))


program(syrk, lambda r: (1.5, 1.2, r.normal(size=(4, 4)), r.normal(size=(4, 3))), argnums=(0, 1, 2, 3),
        analytic=True, mutates=(2,), tags="loops in-place triangular")


def syr2k(alpha, beta, C, A, B):
    n, m = A.shape
    for i in range(n):
        for j in range(i + 1):
            C[i, j] *= beta
        for k in range(m):
            for j in range(i + 1):
                C[i, j] += A[j, k] * alpha * B[i, k] + B[j, k] * alpha * A[i, k]
    return C.mean()


program(syr2k, lambda r: (1.5, 1.2, r.normal(size=(3, 3)), r.normal(size=(3, 2)), r.normal(size=(3, 2))),
        argnums=(0, 1, 2, 3, 4), analytic=True, mutates=(2,), tags="loops in-place triangular")


def trmm(alpha, A, B):
    m, n = B.shape
    for i in range(m):
        for j in range(n):
            for k in range(i + 1, m):
                B[i, j] += A[k, i] * B[k, j]
            B[i, j] = alpha * B[i, j]
    return (B ** 2).sum()


program(trmm, lambda r: (1.5, r.normal(size=(4, 4)), r.normal(size=(4, 3))), argnums=(0, 1, 2),
        analytic=True, mutates=(2,), tags="loops in-place triangular")


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

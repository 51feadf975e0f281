"""Linear algebra kernels as explicit scalar loops, the way C and Fortran codes are carried over."""

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

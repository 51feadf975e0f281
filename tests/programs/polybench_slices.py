"""Linear algebra kernels with whole-array statements, slices and in-place updates."""

import numpy as np

from tests.programs.corpus import program


def gemm(alpha, beta, C, A, B):
    C[:] = alpha * A @ B + beta * C
    return np.sum(C * C)


program(gemm, lambda r: (1.5, 1.2, r.normal(size=(3, 4)), r.normal(size=(3, 5)), r.normal(size=(5, 4))),
        argnums=(0, 1, 2, 3, 4), analytic=True, mutates=(2,), tags="slices in-place matmul")


def k2mm(alpha, beta, A, B, C, D):
    D[:] = alpha * A @ B @ C + beta * D
    return D.sum() + (D[0] ** 2).sum()


program(k2mm, lambda r: (1.5, 1.2, r.normal(size=(3, 2)), r.normal(size=(2, 3)), r.normal(size=(3, 2)),
                         r.normal(size=(3, 2))),
        argnums=(0, 1, 2, 3, 4, 5), analytic=True, mutates=(5,), tags="slices in-place matmul")


def k3mm(A, B, C, D):
    return np.sum(np.tanh(A @ B @ (C @ D)))


program(k3mm, lambda r: tuple(r.normal(size=(3, 3)) for _ in range(4)), argnums=(0, 1, 2, 3), analytic=True,
        tags="vector matmul")


def atax_bicg(A, x, p):
    y = (A @ x) @ A
    q = p @ A
    return y @ q


program(atax_bicg, lambda r: (r.normal(size=(4, 3)), r.normal(size=3), r.normal(size=4)), argnums=(0, 1, 2),
        analytic=True, tags="vector matmul")


def mvt(x1, x2, y_1, y_2, A):
    x1 += A @ y_1
    x2 += y_2 @ A
    return np.dot(x1, x2)


program(mvt, lambda r: (*(r.normal(size=4) for _ in range(4)), r.normal(size=(4, 4))),
        argnums=(0, 1, 2, 3, 4),
        analytic=True, mutates=(0, 1), tags="in-place matmul")


def gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z):
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x
    return (w ** 2).mean()


program(gemver, lambda r: (1.5, 1.2, r.normal(size=(4, 4)), *(r.normal(size=4) for _ in range(8))),
        argnums=tuple(range(11)), analytic=True, mutates=(2, 7, 8), tags="in-place matmul outer")


def symm(alpha, beta, C, A, B):
    """C := alpha A B + beta C, with only the lower triangle of A read."""
    C *= beta
    partial = np.empty(C.shape[1], dtype=C.dtype)
    for i, row in enumerate(A):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * row[:i]
            partial[j] = row[:i] @ B[:i, j]
        C[i] += alpha * (row[i] * B[i] + partial)
    return np.sum(C ** 2)


program(symm, lambda r: (1.5, 1.2, r.normal(size=(3, 4)), r.normal(size=(3, 3)), r.normal(size=(3, 4))),
        argnums=(0, 1, 2, 3, 4), analytic=True, mutates=(2,), tags="slices in-place empty-slice buffer-reuse")


def syr2k(alpha, beta, C, A, B):
    for i in range(A.shape[0]):
        C[i, :i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, :i + 1] += (A[:i + 1, k] * alpha * B[i, k] + B[:i + 1, k] * alpha * A[i, k])
    return np.linalg.norm(C)


program(syr2k, lambda r: (1.5, 1.2, r.normal(size=(3, 3)), r.normal(size=(3, 2)), r.normal(size=(3, 2))),
        argnums=(0, 1, 2, 3, 4), mutates=(2,), tags="slices in-place")


def trmm(alpha, A, B):
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1:, i], B[i + 1:, j])
    B *= alpha
    return np.sum(B * B)


program(trmm, lambda r: (1.5, r.normal(size=(4, 4)), r.normal(size=(4, 3))), argnums=(0, 1, 2), analytic=True,
        mutates=(2,), tags="slices in-place empty-slice")

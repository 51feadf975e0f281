"""Memory that is shared, overwritten and reused: where wrong derivatives come from."""

import numpy as np

from tests.programs.corpus import program


def constant_store(x):
    y = x * x
    y[0] = 0.0
    y[-1] = 3.0
    return np.sum(y * x)


program(constant_store, lambda r: (r.normal(size=4),), analytic=True, tags="constant-store")


def constant_slice_store(x):
    y = np.sin(x)
    y[1:3] = 1.0
    y[::2] *= 2.0
    return np.prod(y + x)


program(constant_slice_store, lambda r: (r.normal(size=5),), analytic=True,
        tags="constant-store strided-slice")


def write_through_slice_view(x):
    y = x.copy()
    inner = y[1:-1]
    inner[:] = inner ** 2
    inner[0] = x[0] * inner[1]
    return np.sum(y * np.arange(1.0, 6.0))


program(write_through_slice_view, lambda r: (r.normal(size=5),), analytic=True, tags="view-write")


def write_through_alias(x):
    a = x * 2
    b = a
    b[0] = x[1] * x[2]
    b[1] += a[0]
    return a[0] * a[1] + a[2]


program(write_through_alias, lambda r: (r.normal(size=3),), analytic=True, tags="alias-write")


def write_through_transpose(A):
    B = A.copy()
    T = B.T
    T[0, 1] = A[0, 0] * A[1, 1]
    T[2] += T[0]
    return np.sum(B ** 2)


program(write_through_transpose, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="view-write transpose")


def write_through_reshape_and_ravel(x):
    y = x * x
    grid = y.reshape(2, 3)
    grid[1, :] = grid[0, :] * x[:3]
    flat = grid.ravel()
    flat[4] = 5.0 * flat[0]
    return np.sum(y ** 2)


program(write_through_reshape_and_ravel, lambda r: (r.normal(size=6),), analytic=True,
        tags="view-write reshape ravel")


def write_through_diagonal_loop(A):
    B = A @ A
    for i in range(len(B)):
        row = B[i]
        row[i] = row[i] * row[i - 1]
    return B.sum() + np.trace(B) ** 2


program(write_through_diagonal_loop, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="view-write row-view negative-index")


def write_through_row_iteration(A):
    M = A.copy()
    for row in M:
        row[0] = row[1] * row[2]
        row /= 2
    return np.sum(M ** 3)


program(write_through_row_iteration, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="view-write row-iteration")


def write_through_swapaxes(A):
    B = np.exp(A)
    V = np.swapaxes(B, 0, 2)
    V[0] = 1.0
    V[1] *= A[:, :, 0].T
    return np.sum(np.log(B * B + 3))


program(write_through_swapaxes, lambda r: (r.normal(size=(2, 3, 2)),), tags="view-write swapaxes rank-3",
        analytic=True)


def overlapping_update(y):
    y = y.copy()
    y[1:] += y[:-1]
    y[:-1] *= y[1:]
    return np.sum(y ** 2)


program(overlapping_update, lambda r: (r.normal(size=5),), analytic=True, tags="overlap in-place")


def overlapping_assignment(x):
    y = 1.0 * x
    y[2:] = y[:-2] * y[1:-1]
    y[::-1] = y * x
    return y @ np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


program(overlapping_assignment, lambda r: (r.normal(size=6),), analytic=True, tags="overlap reversed-slice")

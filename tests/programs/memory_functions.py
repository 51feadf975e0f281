"""One function each that shares memory, copies, or writes: the smallest program that can tell."""

import numpy as np

from tests.programs.corpus import program


def ravel_shares(A):
    B = A * A
    v = B.ravel()
    v[1] = A[0, 0] ** 3
    return np.sum(B * B)


program(ravel_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write ravel")


def reshape_shares(A):
    B = A * A
    v = B.reshape(3, 2)
    v[0, 1] = A[0, 0] ** 3
    return np.sum(B * B)


program(reshape_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write reshape")


def reshape_of_transpose_copies(A):
    B = A * A
    v = B.T.reshape(-1)
    v[1] = A[0, 0] ** 3
    return np.sum(B * B) + np.sum(v * v)


program(reshape_of_transpose_copies, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write reshape transpose")


def diagonal_shows_later_writes(A):
    B = A * 2
    d = np.diagonal(B)
    B[1, 1] = A[0, 0] ** 3
    return d @ d


program(diagonal_shows_later_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write diagonal")


def asfortranarray_copies(A):
    F = np.asfortranarray(A)
    F[1] = A[0] ** 2
    return np.sum(F * F * A)


program(asfortranarray_copies, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write asfortranarray")


def ascontiguousarray_of_transpose_copies(A):
    B = A * A
    H = np.ascontiguousarray(B.T)
    H[0] *= 3
    return np.sum(B * B) + np.sum(H * A.T)


program(ascontiguousarray_of_transpose_copies, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write ascontiguousarray transpose")


def ascontiguousarray_shares(A):
    B = A * A
    H = np.ascontiguousarray(B)
    H[0] *= 3
    return np.sum(B * B) + np.sum(H * A)


program(ascontiguousarray_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write ascontiguousarray")


def squeeze_shares(A):
    B = A * A
    t = np.squeeze(B[:, None, :])
    t[1] += A[0]
    return np.sum(B * B)


program(squeeze_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write squeeze newaxis")


def expand_dims_shares(A):
    B = A * A
    t = np.expand_dims(B[0], -1)
    t[2, 0] = A[1, 1] ** 3
    return np.sum(B * B)


program(expand_dims_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write expand_dims")


def atleast_2d_shares(A):
    B = A * A
    t = np.atleast_2d(B[0])
    t[0, 1] = A[1, 1] ** 3
    return np.sum(B * B)


program(atleast_2d_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write atleast_2d")


def flat_writes(A):
    B = A * A
    B.flat[::2] *= 2.0
    B.flat[3] = A[0, 0]
    return np.sum(B * B)


program(flat_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write flat")


def moveaxis_shares(A):
    B = A * A
    t = np.moveaxis(B, 0, 1)
    t[0] *= A[0, 0]
    return np.sum(B * B)


program(moveaxis_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write moveaxis")


def flip_shares(A):
    B = A * A
    t = np.flip(B, 0)
    t[0] *= A[0, 0]
    u = np.fliplr(B)
    u[0, 0] = A[1, 1]
    return np.sum(B * B)


program(flip_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write flip fliplr")


def rot90_shares(A):
    B = A * A
    t = np.rot90(B)
    t[0] *= A[0, 0]
    return np.sum(B * B)


program(rot90_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write rot90")


def split_shares(A):
    B = A * A
    left, right = np.split(B, [1], axis=1)
    right *= left
    return np.sum(B * B)


program(split_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write split")


def broadcast_to_shows_later_writes(A):
    s = A[0] * 1.0
    t = np.broadcast_to(s, (2, 3))
    s[1] = A[1, 0] * A[0, 2]
    return np.sum(t * t * A)


program(broadcast_to_shows_later_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write broadcast_to")


def asarray_shares(A):
    B = A * A
    same = np.asarray(B)
    same[0] = A[1]
    return np.sum(B * B)


program(asarray_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write asarray")


def astype_without_copy_shares(A):
    B = A * A
    same = B.astype(float, copy=False)
    same[0] = A[1]
    other = B.astype(float)
    other[1] = 0.0
    return np.sum(B * B) + np.sum(other * A)


program(astype_without_copy_shares, lambda r: (r.normal(size=(2, 3)),),
        tags="view-write astype")


def real_part_shares(A):
    z = A * (1 + 1j)
    part = z.real
    part *= A
    return np.sum((z * z).imag)


program(real_part_shares, lambda r: (r.normal(size=(2, 3)),),
        tags="view-write complex real")


def require_shares(A):
    B = A * A
    same = np.require(B)
    same[0] = A[1]
    return np.sum(B * B)


program(require_shares, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write require")


def put_along_axis_writes(A):
    B = A * A
    np.put_along_axis(B, np.array([[0], [1]]), 0.5, axis=1)
    return np.sum(B * B)


program(put_along_axis_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write put_along_axis constant-store")


def putmask_writes(A):
    B = A * A
    np.putmask(B, A < 0, 0.5)
    return np.sum(B * B)


program(putmask_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write putmask constant-store")


def place_writes(A):
    B = A * A
    np.place(B, A < 0, [2.0])
    return np.sum(B * B)


program(place_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write place constant-store")


def fill_diagonal_writes(A):
    B = A[:, :2] * 1.0
    np.fill_diagonal(B, A[0, :2] ** 2)
    return np.sum(B * B)


program(fill_diagonal_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write fill_diagonal")


def ufunc_at_writes(A):
    b = A[0] * 2
    np.negative.at(b, [0, 1])
    return np.sum(b * A)


program(ufunc_at_writes, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="view-write ufunc-at")

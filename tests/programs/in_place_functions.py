"""Functions and methods that write into their argument, or share its memory, without looking like it."""

import operator

import numpy as np

from tests.programs.corpus import program


def putmask_and_place(x):
    y = x * 2
    np.putmask(y, x < 0, 0.5)
    z = x * 3
    np.place(z, x > 0, [x[0], 2.0])
    return np.sum(y * x) + np.sum(z * y)


program(putmask_and_place, lambda r: (r.normal(size=5),), tags="putmask place constant-store", analytic=True)


def put_elements(x):
    y = x * 2
    np.put(y, [0, -1], [0.5, x[1]])
    A = np.outer(x, x)
    np.put_along_axis(A, np.array([[1], [0], [3], [2]]), 0.25, axis=1)
    y.put([1], x[3])
    return np.sum(y * x) + np.sum(A * A)


program(put_elements, lambda r: (r.normal(size=4),), tags="put put_along_axis constant-store", analytic=True)


def ufuncs_at(x):
    y = x * 2
    np.negative.at(y, [0, 1])
    np.multiply.at(y, [2, 2], x[:2])
    np.square.at(y, [3])
    return np.sum(y * x)


program(ufuncs_at, lambda r: (r.normal(size=4),), tags="ufunc-at repeated-indices", analytic=True)


def ufuncs_at_places(A, x):
    """Tuples of places, values that are broadcast over the rows picked, places of two dimensions, masks, slices."""
    B = A * 1.0
    np.multiply.at(B, (0, 1), x[0])
    np.multiply.at(B, ([0, 0, 2], [1, 1, 0]), x[:3])
    np.multiply.at(B, [0, 2, 0], x)
    np.divide.at(B, [1, 1], x[:1] + 3.0)
    np.multiply.at(B, [[0, 0], [1, 2]], x[1])
    np.multiply.at(B, (slice(1, 3), 2), x[2])
    np.multiply.at(B, (..., [1, 1]), x[:2])
    np.multiply.at(B, slice(0, 2), x)
    np.square.at(B, (B > 0.3, 1) if B.ndim == 3 else B > 0.3)
    np.negative.at(B, np.array([-1, 0]))
    np.put(B, [-1, 2], x[:2])
    return np.sum(np.sin(B))


program(ufuncs_at_places, lambda r: (r.normal(size=(3, 4)), r.normal(size=4)), tags="ufunc-at places broadcast put")


def sorting_in_place(x):
    y = x * 2
    y.sort()
    y[0] = x[2]
    z = x * 1.0
    z.partition(1)
    return np.sum(y * x) + z[0] * z[-1]


program(sorting_in_place, lambda r: (r.normal(size=4),), tags="sort partition in-place")


def strided_windows(x):
    """Windows that overlap in memory, read before and after a write to what they show."""
    y = x * 1.0
    windows = np.lib.stride_tricks.sliding_window_view(y, 2)
    before = np.sum(windows[:, 0] * windows[:, 1])
    y[1] = x[0] ** 2
    step = y.strides[0]
    pairs = np.lib.stride_tricks.as_strided(y, (2, 2), (step, step))
    y[2] = x[1] * x[2]
    return before + np.sum(windows ** 2) + np.sum(pairs ** 3)


program(strided_windows, lambda r: (r.normal(size=4),), tags="as_strided sliding_window_view overlap",
        analytic=True)


def parts_of_windows(x):
    y = x.copy()
    step = y.itemsize
    pairs = np.lib.stride_tricks.as_strided(y, (4, 3), (step, step))
    windows = np.lib.stride_tricks.sliding_window_view(y, 3)
    total = np.sum(pairs[::2] ** 2 * np.arange(3.0)) + np.sum(pairs.T[1] ** 3)
    total += windows[1][2] * windows[3, 0] + np.sum(windows[::-1][0] * x[:3])
    y[0] = 2.0
    return total + np.sum(y * x)


program(parts_of_windows, lambda r: (r.normal(size=6),), tags="as_strided sliding_window_view views of views",
        analytic=True)


def parts_of_a_diagonal_and_of_rows(x):
    y = x.reshape(2, 3).copy()
    diagonal = np.diagonal(y)[::-1]
    rows = np.broadcast_to(y[0], (2, 3)).T
    total = np.sum(diagonal ** 2 * np.arange(2.0)) + np.sum(rows[1:, 0] * rows[0, 0])
    for row in rows:
        total = total + row[1] ** 3 * row[0]
    y[0] *= 2.0
    return total + np.sum(y * x.reshape(2, 3))


program(parts_of_a_diagonal_and_of_rows, lambda r: (r.normal(size=6),), tags="diagonal broadcast_to views of views",
        analytic=True)


def required_and_contiguous(x):
    y = x * 2
    same = np.require(y, requirements=["C"])
    same[1] = x[0]
    also = np.ascontiguousarray(y)
    also[2] *= 3
    view = np.asanyarray(y)[::-1]
    view[0] = 1.0
    return np.sum(y * x)


program(required_and_contiguous, lambda r: (r.normal(size=4),), analytic=True,
        tags="require ascontiguousarray asanyarray view-write constant-store")


def flat_store(x):
    A = np.outer(x, x)
    A.flat[::5] = x[0]
    A.T.flat[1] = 3.0 * x[1]
    np.fill_diagonal(A[1:, 1:], 0.5)
    A.flat = A * 2
    return np.sum(A * A)


program(flat_store, lambda r: (r.normal(size=4),), analytic=True,
        tags="flat fill_diagonal constant-store transpose")


def operators_as_functions(x):
    y = x * 2
    z = operator.iadd(y, x)
    operator.setitem(y, 0, x[1])
    z = operator.imul(z, 2.0)
    y.__setitem__(1, z[2])
    return operator.getitem(y, 1) * np.sum(operator.mul(z, x))


program(operators_as_functions, lambda r: (r.normal(size=4),), analytic=True,
        tags="operator-module in-place alias-write")


def clean_up_in_place(x):
    y = x * 2
    np.nan_to_num(y, copy=False)
    y.clip(-1.5, 1.5, out=y)
    np.clip(y, -1.0, 1.0, out=y)
    z = np.empty(2)
    np.take(y, [0, 1], out=z, mode="clip")
    np.sum(np.outer(y, x), axis=1, out=y)
    return np.sum(y * x) + z @ z


program(clean_up_in_place, lambda r: (r.normal(size=4),), tags="nan_to_num clip take out-argument")


def nditer_writes(x):
    y = x * 2
    with np.nditer(y, op_flags=["readwrite"]) as elements:
        for element in elements:
            element[...] = element * element + x[0]
    return np.sum(y * x)


program(nditer_writes, lambda r: (r.normal(size=3),), tags="nditer with view-write")

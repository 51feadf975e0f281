"""Which operation copies and which shares memory: every program is wrong if one is taken for the other."""

import copy

import numpy as np

from tests.programs.corpus import program


def scalar_read_is_a_copy_row_is_a_view(A):
    B = A * 1.0
    s, r = B[0, 0], B[1]
    B[0, 0] = 5.0
    B[1] = B[0] ** 2
    return s * np.sum(r)


program(scalar_read_is_a_copy_row_is_a_view, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="row-view constant-store overwritten-after-read")


def rows_swapped_without_copy(A):
    """The second row is lost: both sides are views."""
    B = np.sin(A)
    B[0], B[1] = B[1], B[0]
    return np.sum(B * A) + B[1, 0] ** 2


program(rows_swapped_without_copy, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="swap row-view overlap")


def rows_swapped_with_copy(A):
    B = np.sin(A)
    B[0], B[1] = B[1].copy(), B[0].copy()
    return np.sum(B * A) + B[1, 0] ** 2


program(rows_swapped_with_copy, lambda r: (r.normal(size=(2, 3)),), analytic=True, tags="swap row-view copy")


def shared_rows_of_repeated_list(x):
    rows = [np.zeros(3)] * 2 + [np.zeros(3)]
    rows[0][1] = x[0] ** 2
    rows[1][2] = x[1] * rows[0][1]
    rows[2] += rows[0]
    rows[0] *= 2
    return sum(float_sum(row) * (k + 1) for k, row in enumerate(rows))


def float_sum(row):
    return np.sum(row * row)


program(shared_rows_of_repeated_list, lambda r: (r.normal(size=2),),
        tags="arrays-in-list alias-write list-repeat")


def shallow_and_deep_copies(x):
    state = {"a": x * 1.0, "b": [x * 2.0, 3.0]}
    shallow, deep = copy.copy(state), copy.deepcopy(state)
    shallow["a"] *= 2
    shallow["b"][1] = x[0]
    deep["b"][0][1] = x[0] * x[2]
    state["a"] = state["a"] + deep["a"]
    return np.sum(state["a"] ** 2) + state["b"][1] * shallow["a"][1] + deep["b"][0][1] * deep["b"][1]


program(shallow_and_deep_copies, lambda r: (r.normal(size=3),), analytic=True,
        tags="copy deepcopy dict-store alias-write nested-structures")


def list_slice_copies_array_slice_shares(x):
    numbers, array = [x[0], x[1], x[2]], x * 1.0
    part, view = numbers[:2], array[:2]
    part[0] = 10.0 * x[1]
    view[0] = 10.0 * x[1]
    return numbers[0] * part[0] + array[0] * view[1] + sum(numbers) * array.sum()


program(list_slice_copies_array_slice_shares, lambda r: (r.normal(size=3),), analytic=True,
        tags="list-slice view-write list-store")


def ravel_of_transpose_copies(A):
    B = A * 2.0
    shared, separate = B.ravel(), B.T.ravel()
    shared[1] = A[0, 0] ** 2
    separate[1] = A[1, 1] ** 3
    flat = B.flatten()
    flat[0] = 7.0 * A[1, 0]
    return np.sum(B ** 2) + separate @ flat


program(ravel_of_transpose_copies, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="ravel flatten transpose view-write")


def reshape_copies_only_where_it_must(A):
    B = A + 1.0
    view = B.reshape(3, 2)
    copied = B[:, ::2].reshape(-1)
    view[0, 1] = A[0, 0] * A[1, 2]
    copied[0] *= A[0, 1]
    B[1, 2] = 2.0
    return np.sum(view * view) + np.sum(copied)


program(reshape_copies_only_where_it_must, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="reshape strided-slice view-write constant-store")


def asarray_shares_array_copies(x):
    y = x ** 2
    same, other = np.asarray(y), np.array(y)
    kept, cast = y.astype(float, copy=False), y.astype(float)
    same[0] = x[1]
    other[1] = 4.0
    kept[2] *= x[0]
    cast[0] = x[2] ** 3
    return y @ other + np.sum(cast * kept)


program(asarray_shares_array_copies, lambda r: (r.normal(size=3),), tags="asarray astype copy alias-write")


def split_pieces_are_views(x):
    y = x * x
    left, right = np.split(y, 2)
    left += right
    right[:] = left[::-1] * x[:3]
    head, *_ = np.array_split(y, 3)
    head[0] = 1.0
    return np.sum(y * x)


program(split_pieces_are_views, lambda r: (r.normal(size=6),), analytic=True,
        tags="split view-write constant-store")


def stacked_arrays_are_copies(x):
    a, b = x[:2] * 1.0, x[2:] * 1.0
    both = np.stack([a, b])
    joined = np.concatenate([a, b])
    a *= 3
    both[0, 1] = x[3]
    joined[0] = a[1] ** 2
    return np.sum(both ** 2) + np.sum(joined * x) + a @ b


program(stacked_arrays_are_copies, lambda r: (r.normal(size=4),), analytic=True,
        tags="stack concatenate in-place")


def squeezed_and_expanded_views(A):
    B = A * A
    thin = B[:, None, :]
    back = np.squeeze(thin)
    expanded = np.expand_dims(B[0], -1)
    back[1] += A[0]
    expanded[2, 0] = A[1, 1] ** 3
    return np.sum(np.atleast_2d(B[0]) * thin[1])


program(squeezed_and_expanded_views, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="squeeze expand_dims newaxis view-write")


def fancy_index_copies(x):
    y = np.exp(x)
    picked, masked, view = y[[0, 2]], y[y > 0], y[0:3:2]
    picked[0] = 100.0
    masked *= 0.0
    view[1] = x[1] ** 2
    return np.sum(y ** 2) + picked[1] + masked.sum()


program(fancy_index_copies, lambda r: (r.normal(size=3),), analytic=True,
        tags="fancy-indexing mask strided-slice view-write constant-store")


def chained_fancy_store_is_lost(A):
    B = A * 1.0
    B[[0, 1]][:, 0] = 50.0
    B[0:2][:, 1] = A[:, 0] ** 2
    B[1][[0, 2]] = A[0, [1, 1]]
    return np.sum(B ** 2)


program(chained_fancy_store_is_lost, lambda r: (r.normal(size=(2, 3)),), analytic=True,
        tags="fancy-store chained-index view-write")


def asarray_copies_where_it_is_told_to(x):
    """`copy=True` makes new memory, `order="F"` only where the order is another one."""
    copied, kept = np.asarray(x, copy=True), np.asarray(x, order="C")
    copied[0] *= 3.0
    A = x.reshape(2, 3) * 1.0
    turned = np.asarray(A, order="F")
    turned[0] *= 2.0
    return np.sum(copied * kept) + np.sum(turned * A ** 2)


program(asarray_copies_where_it_is_told_to, lambda r: (r.normal(size=6),), analytic=True,
        tags="asarray copy order view-write")


def reshape_in_columns_copies(x):
    A = x.reshape(2, 3) * 1.0
    y = A.reshape(6, order="F")
    y[1] = 7.0
    z = np.reshape(A.T, (3, 2), "F")
    return np.sum(y * x) + np.sum(A ** 2) + np.sum(z ** 3)


program(reshape_in_columns_copies, lambda r: (r.normal(size=6),), analytic=True,
        tags="reshape order copy constant-store")

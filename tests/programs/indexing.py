"""Masks, integer arrays with repeats, strides, newaxis, scatter and gather."""

import numpy as np

from tests.programs.corpus import program


def gather_with_repeats(x):
    index = np.array([0, 2, 2, 1, 0, 0])
    return np.sum(np.sin(x[index]) * np.arange(6))


program(gather_with_repeats, lambda r: (r.normal(size=3),), analytic=True,
        tags="fancy-indexing repeated-indices")


def add_at_scatter(x):
    bins = np.zeros(4)
    np.add.at(bins, [0, 1, 1, 3, 0, 1], x)
    np.subtract.at(bins, np.array([2, 2]), x[:2])
    return bins @ bins


program(add_at_scatter, lambda r: (r.normal(size=6),), tags="add.at repeated-indices")


def fancy_store_last_wins(x):
    y = np.zeros(3) + x[0]
    y[[0, 1, 0, 2, 0]] = x
    return np.sum(y ** 2) * x[4]


program(fancy_store_last_wins, lambda r: (r.normal(size=5),), analytic=True,
        tags="fancy-store repeated-indices")


def fancy_update_counts_once(x):
    y = x * 1.0
    y[[0, 1, 1, 0]] += x[2] * np.array([1.0, 2.0, 3.0, 4.0])
    y[[2, 2]] *= x[0]
    return np.sum(y ** 2)


program(fancy_update_counts_once, lambda r: (r.normal(size=3),), analytic=True,
        tags="fancy-store repeated-indices in-place")


def boolean_mask_read(x):
    positive = x[x > 0]
    return np.sum(positive ** 2) * len(positive) + x[~(x > 0)].sum()


program(boolean_mask_read, lambda r: (r.normal(size=6),), analytic=True, tags="mask")


def boolean_mask_write(x):
    y = x * x
    y[x < 0] = -3.0 * x[x < 0]
    y[y > 1] *= 0.5
    y[(y > 0.1) & (y < 0.3)] += x[0]
    return np.sum(y * x)


program(boolean_mask_write, lambda r: (r.normal(size=7),), analytic=True,
        tags="mask-store mask constant-store in-place")


def mask_on_matrix(A):
    off = ~np.eye(len(A), dtype=bool)
    B = A @ A
    B[off] = A[off] ** 2
    rows = A.sum(axis=1) > 0
    B[rows] += 1.0
    B[:, rows] *= A[rows].T
    return np.sum(B ** 2)


program(mask_on_matrix, lambda r: (r.normal(size=(4, 4)),), analytic=True, tags="mask-store mask rank-2")


def two_index_arrays(A):
    i = np.array([0, 1, 1, 2])
    j = np.array([1, 1, 1, 0])
    picked = A[i, j]
    block = A[np.ix_([0, 2], [1, 2])]
    B = A.copy()
    B[i, j] = picked ** 2 * np.arange(4)
    B[[0, 2], :2] += block
    return np.sum(B) * np.sum(picked) + A[i[:, None], j[None, :]].prod()


program(two_index_arrays, lambda r: (r.uniform(0.5, 1, size=(3, 3)),), analytic=True,
        tags="fancy-indexing repeated-indices ix_ fancy-store newaxis")


def mixed_basic_and_advanced(A):
    part = A[:, [2, 0], None, 1:]
    other = A[..., -1][::2]
    return np.sum(part ** 2) + np.sum(other) * A[0, ..., 0].sum() + np.sum(A[1][[0, 0]][:, ::-1] * A[0, :2])


program(mixed_basic_and_advanced, lambda r: (r.normal(size=(3, 3, 4)),), analytic=True,
        tags="fancy-indexing ellipsis newaxis strided-slice reversed-slice chained-index")


def take_and_friends(x, A):
    y = np.take(x, [[0, 1], [2, 2]])
    order = np.argsort(x)
    z = x[order] * np.arange(len(x))
    w = np.take_along_axis(A, np.argsort(A, axis=1), axis=1)
    return np.sum(y ** 2) + z.sum() + np.sum(w[:, 0] * w[:, -1])


program(take_and_friends, lambda r: (r.normal(size=4), r.normal(size=(2, 3))), argnums=(0, 1), analytic=True,
        tags="take argsort take_along_axis fancy-indexing")


def histogram_by_weights(x, positions):
    cell = np.floor(positions).astype(int)
    fraction = positions - cell
    density = np.zeros(5)
    np.add.at(density, cell, x * (1 - fraction))
    np.add.at(density, cell + 1, x * fraction)
    return np.sum(density ** 2)


program(histogram_by_weights, lambda r: (r.normal(size=6), r.uniform(0, 4, size=6)), argnums=(0, 1),
        tags="add.at floor astype repeated-indices")


def sparse_matrix_vector(values, x):
    rows = np.array([0, 0, 1, 2, 2])
    columns = np.array([0, 2, 1, 0, 2])
    y = np.zeros(3)
    for k in range(len(values)):
        y[rows[k]] += values[k] * x[columns[k]]
    z = np.bincount(rows, weights=values * x[columns], minlength=4)
    return y @ y + np.sum(z ** 3)


program(sparse_matrix_vector, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1),
        tags="indirect-index bincount loops scatter")


def csr_product(data, x):
    indptr = np.array([0, 2, 2, 3, 5])
    indices = [1, 0, 2, 0, 1]
    result = np.empty(4)
    for row in range(4):
        begin, end = indptr[row], indptr[row + 1]
        result[row] = data[begin:end] @ x[indices[begin:end]]
    return np.sum(np.cos(result) * np.arange(4))


program(csr_product, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1),
        tags="indirect-index variable-slices empty-slice fancy-indexing")


def slices_in_variables(A):
    inner = (slice(1, -1), slice(None, None, 2))
    rows = slice(0, 2)
    B = np.zeros_like(A)
    B[inner] = A[inner] ** 2
    B[rows] += A[1:3]
    step = -1
    return np.sum(B * A[::step]) + B[(0, 1)]


program(slices_in_variables, lambda r: (r.normal(size=(4, 4)),), analytic=True,
        tags="slice-variables reversed-slice")


def clipped_and_selected(x):
    y = np.clip(x, -0.5, 0.8)
    z = np.select([x < -0.2, x < 0.6], [x ** 2, np.sin(x)], default=3 * x)
    w = np.where(x[:, None] > x[None, :], x[:, None], 0.5 * x[None, :])
    return np.sum(y * z) + np.sum(w ** 2) + np.nonzero(x > 0)[0].size * x[0]


program(clipped_and_selected, lambda r: (r.normal(size=5),), tags="clip select where newaxis nonzero")


def union_of_segments(x):
    """Segment sums with reduceat, cumulative sums, differences."""
    sums = np.add.reduceat(x, [0, 2, 5])
    walk = np.cumsum(x)
    gaps = np.diff(walk, prepend=0.0)
    return sums @ sums + np.sum(walk[::2] * gaps[::2])


program(union_of_segments, lambda r: (r.normal(size=7),), analytic=True, tags="reduceat cumsum diff")


def safe_where_without_nan(x):
    positive = x > 0
    root = np.where(positive, np.sqrt(np.where(positive, x, 1.0)), 0.1 * x)
    return np.sum(root ** 3)


program(safe_where_without_nan, lambda r: (np.array([0.5, -1.0, 2.0, -0.3]),), analytic=True,
        tags="where mask")


def unused_branch_of_where(x):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sum(np.where(x > 0, np.log(np.abs(x)), x ** 2) * np.where(x == 0, 1.0, x))


program(unused_branch_of_where, lambda r: (np.array([0.5, -1.0, 2.0, -0.3]),), tags="where errstate")


def flat_and_diagonal(A):
    B = A.copy()
    B.flat[::4] *= 2.0
    d = np.diagonal(B)
    np.fill_diagonal(B, d ** 2)
    C = np.tril(B) + np.triu(A, 1) * 3
    i, j = np.triu_indices(3, k=1)
    return np.sum(C ** 2) + C[i, j].prod() + np.trace(B)


program(flat_and_diagonal, lambda r: (r.uniform(0.5, 1.5, size=(3, 3)),),
        tags="flat diagonal fill_diagonal triu_indices")


def grids(x, y):
    X, Y = np.meshgrid(x, y, indexing="ij")
    Z = np.exp(-X ** 2) * np.cos(Y) + np.hypot(X, Y)
    total = 0.0
    for i, j in np.ndindex(*Z.shape):
        total += Z[i, j] * (i - j)
    for (i, j), z in np.ndenumerate(Z):
        total += z / (1 + i + j)
    return total


program(grids, lambda r: (r.normal(size=3), r.normal(size=2)), argnums=(0, 1),
        tags="meshgrid ndindex ndenumerate hypot")

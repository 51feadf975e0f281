"""NumPy's own vocabulary: ufunc methods, einsum, stacking, ordering, grids, construction helpers."""

import numpy as np

from tests.programs.corpus import program


def einsum_forms(A, B, v):
    trace = np.einsum("ii->", A)
    product = np.einsum("ij,jk,k->i", A, B, v)
    weighted = np.einsum("ij,ij,j", A, B, v)
    outer = np.einsum("i,j->ji", v, product)
    return trace * weighted + np.sum(outer * A.T) + np.einsum("...i->...", B).prod()


program(einsum_forms, lambda r: (r.normal(size=(3, 3)), r.normal(size=(3, 3)), r.normal(size=3)),
        argnums=(0, 1, 2),
        analytic=True, tags="einsum")


def tensor_products(A, v):
    K = np.kron(np.eye(2), A[:2, :2])
    T = np.tensordot(A, A, axes=([1], [0])) + np.tensordot(v, v, axes=0)
    cube = np.linalg.matrix_power(A, 3)
    return np.sum(K ** 2) + np.inner(T[0], v) + np.vdot(T[1], v) + np.outer(v, v)[0] @ cube[0]


program(tensor_products, lambda r: (r.normal(size=(3, 3)), r.normal(size=3)), argnums=(0, 1),
        tags="kron tensordot inner vdot outer matrix_power")


def ufunc_methods(x):
    total = np.add.reduce(x, axis=0) * np.multiply.reduce(x, axis=1)[:3]
    running = np.multiply.accumulate(x[0]) + np.add.accumulate(x[1])
    table = np.subtract.outer(x[0], x[1])
    return total.sum() + np.sum(running ** 2) + np.maximum.reduce(table.ravel()) * np.sum(table ** 2)


program(ufunc_methods, lambda r: (r.normal(size=(3, 3)),), tags="reduce accumulate ufunc-outer")


def order_statistics(x):
    middle = np.median(x)
    quartiles = np.percentile(x, [25, 75])
    spread = np.ptp(x) + np.quantile(x, 0.3)
    ends = np.sort(x)[::-1][:2] @ np.partition(x, 1)[:2]
    return middle * (quartiles[1] - quartiles[0]) + spread ** 2 + ends


program(order_statistics, lambda r: (r.normal(size=7),), tags="median percentile ptp sort partition")


def averages(x, w):
    mean, total = np.average(x, weights=w, axis=0, returned=True)
    correlation = np.corrcoef(x[:, 0], x[:, 1])[0, 1]
    return np.sum(mean ** 2) + total[0] + np.std(x, ddof=1) * np.var(x[:, 0]) + correlation


program(averages, lambda r: (r.normal(size=(5, 2)), r.uniform(0.5, 1, size=5)), argnums=(0, 1),
        tags="average std var corrcoef tuple-result")


def stacking_and_splitting(x, y):
    joined = np.r_[x, 0.5, y[::-1]]
    columns = np.c_[x, y]
    a, b, c = np.array_split(joined, 3)
    top, bottom = np.vsplit(np.hstack([columns, columns ** 2])[:2], 2)
    depth = np.dstack((x, y)).sum(axis=(0, 1)) @ [1.0, 2.0]
    return a @ b[:len(a)] * np.sum(c ** 2) + np.sum(top * bottom) + depth


program(stacking_and_splitting, lambda r: (r.normal(size=4), r.normal(size=4)), argnums=(0, 1), analytic=True,
        tags="r_ c_ array_split vsplit hstack dstack")


def tiling_and_repeating(x):
    tiled = np.tile(x, (2, 2))
    repeated = np.repeat(x, [1, 3, 2])
    rolled = np.roll(np.flip(x), 1)
    return np.sum(tiled * np.arange(12).reshape(2, 6)) + repeated @ repeated[::-1] + np.cumprod(rolled).sum()


program(tiling_and_repeating, lambda r: (r.normal(size=3),), analytic=True,
        tags="tile repeat roll flip cumprod")


def shape_changes(A):
    B = np.moveaxis(A, 0, -1)
    C = np.expand_dims(B.squeeze(), 1)
    D = np.rot90(C[:, 0])
    E = np.broadcast_to(D[:1], (2, *D.shape))
    F = np.atleast_2d(np.ravel(E))
    return np.sum(np.rollaxis(A, 2) ** 2) * F.mean() + np.sum(np.fliplr(D) * np.flipud(D))


program(shape_changes, lambda r: (r.normal(size=(1, 2, 3)),), analytic=True,
        tags="moveaxis expand_dims squeeze rot90 broadcast_to flip")


def creation_like(x):
    ones = np.ones_like(x)
    ramp = np.linspace(x[0], x[1], 4)
    powers = np.vander(x, 3)
    filled = np.full_like(x, 2.5)
    filled[1] = x[2]
    return np.sum(ones * x) * ramp[2] + np.sum(powers[:, 0] * filled) + np.geomspace(1.0, 8.0, 4) @ ramp


program(creation_like, lambda r: (r.normal(size=3),), tags="ones_like linspace vander full_like")


def polynomial_evaluation(coefficients, x):
    horner = 0.0
    for c in coefficients:
        horner = horner * x + c
    ascending = np.polynomial.polynomial.polyval(x, coefficients)
    return np.sum(np.polyval(coefficients, x) * horner) + np.sum(ascending)


program(polynomial_evaluation, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="polyval horner array-iteration")


def vectorised_scalar_function(x, y):
    @np.vectorize
    def overlap(a, b):
        if a > b:
            return a * b
        return a - b ** 2
    table = np.fromfunction(lambda i, j: (i + 1) * (j + 2), (2, 3))
    return np.sum(overlap(x, y)) * table[1, 2] + np.sum(overlap(x[:, None], 0.1))


program(vectorised_scalar_function, lambda r: (r.normal(size=4), r.normal(size=4)), argnums=(0, 1),
        tags="vectorize fromfunction decorator branch")


def apply_along(A):
    norms = np.apply_along_axis(lambda row: np.sqrt(np.sum(row ** 2)), 1, A)
    return norms @ np.array([1.0, 2.0, 3.0]) * np.linalg.norm(A, "fro") + np.linalg.norm(A, ord=1)


program(apply_along, lambda r: (r.normal(size=(3, 2)),), tags="apply_along_axis norm lambda")


def elementary_functions(x):
    a = np.arctan2(np.sin(x), 1.5 + np.cos(x)) + np.arcsinh(x) * np.tanh(x)
    b = np.expm1(0.3 * x) + np.log1p(x ** 2) + np.cbrt(2 + x) + np.exp2(x) - np.log2(3 + x) + np.log10(4 + x)
    c = np.hypot(x, 1.0) ** np.square(x) + np.reciprocal(2 + x) + np.sinh(x) / np.cosh(x) + np.sinc(x)
    return np.sum(a * b) + np.sum(np.power(2.0, c)) + np.arcsin(x[0] / 4) + np.arccos(x[1] / 4)


program(elementary_functions, lambda r: (r.uniform(-1, 1, size=4),), tags="elementary")


def rounding_and_remainders(x):
    whole = np.floor(x) + np.round(x, 1) + np.sign(x)
    rest = np.mod(x, 0.7) + np.fmod(x, 0.3) + x % 1.0
    scalars = np.trunc(x[0]) + divmod(x[1], 0.4)[1] + x[2] // 0.5 * x[2]
    return np.sum(rest * x) + np.sum(whole * x ** 2) + scalars


program(rounding_and_remainders, lambda r: (r.uniform(0.5, 3, size=4),),
        tags="floor round mod divmod floor-divide")


def solver_mix(A, b):
    S = A @ A.T + np.eye(3)
    L = np.linalg.cholesky(S)
    x = np.linalg.solve(S, b)
    Q, R = np.linalg.qr(A)
    factors = np.sum(np.linalg.pinv(A) ** 2) + np.abs(np.diag(R)).sum() + L[2, 0]
    return x @ b + np.log(np.linalg.det(S)) + factors


program(solver_mix, lambda r: (r.normal(size=(3, 3)), r.normal(size=3)), argnums=(0, 1),
        tags="cholesky solve qr det pinv")


def eigenvalues_of_symmetric(A):
    S = (A + A.T) / 2
    w, V = np.linalg.eigh(S)
    root = V @ np.diag(np.exp(0.3 * w)) @ V.T
    return np.sum(root ** 2) + w[0] * w[-1] + np.linalg.eigvalsh(S @ S)[0]


program(eigenvalues_of_symmetric, lambda r: (r.normal(size=(3, 3)),), tags="eigh eigvalsh")


def least_squares(X, y):
    w, residuals, rank, singular = np.linalg.lstsq(X, y, rcond=None)
    return np.sum(w ** 2) + rank


program(least_squares, lambda r: (r.normal(size=(5, 2)), r.normal(size=5)), argnums=(0, 1),
        tags="lstsq tuple-result")


def differences_and_integrals(y, dx):
    slope = np.gradient(y, dx)
    second = np.diff(y, n=2) / dx ** 2
    area = np.trapezoid(y, dx=dx) + np.cumsum(y)[-2] * dx
    smooth = np.convolve(y, [0.25, 0.5, 0.25], "same")
    return area * np.sum(slope ** 2) / 10 + np.sum(second ** 2) / 100 + smooth[2]


program(differences_and_integrals, lambda r: (r.normal(size=6), 0.5), argnums=(0, 1), analytic=True,
        tags="gradient diff trapezoid convolve")


def maxima_with_arguments(A):
    best = A[np.arange(len(A)), A.argmax(axis=1)]
    index = np.unravel_index(np.argmin(A), A.shape)
    limited = np.max(A, initial=-10.0, where=A < 1)
    return np.sum(best ** 2) + A[index] * A.max(axis=0).sum() + limited + np.amin(A) ** 2


program(maxima_with_arguments, lambda r: (r.normal(size=(3, 4)),), tags="argmax argmin unravel_index max min")


def decompositions_summed(A):
    values, vectors = np.linalg.eigh(A + A.T)
    q, r = np.linalg.qr(A)
    return values.sum() * np.linalg.svd(A)[1][0] + np.abs(vectors).sum() + np.log(np.linalg.det(r) ** 2) + q.sum()


program(decompositions_summed, lambda r: (r.normal(size=(3, 3)) + 2.0 * np.eye(3),), tags="eigh qr svd det")

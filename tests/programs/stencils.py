"""Stencils in time loops: PolyBench style, weather codes and classical finite differences."""

import numpy as np

from tests.programs.corpus import program


def jacobi_1d(TSTEPS, A, B):
    for t in range(1, TSTEPS):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return np.sum(A ** 2)


program(jacobi_1d, lambda r: (5, r.normal(size=8), r.normal(size=8)), argnums=(1, 2), analytic=True,
        mutates=(1, 2),
        tags="stencil slices in-place time-loop")


def jacobi_1d_swapped(u, steps):
    new = u.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            new[i] = (u[i - 1] + u[i] * u[i] + u[i + 1]) / 3
        u, new = new, u
    return np.dot(u, u)


program(jacobi_1d_swapped, lambda r: (r.uniform(0.5, 1, size=7), 5), analytic=True, mutates=(0,),
        tags="stencil loops swap time-loop")


def jacobi_2d(A, B, steps=3):
    for t in range(steps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return np.sum(np.sin(A))


program(jacobi_2d, lambda r: (r.normal(size=(5, 6)), r.normal(size=(5, 6))), argnums=(0, 1), analytic=True,
        mutates=(0, 1), tags="stencil slices in-place default-argument")


def seidel_2d(A):
    n = A.shape[0]
    for t in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                           + A[i, j - 1] + A[i, j] + A[i, j + 1]
                           + A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]) / 9.0
    return (A * A).sum()


program(seidel_2d, lambda r: (r.normal(size=(5, 5)),), analytic=True, mutates=(0,),
        tags="stencil loops in-place")


def seidel_2d_rows(A):
    """Each row takes its neighbours' sums at once, then one running average along itself."""
    for sweep in range(2):
        for above, here, below in zip(A[:-2], A[1:-1], A[2:]):
            three = above + below
            load = three[:-2] + three[1:-1] + three[2:] + here[1:-1] + here[2:]
            for j, value in enumerate(load, start=1):
                here[j] = (here[j - 1] + value) / 9.0
    return np.sum(A ** 2)


program(seidel_2d_rows, lambda r: (r.normal(size=(5, 5)),), analytic=True, mutates=(0,),
        tags="stencil zip row-views view-write recurrence enumerate-start")


def heat_3d(A, B):
    for t in range(2):
        B[1:-1, 1:-1, 1:-1] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, :-2])
            + A[1:-1, 1:-1, 1:-1])
        A[1:-1, 1:-1, 1:-1] = (
            0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1])
            + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1])
            + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, :-2])
            + B[1:-1, 1:-1, 1:-1])
    return np.sum(A ** 2)


program(heat_3d, lambda r: (r.normal(size=(4, 4, 5)), r.normal(size=(4, 4, 5))), argnums=(0, 1),
        analytic=True,
        mutates=(0, 1), tags="stencil slices in-place rank-3")


def fdtd_2d(steps, ex, ey, hz, source):
    for t in range(steps):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz ** 2)


program(fdtd_2d, lambda r: (4, *(r.normal(size=(4, 5)) for _ in range(3)), r.normal(size=4)),
        argnums=(1, 2, 3, 4), analytic=True, mutates=(1, 2, 3),
        tags="stencil slices in-place scalar-broadcast-store")


def thomas_rows(rhs, lower, diagonal, upper, left, right, result):
    """Solve one tridiagonal system in each row of `rhs`, with fixed values at both ends, into `result`."""
    m = rhs.shape[1]
    c = np.zeros_like(rhs)
    d = np.zeros_like(rhs)
    d[:, 0] = left
    for j in range(1, m - 1):
        pivot = diagonal + lower * c[:, j - 1]
        c[:, j] = -upper / pivot
        d[:, j] = (rhs[:, j] - lower * d[:, j - 1]) / pivot
    result[:, m - 1] = right
    for j in range(m - 2, -1, -1):
        result[:, j] = c[:, j] * result[:, j + 1] + d[:, j]


def explicit_half(w, r):
    out = np.zeros_like(w)
    out[1:-1] = r * w[:-2] + (1.0 - 2.0 * r) * w[1:-1] + r * w[2:]
    return out


def adi(u, r, steps):
    """Alternating directions: implicit along columns of the transpose, then along the rows."""
    for _ in range(steps):
        half = u.T.copy()
        thomas_rows(explicit_half(u, r).T[1:-1], -r, 1.0 + 2.0 * r, -r, 1.0, 1.0, half[1:-1])
        thomas_rows(explicit_half(half, r).T[1:-1], -r, 1.0 + 2.0 * r, -r, 1.0, 1.0, u[1:-1])
    return np.sum(u ** 2)


program(adi, lambda r: (r.normal(size=(6, 6)), 0.3, 2), argnums=(0, 1), analytic=True, mutates=(0,),
        tags="stencil slices in-place call-for-effect view-argument transpose negative-step")


def recursive_pass(columns, feed, feed_before, back, back_twice):
    """y_j = feed x_j + feed_before x_(j-1) + back y_(j-1) + back_twice y_(j-2), for a list of columns x."""
    ys = []
    for j, x in enumerate(columns):
        y = feed * x
        if j >= 1:
            y = y + feed_before * columns[j - 1] + back * ys[j - 1]
        if j >= 2:
            y = y + back_twice * ys[j - 2]
        ys.append(y)
    return ys


def deriche(alpha, img):
    """One direction of Deriche's edge filter: a causal and an anticausal recursion."""
    e = np.exp(-alpha)
    gain = (1 - e) ** 2 / (1 + 2 * alpha * e - e * e)
    columns = [img[:, j] for j in range(img.shape[1])]
    causal = recursive_pass(columns, gain, gain * e * (alpha - 1), 2 * e, -e * e)
    anticausal = recursive_pass(columns[::-1], gain * e * (alpha + 1), -gain * e * e, 2 * e, -e * e)[::-1]
    out = np.stack([p + q for p, q in zip(causal, anticausal)], axis=1)
    return np.sum(out ** 2)


program(deriche, lambda r: (0.25, r.normal(size=(3, 5))), argnums=(0, 1), analytic=True,
        tags="recurrence list-append enumerate list-reversed zip stack column-views")


def laplacian(f):
    return f[2:, 1:-1] + f[:-2, 1:-1] + f[1:-1, 2:] + f[1:-1, :-2] - 4.0 * f[1:-1, 1:-1]


def limited(flux, gradient):
    """Fluxes that go up the gradient are set to zero."""
    flux[flux * gradient < 0] = 0.0
    return flux


def hdiff(field, strength):
    """Fourth-order horizontal diffusion with flux limiter, as weather codes do it, on (x, y, level)."""
    lap = laplacian(field)
    inner = field[2:-2, 2:-2]
    fx = limited(lap[1:, 1:-1] - lap[:-1, 1:-1], field[2:-1, 2:-2] - field[1:-2, 2:-2])
    fy = limited(lap[1:-1, 1:] - lap[1:-1, :-1], field[2:-2, 2:-1] - field[2:-2, 1:-2])
    result = np.empty(inner.shape)
    result[...] = inner + strength * (fx[1:] - fx[:-1] + fy[:, 1:] - fy[:, :-1])
    return np.sum(result ** 2)


program(hdiff, lambda r: (r.normal(size=(6, 7, 2)), r.uniform(0.1, 0.3, size=(2, 3, 2))), argnums=(0, 1),
        tags="stencil slices mask-store argument-overwritten rank-3 ellipsis empty")


def vadv(tendency, stage, wind, position):
    """Implicit vertical advection: one tridiagonal solve per column of air, all columns at once."""
    rate = 0.15
    levels = stage.shape[1]
    upper = np.zeros_like(stage)
    rhs = np.zeros_like(stage)
    for k in range(levels):
        below = -0.25 * wind[:, k] if k > 0 else 0.0
        above = 0.25 * wind[:, k + 1] if k < levels - 1 else 0.0
        load = rate * position[:, k] + tendency[:, k]
        if k > 0:
            load = load - below * (stage[:, k - 1] - stage[:, k])
        if k < levels - 1:
            load = load - above * (stage[:, k + 1] - stage[:, k])
        diagonal = rate - below - above
        if k > 0:
            diagonal = diagonal - upper[:, k - 1] * below
            load = load - rhs[:, k - 1] * below
        if k < levels - 1:
            upper[:, k] = above / diagonal
        rhs[:, k] = load / diagonal
    solution = np.zeros_like(stage)
    level = rhs[:, levels - 1]
    solution[:, levels - 1] = level
    for k in range(levels - 2, -1, -1):
        level = rhs[:, k] - upper[:, k] * level
        solution[:, k] = level
    return np.sum(rate * (solution - position) ** 2)


program(vadv, lambda r: (0.1 * r.normal(size=(3, 4)), r.normal(size=(3, 4)), 0.2 * r.uniform(size=(3, 5)),
                         r.normal(size=(3, 4))), argnums=(0, 1, 2, 3), analytic=True,
        tags="stencil recurrence conditional-expression view-kept branch")

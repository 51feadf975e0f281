"""Iterative methods: `while` with a tolerance, Newton, bisection, Krylov, eigenvalues, quadrature."""

import math

import numpy as np

from tests.programs.corpus import program


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


program(newton_sqrt, lambda r: (2.7,), analytic=True, tags="while tolerance scalar")


def newton_system(p, x0):
    """Two equations in two unknowns, Jacobian written out, solved by np.linalg.solve."""
    x = np.array(x0)
    for iteration in range(50):
        residual = np.array([x[0] ** 2 + p[0] * x[1] - 3.0, p[1] * x[0] * x[1] - 1.0])
        jacobian = np.array([[2 * x[0], p[0]], [p[1] * x[1], p[1] * x[0]]])
        step = np.linalg.solve(jacobian, residual)
        x = x - step
        if np.max(np.abs(step)) < 1e-13:
            break
    return x[0] ** 2 + x[1]


program(newton_system, lambda r: (np.array([1.1, 0.9]), [1.5, 0.7]), argnums=0, analytic=True,
        tags="for-break solve array-of-scalars list-argument")


def bisection_then_newton(c):
    lo, hi = 0.0, 4.0
    while hi - lo > 1e-2:
        mid = (lo + hi) / 2
        if mid ** 3 - mid - c > 0:
            hi = mid
        else:
            lo = mid
    x = (lo + hi) / 2
    for _ in range(6):
        x -= (x ** 3 - x - c) / (3 * x ** 2 - 1)
    return x


program(bisection_then_newton, lambda r: (5.3,), analytic=True, tags="while branch inactive-loop scalar")


def kepler(eccentricity, mean_anomaly):
    E = mean_anomaly if eccentricity < 0.8 else math.pi
    while True:
        delta = (E - eccentricity * math.sin(E) - mean_anomaly) / (1 - eccentricity * math.cos(E))
        E -= delta
        if abs(delta) < 1e-14:
            break
    return 2 * math.atan2(math.sqrt(1 + eccentricity) * math.sin(E / 2), math.sqrt(1 - eccentricity) *
    math.cos(E / 2))


program(kepler, lambda r: (0.3, 1.2), argnums=(0, 1), tags="while-true break math conditional-expression")


def fixed_point(W, x):
    """The equilibrium of a contraction, iterated until it stands still."""
    z = np.zeros_like(x)
    count = 0
    while count < 200:
        new = np.tanh(W @ z + x)
        if np.linalg.norm(new - z) < 1e-13:
            z = new
            break
        z = new
        count += 1
    else:
        raise RuntimeError("no convergence")
    return np.sum(z ** 2)


program(fixed_point, lambda r: (0.2 * r.normal(size=(3, 3)), r.normal(size=3)), argnums=(0, 1),
        tags="while-else raise break norm")


def conjugate_gradients(M, b):
    A = (M + M.T) / 2
    x = np.zeros_like(b)
    r = b - A @ x
    p = r.copy()
    rs = r @ r
    while np.sqrt(abs(rs)) > 1e-9:
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        rs_new = r @ r
        p = r + (rs_new / rs) * p
        rs = rs_new
    return np.sum(x ** 2)


def spd(r, n):
    M = r.normal(size=(n, n))
    return M @ M.T + n * np.eye(n)


program(conjugate_gradients, lambda r: (spd(r, 3), r.normal(size=3)), argnums=(0, 1),
        tags="while in-place krylov")


def steepest_descent_inplace(A, b, steps):
    x = np.zeros(b.shape)
    for _ in range(steps):
        g = A.dot(x)
        g -= b
        x -= 0.05 * g
    return x.dot(x)


program(steepest_descent_inplace, lambda r: (spd(r, 3), r.normal(size=3), 8), argnums=(0, 1),
        tags="loops in-place dot-method")


def power_iteration(A, v):
    for _ in range(40):
        w = A @ v
        v = w / np.sqrt(np.sum(w * w))
    return v @ A @ v


program(power_iteration, lambda r: (spd(r, 3), r.normal(size=3)), argnums=0, analytic=True,
        tags="loops normalise")


def inverse_iteration(A, shift):
    v = np.ones(A.shape[0])
    B = A - shift * np.eye(len(A))
    for _ in range(5):
        v = np.linalg.solve(B, v)
        v /= np.max(v)
    return v.sum() + np.linalg.det(B) / 10


program(inverse_iteration, lambda r: (spd(r, 3), 0.5), argnums=(0, 1), tags="solve det in-place max")


def jacobi_relaxation(A, b):
    D = np.diag(A)
    R = A - np.diag(D)
    x = b / D
    error = 1.0
    while error > 1e-13:
        x_new = (b - R @ x) / D
        error = np.abs(x_new - x).max()
        x = x_new
    return x.prod()


program(jacobi_relaxation, lambda r: (r.uniform(-1, 1, size=(3, 3)) + 5 * np.eye(3), r.normal(size=3) + 3),
        argnums=(0, 1), tags="while diag prod tolerance")


def gauss_seidel(A, b, sweeps):
    n = len(b)
    x = [0.0] * n
    for _ in range(sweeps):
        for i in range(n):
            s = 0.0
            for j in range(n):
                if j == i:
                    continue
                s += A[i, j] * x[j]
            x[i] = (b[i] - s) / A[i, i]
    return x[0] * x[1] + x[2]


program(gauss_seidel, lambda r: (spd(r, 3), r.normal(size=3), 4), argnums=(0, 1), analytic=True,
        tags="continue list-store loops")


def sor_with_residual_check(A, b, omega):
    x = np.zeros(len(b))
    for sweep in range(100):
        for i in range(len(b)):
            sigma = A[i] @ x - A[i, i] * x[i]
            x[i] = (1 - omega) * x[i] + omega * (b[i] - sigma) / A[i, i]
        residual = b - A @ x
        if np.sqrt(np.mean(residual ** 2)) < 1e-12:
            return np.sum(x ** 3)
    return float("nan")


program(sor_with_residual_check, lambda r: (spd(r, 3), r.normal(size=3), 1.1), argnums=(0, 1),
        tags="early-return-in-loop in-place recurrence")


def qr_algorithm(A):
    for _ in range(12):
        Q, R = np.linalg.qr(A)
        A = R @ Q
    return A[0, 0] ** 2 + A[1, 1]


program(qr_algorithm, lambda r: (spd(r, 3),), tags="qr tuple-result rebinding")


def householder_least_squares(A, b):
    R = A.copy()
    y = b.copy()
    m, n = R.shape
    for k in range(n):
        v = R[k:, k].copy()
        v[0] += np.copysign(np.sqrt(v @ v), v[0])
        v /= np.sqrt(v @ v)
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
        y[k:] -= 2.0 * v * (v @ y[k:])
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - R[i, i + 1:n] @ x[i + 1:]) / R[i, i]
    return np.sum(x ** 2) + np.sum(y[n:] ** 2)


program(householder_least_squares, lambda r: (r.normal(size=(5, 3)), r.normal(size=5)), argnums=(0, 1),
        tags="slices in-place copysign outer")


def thomas(a, b, c, d):
    """Tridiagonal solve that overwrites copies of its coefficients."""
    n = len(d)
    c, d = c.copy(), d.copy()
    c[0] /= b[0]
    d[0] /= b[0]
    for i in range(1, n):
        m = b[i] - a[i] * c[i - 1]
        c[i] /= m
        d[i] = (d[i] - a[i] * d[i - 1]) / m
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return np.sum(d ** 2)


program(thomas, lambda r: (r.uniform(size=5), 4 + r.uniform(size=5), r.uniform(size=5), r.normal(size=5)),
        argnums=(0, 1, 2, 3), analytic=True, tags="recurrence in-place argument-rebound")

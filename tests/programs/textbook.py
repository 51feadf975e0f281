"""Programs as textbooks and collections of algorithms have them: matrices as lists, roots, quadrature, graphs."""

import cmath
import functools
import itertools
import math
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np

from tests.programs.corpus import program


def lu(A):
    """Decomposes a nxn matrix A by PA=LU and returns L, U and P."""
    def pivotize(m):
        n = len(m)
        ID = [[float(i == j) for i in range(n)] for j in range(n)]
        for j in range(n):
            row = max(range(j, n), key=lambda i: abs(m[i][j]))
            if j != row:
                ID[j], ID[row] = ID[row], ID[j]
        return ID

    def matmul(a, b):
        return [[sum(x * y for x, y in zip(ra, cb)) for cb in zip(*b)] for ra in a]
    n = len(A)
    L = [[0.0] * n for i in range(n)]
    U = [[0.0] * n for i in range(n)]
    P = pivotize(A)
    A2 = matmul(P, A)
    for j in range(n):
        L[j][j] = 1.0
        for i in range(j + 1):
            s1 = sum(U[k][j] * L[i][k] for k in range(i))
            U[i][j] = A2[i][j] - s1
        for i in range(j, n):
            s2 = sum(U[k][j] * L[i][k] for k in range(j))
            L[i][j] = (A2[i][j] - s2) / U[j][j]
    return (L, U, P)


def lu_rosetta(x):
    a = [[1 + x[0], 3, 5], [2, 4 * x[1], 7], [1, 1, x[2]]]
    L, U, P = lu(a)
    return sum(U[i][i] for i in range(3)) + sum(sum(row) for row in L)


program(lu_rosetta, lambda r: (r.uniform(1, 2, size=3),))


def cholesky(A):
    L = [[0.0] * len(A) for _ in range(len(A))]
    for i, (Ai, Li) in enumerate(zip(A, L)):
        for j, Lj in enumerate(L[:i+1]):
            s = sum(Li[k] * Lj[k] for k in range(j))
            Li[j] = math.sqrt(Ai[i] - s) if (i == j) else \
                      (1.0 / Lj[j] * (Ai[j] - s))
    return L


def cholesky_rosetta(x):
    m1 = [[25 * x[0], 15, -5], [15, 18, 0], [-5, 0, 11 + x[1]]]
    L = cholesky(m1)
    return sum(math.prod(r[:k + 1]) for k, r in enumerate(L))


program(cholesky_rosetta, lambda r: (r.uniform(1, 2, size=2),))


def givens_rot(a, b):
    if b == 0:
        return 1.0, 0.0
    if abs(b) > abs(a):
        t = -a / b
        s = 1 / math.sqrt(1 + t * t)
        return s * t, s
    t = -b / a
    c = 1 / math.sqrt(1 + t * t)
    return c, c * t


def qr_givens_lists(x):
    n = 3
    R = [[x[3 * i + j] for j in range(n)] for i in range(n)]
    for j in range(n):
        for i in range(n - 1, j, -1):
            c, s = givens_rot(R[i - 1][j], R[i][j])
            for k in range(n):
                R[i - 1][k], R[i][k] = c * R[i - 1][k] - s * R[i][k], s * R[i - 1][k] + c * R[i][k]
    return sum(abs(R[i][i]) * (i + 1) for i in range(n)) + R[0][2]


program(qr_givens_lists, lambda r: (r.normal(size=9),))


def mean(data):
    n = len(data)
    if n < 1:
        raise ValueError('mean requires at least one data point')
    return sum(data) / n


def _ss(data):
    c = mean(data)
    return sum((x - c) ** 2 for x in data)


def pstdev(data, ddof=0):
    n = len(data)
    if n < 2:
        raise ValueError('variance requires at least two data points')
    return (_ss(data) / (n - ddof)) ** 0.5


def pearson(a, b):
    ma, mb = mean(a), mean(b)
    cov = sum((p - ma) * (q - mb) for p, q in zip(a, b)) / len(a)
    return cov / (pstdev(a) * pstdev(b))


def statistics_script(x, y):
    table = {'x': list(x), 'y': list(y)}
    scores = {}
    for name, column in table.items():
        m, s = mean(column), pstdev(column, ddof=1)
        scores[name] = [(v - m) / s for v in column]
    return pearson(table['x'], table['y']) + sum(v ** 3 for v in scores['x']) - scores['y'][0]


program(statistics_script, lambda r: (r.normal(size=5), r.normal(size=5)), argnums=(0, 1))


class Polynomial:
    def __init__(self, *coeffs):
        self.coeffs = list(coeffs)

    @classmethod
    def from_roots(cls, roots):
        p = cls(1)
        for r in roots:
            p = p * cls(-r, 1)
        return p

    @property
    def degree(self):
        return len(self.coeffs) - 1

    def __call__(self, x):
        res = 0
        for c in reversed(self.coeffs):
            res = res * x + c
        return res

    def __add__(self, other):
        return Polynomial(*[a + b for a, b in itertools.zip_longest(self.coeffs, other.coeffs, fillvalue=0)])

    def __mul__(self, other):
        res = [0] * (len(self.coeffs) + len(other.coeffs) - 1)
        for i, a in enumerate(self.coeffs):
            for j, b in enumerate(other.coeffs):
                res[i + j] += a * b
        return Polynomial(*res)

    def derivative(self):
        return Polynomial(*[k * c for k, c in enumerate(self.coeffs)][1:])


def polynomial_class(x):
    p = Polynomial.from_roots(x[:3])
    q = Polynomial(1.0, x[3]) + p
    return p(x[0] + 0.5) * q.derivative()(0.3) + q.degree


program(polynomial_class, lambda r: (r.normal(size=4),))


def newton_with_history(c, tol=1e-12, maxiter=50):
    x = 1.0
    history = [x]
    for i in range(maxiter):
        fx = math.cos(x) - c * x
        if abs(fx) < tol:
            break
        x = x - fx / (-math.sin(x) - c)
        history.append(x)
    else:
        raise RuntimeError("no convergence")
    return history[-1] + 0.1 * (history[1] - history[0])


program(newton_with_history, lambda r: (r.uniform(1, 2),))


def bisection(f, a, b, tol=1e-10):
    if f(a) * f(b) > 0:
        return None
    while (b - a) / 2.0 > tol:
        midpoint = (a + b) / 2.0
        if f(midpoint) == 0:
            return midpoint
        elif f(a) * f(midpoint) < 0:
            b = midpoint
        else:
            a = midpoint
    return (a + b) / 2.0


def secant_from_bisection(p):
    f = lambda t: t ** 3 - p * t - 1
    start = bisection(f, 0, 4, tol=1e-2)
    if start is None:
        return 0.0
    x0, x1 = start, start + 0.1
    while abs(x1 - x0) > 1e-13:
        x0, x1 = x1, x1 - f(x1) * (x1 - x0) / (f(x1) - f(x0))
    return x1 ** 2


program(secant_from_bisection, lambda r: (r.uniform(1, 2),))


def adaptive_simpsons(f, a, b, eps):
    def quad_simpsons_mem(f, a, fa, b, fb):
        m = (a + b) / 2
        fm = f(m)
        return m, fm, abs(b - a) / 6 * (fa + 4 * fm + fb)

    def rec(f, a, fa, b, fb, eps, whole, m, fm):
        lm, flm, left = quad_simpsons_mem(f, a, fa, m, fm)
        rm, frm, right = quad_simpsons_mem(f, m, fm, b, fb)
        delta = left + right - whole
        if abs(delta) <= eps * 15:
            return left + right + delta / 15
        return rec(f, a, fa, m, fm, eps / 2, left, lm, flm) + rec(f, m, fm, b, fb, eps / 2, right, rm, frm)
    fa, fb = f(a), f(b)
    m, fm, whole = quad_simpsons_mem(f, a, fa, b, fb)
    return rec(f, a, fa, b, fb, eps, whole, m, fm)


def simpson_rosetta(w):
    return adaptive_simpsons(lambda t: math.sin(w * t) * math.exp(-t), 0, 1, 1e-6)


program(simpson_rosetta, lambda r: (r.uniform(1, 3),))


def fft_rec(x):
    N = len(x)
    if N <= 1:
        return x
    even = fft_rec(x[0::2])
    odd = fft_rec(x[1::2])
    T = [cmath.exp(-2j * cmath.pi * k / N) * odd[k] for k in range(N // 2)]
    return [even[k] + T[k] for k in range(N // 2)] + [even[k] - T[k] for k in range(N // 2)]


def fft_lists(x):
    spectrum = fft_rec(list(x))
    return sum(abs(v) ** 2 * k for k, v in enumerate(spectrum))


program(fft_lists, lambda r: (r.normal(size=8),))


def fft_static(x):
    spectrum = fft_rec([x[0], x[1], x[2], x[3]])
    return sum(abs(v) ** 2 * k for k, v in enumerate(spectrum))


program(fft_static, lambda r: (r.normal(size=4),))


Body = namedtuple('Body', 'pos vel mass')


def nbody_namedtuples(m, x):
    bodies = [Body((x[0], x[1]), (0.0, 0.1), m[0]), Body((x[2], x[3]), (0.2, 0.0), m[1]),
              Body((1.0, -1.0), (-0.1, 0.0), m[2])]
    dt = 0.05
    for _ in range(3):
        new = []
        for i, b in enumerate(bodies):
            ax = ay = 0
            for j, o in enumerate(bodies):
                if i == j:
                    continue
                dx, dy = o.pos[0] - b.pos[0], o.pos[1] - b.pos[1]
                r3 = (dx * dx + dy * dy + 0.01) ** 1.5
                ax += o.mass * dx / r3
                ay += o.mass * dy / r3
            vel = (b.vel[0] + dt * ax, b.vel[1] + dt * ay)
            new.append(b._replace(pos=(b.pos[0] + dt * vel[0], b.pos[1] + dt * vel[1]), vel=vel))
        bodies = new
    return sum(b.mass * (b.vel[0] ** 2 + b.vel[1] ** 2) / 2 for b in bodies)


program(nbody_namedtuples, lambda r: (r.uniform(1, 2, size=3), r.normal(size=4)), argnums=(0, 1))


@dataclass
class Particle:
    x: float
    v: float
    m: float = 1.0
    history: list = field(default_factory=list)

    def kick(self, f, dt):
        self.v += f / self.m * dt

    def drift(self, dt):
        self.x += self.v * dt
        self.history.append(self.x)

    @property
    def energy(self):
        return 0.5 * self.m * self.v ** 2


class Chain:
    def __init__(self, particles, k):
        self.particles = particles
        self.k = k

    def forces(self):
        f = [0.0 for _ in self.particles]
        for i in range(len(self.particles) - 1):
            stretch = self.particles[i + 1].x - self.particles[i].x - 1.0
            f[i] += self.k * stretch
            f[i + 1] -= self.k * stretch
        return f

    def step(self, dt):
        for p, f in zip(self.particles, self.forces()):
            p.kick(f, dt)
            p.drift(dt)

    def run(self, n, dt):
        for _ in range(n):
            self.step(dt)
        return sum(p.energy for p in self.particles)


def spring_chain(x, k):
    chain = Chain([Particle(xi, 0.0, m=1.0 + 0.1 * i) for i, xi in enumerate(x)], k)
    e = chain.run(4, 0.1)
    return e + sum(max(p.history) for p in chain.particles)


program(spring_chain, lambda r: (np.arange(4.) + 0.1 * r.normal(size=4), 1.3), argnums=(0, 1))


def floyd_warshall(w):
    n = len(w)
    dist = [[float('inf')] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            dist[i][j] = w[i, j] if i != j else 0.0
    for k, i, j in itertools.product(range(n), repeat=3):
        if dist[i][j] > dist[i][k] + dist[k][j]:
            dist[i][j] = dist[i][k] + dist[k][j]
    return sum(map(sum, dist))


program(floyd_warshall, lambda r: (r.uniform(1, 3, size=(3, 3)),))


def knapsack_dp(values):
    weights = [3, 4, 2, 5]
    W = 9
    best = [[0.0 for _ in range(W + 1)] for _ in range(len(values) + 1)]
    for i in range(1, len(values) + 1):
        for w in range(W + 1):
            best[i][w] = best[i - 1][w]
            if weights[i - 1] <= w:
                best[i][w] = max(best[i][w], best[i - 1][w - weights[i - 1]] + values[i - 1])
    return best[len(values)][W] ** 2


program(knapsack_dp, lambda r: (r.uniform(1, 3, size=4),))


def edit_distance_soft(x, y):
    m, n = len(x), len(y)
    d = {}
    for i in range(m + 1):
        d[i, 0] = i * 1.0
    for j in range(n + 1):
        d[0, j] = j * 1.0
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            d[i, j] = -np.log(np.exp(-(d[i - 1, j] + 1)) + np.exp(-(d[i, j - 1] + 1))
                              + np.exp(-(d[i - 1, j - 1] + cost)))
    return d[m, n]


program(edit_distance_soft, lambda r: (r.normal(size=3), r.normal(size=4)), argnums=(0, 1))


def memo_fib_like(x):
    memo = {}

    def f(n):
        if n in memo:
            return memo[n]
        if n < 2:
            r = x * (n + 1)
        else:
            r = f(n - 1) + math.sin(f(n - 2))
        memo[n] = r
        return r
    return f(7)


program(memo_fib_like, lambda r: (0.4,))


@functools.lru_cache(maxsize=None)
def legendre(n, x):
    if n == 0:
        return 1.0
    if n == 1:
        return x
    return ((2 * n - 1) * x * legendre(n - 1, x) - (n - 1) * legendre(n - 2, x)) / n


def legendre_cached(x):
    legendre.cache_clear()
    return sum(legendre(n, x) * 0.5 ** n for n in range(5))


program(legendre_cached, lambda r: (0.4,))


def gauss_legendre_table(a):
    nodes = {2: [(-0.5773502691896257, 1.0), (0.5773502691896257, 1.0)],
             3: [(-0.7745966692414834, 0.5555555555555556), (0.0, 0.8888888888888888),
                 (0.7745966692414834, 0.5555555555555556)]}
    total = 0
    for order in sorted(nodes, reverse=True):
        s = 0
        for t, w in nodes[order]:
            s += w * np.exp(a * t)
        total += s / order
    return total


program(gauss_legendre_table, lambda r: (0.7,), analytic=True)

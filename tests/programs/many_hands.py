"""Programs by many hands: recursion over minors, Romberg tables, class hierarchies, contexts, adaptive steps."""

import abc
import itertools
import math
from collections import defaultdict
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from tests.programs.corpus import program


def determinant(m):
    if len(m) == 1:
        return m[0][0]
    total = 0
    for c in range(len(m)):
        minor = [row[:c] + row[c + 1:] for row in m[1:]]
        total += (-1) ** c * m[0][c] * determinant(minor)
    return total


def laplace_expansion(x):
    m = [list(row) for row in x]
    return determinant(m)


program(laplace_expansion, lambda r: (r.normal(size=(4, 4)),), analytic=True)


def permutation_expansion(x):
    n = len(x)
    det = perm = 0
    for p in itertools.permutations(range(n)):
        inversions = sum(1 for i in range(n) for j in range(i + 1, n) if p[i] > p[j])
        prod = 1
        for i, pi in enumerate(p):
            prod *= x[i, pi]
        det += (-1) ** inversions * prod
        perm += prod
    return det * perm


program(permutation_expansion, lambda r: (r.normal(size=(3, 3)),), analytic=True)


def extrapolated(f, low, high, levels):
    """Trapezoids of halved width, and their extrapolation to width zero, in a triangle of an array."""
    table = np.zeros((levels + 1,) * 2)
    width, pieces = high - low, 1
    table[0, 0] = (f(low) + f(high)) * width / 2
    for level in range(1, levels + 1):
        width, pieces = width / 2, 2 * pieces
        between = 0.0
        for odd in range(1, pieces, 2):
            between = between + f(low + odd * width)
        table[level, 0] = table[level - 1, 0] / 2 + width * between
        quarter = 1
        for order in range(level):
            quarter *= 4
            gained = table[level, order] - table[level - 1, order]
            table[level, order + 1] = table[level, order] + gained / (quarter - 1)
    return table[-1, -1]


def romberg_script(a):
    return extrapolated(lambda t: np.exp(-a * t * t), 0.0, 1.5, 4)


program(romberg_script, lambda r: (0.8,))


def extrapolated_rows(f, low, high, levels):
    rows = [[(f(low) + f(high)) * (high - low) / 2]]
    while len(rows) < levels:
        width = (high - low) / 2 ** len(rows)
        places = (low + width * odd for odd in range(1, 2 ** len(rows), 2))
        row = [rows[-1][0] / 2 + width * math.fsum(map(f, places))]
        for order, above in enumerate(rows[-1], start=1):
            row.append((4 ** order * row[-1] - above) / (4 ** order - 1))
        rows.append(row)
    return rows[-1][-1]


def romberg_of_lists(a):
    return extrapolated_rows(lambda t: math.exp(-a * t * t), 0.0, 1.5, levels=4)


program(romberg_of_lists, lambda r: (0.8,))


class Shape(abc.ABC):
    registry = {}

    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Shape.registry[cls.__name__.lower()] = cls

    @abc.abstractmethod
    def area(self):
        ...

    def __lt__(self, other):
        return self.area() < other.area()


class Circle(Shape):
    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r ** 2


class Rect(Shape):
    def __init__(self, w, h):
        self.w, self.h = w, h

    def area(self):
        return self.w * self.h


class Square(Rect):
    def __init__(self, s):
        super().__init__(s, s)


def shapes(x):
    items = [Circle(x[0]), Rect(x[1], x[2]), Square(x[3])]
    biggest = max(items, key=lambda s: s.area())
    named = Shape.registry['rect'](x[0], 2.0)
    return sum(s.area() for s in items) + biggest.area() ** 2 + named.area()


program(shapes, lambda r: (r.uniform(1, 2, size=4),))


class Matrix:
    def __init__(self, rows):
        self.rows = [list(r) for r in rows]

    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])

    @staticmethod
    def identity(n):
        return Matrix([[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)])

    def __getitem__(self, ij):
        i, j = ij
        return self.rows[i][j]

    def __setitem__(self, ij, v):
        i, j = ij
        self.rows[i][j] = v

    def __matmul__(self, o):
        n, m = self.shape
        m2, p = o.shape
        assert m == m2
        out = Matrix([[0.0] * p for _ in range(n)])
        for i in range(n):
            for j in range(p):
                out[i, j] = sum(self[i, k] * o[k, j] for k in range(m))
        return out

    def __pow__(self, n):
        if n == 0:
            return Matrix.identity(self.shape[0])
        half = self ** (n // 2)
        sq = half @ half
        return sq @ self if n % 2 else sq

    def T(self):
        return Matrix(zip(*self.rows))

    def __iter__(self):
        return iter(self.rows)

    def trace(self):
        return sum(self[i, i] for i in range(self.shape[0]))


def matrix_class(x):
    m = Matrix([[x[0], x[1]], [x[2], x[3]]])
    p = m ** 5
    return p.trace() + sum(sum(r) for r in m.T()) * (m @ m)[0, 1]


program(matrix_class, lambda r: (r.normal(size=4),), analytic=True)


def matrix_class_runtime(x):
    m = Matrix(x)
    return (m @ m.T()).trace()


program(matrix_class_runtime, lambda r: (r.normal(size=(3, 4)),), analytic=True)


@contextmanager
def scaled(state, factor):
    old = state.scale
    state.scale = old * factor
    yield state
    state.scale = old


def context_of_own(x):
    s = SimpleNamespace(scale=1.0, total=0.0)
    for v in x:
        with scaled(s, v) as inner:
            inner.total += inner.scale * v
        s.total += s.scale
    return s.total


program(context_of_own, lambda r: (r.normal(size=4),), analytic=True)


def rkf45(f, y, t, t_end, tol=1e-4):
    B = [[],
         [1 / 4],
         [3 / 32, 9 / 32],
         [1932 / 2197, -7200 / 2197, 7296 / 2197],
         [439 / 216, -8, 3680 / 513, -845 / 4104],
         [-8 / 27, 2, -3544 / 2565, 1859 / 4104, -11 / 40]]
    A = [0, 1 / 4, 3 / 8, 12 / 13, 1, 1 / 2]
    C4 = [25 / 216, 0, 1408 / 2565, 2197 / 4104, -1 / 5, 0]
    C5 = [16 / 135, 0, 6656 / 12825, 28561 / 56430, -9 / 50, 2 / 55]
    h = 0.1
    steps = 0
    while t < t_end:
        h = min(h, t_end - t)
        k = []
        for a, row in zip(A, B):
            yi = y + sum(b * ki * h for b, ki in zip(row, k))
            k.append(f(t + a * h, yi))
        y4 = y + h * sum(c * ki for c, ki in zip(C4, k))
        y5 = y + h * sum(c * ki for c, ki in zip(C5, k))
        err = np.max(np.abs(y5 - y4))
        if err <= tol:
            t, y = t + h, y5
            steps += 1
        h *= 1.1 if err < tol / 4 else 0.8
    return y, steps


def adaptive_rkf(p):
    f = lambda t, y: np.array([p[0] * y[0] - p[1] * y[0] * y[1], -y[1] + y[0] * y[1]])
    y, steps = rkf45(f, np.array([1.0, 0.5]), 0.0, 0.5)
    return y[0] * y[1]


program(adaptive_rkf, lambda r: (r.uniform(0.8, 1.2, size=2),))


def primes_weights(x):
    sieve = [True] * 30
    primes = []
    for p in range(2, 30):
        if sieve[p]:
            primes.append(p)
            for q in range(p * p, 30, p):
                sieve[q] = False
    return sum(xi ** (1.0 / p) for xi, p in zip(x, primes))


program(primes_weights, lambda r: (r.uniform(1, 2, size=4),))


def matrix_chain(dims):
    n = len(dims) - 1
    m = [[0 for _ in range(n)] for _ in range(n)]
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            m[i][j] = float('inf')
            for k in range(i, j):
                cost = m[i][k] + m[k + 1][j] + dims[i] * dims[k + 1] * dims[j + 1]
                if cost < m[i][j]:
                    m[i][j] = cost
    return m[0][n - 1]


program(matrix_chain, lambda r: (r.uniform(1, 5, size=5),))


def hash_grid(pos, w):
    cells = defaultdict(list)
    h = 1.0
    for i, (px, py) in enumerate(pos):
        cells[int(px // h), int(py // h)].append(i)
    rho = [0.0] * len(pos)
    for (cx, cy), members in cells.items():
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                for j in cells.get((cx + dx, cy + dy), ()):
                    for i in members:
                        r2 = (pos[i][0] - pos[j][0]) ** 2 + (pos[i][1] - pos[j][1]) ** 2
                        if r2 < h * h:
                            rho[i] += w[j] * (h * h - r2) ** 3
    return sum(p * p for p in rho)


program(hash_grid, lambda r: (r.uniform(0, 3, size=(6, 2)), r.uniform(1, 2, size=6)), argnums=(0, 1))


def ising_energy(J, T):
    spins = [[1, -1, 1], [1, 1, -1], [-1, 1, 1]]
    n = len(spins)
    e = 0
    for i, row in enumerate(spins):
        for j, s in enumerate(row):
            e -= J[i, j] * s * (spins[(i + 1) % n][j] + spins[i][(j + 1) % n])
    return math.exp(-e / T)


program(ising_energy, lambda r: (0.2 * r.normal(size=(3, 3)), 2.0), argnums=(0, 1))

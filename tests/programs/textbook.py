"""Programs as textbooks have them: statistics, polynomials, roots, quadrature, transforms, bodies and springs."""

import cmath
import itertools
import math
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np

from tests.programs.corpus import program


def average(column):
    if not column:
        raise ValueError("an empty column has no average")
    return sum(column) / len(column)


def spread(column, lost=0):
    """Standard deviation with so many degrees of freedom lost."""
    centre = average(column)
    squares = [(v - centre) ** 2 for v in column]
    if len(squares) <= lost:
        raise ValueError(f"{len(squares)} values leave no degree of freedom")
    return (sum(squares) / (len(squares) - lost)) ** 0.5


def correlation(left, right):
    pairs = [(p - average(left), q - average(right)) for p, q in zip(left, right)]
    return sum(p * q for p, q in pairs) / len(pairs) / (spread(left) * spread(right))


def statistics_script(x, y):
    table = {'x': list(x), 'y': list(y)}
    scores = {}
    for name, column in table.items():
        m, s = average(column), spread(column, lost=1)
        scores[name] = [(v - m) / s for v in column]
    return correlation(table['x'], table['y']) + sum(v ** 3 for v in scores['x']) - scores['y'][0]


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


def halved(f, low, high, width):
    """The middle of a bracket of that width around a root, or None if the ends have the same sign."""
    at_low = f(low)
    if at_low * f(high) > 0:
        return None
    while high - low > width:
        middle = low + (high - low) / 2
        at_middle = f(middle)
        if at_middle == 0:
            return middle
        if (at_middle > 0) == (at_low > 0):
            low, at_low = middle, at_middle
        else:
            high = middle
    return low + (high - low) / 2


def secant_from_bisection(p):
    f = lambda t: t ** 3 - p * t - 1
    start = halved(f, 0, 4, width=2e-2)
    if start is None:
        return 0.0
    x0, x1 = start, start + 0.1
    while abs(x1 - x0) > 1e-13:
        x0, x1 = x1, x1 - f(x1) * (x1 - x0) / (f(x1) - f(x0))
    return x1 ** 2


program(secant_from_bisection, lambda r: (r.uniform(1, 2),))


def area(f, low, high, tolerance):
    """Integral by parabolas, halved where two of them differ much from one."""
    def parabola(left, right):
        (a, fa), (b, fb) = left, right
        m = (a + b) / 2
        fm = f(m)
        return (m, fm), (b - a) * (fa + 4 * fm + fb) / 6

    def refined(left, middle, right, coarse, tolerance):
        before, low_part = parabola(left, middle)
        after, high_part = parabola(middle, right)
        gain = low_part + high_part - coarse
        if abs(gain) < 15 * tolerance:
            return low_part + high_part + gain / 15
        return (refined(left, before, middle, low_part, tolerance / 2)
                + refined(middle, after, right, high_part, tolerance / 2))
    ends = (low, f(low)), (high, f(high))
    middle, coarse = parabola(*ends)
    return refined(ends[0], middle, ends[1], coarse, tolerance)


def adaptive_area(w):
    return area(lambda t: math.sin(w * t) * math.exp(-t), 0, 1, 1e-6)


program(adaptive_area, lambda r: (r.uniform(1, 3),))


def spectrum_of(samples):
    """Discrete Fourier transform of a list, by halves: even and odd places."""
    n = len(samples)
    if n == 1:
        return samples
    halves = zip(spectrum_of(samples[::2]), spectrum_of(samples[1::2]))
    low, high = [], []
    for k, (even, odd) in enumerate(halves):
        turned = cmath.exp(-2j * cmath.pi * k / n) * odd
        low.append(even + turned)
        high.append(even - turned)
    return low + high


def fft_lists(x):
    return sum(abs(v) ** 2 * k for k, v in enumerate(spectrum_of(list(x))))


program(fft_lists, lambda r: (r.normal(size=8),))


def fft_static(x):
    return sum(abs(v) ** 2 * k for k, v in enumerate(spectrum_of([x[0], x[1], x[2], x[3]])))


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

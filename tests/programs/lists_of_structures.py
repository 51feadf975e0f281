"""Lists of tuples, dicts and objects whose length is known at run time only."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import program


def pairs_of_number_and_array(x, n):
    out = []
    for i in range(n):
        out.append((i + 1, np.sin(x * i)))
    return sum(np.sum(v) * k for k, v in out)


program(pairs_of_number_and_array, lambda r: (r.normal(size=3), 4), analytic=True, tags="list-of-tuples append")


def path_until_small(x, tol):
    path = [(0.0, x)]
    t = 0.0
    while x > tol:
        x = 0.7 * x
        t += 0.1
        path.append((t, x))
    last, first = path[-1], path[0]
    return sum(a * b for a, b in path) + last[1] + first[1] * len(path)


program(path_until_small, lambda r: (2.0, 0.3), tags="list-of-tuples while scalar")


@dataclass
class Particle:
    x: float
    v: float

    def kick(self, f, dt=0.1):
        self.v += f * dt
        self.x += self.v * dt


def particles_in_a_trap(x):
    particles = [Particle(a, 0.5) for a in x]
    for _ in range(3):
        for p in particles:
            p.kick(-p.x)
    return sum(p.x * p.v for p in particles)


program(particles_in_a_trap, lambda r: (r.normal(size=4),), analytic=True, tags="list-of-objects attribute-store")


def particles_in_pairs(pos, vel):
    ps = [Particle(a, b) for a, b in zip(pos, vel)]
    for _ in range(2):
        for i in range(len(ps)):
            for j in range(i + 1, len(ps)):
                d = ps[i].x - ps[j].x
                ps[i].v -= 0.1 * d ** 3
                ps[j].v += 0.1 * d ** 3
        for p in ps[1:]:
            p.x += 0.1 * p.v
    return sum(0.5 * p.v ** 2 + p.x for p in ps)


program(particles_in_pairs, lambda r: (r.normal(size=4), r.normal(size=4)), argnums=(0, 1), analytic=True,
        tags="list-of-objects attribute-store slices")


def the_object_kept_by_name(x):
    """What is written through one name is seen through the list, and through another one."""
    ps = []
    for v in x:
        p = Particle(v, 1.0)
        ps.append(p)
        p.x += 2.0 * v
        ps[-1].v *= p.x
    first, last = ps[0], ps[len(ps) - 1]
    first.x = last.x * last.v
    ps[0].v += first.x
    return first.v + sum(p.x ** 2 for p in ps)


program(the_object_kept_by_name, lambda r: (r.normal(size=3),), analytic=True, tags="list-of-objects aliasing")


def the_nearest_object(x, target):
    ps = [Particle(v, v ** 2) for v in x]
    best = None
    for p in ps:
        if best is None or abs(p.x - target) < abs(best.x - target):
            best = p
    best.v = 3.0 * best.v
    return sum(p.v for p in ps) + best.x


program(the_nearest_object, lambda r: (np.array([0.3, 1.1, -0.4]), 1.0), tags="list-of-objects optional aliasing")


def log_of_dicts(x, n):
    log = []
    for _ in range(n):
        x = x - 0.1 * x ** 2
        log.append({"loss": np.sum(x), "x": x.copy()})
    return log[-1]["loss"] + sum(np.sum(e["x"] ** 2) for e in log) + min(e["loss"] for e in log)


program(log_of_dicts, lambda r: (r.normal(size=3), 4), tags="list-of-dicts append")


def sorted_pairs(x, w):
    total, before = 0.0, 0.0
    for a, b in sorted(zip(x, w), key=lambda pair: pair[0]):
        total += (a - before) * b
        before = a
    return total


program(sorted_pairs, lambda r: (r.normal(size=4), r.normal(size=4)), argnums=(0, 1), tags="sorted zip")


def tree_by_a_stack(x, depth):
    stack = [(0, x)]
    total = 0.0
    while stack:
        level, v = stack.pop()
        total += v ** 2 * (level + 1)
        if level < depth:
            stack.append((level + 1, 0.5 * v))
            stack.append((level + 1, np.sin(v)))
    return total


program(tree_by_a_stack, lambda r: (0.8, 3), analytic=True, tags="list-of-tuples pop while scalar")


def tree_by_a_queue(x, depth):
    queue = deque([(x, 0)])
    total = 0.0
    while queue:
        v, level = queue.popleft()
        total += v * level
        if level < depth:
            queue.append((v * v, level + 1))
            queue.append((v + 1.0, level + 1))
    return total


program(tree_by_a_queue, lambda r: (0.7, 3), analytic=True, tags="list-of-tuples deque while scalar")


def quadrature_by_a_stack(a, b, p):
    def f(t):
        return np.exp(-p * t * t)

    todo, total = [(a, b)], 0.0
    while len(todo) > 0:
        low, high = todo.pop()
        mid = 0.5 * (low + high)
        one = (high - low) * f(mid)
        two = 0.5 * (high - low) * (f(0.5 * (low + mid)) + f(0.5 * (mid + high)))
        if abs(one - two) < 1e-3:
            total += two
        else:
            todo += [(low, mid), (mid, high)]
    return total


program(quadrature_by_a_stack, lambda r: (0.0, 2.0, 0.8), argnums=(0, 1, 2), tags="list-of-tuples while pop scalar")


def table_of_points(x, n):
    points = []
    for i in range(n):
        points.append((x[0] * i, np.cos(x[1] * i), 1.0))
    table = np.array(points)
    return np.sum(table[:, 0] * table[:, 1]) + np.sum(np.mean(points, axis=0))


program(table_of_points, lambda r: (r.normal(size=2), 4), analytic=True, tags="list-of-tuples np.array")


def nested_structures(x, n):
    out = []
    for i in range(n):
        out.append({"at": (x * i, x ** 2), "who": Particle(x, float(i))})
    joined = out + [{"at": (x, x), "who": Particle(1.0, x)}]
    return sum(e["at"][0] * e["who"].v + e["at"][1] * e["who"].x for e in joined)


program(nested_structures, lambda r: (1.3, 4), analytic=True, tags="list-of-dicts nested scalar")

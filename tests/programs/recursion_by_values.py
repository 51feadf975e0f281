"""Functions that call themselves until the values say stop: compiled as functions that call themselves."""

import math

import numpy as np

from tests.programs.corpus import program


def halved(f, low, high, at_low):
    """A root between two signs."""
    middle = 0.5 * (low + high)
    if high - low < 1e-4:
        return middle
    at_middle = f(middle)
    if at_low * at_middle <= 0:
        return halved(f, low, middle, at_low)
    return halved(f, middle, high, at_middle)


def root_by_halving(stiffness, load):
    def imbalance(x):
        return stiffness * x + 0.3 * math.sinh(x) - load

    root = halved(imbalance, 0.0, 4.0, imbalance(0.0))
    for _ in range(3):  # halving alone would make the root piecewise constant
        root -= imbalance(root) / (stiffness + 0.3 * math.cosh(root))
    return root * root + load


program(root_by_halving, lambda r: (1.3, 2.1), argnums=(0, 1), tags="recursion closure scalar")


def cube_root(c, x=1.0):
    step = (x ** 3 - c) / (3 * x ** 2)
    return x - step if abs(step) < 1e-12 else cube_root(c, x - step)


def newton_from_a_default(c):
    return cube_root(c) * c + cube_root(2 * c, 1.5)


program(newton_from_a_default, lambda r: (2.5,), tags="recursion conditional-expression defaults scalar")


def minors(m):
    if m.shape[0] == 1:
        return m[0, 0]
    total = 0.0
    for j in range(m.shape[0]):
        total += (-1) ** j * m[0, j] * minors(np.delete(m[1:], j, axis=1))
    return total


def determinant_by_deleted_columns(m):
    return math.log(abs(minors(m)))


program(determinant_by_deleted_columns, lambda r: (r.normal(size=(4, 4)),), tags="recursion delete loop early-return")


def parted(x):
    """Quicksort by masks."""
    if len(x) <= 1:
        return x
    pivot, rest = x[0], x[1:]
    return np.concatenate([parted(rest[rest < pivot]), x[:1], parted(rest[rest >= pivot])])


def gini(x, weights):
    ordered = parted(x * x)
    return np.sum(ordered * weights * np.arange(1, len(x) + 1)) / np.sum(ordered)


program(gini, lambda r: (r.normal(size=7), r.uniform(0.5, 1.5, size=7)), argnums=(0, 1),
        tags="recursion masks concatenate slices")


def sort_between(a, low, high):
    """Quicksort in place."""
    if low >= high:
        return
    pivot, i = a[high], low
    for j in range(low, high):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[high] = a[high], a[i]
    sort_between(a, low, i - 1)
    sort_between(a, i + 1, high)


def order_statistics_in_place(x, weights):
    a = np.sin(x)
    sort_between(a, 0, len(a) - 1)
    return np.sum(a * a * weights)


program(order_statistics_in_place, lambda r: (r.normal(size=6), r.normal(size=6)), argnums=(0, 1),
        tags="recursion in-place swap bare-return call-for-effect")


def sorted_argument(x):
    sort_between(x, 0, len(x) - 1)
    return np.sum(x * np.cumsum(x))


program(sorted_argument, lambda r: (r.normal(size=5),), mutates=(0,), tags="recursion in-place argument-written")


def discounted(node, rate, left, right, value):
    """A tree in arrays: the numbers of the children, -1 for none."""
    if node < 0:
        return 0.0
    below = discounted(left[node], rate, left, right, value) + discounted(right[node], rate, left, right, value)
    return value[node] + below / (1 + rate) if below > 0 else value[node] - rate * below


def tree_in_arrays(value, rate):
    left, right = np.array([1, 3, -1, -1, -1, -1]), np.array([2, 4, 5, -1, -1, -1])
    return discounted(0, rate, left, right, value) ** 2


program(tree_in_arrays, lambda r: (r.normal(size=6), 0.1), argnums=(0, 1), tags="recursion tree integer-arrays")


def heated(x, fuel):
    if fuel <= 0:
        return x
    return cooled(x + 0.3 * np.sin(fuel), fuel - x * x - 0.5)


def cooled(x, fuel):
    if fuel <= 0:
        return 2 * x
    return heated(x * np.cos(0.2 * x), fuel - 0.7)


def heated_and_cooled(x, fuel):
    return heated(x, fuel) * cooled(x, fuel / 2)


program(heated_and_cooled, lambda r: (0.8, 3.2), argnums=(0, 1), tags="recursion mutual scalar early-return")


class Particle:
    def __init__(self, drag, dt):
        self.drag, self.dt = drag, dt

    def fall(self, height, speed):
        """Height and speed when it has passed the ground."""
        if height < 0:
            return height, speed
        return self.fall(height - self.dt * speed, speed + self.dt * (9.8 - self.drag * speed * abs(speed)))


def until_the_ground(drag, height):
    left, speed = Particle(drag, 0.05).fall(height, 0.0)
    return speed * speed / 2 - 9.8 * left


program(until_the_ground, lambda r: (0.3, 2.0), argnums=(0, 1), tags="recursion method object tuple-result")


def contracted(state, metric):
    """A dict of arrays that shrinks until it is small."""
    if np.sum(state["x"] ** 2) < 0.05:
        return state
    moved = {"x": 0.6 * state["x"] - 0.1 * state["m"], "m": state["m"] * metric + 0.2 * state["x"]}
    return contracted(moved, metric)


def dict_that_contracts(x, metric):
    end = contracted({"x": x, "m": np.ones_like(x)}, metric)
    return np.sum(end["x"] * end["m"]) + np.sum(end["m"] ** 2)


program(dict_that_contracts, lambda r: (r.normal(size=3), 0.4), argnums=(0, 1), tags="recursion dict arrays")


def bounced(x, box, depth):
    total = 0.0
    for k in range(len(x)):
        if abs(x[k]) > box[k]:
            continue
        if depth > 3:
            return total + x[k]
        total += 0.3 * bounced(1.4 * x + 0.1 * depth, box, depth + 1) * x[k]
    return total


def recursion_inside_a_loop(x, box):
    return bounced(x, box, 0) ** 2 + np.sum(x * box)


program(recursion_inside_a_loop, lambda r: (np.array([0.3, -0.2, 0.5]), np.array([1.0, 1.5, 2.0])), argnums=(0, 1),
        tags="recursion loop continue early-return")


def dominant(A, v):
    w = A @ v
    w = w / np.linalg.norm(w)
    if np.linalg.norm(w - v) < 1e-12:
        return w @ A @ w
    return dominant(A, w)


def largest_eigenvalue(B):
    A = B @ B.T + np.diag([4.0, 1.0, 0.5])
    return dominant(A, np.ones(3) / math.sqrt(3))


program(largest_eigenvalue, lambda r: (0.3 * r.normal(size=(3, 3)),), tags="recursion matrix norm")


def ackermann_like(x, m, n):
    if m == 0:
        return x * (n + 1)
    if n == 0:
        return ackermann_like(np.sin(x), m - 1, 1)
    return ackermann_like(x * 0.9, m - 1, int(1 + abs(ackermann_like(x * 1.1, m, n - 1)) % 3))


def nested_recursion(x):
    return ackermann_like(x, 2, 2) + x * x


program(nested_recursion, lambda r: (0.7,), tags="recursion nested-calls integers")


def flooded(x):
    """Cells reached from a corner, each entered once: the recursion writes what it has seen."""
    ground, n = np.outer(x, x), len(x)
    seen = np.zeros(ground.shape, bool)

    def fill(i, j, level):
        if i < 0 or j < 0 or i >= n or j >= n or seen[i, j] or ground[i, j] > 0.9:
            return 0.0
        seen[i, j] = True
        wet = ground[i, j] * level
        return wet + fill(i + 1, j, level * 0.9) + fill(i, j + 1, level * 0.8) + fill(i - 1, j, level * 0.7)

    return fill(0, 0, x[0] + 1.0)


program(flooded, lambda r: (np.array([0.3, 0.7, 1.1, 0.5]),), tags="recursion closure masks in-place")


def chosen_paths(x):
    """Backtracking: what is written before a call is taken back after it."""
    path = np.zeros(4)

    def go(k, cost):
        if k == 3 or cost > 1.0:
            return np.sum(path ** 2) * cost
        total = 0.0
        for choice in range(2):
            path[k] = x[k] * (choice + 1)
            total += go(k + 1, cost + path[k] * 0.2)
            path[k] = 0.0
        return total

    return go(0, 0.1)


program(chosen_paths, lambda r: (r.uniform(0.3, 1.0, size=3),), tags="recursion backtracking in-place captured-array")


def blocks_multiplied(A, B):
    n = len(A)
    if n <= 1:
        return A * B
    h = n // 2
    C = np.zeros((n, n))
    for i in (slice(None, h), slice(h, None)):
        for j in (slice(None, h), slice(h, None)):
            C[i, j] = blocks_multiplied(A[i, :h], B[:h, j]) + blocks_multiplied(A[i, h:], B[h:, j])
    return C


def product_by_blocks(x):
    return np.sum(blocks_multiplied(x, np.cos(x)) ** 2)


program(product_by_blocks, lambda r: (r.normal(size=(4, 4)),), tags="recursion blocks slices-in-variables")


def selected(v, k):
    pivot = v[0]
    below, above = v[v < pivot], v[v > pivot]
    if k < len(below):
        return selected(below, k)
    if k == len(below):
        return pivot
    return selected(above, k - len(below) - 1)


def quantiles(x):
    return selected(x, 2) * selected(x * x, 1) + selected(-x, 0)


program(quantiles, lambda r: (r.uniform(0.2, 1.5, size=7),), tags="recursion masks quickselect")


def halved_steps(q, p, h):
    moved, kicked = q + h * p, p - h * np.sin(q + h * p)
    if abs(kicked - p) > 0.1:
        return halved_steps(*halved_steps(q, p, h / 2), h / 2)
    return moved, kicked


def pendulum_with_halved_steps(q, p):
    for _ in range(3):
        q, p = halved_steps(q, p, 0.4)
    return q * q + p * p


program(pendulum_with_halved_steps, lambda r: (0.7, 0.9), argnums=(0, 1), tags="recursion ode tuple starred-call")


def shrunk_in_place(a, depth):
    if a[0] > 2 or depth > 3:
        return a[0]
    a *= 1.3
    below = shrunk_in_place(a, depth + 1)
    a[0] += 0.1 * below
    return below + a[-1]


def result_and_argument(x):
    y = x.copy()
    return shrunk_in_place(y, 0) * np.sum(y)


program(result_and_argument, lambda r: (r.uniform(0.5, 0.9, size=3),), tags="recursion in-place result-and-argument")

"""Dicts whose keys only the run knows, and other containers of the standard library that are read as Python."""

import heapq
from collections import Counter, OrderedDict, defaultdict, deque
from types import SimpleNamespace

import numpy as np

from tests.programs.corpus import program


def binned_energy(x, width):
    energy = {}
    for value in x:
        k = int(value / width)
        energy[k] = energy.get(k, 0.0) + value * value
    return sum((1 + 0.1 * k) * e * e for k, e in energy.items())


program(binned_energy, lambda r: (r.uniform(0.1, 2.0, size=7), 0.5), argnums=0, tags="dict runtime-keys get items")


def products_of_groups(x):
    labels = np.array([2, 0, 1, 2, 0, 1, 2])
    groups = {}
    for i in range(len(x)):
        groups.setdefault(labels[i], []).append(x[i])
    return sum(len(g) * np.prod(np.array(g)) for g in groups.values())


program(products_of_groups, lambda r: (r.uniform(0.5, 1.5, size=7),), tags="dict setdefault append groups")


def sums_by_parity(x):
    total, items = defaultdict(float), defaultdict(list)
    for i, value in enumerate(x):
        total[i % 2] += value ** 3
        items[i % 3].append(value)
    heaviest = max(total, key=total.get)
    return total[0] * total[1] + total[heaviest] + sum(np.sum(np.array(v)) ** 2 for v in items.values())


program(sums_by_parity, lambda r: (r.uniform(0.2, 1.2, size=8),), tags="defaultdict max-key lists")


def vectors_in_a_dict(x):
    moments = {}
    for i in range(len(x)):
        k = i % 2
        if k not in moments:
            moments[k] = np.zeros(3)
        moments[k] += x[i] ** np.arange(1, 4)
        moments[k][1] *= x[i]
    return sum(np.sum(m ** 2) for m in moments.values())


program(vectors_in_a_dict, lambda r: (r.uniform(0.3, 1.3, size=6),), tags="dict arrays in-place membership")


def sparse_product(x):
    matrix, n = {}, len(x)
    for i in range(n):
        matrix[i, i] = 2.0 + x[i]
        if i > 0:
            matrix[i, i - 1] = -x[i] * x[i - 1]
    y = np.zeros(n)
    for (i, j), entry in matrix.items():
        y[i] += entry * x[j]
    return np.sum(y ** 2)


program(sparse_product, lambda r: (r.normal(size=5),), tags="dict tuple-keys items sparse-matrix")


def ranks(x):
    rank = {index: k for k, index in enumerate(np.argsort(x))}
    squares = {i: x[i] ** 2 for i in range(len(x))}
    lowest = squares.pop(0)
    del squares[1]
    return sum(rank[i] * v for i, v in squares.items()) + lowest * rank[0]


program(ranks, lambda r: (r.normal(size=6),), tags="dict comprehension pop del argsort")


def histogram_of_bins(x):
    counts = Counter(int(3 * value) for value in x)
    order = OrderedDict()
    for i in range(len(x)):
        order[(3 * i) % 4] = x[i] * (i + 1)
    total = 0.0
    for k in order:
        total = 0.9 * total + order[k] * (1 + counts[k])
    return total ** 2


program(histogram_of_bins, lambda r: (r.uniform(0.1, 1.3, size=6),), tags="counter ordereddict generator")


def merged_settings(x):
    settings = {"rate": x[0], "decay": x[1]}
    settings |= {"decay": x[2], "bias": x[0] * x[1]}
    both = settings | {"scale": x[1]}
    state = SimpleNamespace(level=both["rate"], steps=0)
    for value in x:
        state.level = state.level * both["decay"] + value * both["scale"]
        state.steps += 1
    return state.level * state.steps + both["bias"]


program(merged_settings, lambda r: (r.normal(size=3),), tags="dict union simplenamespace")


def turned_window(x):
    window, total = deque([0.0] * 3, maxlen=3), 0.0
    for i in range(len(x)):
        window.append(x[i] * x[i])
        total += window[0] * window[-1] + sum(window)
        if i % 2:
            window.rotate(1)
    return total


program(turned_window, lambda r: (r.normal(size=6),), tags="deque rotate maxlen")


def cheapest_first(x):
    heap = [(value ** 2, 100 + i) for i, value in enumerate(x[:3])]
    heapq.heapify(heap)
    for i in range(3, len(x)):
        heapq.heappush(heap, (x[i] ** 2, i))
    total, weight = 0.0, 1
    while heap:
        cost, label = heapq.heappop(heap)
        total += weight * cost * (1.5 if label >= 100 else x[label])
        weight += 1
    return total


program(cheapest_first, lambda r: (r.normal(size=7),), tags="heapq tuples while")


def remembered_until_seen_again(x):
    seen = {}
    for i in range(len(x)):
        k = round(float(x[i]) * 2)
        if k in seen:
            return seen[k] * x[i] + x[0]
        seen[k] = x[i] ** 2
    return x[-1]


program(remembered_until_seen_again, lambda r: (np.array([0.3, 1.4, 0.9, 1.3, 0.2]),), tags="dict early-return round")


def joined_sets(x):
    parent = {}

    def top(a):
        while parent[a] != a:
            a = parent[a]
        return a

    for i in range(len(x)):
        parent[i] = i
    for i in range(len(x) - 1):
        if x[i] * x[i + 1] > 0.2:
            parent[top(i)] = top(i + 1)
    weight = {}
    for i in range(len(x)):
        root = top(i)
        weight[root] = weight.get(root, 0.0) + x[i]
    return sum(w ** 3 for w in weight.values())


program(joined_sets, lambda r: (r.uniform(0.1, 1.2, size=6),), tags="dict union-find closure while")


def diagonal_through_einsum(x):
    a = np.outer(x, np.cos(x))
    np.einsum("ii->i", a)[...] = x ** 3
    np.einsum("ii->i", a)[1:] += x[:-1]
    return np.sum(a * a * x)


program(diagonal_through_einsum, lambda r: (r.normal(size=4),), tags="einsum view-written")

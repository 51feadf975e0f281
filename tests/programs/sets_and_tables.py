"""Sets and dicts whose items and keys are known at run time only."""

import math
from collections import Counter, defaultdict, deque

import numpy as np

from tests.programs.corpus import program


def visited(x):
    graph = {0: [1, 2], 1: [3], 2: [3, 4], 3: [5], 4: [5], 5: []}
    seen = {0}
    q = deque([(0, 1.0)])
    total = 0.0
    while q:
        node, weight = q.popleft()
        total += weight * x[node] ** 2
        for nb in graph[node]:
            if nb not in seen:
                seen.add(nb)
                q.append((nb, weight * 0.5))
    return total


program(visited, lambda r: (r.normal(size=6),), analytic=True)


def distinct_bins(x):
    bins = set()
    for v in x:
        bins.add(int(np.floor(v)))
    return sum(k * x[i] for i, k in enumerate(sorted(bins))) + len(bins) * x[0]


program(distinct_bins, lambda r: (2 * r.normal(size=6),))


def distinct_comp(x):
    signs = {int(np.sign(v)) for v in x}
    total = 0.0
    for s in signs:
        total += s * x[s] ** 2
    return total


program(distinct_comp, lambda r: (r.normal(size=6),))


def cells_of_set(x):
    cells = set()
    for i in range(len(x)):
        cells.add((i % 2, int(x[i] > 0)))
    total = 0.0
    for i in range(2):
        for j in range(2):
            if (i, j) in cells:
                total += x[i] * x[j] ** 2
    return total


program(cells_of_set, lambda r: (r.normal(size=6),))


def flood(x):
    n = x.shape[0]
    seen = set()
    stack = [(0, 0)]
    total = 0.0
    while stack:
        i, j = stack.pop()
        if (i, j) in seen or not (0 <= i < n and 0 <= j < n):
            continue
        seen.add((i, j))
        if x[i, j] < -0.5:
            continue
        total += x[i, j] ** 2
        stack.append((i + 1, j))
        stack.append((i, j + 1))
    return total / len(seen)


program(flood, lambda r: (r.normal(size=(4, 4)),))


def primes_left(x):
    left = set(range(2, 20))
    out = 1.0
    while left:
        p = min(left)
        left -= set(range(p, 20, p))
        out += x ** (1.0 / p)
    return out


program(primes_left, lambda r: (1.7,))


def independent(x):
    chosen = set()
    order = np.argsort(-x)
    total = 0.0
    for i in order:
        if i - 1 in chosen or i + 1 in chosen:
            continue
        chosen.add(int(i))
        total += x[i]
    return total ** 2


program(independent, lambda r: (r.uniform(1, 2, size=7),))


def groups(x):
    g = defaultdict(list)
    for v in x:
        g[int(math.floor(v))].append(v)
    out = 0.0
    for key, vals in sorted(g.items()):
        out += key * sum(vals) / len(vals) + max(vals)
    return out


program(groups, lambda r: (r.normal(size=8) * 2,))


def by_cell(x):
    g = {}
    for i, v in enumerate(x):
        g[(int(v > 0), i % 2)] = v
    total, w = 0.0, 1.0
    for (a, b), v in sorted(g.items()):
        total += w * v * (a + 1)
        w *= 0.5
    return total


program(by_cell, lambda r: (r.normal(size=8),))


def words(x):
    names = ['b', 'a', 'c', 'a', 'b', 'a']
    total = {}
    for n, v in zip(names, x):
        total[n] = total.get(n, 0.0) + v
    out, w = 0.0, 1.0
    for k, v in sorted(total.items(), reverse=True):
        out += w * v ** 2
        w /= 3
    return out


program(words, lambda r: (r.normal(size=6),))


def by_value(x):
    d = {}
    for i, v in enumerate(x):
        d[i % 3] = d.get(i % 3, 0.0) + v
    ranked = sorted(d.items(), key=lambda kv: kv[1], reverse=True)
    return sum((r + 1) * v * (k + 1) for r, (k, v) in enumerate(ranked))


program(by_value, lambda r: (r.normal(size=8),))


def most_common(x):
    c = Counter(int(v > 0) for v in x)
    k, n = c.most_common(1)[0]
    return n * x[k] ** 2


program(most_common, lambda r: (r.normal(size=7),))


def maybe_key(x, n):
    d = defaultdict(float)
    for i in range(n):
        d['a'] += x[i]
        if i > 1:
            d['b'] += x[i] ** 2
    return d['a'] * 2 + d['b'] + sum(d.values())


program(maybe_key, lambda r: (r.normal(size=4), 4))


def partial_key(x):
    d = {'u': x[0]}
    if x[1] > 0:
        d['v'] = x[1] ** 2
    return sum(d.values()) + (d['v'] if 'v' in d else 3 * x[1])


program(partial_key, lambda r: (r.uniform(1,2,size=2),))


def update_default(x):
    params = {'a': 1.0}
    opts = {}
    if x[0] > 0:
        opts['a'] = x[0]
    params.update(opts)
    params |= {'c': x[1]}
    return params['a'] * params['c']


program(update_default, lambda r: (r.uniform(1,2,size=2),))


def group_means(x):
    sums, counts = Counter(), Counter()
    for i, v in enumerate(x):
        k = int(v * 3) % 3
        sums[k] += v
        counts[k] += 1
    return sum(sums[k] / counts[k] for k in sorted(sums))


program(group_means, lambda r: (r.uniform(0,1,size=9),))

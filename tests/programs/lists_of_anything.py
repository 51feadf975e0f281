"""Lists that grow at run time, of what is no number: None beside numbers, texts, functions with what they captured,
objects, and lists of them."""

import heapq
import math
from collections import defaultdict, deque
from functools import partial

import numpy as np

from tests.programs.corpus import program


def none_then_filled(x):
    n = len(x)
    b = [None] * n
    for j in reversed(range(n)):
        b[j] = x[j] ** 2 + (b[j + 1] if j + 1 < n else 1.0)
    return b[0] * b[2]


program(none_then_filled, lambda r: (r.normal(size=5),))


def memo_list(x):
    memo = [None] * 10
    def f(n):
        if n < 2:
            return x * (n + 1)
        if memo[n] is not None:
            return memo[n]
        memo[n] = f(n - 1) + math.sin(f(n - 2))
        return memo[n]
    return f(8)


program(memo_list, lambda r: (0.4,))


def none_to_array(x):
    n = len(x)
    u = [None] * n
    for i in range(n):
        u[i] = math.sin(x[i])
    a = np.array(u)
    return a @ a + sum(u)


program(none_to_array, lambda r: (r.normal(size=5),))


def none_arrays(x):
    states = [None] * 4
    states[0] = x
    for i in range(1, 4):
        states[i] = np.sin(states[i - 1]) * 1.1
    return (states[-1] ** 2).sum() + states[1][0]


program(none_arrays, lambda r: (r.normal(size=3),), analytic=True)


def texts_in_queue(w):
    queue = [(0.0, 'a')]
    total = 0.0
    while queue:
        d, u = heapq.heappop(queue)
        total += d * d
        if u == 'a':
            heapq.heappush(queue, (d + w[0], 'b'))
            heapq.heappush(queue, (d + w[1], 'c'))
        elif u == 'b':
            heapq.heappush(queue, (d + w[2], 'c'))
    return total


program(texts_in_queue, lambda r: (r.uniform(1, 2, size=3),))


def tape_ops(x):
    tape = []
    for v in x:
        if v > 0:
            tape.append(('mul', v))
        else:
            tape.append(('add', v))
    out = 1.0
    for op, v in tape:
        if op == 'mul':
            out *= v
        else:
            out += v
    return out


program(tape_ops, lambda r: (r.normal(size=6),))


def springs(ks, x):
    def make(k, rest):
        def force(s):
            return k * (s - rest)
        return force
    fs = [make(k, 0.1 * i) for i, k in enumerate(ks)]
    total = 0.0
    for f, s in zip(fs, x):
        total += f(s) ** 2
    return total


program(springs, lambda r: (r.uniform(1, 2, size=4), r.normal(size=4)), argnums=(0, 1))


def lambdas_default(ks):
    fs = []
    for k in ks:
        fs.append(lambda t, k=k: math.sin(k * t))
    return sum(f(0.5) for f in fs) * fs[1](2.0)


program(lambdas_default, lambda r: (r.uniform(1, 2, size=4),))


def partials(ks):
    def g(a, t):
        return a * t * t
    fs = [partial(g, k) for k in ks]
    return sum(f(i + 1.0) for i, f in enumerate(fs)) * fs[-1](2.0)


program(partials, lambda r: (r.uniform(1, 2, size=4),))


def methods(ks):
    class Spring:
        def __init__(self, k):
            self.k = k
        def force(self, s):
            return -self.k * s ** 2
    fs = [Spring(k).force for k in ks]
    return sum(f(i + 1.0) for i, f in enumerate(fs)) * fs[0](0.5)


program(methods, lambda r: (r.uniform(1, 2, size=4),))


def adjacency(w):
    n = len(w)
    graph = [[] for _ in range(n)]
    for i in range(n):
        for j in range(n):
            if i != j:
                graph[i].append((j, w[i, j]))
    rank = [1.0] * n
    for _ in range(3):
        new = [0.0] * n
        for i in range(n):
            for j, wt in graph[i]:
                new[j] += rank[i] * wt
        rank = new
    return sum(r * r for r in rank)


program(adjacency, lambda r: (r.uniform(0.1, 0.5, size=(4, 4)),))


def adjacency_dict(w):
    n = len(w)
    graph = defaultdict(list)
    for i in range(n):
        for j in range(n):
            if i < j:
                graph[i].append((j, w[i, j]))
    dist = {0: 0.0}
    for i in range(n):
        for j, wt in graph[i]:
            if j not in dist or dist[j] > dist[i] + wt:
                dist[j] = dist[i] + wt
    return sum(dist.values())


program(adjacency_dict, lambda r: (r.uniform(0.1, 0.5, size=(4, 4)),))


def best_of_pairs(x):
    best = [(None, None)] * 3
    for i, v in enumerate(x):
        k = i % 3
        if best[k][0] is None or v < best[k][0]:
            best[k] = (v, i)
    return sum(b[0] ** 2 * (b[1] + 1) for b in best)


program(best_of_pairs, lambda r: (r.normal(size=7),))


def backpointers(lik):
    n, m = lik.shape
    score = [[0.0] * m for _ in range(n)]
    back = [[None] * m for _ in range(n)]
    for j in range(m):
        score[0][j] = lik[0, j]
    for i in range(1, n):
        for j in range(m):
            best, arg = -math.inf, None
            for k in range(m):
                s = score[i - 1][k] - 0.1 * abs(k - j)
                if s > best:
                    best, arg = s, k
            score[i][j] = best + lik[i, j]
            back[i][j] = arg
    j = max(range(m), key=lambda k: score[n - 1][k])
    path = [j]
    for i in range(n - 1, 0, -1):
        j = back[i][j]
        path.append(j)
    path.reverse()
    return sum(lik[i, k] ** 2 for i, k in enumerate(path)) + score[n - 1][path[-1]]


program(backpointers, lambda r: (r.normal(size=(4, 3)),))


def two_deques(x):
    a = deque()
    b = deque(maxlen=2)
    for i, v in enumerate(x):
        a.append((i, v))
        b.append(v * v)
    t = 0.0
    while a:
        i, v = a.popleft()
        t += i * v
    return t * sum(b)


program(two_deques, lambda r: (r.normal(size=5),))


def helper_two_types(x):
    def collect(items):
        out = []
        for i in items:
            out.append(i)
        return out
    a = collect([(k, v) for k, v in enumerate(x)])
    b = collect(x * 2)
    c = collect([x, 2 * x])
    return sum(k * v for k, v in a) + sum(v * v for v in b) + sum(r[0] for r in c)


program(helper_two_types, lambda r: (r.normal(size=5),))


def dict_in_tuple(x):
    items = []
    total = 0.0
    for i, v in enumerate(x):
        d = {'a': v}
        items.append((i, d))
        d['a'] = v * v
    for i, d in items:
        total += d['a'] * i
    return total


program(dict_in_tuple, lambda r: (r.normal(size=4),))


def list_in_tuple(x):
    items = []
    total = 0.0
    for i, v in enumerate(x):
        d = [v, 1.0]
        items.append((i, d))
        d[0] = v * v
    for i, d in items:
        total += d[0] * i
    return total


program(list_in_tuple, lambda r: (r.normal(size=4),))

"""Tables filled step by step: shortest paths, knapsacks, distances of sequences, remembered calls."""

import functools
import itertools
import math

import numpy as np

from tests.programs.corpus import program


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

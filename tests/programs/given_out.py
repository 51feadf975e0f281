"""Arrays for the result that are given by their place: `np.clip(p, 0, 1, p)`. They were read just before."""
import numpy as np

from .corpus import program


def _used(w, p):
    return np.dot(w[:3], p * p)


def functions_into_the_fourth_place(w, c):
    """Functions whose arrays for the result come after other options."""
    table = np.outer(c, c) + np.diag(w[:3])
    p, q = np.array([0.5, 1.5, 0.2]), w[:3] * 1.5
    total = 0.0
    for k in range(2):
        total = total * 0.5 + _used(w, p) * c[k] + _used(w, q)
        np.clip(p, 0.6, 1 + 0.1 * k, p)
        np.cumsum(q, 0, None, q)
        total += _used(w, p) * _used(w, q)
        np.std(table, 0, None, p, 1)
        np.sum(table, 1, None, q)
        total += _used(w, p) * _used(w, q)
        np.dot(table, q.copy(), q)
        np.add.reduce(table, 0, None, p)
        np.median(table, 1, q)
    return total + _used(w, p) * _used(w, q)


program(functions_into_the_fourth_place, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), tags="out")


def methods_with_a_place(w, c):
    """The same of methods."""
    table = np.outer(c, c) + np.diag(w[:3])
    p = w[:3] * 1.5
    total = 0.0
    for k in range(2):
        total = total * 0.5 + _used(w, p) * c[k]
        p.clip(-0.6, 1 + 0.1 * k, p)
        total += _used(w, p)
        table.mean(0, None, p)
        total += _used(w, p)
        table.max(1, p)
        total += _used(w, p)
        table.std(0, None, p, 1)
        total += _used(w, p)
        p.take([2, 1, 0], 0, p, "clip")
        total += _used(w, p)
    return total


program(methods_with_a_place, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), tags="out method")


def two_results_into_places(w, c):
    """Functions with two results, of which one or both are stored; and a number cleaned in place."""
    p, q, places = np.array([0.5, 1.5, 0.2]), w[:3] * 2.0, np.array([0, 2, 1])
    total = 0.0
    for k in range(len(c)):
        total = total * 0.5 + _used(w, p) * c[k] + _used(w, q) + np.sum(w[places] * p)
        np.modf(p + 1.3, p, np.zeros(3))
        np.divmod(places + 3, 2, out=(None, places))
        total += _used(w, p) * np.sum(w[places] * q)
        np.modf(q * 3 + 1.3, np.zeros(3), q)
        p[k] = np.nan
        np.nan_to_num(p, copy=False, nan=0.7)
    return total


program(two_results_into_places, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), tags="out several")

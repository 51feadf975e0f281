"""Sorting by keys that are lists, which are compared element by element; counts of copies in a list that changes."""

import numpy as np

from tests.programs.corpus import program


def lower_hull(points):
    """The lower half of a convex hull, by a walk along points in order."""
    pts = sorted([tuple(p) for p in points])
    lower = []
    for p in pts:
        while len(lower) >= 2:
            o, a = lower[-2], lower[-1]
            if (a[0] - o[0]) * (p[1] - o[1]) - (a[1] - o[1]) * (p[0] - o[0]) > 0:
                break
            lower.pop()
        lower.append(p)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(lower, lower[1:]))


program(lower_hull, lambda r: (r.normal(size=(8, 2)),), tags="sorted list-of-tuples pop")


def rows_by_their_lists(A):
    rows = sorted(A, key=lambda row: row.tolist())
    return np.sum(np.array(rows) ** 2 * np.arange(1.0, 6.0)[:, None]) + np.sum(rows[0])


program(rows_by_their_lists, lambda r: (r.normal(size=(5, 2)),), tags="sorted key tolist")


def equal_first_parts(x, groups):
    order = sorted(range(len(x)), key=lambda i: [groups[i], x[i]], reverse=True)
    halves = sorted(range(len(x)), key=lambda i: [groups[i]] * (i + 1))
    nested = sorted(range(len(x)), key=lambda i: (groups[i] > 0, [-x[i], groups[i]]))
    places = [k * (x[i] ** 2 + x[j] + x[n] ** 3) for k, (i, j, n) in enumerate(zip(order, halves, nested))]
    return sum(places)


program(equal_first_parts, lambda r: (r.normal(size=6), [1, 0, 1, 2, 0, 1]), tags="sorted key reverse ties")


def lists_of_many_lengths(x):
    rows = []
    for i in range(len(x)):
        rows.append([x[i % 3]] * (1 + i % 2))
    rows.sort()
    return sum(i * sum(row) ** 2 for i, row in enumerate(rows))


program(lists_of_many_lengths, lambda r: (r.normal(size=5),), tags="list.sort ragged")


def tiled_by_a_list(x):
    counts = [1, 2]
    once = np.tile(x, counts)
    counts[0], counts[1] = 3, 1
    again = np.tile(x ** 2, counts)
    counts[0] = 7
    return np.sum(once * np.arange(6.0)) + np.sum(again * np.arange(9.0).reshape(3, 3))


program(tiled_by_a_list, lambda r: (r.normal(size=3),), tags="tile list overwritten")

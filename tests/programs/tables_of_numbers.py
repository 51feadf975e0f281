"""Tables that a module holds (rows of coefficients, break points), searched and picked from; orders of tuples."""

import copy

import numpy as np

from tests.programs.corpus import program

BREAKS = [0.0, 0.5, 1.1, 1.9, 3.0]
ROWS = [[1.0, 0.3, -0.2], [0.4, 1.3, 0.7], [2.0, -0.6, 0.1]]
RAGGED = ((1.5, -0.4), (0.3, 0.8, -1.1, 0.2), (2.2,))
NAMED = [("low", 0.7, 1.2), ("middle", 1.9, 0.4), ("high", -0.3, 2.1)]


def row_of_coefficients(x):
    row = ROWS[int(x)]
    name, slope, shift = NAMED[int(x) - 1]
    return row[0] + row[1] * x + row[2] * x * x + slope * np.sin(x) + shift * x


program(row_of_coefficients, lambda r: (1.3,), tags="table scalar module-data")


def rows_of_other_lengths(x):
    total = 0.0
    for c in RAGGED[int(x)]:
        total = total * x + c
    for c in RAGGED[-int(2 * x)]:
        total = total * x - c
    return total


program(rows_of_other_lengths, lambda r: (1.3,), tags="table scalar module-data")


def coefficients_by_branch(x):
    coefficients = RAGGED[0] if x > 2.0 else RAGGED[1]
    total = 0.0
    for c in coefficients:
        total = total * x + c
    return total * len(coefficients)


program(coefficients_by_branch, lambda r: (1.3,), tags="table scalar module-data branch")


def copies_of_a_table(x):
    part, whole, other, ordered = BREAKS[1:], BREAKS.copy(), copy.copy(BREAKS), sorted(BREAKS)
    part.append(x * x)
    whole[int(x)] = np.sin(x)
    other.append(x * part[-1])
    ordered.append(np.exp(-x))
    return sum(part) + whole[1] * other[-1] + ordered[-1] * len(BREAKS)


program(copies_of_a_table, lambda r: (1.3,), tags="table scalar list-copy")


def pairs_in_order(x, y):
    pairs = sorted(zip(x, y), reverse=True)
    firsts, seconds = [a for a, _ in pairs], [b for _, b in pairs]
    return sum(a * b ** k for k, (a, b) in enumerate(zip(firsts, seconds)))


program(pairs_in_order, lambda r: ([1.2, 0.4, 1.3, 2.0], [0.3, 0.9, -0.7, 0.5]), tags="sort list-of-tuples")


def ordered_by_two_keys(x):
    order = sorted(range(len(x)), key=lambda i: (round(x[i]), -x[i]))
    points = [(round(v), v) for v in x]
    points.sort()
    return sum(x[i] * (k + 1) for k, i in enumerate(order)) + points[0][1] * points[-1][1]


program(ordered_by_two_keys, lambda r: (np.array([1.2, 0.4, 0.9, 2.3, 1.8]),), tags="sort key")

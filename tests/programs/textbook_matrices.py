"""Matrices as lists of rows, factored by the loops of a textbook."""

import math

from tests.programs.corpus import program


def swapped_to_front(rows, k):
    """Brings the row with the largest entry of column k to place k; tells whether rows changed places."""
    best = max(range(k, len(rows)), key=lambda i: abs(rows[i][k]))
    rows[k], rows[best] = rows[best], rows[k]
    return best != k


def determinant_by_elimination(x):
    rows = [[x[0] + 1, 3, 5.0], [2.0, 4 * x[1], 7], [1, 1, x[2]]]
    sign, factors = 1, []
    for k in range(len(rows)):
        if swapped_to_front(rows, k):
            sign = -sign
        pivot, *_ = rows[k][k:]
        for below in rows[k + 1:]:
            ratio = below[k] / pivot
            factors.append(ratio)
            below[k:] = [b - ratio * a for a, b in zip(rows[k][k:], below[k:])]
    return sign * math.prod(row[i] for i, row in enumerate(rows)) + sum(factors)


program(determinant_by_elimination, lambda r: (r.uniform(1, 2, size=3),))


def root_of(matrix):
    """The lower triangle whose product with its transpose is the matrix, row by row."""
    triangle = []
    for i, entries in enumerate(matrix):
        row = []
        for j, above in enumerate(triangle):
            row.append((entries[j] - sum(p * q for p, q in zip(row, above))) / above[j])
        row.append(math.sqrt(entries[i] - sum(p ** 2 for p in row)))
        triangle.append(row)
    return triangle


def triangle_of_covariance(x):
    spread = [[9 * x[0], 2.0, -1], [2, 6 + x[1], 0], [-1, 0.0, 5 + x[0] * x[1]]]
    return sum(row[-1] * (i + 1) + sum(row) for i, row in enumerate(root_of(spread)))


program(triangle_of_covariance, lambda r: (r.uniform(1, 2, size=2),))


def turn(a, b):
    """Cosine and sine of the plane rotation that takes (a, b) to (r, 0)."""
    if b == 0:
        return 1.0, 0.0
    if abs(a) >= abs(b):
        slope = b / a
        c = 1 / math.sqrt(1 + slope ** 2)
        return c, slope * c
    slope = a / b
    s = 1 / math.sqrt(1 + slope ** 2)
    return slope * s, s


def qr_givens_lists(x):
    n = 3
    R = [list(x[n * i:n * i + n]) for i in range(n)]
    for j in range(n):
        for i in range(n - 1, j, -1):
            upper, lower = R[i - 1], R[i]
            c, s = turn(upper[j], lower[j])
            for k in range(n):
                upper[k], lower[k] = c * upper[k] + s * lower[k], c * lower[k] - s * upper[k]
    return sum(abs(R[i][i]) * (i + 1) for i in range(n)) + R[0][2]


program(qr_givens_lists, lambda r: (r.normal(size=9),))

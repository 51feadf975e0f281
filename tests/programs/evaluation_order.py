"""What is read before and what after a write: iteration, calls, captured names, order of evaluation."""


import numpy as np

from tests.programs.corpus import program


def iteration_sees_later_writes(x):
    y = x * 1.0
    total = 0.0
    for i, value in enumerate(y):
        total += value * (i + 1)
        if i + 1 < len(y):
            y[i + 1] = y[i + 1] * value
        y[i] = 0.0
    return total + y.sum()


program(iteration_sees_later_writes, lambda r: (r.normal(size=4),), analytic=True,
        tags="array-iteration in-place constant-store enumerate")


def list_iteration_with_writes(x):
    values = [x[0], x[1], x[2]]
    for i, v in enumerate(values):
        values[(i + 1) % 3] = values[(i + 1) % 3] * v
    first = values
    values = values + [first[0]]
    first[0] = 2.0
    return values[0] + values[1] * values[3] * first[2]


program(list_iteration_with_writes, lambda r: (r.normal(size=3),), analytic=True,
        tags="list-store enumerate modulo rebinding list-concatenation")


def returns_a_view(A):
    def corner(M):
        return M[:2, :2]

    B = np.cos(A)
    block = corner(B)
    block *= 2.0
    corner(B)[1, 1] = A[0, 0] ** 2
    corner(corner(B).T)[0] += A[2, 2]
    return np.sum(B * A)


program(returns_a_view, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="result-aliases-argument view-write transpose nested-views")


def captured_then_changed(x):
    weights = x * 1.0

    def weighted(v):
        return weights @ v

    before = weighted(x)
    weights[0] = x[2] ** 2
    middle = weighted(x)
    weights = weights * 3
    return before * middle + weighted(x)


program(captured_then_changed, lambda r: (r.normal(size=3),), analytic=True,
        tags="closure alias-write late-binding rebinding")


def parameter_rebound_or_mutated(x):
    def rebinding(v):
        v = v * 2
        v[0] = 0.0
        return v

    def mutating(v):
        v *= 2
        v[0] = 0.0
        return v

    a, b = x * 1.0, x * 1.0
    return np.sum(rebinding(a) * a) + np.sum(mutating(b) * b) + b[1] * a[0]


program(parameter_rebound_or_mutated, lambda r: (r.normal(size=3),), analytic=True,
        tags="closure in-place constant-store rebinding alias-write")


def broadcast_view_of_changing_source(x):
    source = x * 1.0
    table = np.broadcast_to(source, (2, 3))
    before = np.sum(table ** 2)
    source[1] = x[0] * x[2]
    return before + np.sum(table * np.arange(6.0).reshape(2, 3))


program(broadcast_view_of_changing_source, lambda r: (r.normal(size=3),), analytic=True,
        tags="broadcast_to alias-write overwritten-after-read")


def diagonal_view_after_write(A):
    B = A * 2.0
    d = np.diagonal(B)
    t = B.T[0]
    before = d @ d
    B[1, 1] = A[0, 0] ** 2
    B[0] = B[1] * A[1]
    return before + np.prod(d) + t.sum()


program(diagonal_view_after_write, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="diagonal transpose overwritten-after-read")


def increments_are_not_atomic(x):
    y = x.copy()
    i = 0
    y[i], i = y[i] * 2 + y[2], 1
    y[i] += y[i - 1] * y[i]
    i, y[i] = 2, x[0]
    y[i] = y[i] = y[i] * y[0]
    return np.sum(y * np.array([1.0, 2.0, 3.0]))


program(increments_are_not_atomic, lambda r: (r.normal(size=3),), analytic=True,
        tags="tuple-store evaluation-order chained-assignment")


def value_saved_before_overwrite(x):
    y = x.copy()
    for _ in range(3):
        old = y[0]
        tail = y[1:].copy()
        y[0] = y[1] * y[2]
        y[1:] = tail[::-1] * old
    return np.sum(y ** 2)


program(value_saved_before_overwrite, lambda r: (r.uniform(0.5, 1.5, size=3),), analytic=True,
        tags="overwritten-after-read copy reversed-slice loops")


def nested_tuple_keeps_arrays(x):
    pair = (x * 1.0, [x * 2.0])
    alias, (inner,) = pair
    alias += inner
    pair[1].append(alias)
    pair[1][0] -= 1.0
    pair[1][1][0] = inner[1]
    return pair[0] @ inner + np.sum(pair[1][-1] ** 2)


program(nested_tuple_keeps_arrays, lambda r: (r.normal(size=3),), analytic=True,
        tags="nested-tuples arrays-in-list alias-write list-append nested-unpacking")


def where_and_maximum_out(x):
    y = np.empty_like(x)
    np.maximum(x, 0.1, out=y)
    np.exp(y, out=y, where=y > 0.5)
    z = y.view()
    z -= x
    np.negative(z, out=z[...])
    return y @ y


program(where_and_maximum_out, lambda r: (r.normal(size=5),), tags="out-argument where-argument view maximum")

"""Arrays collected in a list of run-time length, joined by each function that joins: both modes, and the pullback."""
import numpy as np
import pytest

import ad_compiler as ad

JOINS = {
    "array": lambda xs: np.array(xs),
    "stack": lambda xs: np.stack(xs),
    "stack_axis": lambda xs: np.stack(xs, axis=1),
    "stack_last": lambda xs: np.stack(xs, -1),
    "concatenate": lambda xs: np.concatenate(xs),
    "concatenate_last": lambda xs: np.concatenate(xs, axis=-1),
    "vstack": lambda xs: np.vstack(xs),
    "hstack": lambda xs: np.hstack(xs),
    "column_stack": lambda xs: np.column_stack(xs),
    "dstack": lambda xs: np.dstack(xs),
    "numbers": lambda xs: np.hstack([x.sum() for x in xs]),
}
ITEMS = {
    "rows": lambda x, k: np.sin(x[0]) * k,
    "matrices": lambda x, k: x * np.cos(k * x),
    "parts": lambda x, k: x[:2] ** k,
}


@pytest.fixture(params=JOINS)
def join(request):
    return JOINS[request.param]


@pytest.fixture(params=ITEMS)
def item(request):
    return ITEMS[request.param]


def loss(x, n, item, join):
    xs = []
    for k in range(1, n):
        xs.append(item(x, k))
    y = join(xs)
    last = xs.pop()
    return np.sum(y * y * np.cos(y)) + np.sum(last * last)


def joined(x, n, item, join):
    xs = []
    for k in range(1, n):
        xs.append(item(x, k))
    return join(xs)


pytestmark = pytest.mark.filterwarnings("ignore:.*has been compiled for")
X = np.random.default_rng(0).normal(size=(3, 2))


def difference(item, join, direction):
    step = 1e-6
    return (loss(X + step * direction, 4, item, join) - loss(X - step * direction, 4, item, join)) / (2 * step)


def test_gradient_and_tangent(join, item):
    gradient = ad.grad(loss, on_unsupported="error")(X, 4, item, join)
    for direction in np.random.default_rng(1).normal(size=(3, 3, 2)):
        expected = difference(item, join, direction)
        _, tangent = ad.jvp(loss, (X, 4, item, join), (direction, None, None, None))
        np.testing.assert_allclose(np.sum(gradient * direction), expected, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(tangent, expected, rtol=1e-6, atol=1e-8)


def test_pullback_of_the_joined_array(join, item):
    out, pullback = ad.vjp(joined, X, 4, item, join, on_unsupported="error")
    cotangent = np.cos(np.arange(out.size)).reshape(out.shape)
    first, again = pullback(cotangent)[0], pullback(cotangent)[0]
    np.testing.assert_array_equal(first, again)
    direction = np.ones_like(X)
    step = 1e-6
    change = (joined(X + step * direction, 4, item, join) - joined(X - step * direction, 4, item, join)) / (2 * step)
    np.testing.assert_allclose(np.sum(first), np.sum(change * cotangent), rtol=1e-6, atol=1e-8)


def test_a_cotangent_that_is_smaller_than_the_joined_array():
    def table(x, n):
        rows = [[x[0] * j for j in range(n)] for i in range(n)]
        columns = []
        for i in range(n):
            columns.append(x[i % 3] * i)
        return np.sum(np.cos(np.array(rows).sum(0))) + np.sum(np.sin(np.array(columns).sum(axis=0, keepdims=True)))

    gradient = ad.grad(table, on_unsupported="error")(X, 4)
    for direction in np.eye(6).reshape(6, 3, 2):
        step = 1e-6 * direction
        slope = (table(X + step, 4) - table(X - step, 4)) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-6, atol=1e-8)


def test_a_join_whose_axis_is_not_known_is_refused_or_right():
    def chosen(x, axis):
        xs = []
        for k in range(3):
            xs.append(x * k)
        return np.sum(np.concatenate(xs, axis=axis)[0])

    gradient = ad.grad(chosen)(X, 1)
    expected = np.zeros_like(X)
    expected[0] = 3.0
    np.testing.assert_allclose(gradient, expected)


def collected(x, n):
    xs, ys = [x], [1.0]
    for k in range(n):
        xs.append(np.sin(xs[-1]) * x[0])
        ys.append(ys[-1] * x[1])
    xs[0][1] = 3.0 * x[2]
    return {"arrays": xs, "numbers": (ys, x.sum()), "counts": list(range(n))}


def test_lists_of_run_time_length_are_results():
    x, rng = np.array([0.3, 0.4, 0.5]), np.random.default_rng(0)
    out, pullback = ad.vjp(collected, x.copy(), 3, on_unsupported="error")
    cotangent = {"arrays": [rng.normal(size=3) for _ in out["arrays"]],
                 "numbers": ([rng.normal() for _ in out["numbers"][0]], 0.7), "counts": [0, 0, 0]}

    def weighed(tree):
        return (sum(np.sum(a * b) for a, b in zip(tree["arrays"], cotangent["arrays"], strict=True))
                + np.dot(tree["numbers"][0], cotangent["numbers"][0]) + 0.7 * tree["numbers"][1])

    bar = pullback(cotangent)[0]
    np.testing.assert_array_equal(pullback(cotangent)[0], bar)
    for direction in np.eye(3):
        step = 1e-6 * direction
        slope = (weighed(collected(x + step, 3)) - weighed(collected(x - step, 3))) / 2e-6
        _, tangent = ad.jvp(collected, (x.copy(), 3), (direction, None), on_unsupported="error")
        np.testing.assert_allclose(bar @ direction, slope, rtol=1e-7)
        np.testing.assert_allclose(weighed(tangent), slope, rtol=1e-7)
    with pytest.raises((TypeError, ValueError), match="cotangent"):
        pullback({**cotangent, "arrays": cotangent["arrays"][:2]})

"""The linear function of `linearize` is that of the moment when it was made, whatever changes afterwards."""
from types import SimpleNamespace

import numpy as np
import pytest

import ad_compiler as ad

SCALE = np.array([1.0, 2.0, 3.0])
GAIN = 2.0


def by_global(x):
    return np.sum(SCALE * x**2) * GAIN


def test_globals_that_change():
    global GAIN
    x = np.array([0.5, 1.0, -1.0])
    dx = np.array([1.0, 0.5, 2.0])
    _, linear = ad.linearize(by_global, x, on_unsupported="error")
    expected = np.sum(2 * SCALE * x * dx) * GAIN
    before = SCALE.copy()
    try:
        SCALE[:] = 7.0
        GAIN = -1.0
        x[:] = 0.0
        assert linear(dx) == pytest.approx(expected)
        assert linear(2 * dx) == pytest.approx(2 * expected)
    finally:
        SCALE[:] = before
        GAIN = 2.0


def test_attributes_lists_and_closures_that_change():
    model = SimpleNamespace(w=np.array([1.0, 2.0]), power=2)
    layers = [np.array([3.0, 4.0]), np.array([5.0, 6.0])]
    table = {"a": 0.5}

    def f(x, y):
        return np.sum((model.w * x) ** model.power) * y * table["a"] + sum(np.sum(v * x) for v in layers)

    x, y, dx, dy = np.array([0.3, -0.7]), 1.5, np.array([1.0, 2.0]), 0.25
    _, linear = ad.linearize(f, x, y, on_unsupported="error")
    expected = ad.jvp(f, (x, y), (dx, dy))[1]
    model.w, model.power, table["a"] = np.zeros(2), 3, 9.0
    layers[0][:] = 0.0
    layers.append(np.ones(2))
    assert linear(dx, dy) == pytest.approx(expected)
    assert linear(dx, None) + linear(None, dy) == pytest.approx(expected)


def test_the_function_writes_into_its_argument():
    def f(x):
        first = x[0] * x[1]
        x[0] = 3.0 * x[1]
        return first * x[0]

    x, dx = np.array([2.0, 5.0]), np.array([1.0, -1.0])
    out, linear = ad.linearize(f, x, on_unsupported="error")
    assert out == 150.0
    assert x.tolist() == [15.0, 5.0]
    for _ in range(2):  # of 3 x0 x1 x1
        assert linear(dx) == pytest.approx(75.0 * dx[0] + 60.0 * dx[1])


def test_procedures_integers_and_auxiliary_data():
    factor = np.array([2.0, 3.0])

    def scale(x, n):
        x *= factor[n]

    x = np.array([1.0, 2.0])
    _, linear = ad.linearize(scale, x, 1, on_unsupported="error")
    factor[:] = 0.0
    assert np.allclose(linear(np.ones(2), None), 3.0)

    factor[:] = 2.0
    _, linear, aux = ad.linearize(lambda v: (np.sum(v * factor), {"n": v.size}), x, has_aux=True,
                                   on_unsupported="error")
    factor[:] = 0.0
    assert linear(np.ones(2)) == 4.0
    assert aux == {"n": 2}

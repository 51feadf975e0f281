"""Names that hold a number on one path and an array on another: both modes, fast and slow, on every path."""
from __future__ import annotations

import itertools
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ad_compiler as ad

BEGINNINGS = {
    "branch": "    if c > 0:\n        b = x * c\n    else:\n        b = c ** 2\n",
    "before": "    b = c ** 2\n    if c > 0:\n        b = x * c\n",
    "expression": "    b = x * c if c > 0 else c ** 2\n",
    "loop": "    b = c * c\n    for k in range(3):\n        b = b + x * k\n",
    "horner": "    b = x[0] * c\n    for k in range(3):\n        b = b * x + x[k] * c\n",
    "constant": "    b = 0\n    for k in range(3):\n        b = b + x * (c * k)\n",
    "some_turns": "    b = c * c\n    for k in range(3):\n        if c > k * 0.4:\n            b = b + x * k\n",
    "while": "    b, k = c * c, 0\n    while k < 2 or k < c:\n        b = b + x * k\n        k += 1\n",
}
ENDS = ("np.sum(b)", "np.sum(b * b)", "np.dot(b, b)", "np.mean(b)", "np.sum(np.sin(b) * x)", "np.size(b) * x[0] * c",
        "np.sum(b) * np.ndim(b) + x[0]", "np.sum(np.atleast_1d(b) ** 2)", "np.sum(x * b) + np.sum(b * x * x)",
        "np.sum(b + 0.0) * np.sum(x)", "np.sum(np.where(x > 0, b, x))", "np.sum([np.sum(b), x[0]])", "np.std(b) + x[0]",
        "np.sum(np.exp(-b) + b)", "float(np.sum(b)) * c", "np.ndim(b) * x[0] * c", "(c if np.isscalar(b) else x[0])",
        "np.sum(x * isinstance(b, np.ndarray)) * c", "np.sum(x + np.ones(3)) * np.size(b)", "x[len(np.shape(b))] * c",
        "np.sum(x) * (1 if hasattr(b, '__len__') else 2)")
# Whether `b` has become an array depends on values in a loop: these run on the tape.
ON_THE_TAPE = {"some_turns"}


def differences(f: Callable[..., float], x: np.ndarray, c: float) -> tuple[np.ndarray, float]:
    step = 1e-6
    by_x = [(f(x + step * e, c) - f(x - step * e, c)) / (2 * step) for e in np.eye(x.size)]
    return np.array(by_x), (f(x, c + step) - f(x, c - step)) / (2 * step)


@pytest.mark.filterwarnings("ignore:.*runs on the tape")
@pytest.mark.parametrize(("beginning", "end"), [*itertools.product(BEGINNINGS, ENDS)])
def test_every_path(beginning: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"import numpy as np\n\n\ndef f(x, c):\n{BEGINNINGS[beginning]}    return {end}\n")
    f = runpy.run_path(str(path))["f"]
    way = "tape" if beginning in ON_THE_TAPE else "error"
    x = np.array([0.3, -1.2, 2.0])
    for c in (1.5, -1.5):
        x_bar, c_bar = differences(f, x, c)
        for mode in ("fast", "slow"):
            got = ad.grad(f, argnums=(0, 1), on_unsupported=way, mode=mode)(x, c)
            np.testing.assert_allclose(got[0], x_bar, atol=1e-6)
            np.testing.assert_allclose(got[1], c_bar, atol=1e-6)
            assert np.shape(got[0]) == x.shape and np.shape(got[1]) == ()
        out, dot = ad.jvp(f, (x, c), (np.ones(3), 1.0), on_unsupported=way)
        np.testing.assert_allclose(out, f(x, c))
        np.testing.assert_allclose(dot, x_bar.sum() + c_bar, atol=1e-6)


def running_total(x, n, c):
    total = c * 1.0
    for k in range(n):
        total = total + x * k
    return np.sum(total * total) + np.ndim(total) * c


@pytest.mark.filterwarnings("ignore:.*runs on the tape")
def test_a_loop_that_does_not_run() -> None:
    """Whether it does is told from the numbers of the call, and compiled for."""
    x = np.array([0.3, -1.2, 2.0])
    gradient = ad.grad(running_total, argnums=("x", "c"))
    for n in (3, 0, 2):
        got = gradient(x, n, 0.7)
        x_bar, c_bar = differences(lambda x, c, n=n: running_total(x, n, c), x, 0.7)
        np.testing.assert_allclose(got[0], x_bar, atol=1e-6)
        np.testing.assert_allclose(got[1], c_bar, atol=1e-6)


def until_small(x, c):
    total, size = c * 1.0, c
    while size > 1.0:
        total = total + x * size
        size = size * 0.5
    return np.sum(total * total)


def test_a_loop_of_which_nothing_is_known() -> None:
    """It is taken to run; where it does not, the derivative says so rather than answer."""
    x = np.array([0.3, -1.2, 2.0])
    got = ad.grad(until_small, argnums=(0, 1))(x, 3.0)
    for one, two in zip(got, differences(until_small, x, 3.0), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
    with pytest.raises(AssertionError, match="did not run"):
        ad.grad(until_small, argnums=(0, 1))(x, 0.5)


def whole_numbers(x, c):
    b = np.arange(3) if c > 0 else c * 2.0
    return np.sum(b * x)


def written_later(x, c):
    b = c * 1.0
    if x[0] > 0:
        b = np.arange(3)
    return np.sum(x * b * c)


def complex_number(x, c):
    b = x * c
    if c < 0:
        b = c * (1 + 2j)
    return np.sum(np.abs(b * x) ** 2)


def two_precisions(x, c):
    b = x.astype(np.float32)
    for k in range(2):
        b = b * 1.0 + x * c if c > 0 or k > 0 else b * c
    return np.sum(b * x)


@pytest.mark.parametrize("f", [whole_numbers, written_later, complex_number, two_precisions])
@pytest.mark.parametrize("c", [1.5, -1.5])
def test_kinds_of_numbers(f: Callable[..., float], c: float) -> None:
    """The array that stands for both can hold what the number holds."""
    for x in (np.array([0.3, -1.2, 2.0]), np.array([-0.3, -1.2, 2.0])):
        got = ad.grad(f, argnums=(0, 1), on_unsupported="error")(x, c)
        tolerance = 3e-2 if f is two_precisions else 1e-6  # differences of rounded numbers
        for one, two in zip(got, differences(f, x, c), strict=True):
            np.testing.assert_allclose(one, two, rtol=tolerance, atol=tolerance)


def held_row(x, c):
    total = c
    for k, value in enumerate(x):
        if k == 0 or value < -0.05:
            row = x * value
        total = total + np.sum(row) * c
    return total * total


@pytest.mark.parametrize("mode", ["fast", "slow"])
def test_an_array_of_an_earlier_turn(mode: str) -> None:
    """Its cotangent is an array from the beginning: what the other turns add is a number."""
    x = np.array([0.7, -0.6, 0.45, 0.9])
    got = ad.grad(held_row, argnums=(0, 1), on_unsupported="error", mode=mode)(x, 0.6)
    for one, two in zip(got, differences(held_row, x, 0.6), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def powers(x, c):
    product = c
    for _ in range(3):
        product = np.convolve(np.atleast_1d(product), x[:2])
    return np.sum(np.sin(product))


def stretched(x, c):
    some = x[x > 0.1]
    value = c
    for _ in range(2):
        value = np.atleast_1d(value) * some
    return np.sum(np.sin(value))


@pytest.mark.parametrize("f", [powers, stretched])
def test_a_number_that_gets_an_axis(f: Callable[..., float]) -> None:
    """Either way it is an array of one axis."""
    x = np.array([0.7, -0.6, 0.45, 0.9])
    got = ad.grad(f, argnums=(0, 1), on_unsupported="error")(x, 0.6)
    for one, two in zip(got, differences(f, x, 0.6), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def inside_other_branches(x, c):
    total = np.sum(x)
    if total >= 0.1:
        total = total * 2
    else:
        try:
            if c > 0.3:
                with np.errstate(all="ignore"):
                    if x[0] > 0.2:
                        b = np.sin(x)
                    else:
                        b = c * 2.0
                total = np.ndim(b) * np.sum(b)
            else:
                total = 3.0 * c
        finally:
            total = total * x[1]
        for k in range(3):
            if total < 3.0 * k:
                d = x * k if c < 0.6 else c
                total = total + np.ndim(d) * np.mean(d)
    return total * c + np.sum(x ** 2)


@pytest.mark.parametrize("mode", ["fast", "slow"])
def test_inside_other_branches(mode: str) -> None:
    """What follows the outer branch is read as well on each path of the inner one."""
    gradient = ad.value_and_grad(inside_other_branches, argnums=(0, 1), on_unsupported="error", mode=mode)
    for first, c in itertools.product((0.3, -0.3, 5.0), (0.1, 0.5, 0.7)):
        x = np.array([first, -1.2, 0.4])
        value, got = gradient(x, c)
        assert value == inside_other_branches(x, c)
        for one, two in zip(got, differences(inside_other_branches, x, c), strict=True):
            np.testing.assert_allclose(one, two, atol=1e-6)


def a_word_or_a_number(x, c):
    kind = "rows" if c > 0.5 else 3
    if c > 0.2:
        rows = np.arange(2)
    else:
        rows = None
    z = x * c
    if rows is None:
        return np.sum(z) * (2.0 if kind == "rows" else 3.0)
    return np.sum(z[rows] * x[rows]) * (len(kind) if isinstance(kind, str) else kind)


def a_tuple_or_a_number(x, c):
    total = 0.0
    for k in range(3):
        if x[k] > 0.2:
            v = (x[k], c)
        else:
            v = x[k]
        if isinstance(v, tuple):
            total += v[0] * v[1]
        else:
            total += v ** 2
    return total * c


def a_dict_or_a_list(x, c):
    w = {"a": x, "n": c} if c > 0.5 else [x, x * c]
    total = 0.0
    for k in w:
        total += np.sum(w[k]) if isinstance(k, str) else np.sum(k ** 2)
    return total


@pytest.mark.parametrize("f", [a_word_or_a_number, a_tuple_or_a_number, a_dict_or_a_list])
def test_things_of_different_kinds(f: Callable[..., float]) -> None:
    """What follows the branch is read once for each."""
    gradient = ad.value_and_grad(f, argnums=(0, 1), on_unsupported="error")
    for c in (0.1, 0.3, 0.8):
        x = np.array([0.7, -0.6, 0.45])
        value, got = gradient(x, c)
        assert value == f(x, c)
        for one, two in zip(got, differences(f, x, c), strict=True):
            np.testing.assert_allclose(one, two, atol=1e-6)

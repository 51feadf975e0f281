"""NumPy's semantics in kernels: overlaps, indices, shapes, errors, orders in memory, types."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.native.programs import difference


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def recurrence(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    return y[-1]


def overlap(x: Any) -> Any:
    y = x * 2.0
    y[1:] += y[:-1]
    y[:-1] = y[1:] * x[:-1]
    return np.sum(y ** 2)


def negative_indices(x: Any) -> Any:
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[-i - 1] = x[i] * x[-i]
    return np.sum(y * y)


def keeps_rows(A: Any) -> Any:
    total = np.zeros(A.shape[1])
    for i in range(A.shape[0]):
        total = total + np.exp(-A[i]) * A[0]
    return np.max(total) + np.sum(np.mean(A, axis=0))


def broadcasts(A: Any) -> Any:
    B = A - np.max(A, axis=1, keepdims=True)
    E = np.exp(B) / np.sum(np.exp(B), axis=1, keepdims=True)
    return np.sum(E[:, 0] * A[:, -1])


def swaps(x: Any) -> Any:
    u, v = x.copy(), np.zeros(len(x))
    for _ in range(5):
        for i in range(1, len(x) - 1):
            v[i] = (u[i - 1] + u[i] * u[i] + u[i + 1]) / 3
        u, v = v, u
    return np.dot(u, u)


def leaves_early(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2
        if total > 1.5:
            break
    while total > 0.1:
        total = total * 0.7
    return total


def gathers(x: Any) -> Any:
    index = np.array([2, 0, 2, 1])
    y = x[index] * np.arange(4)
    z = np.zeros(5)
    np.add.at(z, index, y)
    return np.sum(z ** 2)


def steps_backwards(x: Any) -> Any:
    y = x[::-2] * 3.0
    for i in range(len(y) - 1, -1, -2):
        y[i] *= x[i]
    return np.sum(y[::-1] * y)


VECTORS = [recurrence, overlap, negative_indices, gathers, steps_backwards]


@pytest.mark.parametrize("function", [*VECTORS, swaps, leaves_early])
@pytest.mark.parametrize("layout", ["plain", "strided", "backwards"])
def test_vectors(function: Callable[..., Any], layout: str) -> None:
    x = np.linspace(0.3, 1.1, 9)
    agree(function, {"plain": x, "strided": np.repeat(x, 2)[::2], "backwards": x[::-1]}[layout])


@pytest.mark.parametrize("function", VECTORS)
def test_single_precision(function: Callable[..., Any]) -> None:
    agree(function, np.linspace(0.3, 1.1, 9, dtype=np.float32))


def test_a_number_of_either_precision_is_left_to_numpy() -> None:
    x = np.linspace(0.3, 1.1, 9, dtype=np.float32)
    native = ad.value_and_grad(leaves_early, backend="native")
    assert difference(ad.value_and_grad(leaves_early)(x), native(x)) == ""


@pytest.mark.parametrize("function", [keeps_rows, broadcasts])
@pytest.mark.parametrize("layout", ["C", "F", "any"])
def test_matrices(function: Callable[..., Any], layout: str) -> None:
    A = np.random.default_rng(5).normal(size=(4, 3))
    agree(function, {"C": A, "F": np.asfortranarray(A), "any": np.repeat(A, 2, axis=1)[:, ::2]}[layout])


def agree(function: Callable[..., Any], *args: Any) -> Any:
    """Both backends agree, and the native one has no loop left in Python."""
    native = ad.value_and_grad(function, backend="native")
    found = native(*args)
    assert difference(ad.value_and_grad(function)(*args), found) == ""
    assert native.report().backend == "native"
    assert "def " in native.native_source
    return native


def test_several_sizes_run_the_same_kernel() -> None:
    native = ad.value_and_grad(recurrence, backend="native")
    for n in (2, 5, 40, 3):
        x = np.linspace(0.1, 1.0, n)
        assert difference(ad.value_and_grad(recurrence)(x), native(x)) == ""
    assert native.native_source.count("def ") == 1


def test_an_index_out_of_range_is_numpys_error() -> None:
    def reads_beyond(x: Any, n: int) -> Any:
        total = 0.0
        for i in range(n):
            total += x[i] * x[i]
        return total

    gradient = ad.grad(reads_beyond, backend="native")
    assert np.allclose(gradient(np.ones(3), 3), 2.0)
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        gradient(np.ones(3), 4)


def test_shapes_that_do_not_agree_are_numpys_error() -> None:
    def product(x: Any, y: Any) -> Any:
        for _ in range(2):
            x = x * y
        return np.sum(x)

    gradient = ad.grad(product, backend="native")
    gradient(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="could not be broadcast together"):
        gradient(np.ones(3), np.ones(4))


def test_python_numbers_raise_as_in_python() -> None:
    def inverse(x: float, n: int) -> float:
        total = 0.0
        for i in range(n):
            total += math.sqrt(x - i) / (x - 2)
        return total

    gradient = ad.grad(inverse, backend="native")
    assert gradient(5.0, 2) == ad.grad(inverse)(5.0, 2)
    with pytest.raises(ZeroDivisionError):
        gradient(2.0, 1)
    with pytest.raises(ValueError, match="math domain error"):
        gradient(3.5, 5)


def test_large_integers_are_pythons() -> None:
    def grows(x: float, n: int) -> float:
        k = 1
        for _ in range(n):
            k = k * 10
        return x * (k % 7) + x * (k / 10 ** n)

    gradient = ad.grad(grows, backend="native")
    assert gradient(1.5, 3) == ad.grad(grows)(1.5, 3)
    assert gradient(1.5, 30) == ad.grad(grows)(1.5, 30)


def test_what_the_caller_sees_in_its_arguments() -> None:
    def writes(x: Any, work: Any) -> Any:
        for i in range(len(x)):
            work[i] = x[i] * x[i]
            work[i] += work[i - 1]
        return np.sum(work)

    x = np.arange(4.0)
    left, expected = np.ones(4), np.ones(4)
    found = ad.grad(writes, backend="native")(x, left)
    assert difference(ad.grad(writes)(x, expected), found) == ""
    assert np.array_equal(left, expected)


def test_after_an_error_the_arguments_are_as_numpy_leaves_them() -> None:
    def writes(x: Any, work: Any, n: int) -> Any:
        for i in range(n):
            work[i] = x[i] * 2.0
        return np.sum(work)

    gradient = ad.grad(writes, backend="native")
    work = np.zeros(3)
    with pytest.raises(IndexError):
        gradient(np.ones(3), work, 5)
    assert np.array_equal(work, [2.0, 2.0, 2.0])


def test_a_part_that_is_not_lowered_runs_in_numpy_and_is_reported() -> None:
    def mixed(b: Any) -> Any:
        y = b.copy()
        for i in range(1, len(y)):
            y[i] += 0.5 * y[i - 1] ** 2
        z = np.fft.irfft(np.fft.rfft(y))
        return np.sum(np.sin(z) * y)

    native = agree(mixed, np.linspace(0, 1, 4))
    assert any("rfft" in reason for reason in native.report().fallbacks)


def test_more_memory_than_the_first_call_needed() -> None:
    def records(x: Any, n: int) -> Any:
        y = x.copy()
        for _ in range(n):
            y = np.sin(y) * x
        return np.sum(y)

    native, plain = ad.grad(records, backend="native"), ad.grad(records)
    for size, n in ((3, 2), (700, 40), (5, 1)):
        x = np.linspace(0.5, 1.5, size)
        assert difference(plain(x, n), native(x, n)) == ""


def test_results_do_not_change_with_later_calls() -> None:
    gradient = ad.grad(recurrence, backend="native")
    first = gradient(np.linspace(0.1, 1, 6))
    kept = first.copy()
    gradient(np.linspace(0.5, 2, 6))
    assert np.array_equal(first, kept)


def test_auto_takes_loops_and_leaves_the_rest() -> None:
    loops, whole = ad.grad(recurrence, backend="auto"), ad.grad(broadcasts, backend="auto")
    loops(np.linspace(0.1, 1, 5))
    whole(np.ones((3, 2)))
    assert (loops.report().backend, whole.report().backend) == ("native", "numpy")


def test_without_numba_numpy_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from ad_compiler.native import compile as backend

    monkeypatch.setenv("NUMBA_DISABLE_JIT", "0")
    monkeypatch.setattr(backend, "find_spec", lambda name: None)
    def cubes(x: Any) -> Any:
        total = 0.0
        for i in range(len(x)):
            total += x[i] ** 3
        return total

    gradient = ad.grad(cubes, backend="native")
    x = np.linspace(0.1, 1, 5)
    assert difference(ad.grad(cubes)(x), gradient(x)) == ""
    assert "numba" in gradient.report().fallbacks[0]


def test_arguments_by_place_count() -> None:
    """The order of a reshape and whether the last number counts, given by place."""
    def program(x: Any) -> Any:
        a = np.reshape(np.sin(x), (2, 3), "F") * np.ravel(np.cos(x).reshape(2, 3), "F").reshape(2, 3)
        return np.sum(a * np.linspace(x[0], x[1], 6, False).reshape(2, 3))

    x = np.linspace(0.3, 1.1, 6)
    assert difference(ad.value_and_grad(program)(x), ad.value_and_grad(program, backend="native")(x)) == ""


def test_sizes_that_the_types_tell_are_checked() -> None:
    """A kernel takes the sizes of its arguments from their types: where these are wrong it gives up before it reads."""
    from ad_compiler.native import launch

    def program(x: Any, y: Any) -> Any:
        total = 0.0
        for i in range(len(x)):
            total += x[i] * y[i]
        return total

    gradient = ad.grad(program, backend="native")
    gradient(np.ones(9), np.ones(9))
    (special,) = gradient.used
    (kernel,) = special.main.native.kernels
    assert isinstance(kernel, launch.Launcher)
    with pytest.raises(IndexError):
        kernel(np.ones(9), np.ones(6))
    assert kernel.given_up == 1


def test_a_kernel_that_gives_up_each_time_is_tried_ever_more_rarely() -> None:
    """And is back at work once its inputs are what it is for."""
    def program(x: Any) -> Any:
        total = 0.0
        for i in range(len(x)):
            total += np.sin(x[i])
        return total * np.max(x[:int(np.sum(x > 1e19))], initial=1.0)

    gradient = ad.grad(program, backend="native")
    far, near = np.array([1e20, 0.5]), np.array([0.25, 0.5])
    for _ in range(40):
        assert np.array_equal(gradient(far), ad.grad(program)(far))
    (special,) = gradient.used
    kernels = special.main.native.kernels
    assert 3 <= max(kernel.given_up for kernel in kernels) <= 6
    report = gradient.report()
    assert report.backend == "numpy"
    assert any("gives up again and again" in reason for reason in report.fallbacks)
    for _ in range(100):
        assert difference(ad.grad(program)(near), gradient(near)) == ""
    assert gradient.report().backend == "native"


def test_interpolation_between_infinite_samples_is_numpys() -> None:
    def between(x: Any, values: Any) -> Any:
        return np.interp(x, np.arange(float(len(values))), values)

    fast = ad.jit(between)
    x = np.array([0.0, 0.3, 1.0, 1.5, 2.0, 3.7, 4.0, 5.0, -1.0, np.nan, np.inf])
    for values in ([1.0, -np.inf, 2.0, 3.0, 4.0], [np.inf, np.inf, 2.0, 3.0, -np.inf],
                   [0.0, np.nan, 1.0, np.inf, np.inf], [5.0, 4.0, 3.0, 2.0, 1.0], [-np.inf, np.inf, 0.0, 1.0, 1.0]):
        with np.errstate(all="ignore"):
            expected = between(x, np.array(values))
        np.testing.assert_allclose(fast(x, np.array(values)), expected, rtol=1e-14)


def test_the_length_of_a_list_that_grows_in_a_loop() -> None:
    """It was taken before the loop, with what is the same in each iteration."""
    def lengths(x: Any) -> Any:
        a, items = x[:2] * 1.0, []
        for i in range(3):
            b, c = a * a.sum(), a * np.sin(0.86)
            a = np.array([(c if a.sum() > 1.0 else b)[0], len(items)])
            items.append(i * a.sum())
        return a[0] * a[1]

    x = np.array([0.31, 0.72, 1.23, 0.54])
    value, gradient = ad.value_and_grad(lengths, backend="native")(x)
    np.testing.assert_allclose(value, lengths(x), rtol=1e-14)
    np.testing.assert_allclose(gradient, ad.grad(lengths)(x), rtol=1e-13)

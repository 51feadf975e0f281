"""`jit`: a function without its derivative in machine code; `compile_ahead`."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.native.launch import Launcher


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def smoothed(x: Any, rate: Any) -> Any:
    y = x.copy()
    for i in range(1, len(y)):
        y[i] += rate * (y[i - 1] - y[i])
    return {"last": y[-1], "all": y}


def test_the_function_itself_is_native() -> None:
    fast = ad.jit(smoothed)
    x = np.linspace(0.0, 3.0, 7)
    found, expected = fast(x, rate=0.3), smoothed(x, 0.3)
    assert np.array_equal(found["all"], expected["all"])
    assert found["last"] == expected["last"]
    assert fast.report().backend == "native"
    assert "def smoothed" in fast.native_source


def test_arguments_that_share_memory_are_pythons_work() -> None:
    def shifted(a: Any, b: Any) -> Any:
        for i in range(len(b)):
            a[i] = 2.0 * b[i]
        return a.sum()

    one, other = np.arange(5.0), np.arange(5.0)
    assert ad.jit(shifted)(one[1:], one[:-1]) == shifted(other[1:], other[:-1])
    assert np.array_equal(one, other)


FACTOR = 2.0


def test_later_calls_of_a_signature_go_by_a_function_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def weighted(x, weight=1.0):
        total = 0.0
        for i in range(len(x)):
            total += x[i] * weight * FACTOR
        return total

    f = ad.jit(weighted)
    assert [float(f(np.ones(5), 3.0)) for _ in range(3)] == [30.0] * 3
    assert len(f.fast) == 1
    assert f.fast[0](np.ones(5), 4.0) == 40.0
    assert f(np.ones(4), weight=0.5) == 4.0
    assert f(np.ones((5, 1))[:, 0], 3.0) == f(np.ones(5, np.float32), 3.0) == 30.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert f(np.ones(5), 3.0) == 75.0
    monkeypatch.setitem(globals(), "FACTOR", np.array([1.0])[0])
    assert f(np.ones(5), 3.0) == 15.0


def test_shared_memory_is_pythons_work_in_later_calls_too() -> None:
    def shifted(x, y):
        for i in range(len(x)):
            x[i] = y[i] + 1.0
        return x

    f = ad.jit(shifted)
    for _ in range(3):
        np.testing.assert_array_equal(f(np.zeros(3), np.arange(3.0)), [1.0, 2.0, 3.0])
    assert len(f.fast) == 1
    a = np.zeros(4)
    f(a[1:], a[:-1])
    np.testing.assert_array_equal(a, [0.0, 1.0, 2.0, 3.0])


def test_what_cannot_be_compiled_runs_as_python_and_says_so() -> None:
    def generates(x: Any) -> Any:
        yield from x

    with pytest.warns(RuntimeWarning, match="runs as Python"):
        assert list(ad.jit(generates)([1.0, 2.0])) == [1.0, 2.0]
    with pytest.raises(ad.errors.CompileError):
        ad.jit(generates, on_unsupported="error")([1.0])


def test_compiling_ahead_leaves_nothing_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = ad.grad(lambda x: smoothed(x, 0.2)["last"], backend="native")
    x = np.asfortranarray(np.linspace(0.0, 1.0, 5))
    ad.compile_ahead(gradient, x)
    monkeypatch.setattr(Launcher, "compile", lambda *_: pytest.fail("compiled at a call"))
    assert np.allclose(gradient(x), ad.grad(lambda x: smoothed(x, 0.2)["last"])(x))
    with pytest.raises(TypeError, match="cannot be compiled ahead"):
        ad.compile_ahead(smoothed, x, 0.1)

"""Shapes that NumPy refuses, and arrays that are not there: a kernel leaves them to NumPy, it computes nothing else."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")


R = np.random.default_rng(3)
VECTORS: dict[str, Callable[..., Any]] = {
    "dot": lambda a, b: np.dot(a, b) * 1.0,
    "@": lambda a, b: a @ b,
    "inner": lambda a, b: np.inner(a, b),
    "vdot": lambda a, b: np.vdot(a, b),
    "vecdot": lambda a, b: np.vecdot(a, b),
    "tensordot": lambda a, b: np.sum(np.tensordot(a, b, axes=([0], [0]))),
    "stack": lambda a, b: np.sum(np.stack([a, b])),
    "array": lambda a, b: np.sum(np.array([a, b])),
    "einsum": lambda a, b: np.einsum("i,i->", a, b),  # repeats an axis of one element
    "times": lambda a, b: np.sum(a * b),
}
MATRICES: dict[str, Callable[..., Any]] = {
    "@ of matrices": lambda a, b: np.sum(a @ b),
    "inner of matrices": lambda a, b: np.sum(np.inner(a, b)),
    "tensordot of matrices": lambda a, b: np.sum(np.tensordot(a, b, 2)),
    "vecdot of rows": lambda a, b: np.sum(np.vecdot(a, b)),
    "matvec": lambda a, b: np.sum(np.matvec(a, b[0])),
    "vecmat": lambda a, b: np.sum(np.vecmat(b[0], a)),
    "matmul of stacks": lambda a, b: np.sum(np.matmul(a[None], b[None])),
    "stack of matrices": lambda a, b: np.sum(np.stack([a, b], axis=1)),
    "vdot of matrices": lambda a, b: np.vdot(a, b),
}
OF_VECTORS = [((5,), (5,)), ((5,), (1,)), ((1,), (5,)), ((5,), (3,)), ((1,), (1,)), ((0,), (1,)), ((0,), (0,))]
OF_MATRICES = [((3, 3), (3, 3)), ((3, 3), (1, 3)), ((3, 3), (3, 1)), ((3, 3), (1, 1)), ((1, 3), (3, 3)),
               ((3, 1), (3, 3)), ((1, 1), (3, 3)), ((3, 1), (1, 3)), ((3, 4), (4, 3)), ((0, 3), (3, 3)),
               ((3, 0), (0, 3))]


def outcome(f: Callable[..., Any], *given: Any) -> Any:
    try:
        return np.asarray(f(*given))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.filterwarnings("ignore")  # shapes that never agree have no kernel
@pytest.mark.parametrize("name", [*VECTORS, *MATRICES])
def test_a_kernel_gives_what_numpy_gives(name: str) -> None:
    f = {**VECTORS, **MATRICES}[name]
    fast = ad.jit(f)
    native, numpy = (ad.value_and_grad(f, argnums=(0, 1), backend=b) for b in ("native", "numpy"))
    for shapes in OF_VECTORS if name in VECTORS else OF_MATRICES:
        a, b = (R.normal(size=s) for s in shapes)
        expected, found = outcome(f, a, b), outcome(fast, a, b)
        if isinstance(expected, tuple):
            assert found == expected, shapes
            assert isinstance(outcome(native, a, b), tuple), shapes
            continue
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        (value, bars), (_, wanted) = native(a, b), numpy(a, b)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        for bar, other in zip(bars, wanted, strict=True):
            np.testing.assert_allclose(bar, other, rtol=1e-12, atol=1e-13)


def last_row(x: Any) -> Any:
    for row in x:
        last = row
    return np.sum(last) * 1.0


def best_row(x: Any, limit: Any) -> Any:
    best = None
    for row in x:
        if np.sum(row) > limit and (best is None or row[0] > best[0]):
            best = row
    return 0.0 if best is None else np.sum(best * best)


@pytest.mark.parametrize("machine", [False, True])
def test_an_array_that_no_path_has_assigned_is_not_read(machine: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel read beyond its memory here, which ended the process."""
    if machine:
        pytest.importorskip("numba")
        monkeypatch.setenv("NUMBA_DISABLE_JIT", "0")
    fast, native = ad.jit(last_row), ad.grad(last_row, backend="native")
    for _ in range(4):
        assert fast(np.ones((2, 30_000))) == 30_000.0
        assert native(np.ones((2, 3))).tolist() == [[0.0] * 3, [1.0] * 3]
        with pytest.raises(TypeError, match="NoneType"):
            fast(np.ones((0, 30_000_000)))
        with pytest.raises(TypeError, match="NoneType"):
            ad.value_and_grad(last_row, backend="native")(np.ones((0, 3)))


def test_an_array_that_is_there_after_all_is_read() -> None:
    fast, native, numpy = ad.jit(best_row), *(ad.value_and_grad(best_row, backend=b) for b in ("native", "numpy"))
    x = R.normal(size=(6, 3))
    for limit in (-10.0, 0.0, 0.5, 10.0):
        assert np.isclose(fast(x, limit), best_row(x, limit))
        (value, bar), (expected, wanted) = native(x, limit), numpy(x, limit)
        assert np.isclose(value, expected)
        np.testing.assert_allclose(bar, wanted)
    (special,) = native.used
    assert not any(kernel.given_up for kernel in special.main.native.kernels)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_no_values_are_put_nowhere(backend: str) -> None:
    def put(a: Any, b: Any) -> Any:
        c = a.copy()
        np.put(c, [0, -1], b)
        np.putmask(c, c > 0.3, b)
        return np.sum(c * c)

    def gridded(a: Any, b: Any) -> Any:
        return np.sum(np.meshgrid(a, b)[0])

    for f in (put, gridded):
        for count in (0, 1, 2, 3):
            a, b = R.normal(size=5), np.arange(float(count)) + 0.5
            value, bars = ad.value_and_grad(f, argnums=(0, 1), backend=backend)(a, b)
            assert np.isclose(value, f(a, b), rtol=1e-13)
            for k, (x, bar) in enumerate(zip((a, b), bars, strict=True)):
                for i in range(len(x)):
                    step = np.zeros_like(x)
                    step[i] = 1e-6
                    more, less = (f(*(v + s * step if j == k else v for j, v in enumerate((a, b)))) for s in (1, -1))
                    assert np.isclose(bar[i], (more - less) / 2e-6, atol=1e-6)

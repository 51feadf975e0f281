"""Columns that a loop adds up become a product (`ahead/columns.py`); products do not part what belongs together
(`nearer.py`)."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.native.ahead import columns


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")


R = np.random.default_rng(11)


def triangle(a: Any, alpha: Any) -> Any:
    c = np.zeros((a.shape[0], a.shape[0]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]
    return np.sum(c * c)


def subtracted(a: Any, x: Any) -> Any:
    y = np.ones(a.shape[0])
    for k in range(1, a.shape[1]):
        y -= 0.5 * x[k - 1] * -a[:, k]
    return np.sum(y**3)


def of_two_vectors(a: Any, x: Any) -> Any:
    y = np.ones((2, a.shape[0]))
    for k in range(a.shape[1]):
        y[1, 1:] += x[k] * x[k] * a[1:, k]
    return np.sum(y**3)


def by_rows(a: Any, x: Any) -> Any:
    """Rows are neighbours in memory as they are."""
    y = np.ones(a.shape[1])
    for k in range(a.shape[0]):
        y += x[k] * a[k]
    return np.sum(y**3)


def into_itself(a: Any, x: Any) -> Any:
    a = a.copy()
    for k in range(a.shape[1]):
        a[:, 1] += x[k] * a[:, k]
    return np.sum(a**3)


def read_again(a: Any, x: Any) -> Any:
    y, t = np.ones(a.shape[0]), np.ones(a.shape[0])
    for k in range(a.shape[1]):
        t = x[k] * a[:, k]
        y += t
    return np.sum(y**3) + np.sum(t)


def with_a_row(a: Any, x: Any) -> Any:
    """The index of the row may be out of range, which is an error only if the loop runs."""
    y = np.ones(a.shape[0])
    for k in range(a.shape[1]):
        y += a[int(x[0]), k] * a[:, k]
    return np.sum(y**3)


def by_a_function(a: Any, x: Any) -> Any:
    y = np.ones(a.shape[0])
    for k in range(a.shape[1]):
        y += np.dot(a[:, k], a[:, 0]) * a[:, k]
    return np.sum(y**3) * x[0]


MATRIX = R.normal(size=(4, 6))
VECTOR = R.normal(size=6)
DONE = [(triangle, (MATRIX, 1.3)), (subtracted, (MATRIX, VECTOR)), (of_two_vectors, (MATRIX, VECTOR))]
LEFT = [(by_rows, (MATRIX, R.normal(size=4))), (into_itself, (MATRIX, R.normal(size=6))),
        (read_again, (MATRIX, R.normal(size=6))), (with_a_row, (MATRIX, np.array([0.5]))),
        (by_a_function, (MATRIX, np.ones(1)))]


def agree(f: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    native, numpy = (ad.value_and_grad(f, argnums=(0, 1), backend=b) for b in ("native", "numpy"))
    a, x = given
    for matrix in (a, np.asfortranarray(a), a[::-1, ::-1], a[:1], np.concatenate([a, a], axis=1)[:, ::2]):
        (value, bars), (expected, wanted) = native(matrix, x), numpy(matrix, x)
        np.testing.assert_allclose([value, value], [expected, f(matrix, x)], rtol=1e-12)
        np.testing.assert_allclose(ad.jit(f)(matrix, x), expected, rtol=1e-12)
        for b, c in zip(bars, wanted, strict=True):
            np.testing.assert_allclose(b, c, rtol=1e-11, atol=1e-11)
    ad.check(f, a, x)
    return native


@pytest.mark.parametrize(("f", "given"), DONE, ids=lambda x: getattr(x, "__name__", ""))
def test_columns_are_a_product(f: Any, given: Any) -> None:
    native = agree(f, given)
    assert "@" in native.source
    assert native.report().backend == "native"


@pytest.mark.parametrize(("f", "given"), LEFT, ids=lambda x: getattr(x, "__name__", ""))
def test_loops_that_must_stay_as_they_are(f: Any, given: Any) -> None:
    assert "@" not in agree(f, given).source


def test_a_loop_that_does_not_run_is_no_product_of_nothing() -> None:
    for f in (triangle, subtracted):
        native, numpy = (ad.value_and_grad(f, argnums=(0, 1), backend=b) for b in ("native", "numpy"))
        for shape in ((4, 6), (4, 0), (0, 6), (0, 0), (4, 1)):
            given = R.normal(size=shape), (1.3 if f is triangle else R.normal(size=6))
            (value, bars), (expected, wanted) = native(*given), numpy(*given)
            assert np.isclose(value, expected, rtol=1e-12)
            for b, c in zip(bars, wanted, strict=True):
                np.testing.assert_allclose(b, c, rtol=1e-11)


def test_an_index_out_of_range_is_an_error_where_the_loop_runs() -> None:
    fast = ad.jit(with_a_row)
    assert fast(np.ones((3, 0)), np.array([9.0])) == 3.0
    with pytest.raises(IndexError):
        fast(np.ones((3, 2)), np.array([9.0]))


def test_a_fault_of_the_pass_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """`into_itself` sees it where memory is not looked at."""
    only_store = columns.Columns.only_store

    def careless(self: Any) -> Any:
        class Other:
            assigned, read, definition = self.facts.assigned, self.facts.read, self.facts.definition

            class memory:
                @staticmethod
                def same_class(a: Any, b: Any) -> bool:
                    return False

        facts, self.facts = self.facts, Other
        try:
            return only_store(self)
        finally:
            self.facts = facts

    def careful(a: Any, x: Any) -> Any:
        a = a.copy()
        for k in range(a.shape[1]):
            a[:, 1] += x[k] * a[:, k]
        return np.sum(a**3) + 1.0

    monkeypatch.setattr(columns.Columns, "only_store", careless)
    with pytest.raises(AssertionError):
        agree(careful, (MATRIX, R.normal(size=6)))


def test_what_is_written_in_between_is_read_before() -> None:
    def f(a: Any, x: Any) -> Any:
        t = np.outer(x, x)
        y = a @ x
        x[0] = 5.0
        z = np.outer(y, y)
        x[1] = np.sum(a @ y)
        return np.sum(t * z) * np.sum(x)

    def g(a: Any, x: Any) -> Any:
        return f(a, x.copy())

    a, x = R.normal(size=(4, 4)), R.normal(size=4)
    agree_on = [ad.value_and_grad(g, argnums=(0, 1), backend=b)(a, x) for b in ("native", "numpy")]
    (value, bars), (expected, wanted) = agree_on
    assert np.isclose(value, expected, rtol=1e-12)
    for b, c in zip(bars, wanted, strict=True):
        np.testing.assert_allclose(b, c, rtol=1e-10)

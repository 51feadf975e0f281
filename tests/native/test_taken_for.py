"""What kernels take a value for: memory of lists, read-only arrays, numbers that become arrays, views, NaN."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.native.programs import difference


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def test_an_array_of_a_list_may_be_an_argument() -> None:
    """Rows of a list that are put together lie in the kernel's memory, or in that of the argument they came from."""
    def rows(x: Any, rate: Any) -> Any:
        kept = [x]
        for _ in range(3):
            kept.append(kept[-1] * rate + 0.5)
        return np.array(kept), np.concatenate(kept)

    def last(x: Any, rate: Any) -> Any:
        kept, row = [x], x * 2.0
        for k in range(3):
            row = kept[k]
            kept.append(np.sin(row) * rate)
        return np.sum(row * kept[0])

    x = np.array([1.1, 0.5])
    assert difference(rows(x, 0.2), ad.jit(rows)(x, 0.2)) == ""
    assert difference(last(x, 0.2), ad.jit(last)(x, 0.2)) == ""
    assert difference(ad.value_and_grad(last)(x, 0.2), ad.value_and_grad(last, backend="native")(x, 0.2)) == ""


def test_arrays_that_must_not_be_written() -> None:
    """Where a kernel writes on some paths only, it runs on a copy, also when it has to be run again for more memory;
    where it does write, the error is NumPy's."""
    def settled(x: Any, lowest: Any) -> Any:
        for i in range(len(x)):
            if x[i] < lowest:
                x[i] = lowest
        steps = np.cumsum(x)
        return np.sum(steps * steps[::-1])

    frozen = np.linspace(-0.3, 1.4, 4000)
    frozen.flags.writeable = False
    compiled = ad.jit(settled)
    assert np.isclose(compiled(frozen, -1.0), settled(frozen, -1.0), rtol=1e-12)
    (special,) = compiled.used
    assert [k.given_up for k in special.main.native.kernels] == [0]
    with pytest.raises(ValueError, match="read-only"):
        compiled(frozen, 0.0)
    assert frozen[0] == -0.3


def test_a_total_that_began_as_a_number_is_an_array_where_it_must_be() -> None:
    """It is one as soon as an axis has more than one element; NumPy decides where it has one."""
    def series(x: Any, terms: Any) -> Any:
        total = 0.0
        for k in range(terms):
            total = total + np.sin((k + 1.0) * x)
        return np.min(total, axis=0) * np.max(total, axis=0) + total.size

    gradient = ad.value_and_grad(series, backend="native")
    for x in (np.array([0.3, 0.8, 0.1]), np.array([0.3])):
        assert difference(ad.value_and_grad(series)(x, 3), gradient(x, 3)) == ""


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(bad: float) -> None:
    """NaN and infinity go through loops, branches, sums and extremes as in NumPy, forward and backward."""
    def mixed(x: Any) -> Any:
        y, top = x.copy(), x[0]
        for i in range(1, len(x)):
            y[i] = np.tanh(y[i - 1]) * 0.5 + (x[i] if x[i] > 0.0 else np.exp(x[i]))
            if y[i] > top:
                top = y[i]
        kept = np.where(np.isfinite(y), y, 0.0)
        return np.sum(kept * kept) + np.max(y) * 0.0 + top + np.sum(np.maximum(y, 0.2)), kept

    for place in (0, 2, 4):
        x = np.array([0.4, -0.3, 1.2, 0.7, -0.1])
        x[place] = bad
        with np.errstate(all="ignore"):
            assert difference(mixed(x), ad.jit(mixed)(x)) == ""
            (value, _), pullback = ad.vjp(mixed, x)
            (same, _), native = ad.vjp(mixed, x, backend="native")
            assert difference(value, same) == ""
            given = (1.0, np.ones(5))
            assert difference(pullback(given), native(given)) == ""


def test_a_copy_that_may_be_a_view_is_free_where_nobody_can_tell() -> None:
    """`reshape` of a transpose in a loop that writes the memory behind it: only if it is read after the write does it
    matter which it was."""
    def read_before(x: Any) -> Any:
        y = np.sin(x)
        for _ in range(3):
            mixed = np.reshape(y.T, (6,)) * np.arange(6.0)
            y[:] = np.reshape(mixed, (2, 3)) + 0.3
        return np.sum(y * y)

    def read_after(x: Any) -> Any:
        y = np.sin(x)
        mixed = np.reshape(y.T, (6,))
        y[0] = 0.5
        return np.sum(mixed * np.arange(6.0)) + np.sum(y)

    for program, backend in ((read_before, "native"), (read_after, "numpy")):
        gradient, compiled = ad.value_and_grad(program, backend="native"), ad.jit(program)
        for x in (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))):
            assert difference(ad.value_and_grad(program)(x), gradient(x)) == ""
            assert difference(program(x), compiled(x)) == ""
        assert compiled.report().backend == backend

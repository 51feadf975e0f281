"""A few programs as machine code, end to end; `test_programs` runs all of them uncompiled."""
from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.native.programs import difference
from tests.native.test_semantics import broadcasts, gathers, leaves_early, overlap

pytestmark = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


@pytest.mark.parametrize(("function", "arguments"), [
    (overlap, (np.linspace(0.3, 1.1, 9),)),
    (leaves_early, (np.linspace(0.3, 1.1, 9),)),
    (gathers, (np.linspace(0.3, 1.1, 9),)),
    (broadcasts, (np.linspace(-1.0, 1.0, 12).reshape(4, 3),)),
], ids=lambda value: getattr(value, "__name__", ""))
def test_machine_code_gives_the_same_numbers(function: Callable[..., Any], arguments: tuple[Any, ...],
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    native = ad.value_and_grad(function, backend="native")
    assert difference(ad.value_and_grad(function)(*arguments), native(*arguments)) == ""
    (special,) = native.used
    assert special.main.backend == "native"
    made = [found for launcher in special.main.native.kernels for found in launcher.kernels.values()]
    assert made
    assert all(found is not None for found in made)


def test_an_index_out_of_range_never_touches_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)

    def shifted(x: Any, by: int) -> Any:
        total = 0.0
        for i in range(len(x)):
            total += x[i] * x[i - by]
        return total

    gradient = ad.grad(shifted, backend="native")
    assert np.array_equal(gradient(np.arange(4.0), 1), ad.grad(shifted)(np.arange(4.0), 1))
    with pytest.raises(IndexError, match="out of bounds"):
        gradient(np.arange(4.0), 9)
    with pytest.raises(IndexError, match="out of bounds"):
        gradient(np.arange(4.0), -1)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("k", [2**62, -2**62, 2**61 + 1, 5])
def test_integers_wrap_around_where_they_are_compared(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)

    def signs(x: Any, k: Any, counts: Any) -> Any:
        total = np.sum(x) * (1.0 if k + k < 0 else 2.0) + (0.5 if k * 4 < k else 0.25)
        for i in range(len(counts)):
            total += x[i] * (3.0 if counts[i] + k > counts[i] else 5.0)
        return total

    arguments = np.linspace(0.3, 1.1, 4), np.int64(k), np.array([2**62, -2**62, 3, k])
    native = ad.value_and_grad(signs, backend="native")
    assert difference(ad.value_and_grad(signs)(*arguments), native(*arguments)) == ""
    assert native.report().fallbacks == ()

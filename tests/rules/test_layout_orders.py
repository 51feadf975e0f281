"""`order='A'` and `'K'` take elements as they lie in memory, where a tangent or cotangent may lie in another way."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

WEIGHTS = np.array([1.0, 10.0, 100.0, 1000.0])


def ravelled(x: Any) -> Any:
    return np.sum(np.ravel(x, order="K") * WEIGHTS)


def reshaped(x: Any) -> Any:
    return np.sum(np.reshape(x, (4,), order="A") * WEIGHTS)


def flattened(x: Any) -> Any:
    return np.sum(x.flatten(order="A") * WEIGHTS)


PROGRAMS = [ravelled, reshaped, flattened]
X = np.asfortranarray([[1.0, 2.0], [3.0, 4.5]])
X_DOT = np.array([[0.0, 1.0], [0.0, 0.0]])  # lies in memory row by row


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_is_refused(program: Callable[..., Any]) -> None:
    with pytest.raises(CompileError, match=r"AD150.*depends on the layout"):
        ad.grad(program, on_unsupported="error")(X)
    with pytest.raises(CompileError, match=r"AD151.*depends on the layout"):
        ad.jvp(program, (X,), (X_DOT,), on_unsupported="error")


@pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_tape_has_the_array_at_hand(program: Callable[..., Any]) -> None:
    np.testing.assert_array_equal(ad.grad(program)(X), [[1.0, 100.0], [10.0, 1000.0]])
    assert ad.jvp(program, (X,), (X_DOT,)) == (program(X), 100.0)


def test_a_copy_keeps_its_elements_in_place() -> None:
    value, tangent = ad.jvp(lambda v: np.sum(v.copy(order="K").ravel() * WEIGHTS), (X,), (X_DOT,))
    assert (value, tangent) == (4821.0, 10.0)

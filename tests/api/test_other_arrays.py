"""Masked arrays and matrices are refused, wherever they come from: their operators mean other things."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import Diagnostic, UnsupportedError

X = np.array([0.5, 1.2, 0.7])
MASKED = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])


def by_a_global(x: Any) -> Any:
    return np.sum(x * MASKED)


def from_the_left(x: Any) -> Any:
    return np.sum(MASKED * x)


def by_a_function(x: Any) -> Any:
    return np.ma.masked_greater(x, 1.0).sum()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", [by_a_global, from_the_left, by_a_function])
@pytest.mark.parametrize("tape", [False, True])
def test_masked_arrays_are_refused(function: Callable[..., Any], tape: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError([Diagnostic("AD100", None, "the tape is asked for", "")])
    if tape:
        monkeypatch.setattr(pipeline, "lower_function", refuse)
    with pytest.raises(UnsupportedError, match=r"np\.where|derivative"):
        ad.grad(function)(X)


@pytest.mark.parametrize("kind", ["masked", "matrix"])
@pytest.mark.filterwarnings("ignore")
def test_arguments_are_refused(kind: str) -> None:
    argument = MASKED if kind == "masked" else np.matrix([[1.0, 2.0]])
    with pytest.raises(TypeError, match=r"convert with np\.asarray"):
        ad.grad(lambda x: np.sum(x * x))(argument)

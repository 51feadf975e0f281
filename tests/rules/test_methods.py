"""Array methods and attributes are the functions that the table takes them for."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ad_compiler import rules

X = np.array([[0.5, -1.5, 2.0], [1.0, 3.0, -0.5]])
SQUARE = X[:, :2]

CALLS: dict[str, list[tuple[np.ndarray, tuple[Any, ...], dict[str, Any]]]] = {
    "all": [(X, (0,), {})], "any": [(X, (0,), {})], "argmax": [(X, (1,), {})], "argmin": [(X, (1,), {})],
    "argpartition": [(X, (1,), {})], "argsort": [(X, (0,), {})], "astype": [(X, (np.float32,), {})],
    "choose": [(np.array([0, 1]), ([X[0, :2], X[1, :2]],), {})],
    "clip": [(X, (-1.0, 1.0), {}), (X, (), {"min": 0.0}), (X, (None, 0.5), {})],
    "compress": [(X, ([True, False],), {"axis": 0}), (X, ([True, False, True],), {})],
    "conj": [(X * 1j, (), {})], "conjugate": [(X * 1j, (), {})], "copy": [(X, (), {}), (X, ("F",), {})],
    "cumprod": [(X, (1,), {})], "cumsum": [(X, (), {})], "diagonal": [(X, (1,), {})],
    "dot": [(SQUARE, (X,), {})],
    "dumps": [(X, (), {})], "flatten": [(X, ("F",), {})], "item": [(X, (1, 2), {}), (X, (3,), {})],
    "max": [(X, (0,), {"keepdims": True})], "mean": [(X, (), {"axis": 1})],
    "min": [(X, (), {"initial": -3.0})],
    "nonzero": [(X, (), {})], "prod": [(X, (1,), {})], "ravel": [(X, (), {})], "repeat": [(X, (2, 1), {})],
    "reshape": [(X, (3, 2), {}), (X, ((3, 2),), {"order": "F"}), (X, (-1,), {}), (X, (np.int64(6),), {})],
    "round": [(X, (), {}), (X / 3, (1,), {})], "searchsorted": [(np.array([0.0, 1.0]), (0.5,),
                                                                 {"side": "right"})],
    "squeeze": [(X[None], (0,), {})], "std": [(X, (0,), {"ddof": 1})], "sum": [(X, ((0, 1),), {})],
    "swapaxes": [(X, (0, 1), {})], "take": [(X, ([0, 2], 1), {})], "to_device": [(X, ("cpu",), {})],
    "tobytes": [(X, (), {})], "tolist": [(X, (), {})], "trace": [(X, (1,), {})],
    "transpose": [(X, (), {}), (X, (1, 0), {}), (X, ((1, 0),), {}), (X, (None,), {})], "var": [(X, (1,), {})],
    "view": [(X, (), {})],
}
WRITING: dict[str, tuple[Any, ...]] = {
    "fill": (2.5,), "partition": (1, 0), "put": ([0, 3], [9.0, 8.0]), "sort": (0,),
}
# They act on files, or on flags of the array.
EFFECTS = {"dump", "tofile", "setflags"}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_method_is_its_function(name: str) -> None:
    method = rules.METHODS[name]
    for receiver, args, kwargs in CALLS[name]:
        expected = getattr(receiver, name)(*args, **kwargs)
        function_args, function_kwargs = method.arguments(receiver, args, kwargs)
        got = method.function(*function_args, **function_kwargs)
        assert type(got) is type(expected)
        np.testing.assert_array_equal(got, expected)
        row = rules.find(method.function)
        assert row is not None
        if row.kind != "zero":
            row.bind(function_args, function_kwargs)


@pytest.mark.parametrize("name", sorted(WRITING))
def test_writing_method_is_its_function(name: str) -> None:
    method = rules.METHODS[name]
    expected, got = X.copy(), X.copy()
    getattr(expected, name)(*WRITING[name])
    args, kwargs = method.arguments(got, WRITING[name], {})
    method.function(*args, **kwargs)
    np.testing.assert_array_equal(got, expected)
    row = rules.find(method.function)
    assert row is not None and row.writes == row.parameters[0].name


def test_every_method_is_accounted_for() -> None:
    public = {name for name in dir(np.ndarray)
              if not name.startswith("_") and callable(getattr(np.ndarray, name))}
    assert public == set(rules.METHODS) | set(rules.WITHOUT_RULE)
    assert set(rules.METHODS) == set(CALLS) | set(WRITING) | EFFECTS


@pytest.mark.parametrize("name", ["T", "mT", "real", "imag"])
def test_attribute_is_its_function(name: str) -> None:
    for value in (X, X + 1j):
        np.testing.assert_array_equal(rules.ATTRIBUTES[name](value), getattr(value, name))


def test_flat_is_the_raveled_array() -> None:
    np.testing.assert_array_equal(rules.ATTRIBUTES["flat"](X), list(X.flat))

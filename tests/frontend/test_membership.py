"""`in` of what is known when compiling finds what compares equal, of whatever type; dtypes are what NumPy says.

Constants are joined by `np.r_`.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.testing import check_grads

POINT = np.array([1.0, -2.0, 0.5])


def of_another_number_type(x: np.ndarray) -> Any:
    order = 2.0
    return np.sum(x * x * (5.0 if order in (1, 2) else 1.0))


def dtype_among_classes(x: np.ndarray) -> Any:
    if x.dtype in (np.float32, np.float64):
        return np.sum(x ** 3)
    return np.sum(x)


def dtype_not_among_classes(x: np.ndarray) -> Any:
    return np.sum(x if x.dtype not in (np.float64, np.complex128) else np.sin(x))


def dtype_in_a_list(x: np.ndarray) -> Any:
    return np.sum(np.exp(x) if x.dtype in [np.dtype("f4"), np.dtype("f8")] else x)


def the_one_dtype(x: np.ndarray) -> Any:
    return np.sum(x * x if x.dtype is np.dtype("float64") and np.dtype(float) is np.dtype("f8") else x)


def sizes_of_dtypes(x: np.ndarray) -> Any:
    zeros = np.zeros(3, np.dtype("f8")) + np.zeros(3, x.dtype.type)
    return np.sum(x * x + zeros) * x.dtype.itemsize * x.dtype.type(3) + len(x.dtype.name) * np.dtype("f4").itemsize


def flag_among_numbers(x: np.ndarray) -> Any:
    return np.sum(x * x if True in (0, 1) else x)


def scaled_by(x: np.ndarray, **options: Any) -> Any:
    for key in options.copy():
        if key in ["units", "scale"]:  # a list of names, not a tuple
            options.pop(key)
    return np.sum(x * x) * sum(options.values())


def keywords_taken_out(x: np.ndarray) -> Any:
    return scaled_by(x, units=3.0, scale=x[0], rate=x[1], shift=2.0)


def constants_joined(x: np.ndarray) -> Any:
    return np.sum(x * np.r_[0.5, -1.0, 2]) + np.sum(x[:2] * np.c_[1.0, 3.0]) + np.sum(x * np.r_[1, (2, 3.0)])


@pytest.mark.parametrize("program", [
    of_another_number_type, dtype_among_classes, dtype_not_among_classes, dtype_in_a_list, flag_among_numbers,
    the_one_dtype, sizes_of_dtypes, keywords_taken_out, constants_joined,
])
def test_value_and_gradient(program: Callable[..., Any]) -> None:
    value, _ = ad.value_and_grad(program, on_unsupported="error")(POINT.copy())
    assert value == pytest.approx(program(POINT.copy()), rel=1e-12)
    check_grads(program, (POINT,))


def _by_order_of_texts(x, name):
    t = x[0]
    if name < "m":
        t = t * 2
    if name >= "b":
        t = t * 3
    if "b" > name:  # noqa: SIM300 - what is tested
        t = t * 5
    if "a" < name <= "n":
        t = t * 7
    return t


@pytest.mark.parametrize("name", ["a", "b", "n", "z"])
def test_texts_are_ordered_as_in_python(name):
    x = np.array([1.5])
    value, gradient = ad.value_and_grad(_by_order_of_texts, on_unsupported="error")(x, name)
    assert value == _by_order_of_texts(x, name)
    assert gradient[0] * x[0] == pytest.approx(value)


def test_what_cannot_be_compared_is_an_error_of_the_line():
    with pytest.raises(ad.errors.UnsupportedError, match="AD107: this comparison raises TypeError"):
        ad.grad(lambda x, limit: x[0] if limit < 3 else x[1], on_unsupported="error")(np.ones(2), None)

"""Every compiled call of `tests/rules/calls`, further: second order, single precision, layouts, 0-d numbers, twice.

A tenth, drawn with a fixed seed, is tested always; the others with `make test-long`.
"""
from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.rules.harness import strided
from tests.rules.test_calls import HEADS, HERE, _load, arguments, directions, listed

EVERY = (0, 1, 2, 3)
# What a call cannot be asked, and why.
BY_MEMORY = ("as_strided", "x.nbytes")        # strides and sizes count bytes
OVERWRITES = ("overwrite_input",)             # leaves its argument in another order
NUMBERS_ONLY = ("round(s", "min(s", "s.__pow__")  # Python's own functions of a number
KINKS = ("sl.polar(A)",)                      # the absolute value of zeros
DRAWN = ("np.random", "default_rng")          # the same draws are other numbers in single precision
EXACT = ("so.", "si.")                        # solved to a tolerance beyond single precision
# Their gradient holds coefficients that are a number or an array as values decide, and is not read again (AD119).
SECOND_ON_THE_TAPE = ("cheb2poly", "legmul", "leg2poly", "hermmul", "herm2poly", "hermemul", "herme2poly", "lagmul",
                      "lag2poly", "Chebyshev(v)(x)")


def cases() -> list[Any]:
    found = [(library, call) for library in HEADS if (HERE / f"{library}.txt").exists()
             for section, call in listed(library) if section in ("compiled", "compiled only")]
    always = set(random.Random(2).sample(range(len(found)), len(found) // 10))
    return [pytest.param(*case, id=case[1], marks=[] if k in always else [pytest.mark.slow])
            for k, case in enumerate(found)]


every_call = pytest.mark.parametrize(("library", "call"), cases())


def has(call: str, *lists: tuple[str, ...]) -> bool:
    return any(word in call for words in lists for word in words)


def total(bars: Any, parts: Any) -> float:
    return sum(float(np.sum(np.asarray(bar, float) * part)) for bar, part in zip(bars, parts, strict=True))


def gradient_of(function: Callable[..., Any]) -> Callable[..., Any]:
    return ad.grad(function, argnums=EVERY, on_unsupported="error")


def same(one: Any, two: Any, tolerance: float) -> None:
    for a, b in zip(one, two, strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.filterwarnings("ignore")
@every_call
def test_second_order(library: str, call: str, tmp_path: Path) -> None:
    if has(call, OVERWRITES):
        pytest.skip("leaves its argument in another order")
    function = _load(library, call, tmp_path)
    args, us = arguments(), directions()
    rng = np.random.default_rng(8)
    ws = [rng.normal(size=np.shape(a)) for a in args]
    ws[3] = ws[3] + ws[3].T
    with np.errstate(all="ignore"):
        gradient = gradient_of(function)

        def at(amount: float) -> float:
            return total(gradient(*(a + amount * u for a, u in zip(args, us, strict=True))), ws)

        step = 1e-4
        expected = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
        how = {} if has(call, SECOND_ON_THE_TAPE) else {"on_unsupported": "error"}
        got = total(ad.hvp(function, args, us, argnums=EVERY, **how), ws)
    assert math.isclose(got, expected, rel_tol=2e-5, abs_tol=2e-5)


@pytest.mark.filterwarnings("ignore")
@every_call
def test_single_precision(library: str, call: str, tmp_path: Path) -> None:
    if has(call, BY_MEMORY, DRAWN, EXACT, KINKS):
        pytest.skip("means other numbers in single precision")
    function = _load(library, call, tmp_path)
    x, v, s, matrix = arguments()
    with np.errstate(all="ignore"):
        gradient = gradient_of(function)
        exact = gradient(x, v, s, matrix)
        small = gradient(x.astype("f4"), v.astype("f4"), np.float32(s), matrix.astype("f4"))
    scale = max(1.0, *(float(np.max(np.abs(bar))) for bar in exact))
    for one, two, given in zip(small, exact, (x, v, s, matrix), strict=True):
        if isinstance(given, np.ndarray):
            assert one.dtype == np.float32
        np.testing.assert_allclose(one, two, rtol=2e-3, atol=2e-3 * scale)


@pytest.mark.filterwarnings("ignore")
@every_call
def test_layouts_and_numbers_without_axes(library: str, call: str, tmp_path: Path) -> None:
    if has(call, BY_MEMORY, OVERWRITES):
        pytest.skip("looks at memory")
    function = _load(library, call, tmp_path)
    x, v, s, matrix = arguments()
    with np.errstate(all="ignore"):
        gradient = gradient_of(function)
        plain = gradient(x, v, s, matrix)
        same(gradient(strided(x), strided(v), s, strided(matrix)), plain, 1e-8)
        same(gradient(np.asfortranarray(x), v[::-1].copy()[::-1], s, np.asfortranarray(matrix)), plain, 1e-8)
        if not has(call, NUMBERS_ONLY):
            zero_d = gradient(x, v, np.array(s), matrix)
            assert isinstance(zero_d[2], np.ndarray)
            same(zero_d, plain, 1e-7)


@pytest.mark.filterwarnings("ignore")
@every_call
def test_a_second_call(library: str, call: str, tmp_path: Path) -> None:
    if has(call, OVERWRITES):
        pytest.skip("leaves its argument in another order")
    function = _load(library, call, tmp_path)
    args = arguments()
    other = [a + 1e-3 * u for a, u in zip(args, directions(), strict=True)]
    with np.errstate(all="ignore"):
        gradient = gradient_of(function)
        first, moved = gradient(*args), gradient(*other)
        same(gradient(*args), first, 0.0)
        same(moved, ad.grad(function, argnums=EVERY, on_unsupported="error", mode="slow")(*other), 1e-6)

"""On the tape too a pullback is that of the moment when it was made."""
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

WEIGHTS = np.array([1.0, 2.0, 3.0])
MODEL = SimpleNamespace(w=np.array([2.0, 0.5, 1.0]))
LISTED = [np.array([1.0, 1.5, 2.0])]


def of_a_global(x):
    exec("a = 1")
    return np.sum(WEIGHTS * x**2)


def of_a_view(x):
    exec("a = 1")
    return np.sum(WEIGHTS[::-1] * np.sin(x)) + WEIGHTS[1:] @ x[:2] + np.sum(np.stack([WEIGHTS, x]) ** 2)


def of_attributes_and_lists(x):
    exec("a = 1")
    return np.sum(MODEL.w * x**2) + LISTED[0] @ np.exp(x)


def helper(x):
    exec("a = 1")
    return np.sum(WEIGHTS * x**2)


def with_a_call_on_the_tape(x):
    return helper(x) * np.sum(WEIGHTS * np.cos(x))


@pytest.mark.parametrize("f", [of_a_global, of_a_view, of_attributes_and_lists, with_a_call_on_the_tape])
def test_pullbacks_after_captured_arrays_changed(f):
    x = np.array([0.3, -0.4, 0.8])
    arrays = [WEIGHTS, MODEL.w, LISTED[0]]
    before = [a.copy() for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = ad.grad(f)(x)
        _, pullback = ad.vjp(f, x)
    try:
        for a in arrays:
            a[:] = -7.0
        for _ in range(2):
            np.testing.assert_allclose(pullback(1.0)[0], expected, rtol=1e-12)
    finally:
        for a, old in zip(arrays, before, strict=True):
            a[:] = old


def test_writes_through_strides_are_refused_on_the_tape():
    def f(x):
        exec("a = 1")
        c = np.zeros(4)
        np.lib.stride_tricks.as_strided(c, (2, 2), (16, 8))[0] = x
        return np.sum(c**2)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(CompileError, match="read-only"):
            ad.grad(f)(np.array([1.0, 2.0]))

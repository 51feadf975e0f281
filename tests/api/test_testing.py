"""The public checks pass right derivatives and find wrong ones."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.interface.naming import load_text
from ad_compiler.testing import check_grads, check_jvp, check_vjp

X = np.array([0.5, 1.0, -0.7])


def smooth(x, p, n):
    h = np.tanh(x * p["w"])
    for _ in range(n):
        h = h + p["b"] * np.sin(h)
    return h, {"sum": np.sum(h)}


ARGS = (X, {"w": X + 2.0, "b": 0.3, "name": "n"}, 2)


def test_right_derivatives_pass() -> None:
    check_grads(smooth, ARGS)
    check_grads(smooth, ARGS, order=1, modes=("rev",))
    check_grads(lambda z: np.abs(z) ** 2, (1.0 + 2.0j,), order=1, modes=("rev",))
    check_grads(lambda x: np.sum(x * x), (X.astype(np.float32),), rtol=1e-4, atol=1e-4, order=1)


@pytest.fixture
def spoiled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Break what the pipeline makes, by a function of the emitted results."""
    def spoil(name: str, part: str, change: Any) -> None:
        original = getattr(pipeline, name)

        def broken(*args: Any, **options: Any) -> Any:
            compiled = original(*args, **options)
            piece = getattr(compiled, part) if part else compiled
            call = piece.call
            piece.call = lambda *inputs, **hidden: change(call(*inputs, **hidden))
            return compiled

        monkeypatch.setattr(pipeline, name, broken)

    return spoil


@pytest.mark.parametrize(("name", "part", "change", "message"), [
    ("compile_pullback", "rev", lambda bars: (bars[0] * 1.001, *bars[1:]), "the pullback gives"),
    ("compile_pullback", "fwd", lambda both: (both[0] * 2.0, both[1]), "the value that vjp returns differs"),
    ("compile_forward", "", lambda both: (both[0], both[1] * 1.001), "the tangent of number 0 gives"),
])
def test_wrong_derivatives_are_found(spoiled: Any, name: str, part: str, change: Any, message: str) -> None:
    spoiled(name, part, change)
    check = check_jvp if name == "compile_forward" else check_vjp
    fresh = load_text("def f(x):\n    return np.sum(np.sin(x))\n", "f", {"np": np})
    with pytest.raises(AssertionError, match=f"f: {message}"):
        check(fresh, (X,))


def test_functions_that_are_not_what_they_say() -> None:
    calls = [0.0]

    def drifting(x):
        return np.sum(x) * calls[0]

    def f(x):
        calls[0] += 1.0
        return drifting(x)

    with pytest.raises((AssertionError, ad.errors.CompileError)):
        check_vjp(f, (X,), on_unsupported="error")


def test_modes_are_checked() -> None:
    with pytest.raises(ValueError, match="modes are 'fwd' and 'rev'"):
        check_grads(smooth, ARGS, modes=("forward",))


def test_arguments_that_are_written() -> None:
    def scale(x):
        x *= 3.0
        return np.sum(x**2)

    x = X.copy()
    check_vjp(scale, (x,))
    check_jvp(scale, (x,))
    np.testing.assert_array_equal(x, X)

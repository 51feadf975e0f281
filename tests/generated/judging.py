"""Gradients of small programs with one optimisation on and off, against each other and against differences."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler

EPS = 1e-6


def compiled(f: Callable[..., Any], *args: Any, **options: Any) -> tuple[list[np.ndarray], str]:
    """The gradient with respect to every float argument, and the text that computed it."""
    wrt = tuple(k for k, a in enumerate(args) if not isinstance(a, int) and np.asarray(a).dtype.kind == "f")
    g = ad_compiler.grad(f, argnums=wrt, on_unsupported="error", **options)
    given = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    return [np.asarray(b) for b in g(*given)], g.source


def differences(f: Callable[..., Any], *args: Any) -> list[np.ndarray]:
    """Central differences, one element at a time."""
    found = []
    for k, a in enumerate(args):
        if isinstance(a, int) or np.asarray(a).dtype.kind != "f":
            continue
        bar = np.zeros(np.shape(a))
        for at in np.ndindex(bar.shape):
            sides = []
            for eps in (EPS, -EPS):
                moved = [b.copy() if isinstance(b, np.ndarray) else b for b in args]
                point = np.array(moved[k], dtype=float)
                point[at] += eps
                moved[k] = point if isinstance(a, np.ndarray) else float(point)
                sides.append(float(f(*moved)))
            bar[at] = (sides[0] - sides[1]) / (2 * EPS)
        found.append(bar)
    return found


def agree(f: Callable[..., Any], *args: Any, **options: Any) -> str:
    """The text of a gradient that is the slow mode's and that of differences; asserts that it is."""
    bars, text = compiled(f, *args, **options)
    slow, _ = compiled(f, *args, mode="slow")
    for one, other, numeric in zip(bars, slow, differences(f, *args), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(one, numeric, rtol=1e-5, atol=1e-7)
    return text


def records(text: str) -> int:
    """How many values are recorded in loops, or copied to be read later."""
    return text.count(".append(") + len(re.findall(r"^    \w*saved\w* = .*copy", text, re.MULTILINE))

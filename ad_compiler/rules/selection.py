"""Choosing between values: where, select, choose, clip.

The side that was not taken gets exactly 0, whatever its own derivative is: no NaN comes out of it.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.samples import calls

MASK = np.array([[True, False, True], [False, True, True]])


def chosen(a: Any, mode: str, count: int) -> Any:
    """The index array of `np.choose`, in range."""
    if isinstance(a, list | tuple):
        a = np.asarray(a)
    if mode == "clip":
        return np.clip(a, 0, count - 1)
    return a % count if mode == "wrap" else a


def firsts(condlist: Any) -> list[Any]:
    """For each condition of `np.select` where it decides: it holds and none before it does."""
    free: Any = None
    out = []
    for condition in condlist:
        out.append(condition if free is None else np.logical_and(free, condition))
        missed = np.logical_not(condition)
        free = missed if free is None else np.logical_and(free, missed)
    return out


def neither(condlist: Any) -> Any:
    """Where no condition holds."""
    free = np.logical_not(condlist[0])
    for condition in condlist[1:]:
        free = np.logical_and(free, np.logical_not(condition))
    return free


def within(v: Any, a: Any, low: Any, high: Any) -> Any:
    """`v` where `a` is inside the bounds or on them, else 0."""
    if low is None:
        return v if high is None else np.where(a <= high, v, 0)
    if high is None:
        return np.where(a >= low, v, 0)
    return np.where(np.logical_and(a >= low, a <= high), v, 0)


def below(v: Any, a: Any, low: Any, high: Any) -> Any:
    """`v` where the lower bound is the result."""
    return np.where(a < low, v, 0) if high is None else np.where(np.logical_and(a < low, low <= high), v, 0)


def above(v: Any, a: Any, low: Any, high: Any) -> Any:
    """`v` where the upper bound is the result; it also is where the lower bound exceeds it."""
    return np.where(a > high, v, 0) if low is None else np.where(np.logical_or(a > high, low > high), v, 0)


RULES: tuple[Row, ...] = (
    rule(np.where, "condition, x=..., y=...",
         x=Partial(vjp=lambda g, condition: np.where(condition, g, 0),
                   jvp=lambda d, condition: np.where(condition, d, 0)),
         y=Partial(vjp=lambda g, condition: np.where(condition, 0, g),
                   jvp=lambda d, condition: np.where(condition, 0, d)),
         samples=calls(lambda s: of(MASK, s.real(2, 3), s.real(2, 3)),
                       lambda s: of(MASK, s.real(3), s.real(2, 1)),
                       lambda s: of(np.True_, s.real(), s.real(2)),
                       lambda s: of(MASK[0], s.complex(3), s.real(3)))),
    rule(np.select, "condlist, choicelist, default=0", sequences=("condlist", "choicelist"),
         choicelist=Partial(
             vjp=lambda g, condlist: [np.where(first, g, 0) for first in firsts(condlist)],
             jvp=lambda d, condlist: np.select(condlist, d)),
         default=Partial(vjp=lambda g, condlist: np.where(neither(condlist), g, 0),
                         jvp=lambda d, condlist: np.where(neither(condlist), d, 0)),
         samples=calls(lambda s: of([MASK, MASK[:, ::-1]], [s.real(2, 3), s.real(2, 3)], 0.5),
                       lambda s: of([MASK[0], MASK[1]], [s.real(2, 3), s.real(3)], s.real(3)))),
    rule(np.choose, "a, choices, *, mode='raise'", sequences=("choices",),
         choices=Partial(
             vjp=lambda g, a, choices_ndim, mode: [
                 np.where(chosen(a, mode, len(choices_ndim)) == k, g, 0) for k in range(len(choices_ndim))],
             jvp=lambda d, a, mode: np.choose(a, d, mode=mode)),
         samples=calls(lambda s: of(np.array([0, 2, 1]), [s.real(3), s.real(3), s.real(2, 3)]),
                       lambda s: of(np.array([0, 5, -1]), [s.real(3), s.real(3)], mode="clip"),
                       lambda s: of(np.array([0, 5, -1]), [s.real(3), s.real(3)], mode="wrap"))),
    rule(np.clip, "a, a_min=None, a_max=None", renames={"min": "a_min", "max": "a_max"},
         note="on a bound the whole derivative is the variable's",
         a=Partial(vjp=lambda g, a, a_min, a_max: within(g, a, a_min, a_max),
                   jvp=lambda d, a, a_min, a_max: within(d, a, a_min, a_max)),
         a_min=Partial(vjp=lambda g, a, a_min, a_max: below(g, a, a_min, a_max),
                       jvp=lambda d, a, a_min, a_max: below(d, a, a_min, a_max)),
         a_max=Partial(vjp=lambda g, a, a_min, a_max: above(g, a, a_min, a_max),
                       jvp=lambda d, a, a_min, a_max: above(d, a, a_min, a_max)),
         samples=calls(lambda s: of(s.distinct(3, 4), -0.7, 0.6),
                       lambda s: of(s.distinct(3, 4), None, s.real(4)),
                       lambda s: of(s.distinct(3, 4), min=0.1),
                       lambda s: of(s.distinct(4), s.real(3, 4), 0.3),
                       lambda s: of(s.distinct(), -3.0, 3.0))),
)

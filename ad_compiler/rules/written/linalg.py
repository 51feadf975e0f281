"""Least squares by `np.linalg` with a tolerance, which leaves small singular values out."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """`np.linalg.lstsq` with `rcond=`: the pseudoinverse with that tolerance, applied to `b`."""
    x, rest = solution(a, b, rcond)
    s = np.linalg.svdvals(a)
    rank = np.sum(s > rcond * np.max(s))
    full = bool(rank == np.shape(a)[1]) and np.shape(a)[0] > np.shape(a)[1]
    reported = np.atleast_1d(rest)
    return x, reported if full else reported[:0], rank, s


def solution(a: Any, b: Any, rcond: Any) -> Any:
    """The solution, and the sums of squared residuals."""
    x = np.linalg.pinv(a, rcond=rcond) @ b
    gap = b - a @ x
    return x, np.sum(np.real(gap) ** 2 + np.imag(gap) ** 2, axis=0)


DEFINITIONS: dict[Any, Written] = {np.linalg.lstsq: Written(lstsq, covered={"rcond": (None, -1)})}

"""Programs that are called with tensors: some the compiler reads, some it cannot."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def energy(x: Any, k: Any) -> Any:
    """A sum over elements."""
    return 0.5 * k * np.sum(x * x * np.sin(x))


def relax(x: Any, k: Any) -> Any:
    """A recurrence in place."""
    y = x.copy()
    for i in range(1, y.shape[0]):
        y[i] += k * np.tanh(y[i - 1])
    return np.sum(y ** 2)


def layer(x: Any, w: Any) -> Any:
    """A matrix of results, element by element."""
    out = np.empty((x.shape[0], w.shape[0]))
    for i in range(x.shape[0]):
        for j in range(w.shape[0]):
            out[i, j] = np.tanh(np.dot(x[i], w[j]))
    return out


def parts(p: Any, n: int) -> Any:
    """Structures in and out, with a number that is no float."""
    return {"a": np.sin(p["u"]) * p["v"], "b": (np.sum(p["u"]), n)}


def writes(x: Any, k: Any) -> Any:
    """Overwrites its argument."""
    x[0] = x[0] * k
    return np.sum(x ** 3)


def unread(x: Any, k: Any) -> Any:
    """What the compiler cannot read: it runs on the tape."""
    found: dict[str, Callable[[Any], Any]] = {}
    exec("found['square'] = lambda v: v * v", {"found": found})
    return np.sum(found["square"](x) * np.exp(x)) * k


def unread_parts(x: Any, k: Any) -> Any:
    """The same with a structure as result."""
    found: dict[str, Callable[[Any], Any]] = {}
    exec("found['square'] = lambda v: v * v", {"found": found})
    y = x.copy()
    y[1:] = y[1:] * np.sin(y[:-1])
    s = found["square"](y)
    return {"a": np.sum(s) * k, "b": (np.cumsum(s), 3, "text")}


def both(x: Any, y: Any) -> Any:
    """Two arguments of one shape."""
    return np.sum(x * x * np.exp(y))


def unread_both(x: Any, y: Any) -> Any:
    """The same on the tape."""
    found: dict[str, Callable[[Any], Any]] = {}
    exec("found['square'] = lambda v: v * v", {"found": found})
    return np.sum(found["square"](x) * np.exp(y))

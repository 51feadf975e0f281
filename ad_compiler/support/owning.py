"""Results that share no memory with the arguments, which emitted code relies on in functions that it only calls."""
from __future__ import annotations

from typing import Any

import numpy as np


def arrays_in(tree: Any) -> list[Any]:
    """The arrays in a structure of tuples, lists, dicts and objects."""
    if isinstance(tree, np.ndarray):
        return [tree]
    if isinstance(tree, dict):
        return [a for part in tree.values() for a in arrays_in(part)]
    if isinstance(tree, (tuple, list)):
        return [a for part in tree for a in arrays_in(part)]
    return [a for part in vars(tree).values() for a in arrays_in(part)] if hasattr(tree, "__dict__") else []


def apart(out: Any, arrays: list[Any]) -> Any:
    """A result with copies of what may be memory of one of the arrays."""
    if isinstance(out, np.ndarray):
        return out.copy() if any(np.may_share_memory(out, a) for a in arrays) else out
    if isinstance(out, dict):
        return {key: apart(part, arrays) for key, part in out.items()}
    if isinstance(out, tuple) and hasattr(out, "_fields"):
        return type(out)(*[apart(part, arrays) for part in out])
    if isinstance(out, (tuple, list)):
        return type(out)([apart(part, arrays) for part in out])
    return out


def owning(function: Any) -> Any:
    """A function that does what `function` does, with results of their own memory.

    >>> import numpy as np
    >>> x = np.zeros(2)
    >>> owning(lambda x: x)(x) is x
    False
    """
    def owned(*args: Any) -> Any:
        return apart(function(*args), arrays_in(args))

    return owned


__all__ = ["apart", "arrays_in", "owning"]

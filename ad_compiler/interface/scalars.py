"""What a gradient needs of the value of its primal: one real number, or a pair of it and more."""
from __future__ import annotations

from typing import Any, Literal

import numpy as np

Returns = Literal["value and bars", "bars", "bar"]
"""What the emitted code of a gradient returns: the value and all cotangents, these alone, or the only one."""


def value_and_bars(returned: Any, what: Returns) -> tuple[Any, tuple[Any, ...]]:
    """Value and cotangents, of what emitted code returned; a number stands for a value that was not computed."""
    match what:
        case "value and bars":
            return returned
        case "bars":
            return 0.0, returned
        case "bar":
            return 0.0, (returned,)


def require_scalar(value: Any, name: str) -> None:
    """Raise TypeError unless `value` is one real floating-point number."""
    if type(value) is float:
        return
    array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic, float, int, complex)) else None
    if array is None or array.size != 1 or array.dtype.kind != "f":
        from ..errors import spoken

        raise TypeError(f"{spoken(name)} returns {_what(value, array)}")


def _what(value: Any, array: np.ndarray | None) -> str:
    """What a value is that is no real number, and what to do about it."""
    if array is None:
        return (f"a {type(value).__name__}, and a gradient needs exactly one number: use vjp or jacobian, or "
                f"has_aux=True for a pair (value, auxiliary data)")
    if array.size != 1:
        return (f"an array of shape {array.shape}, and a gradient needs exactly one number: use vjp or jacobian, or "
                f"return a sum")
    if array.dtype.kind == "c":
        return ("a complex number, and a gradient needs a real one: use vjp, or return its real part or absolute "
                "value")
    return f"{array.dtype}, which has no derivative: return a float"


def pair(out: Any, name: str) -> tuple[Any, Any]:
    """The two parts of a result with auxiliary data. Raises TypeError if it is no pair."""
    if not isinstance(out, tuple) or len(out) != 2:
        from ..errors import spoken

        raise TypeError(f"with has_aux=True {spoken(name)} must return a pair (value, auxiliary data)")
    return out

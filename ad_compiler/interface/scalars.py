"""What a gradient needs of the value of its primal: one real number, or a pair of it and more."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import spoken


def require_scalar(value: Any, name: str) -> None:
    """Raise TypeError unless `value` is one real floating-point number."""
    if type(value) is float:
        return
    if isinstance(value, (np.ndarray, np.generic, float, int, complex)):
        array = np.asarray(value)
        if array.size == 1 and array.dtype.kind == "f":
            return
        if array.size != 1:
            raise TypeError(f"{spoken(name)} returns an array of shape {array.shape}, and a gradient needs exactly one "
                            f"number: use vjp or jacobian, or return a sum")
        if array.dtype.kind == "c":
            raise TypeError(f"{spoken(name)} returns a complex number, and a gradient needs a real one: use vjp, or "
                            f"return its real part or absolute value")
        raise TypeError(f"{spoken(name)} returns {array.dtype}, which has no derivative: return a float")
    raise TypeError(f"{spoken(name)} returns a {type(value).__name__}, and a gradient needs exactly one number: use "
                    f"vjp or jacobian, or has_aux=True for a pair (value, auxiliary data)")


def pair(out: Any, name: str) -> tuple[Any, Any]:
    """The two parts of a result with auxiliary data. Raises TypeError if it is no pair."""
    if not isinstance(out, tuple) or len(out) != 2:
        raise TypeError(f"with has_aux=True {spoken(name)} must return a pair (value, auxiliary data)")
    return out

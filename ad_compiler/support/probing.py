"""Asking whether a call would raise, for programs that catch its error."""
from __future__ import annotations

from typing import Any


def raises(error: Any, function: Any, *arguments: Any) -> bool:
    """Whether `function(*arguments)` raises `error` (a class, or a tuple of classes). Other errors come through.

    >>> import math
    >>> raises(ValueError, math.sqrt, -1.0), raises(ValueError, math.sqrt, 4.0)
    (True, False)
    """
    try:
        function(*arguments)
    except error:
        return True
    return False

"""Objects of classes, put together from their attributes."""
from __future__ import annotations

from typing import Any


def instance(kind: type, /, **attributes: Any) -> Any:
    """An object of a class with these attributes. Its `__init__` is not run: the program has done that.

    >>> class Point:
    ...     pass
    >>> instance(Point, x=1.0).x
    1.0
    """
    new = object.__new__(kind)
    new.__dict__.update(attributes)
    return new

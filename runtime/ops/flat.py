"""0-d tensors where an operation takes a dimension: torch treats them as having one entry along it."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from runtime.composite import composite
from runtime.core import Recorded
from runtime.ops.reduce import axis_of


def lifted(node: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`function(self, dim, index, source, ...)` for 0-d tensors too: run on one dimension, as one node of this name."""
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def apply(self: Any, dim: int, index: Any, *sources: Any, **options: Any) -> Any:
            if self._data.ndim:
                return function(self, dim, index, *sources, **options)
            axis_of(dim, 0)

            def whole(x: Any, *sources: Any) -> Any:
                found = function(with_dimension(x), 0, with_dimension(index), *map(with_dimension, sources), **options)
                return found.reshape(())
            return composite(node, whole, self, *sources)
        return apply
    return decorate


def with_dimension(x: Any) -> Any:
    """A 0-d tensor as one of one dimension; anything else as it is."""
    return x.reshape(1) if isinstance(x, Recorded) and not x._data.ndim else x

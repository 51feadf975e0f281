"""Where a number from outside is found, as an expression that can be written out, and run at each call."""
from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Access(NamedTuple):
    """Where a value is: `root` expression over the names in `names` (and `function`, the primal), then `rest`.

    `read(function)` gives its current value.
    """

    root: str
    rest: str
    names: tuple[tuple[str, Any], ...]
    read: Callable[[types.FunctionType], Any]

    @property
    def text(self) -> str:
        return self.root + self.rest


def make_access(root: str, rest: str, names: Mapping[str, Any]) -> Access:
    """The access that an expression stands for. Raises SyntaxError if it is none."""
    read = eval(f"lambda function: {root}{rest}", dict(names))
    return Access(root, rest, tuple(names.items()), read)

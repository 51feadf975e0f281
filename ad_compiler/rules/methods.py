"""Methods and attributes of arrays, read as functions of the table.

`x.sum(0)` is `np.sum(x, 0)`. What has no function of its own (`astype`, `fill`) is the unbound method:
`np.ndarray.fill(x, 0.0)`; `find` knows those too.
"""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

_NO_RENAMES: Mapping[str, str] = MappingProxyType({})


class Method(NamedTuple):
    """The function that a method call stands for.

    packs    positional arguments are one tuple: `x.reshape(2, 3)` is `np.reshape(x, (2, 3))`
    renames  keyword arguments that the function calls otherwise
    """

    function: Any
    packs: bool = False
    renames: Mapping[str, str] = _NO_RENAMES

    def arguments(self, receiver: Any, args: tuple[Any, ...], kwargs: dict[str, Any],
                  ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments of `function` for `receiver.method(*args, **kwargs)`.

        >>> METHODS["reshape"].arguments("x", (2, 3), {})
        (('x', (2, 3)), {})
        """
        if self.renames:
            kwargs = {self.renames.get(name, name): value for name, value in kwargs.items()}
        if self.packs and (len(args) > 1 or (args and isinstance(args[0], int | np.integer))):
            args = (args,)
        return (receiver, *args), kwargs


_SAME_NAME = (
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "compress", "cumprod", "cumsum",
    "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "put", "ravel", "repeat", "round",
    "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var")

# Methods that are functions of nothing else.
_OWN = ("astype", "copy", "fill", "flatten", "item", "partition", "sort", "tobytes", "tolist", "view")

METHODS: dict[str, Method] = {
    **{name: Method(getattr(np, name)) for name in _SAME_NAME},
    **{name: Method(getattr(np.ndarray, name)) for name in _OWN},
    "clip": Method(np.clip, renames=MappingProxyType({"min": "a_min", "max": "a_max"})),
    "conj": Method(np.conjugate),
    "conjugate": Method(np.conjugate),
    "reshape": Method(np.reshape, packs=True),
    "transpose": Method(np.transpose, packs=True),
}

# Attributes that are functions of the array's values.
ATTRIBUTES: dict[str, Any] = {
    "T": np.transpose,
    "mT": np.matrix_transpose,
    "real": np.real,
    "imag": np.imag,
    "flat": np.ravel,
}

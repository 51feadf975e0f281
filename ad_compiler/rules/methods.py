"""Methods and attributes of arrays, read as functions of the table.

`x.sum(0)` is `np.sum(x, 0)`. What has no function of its own (`astype`, `fill`) is the unbound method:
`np.ndarray.fill(x, 0.0)`; `find` knows those too.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Method(NamedTuple):
    """The function that a method call stands for.

    packs     positional arguments are one tuple: `x.reshape(2, 3)` is `np.reshape(x, (2, 3))`
    receiver  the array's place among the function's arguments: `x.compress(c)` is `np.compress(c, x)`
    """

    function: Any
    packs: bool = False
    receiver: int = 0

    def arguments(self, receiver: Any, args: tuple[Any, ...], kwargs: dict[str, Any],
                  ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments of `function` for `receiver.method(*args, **kwargs)`.

        >>> METHODS["reshape"].arguments("x", (2, 3), {})
        (('x', (2, 3)), {})
        """
        if self.function is np.clip and len(args) < 2:  # an older np.clip needs both, under other names
            rest = {name: value for name, value in kwargs.items() if name not in ("min", "max")}
            args, kwargs = (args[0] if args else kwargs.get("min"), kwargs.get("max")), rest
        if self.packs and (len(args) > 1 or (args and isinstance(args[0], int | np.integer))):
            args = (args,)
        return (*args[: self.receiver], receiver, *args[self.receiver:]), kwargs


_SAME_NAME = (
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "clip", "cumprod", "cumsum",
    "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "put", "ravel", "repeat", "round",
    "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var")

# Methods that are no other function's twins.
_OWN = ("astype", "copy", "dump", "dumps", "fill", "flatten", "item", "partition", "setflags", "sort",
        "to_device",
        "tobytes", "tofile", "tolist", "view")

# Methods that have no rule, and why.
WITHOUT_RULE = {
    "byteswap": "it reads numbers as other numbers",
    "getfield": "it reads numbers as other numbers",
    "setfield": "it writes numbers as other numbers",
    "resize": "it changes the array's own memory: use np.resize",
}

METHODS: dict[str, Method] = {
    **{name: Method(getattr(np, name)) for name in _SAME_NAME},
    **{name: Method(getattr(np.ndarray, name)) for name in _OWN if hasattr(np.ndarray, name)},
    "compress": Method(np.compress, receiver=1),
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

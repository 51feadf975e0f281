"""Names for the variables of generated code: the wished name if it is free, else the name with a number.

    >>> names = Names(taken=("x",))
    >>> names.fresh("x"), names.fresh("x"), names.fresh("y"), names.fresh("lambda"), names.fresh("a.b")
    ('x_1', 'x_2', 'y', 'lambda_', 'a_b')

Equal wishes in equal order give equal names: nothing random, nothing from memory addresses. Blanks in a wish do not
count, so `"t "` (the user's variable) and `"t"` (a temporary of the compiler's) are two wishes for one name; those who
wish for it themselves get it.
"""
from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

_ODD = re.compile(r"\W+")


def sanitise(hint: str) -> str:
    """An identifier as close to `hint` as can be."""
    if hint.isidentifier():
        return f"{hint}_" if keyword.iskeyword(hint) else hint
    text = _ODD.sub("_", hint.replace(" ", "")).strip("_") or "t"
    if not text.isidentifier():
        text = f"v{text}"
    return f"{text}_" if keyword.iskeyword(text) else text


class Names:
    """Hands out names, each once. Names in `wished` are kept for those who wish for exactly them."""

    __slots__ = ("_last", "_taken", "_wished")

    def __init__(self, taken: Iterable[str] = (), wished: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._wished = set(wished)
        self._last: dict[str, int] = {}

    def fresh(self, hint: str, *, yields: bool = False) -> str:
        """A name nobody has: `hint` made an identifier, with the first free number where it is taken; with `yields`
        also where somebody wishes for it."""
        base = sanitise(hint)
        if base not in self._taken and not (yields and base in self._wished):
            self._taken.add(base)
            return base
        n = self._last.get(base, 0) + 1
        while (name := f"{base}_{n}") in self._taken or name in self._wished:
            n += 1
        self._last[base] = n
        self._taken.add(name)
        return name

    def __contains__(self, name: str) -> bool:
        return name in self._taken

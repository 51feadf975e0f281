"""What a compilation takes for granted about sizes, because it holds in the call that is being compiled for.

    x[:3]                   has 3 elements           if len(x) >= 3
    gates[:, :width]        has `width` columns      if gates has as many
    x[2:] * y               has the shape of x[2:]   if that has two elements or more
    points * np.ones(3)     makes `points` have 3 columns, and not a number that happens to be 3

A program is compiled for symbolic sizes. Where a type depends on how two of them compare, the sizes of the call at hand
(`sizes`) say, and the answer is `taken`: the compiled form is used for calls where it holds again, and the function is
compiled anew for the others. What is not asked is not taken. Without a call (`sizes` empty) nothing is taken.

Where sizes meet of which neither is 1, they are equal, or NumPy raises. So one of them is written by the other from
then on, in all types: compiling begins again with that (`EqualSizes`).

The bounds of loop counters (`ranges`) are known from the loops themselves.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import Dim

DEPTH = 8


@dataclass(slots=True)
class Assumed:
    """The sizes of one call by symbol, the bounds of counters by symbol (lower, upper), the forms that were found to be
    at least zero in that call, and on which the code relies, and those that were not."""

    sizes: Mapping[str, int]
    ranges: dict[str, tuple[Dim | None, Dim | None]] = field(default_factory=dict)
    taken: dict[Dim, None] = field(default_factory=dict)
    denied: dict[Dim, None] = field(default_factory=dict)
    restarts: bool = False

    def nonnegative(self, form: Dim, depth: int = DEPTH) -> bool:
        """Whether a form is at least zero: always, or in this call, which is then taken."""
        name = next((s for s in reversed(self.ranges) for t, _ in form.terms if t == s), None)
        if name is None:
            return self._of_sizes(form)
        if depth == 0:
            return False
        factor = dict(form.terms)[name]
        bound = self.ranges[name][0 if factor > 0 else 1]
        if bound is None:
            return False
        return self.nonnegative(form.without(name) + bound.scaled(factor), depth - 1)

    def _of_sizes(self, form: Dim) -> bool:
        if form.const >= 0 and all(c > 0 and s.startswith("@") for s, c in form.terms):
            return True
        if not form.terms or form in self.taken:
            return form in self.taken
        total = form.const
        for s, c in form.terms:
            if s not in self.sizes:
                return False
            total += c * self.sizes[s]
        (self.taken if total >= 0 else self.denied)[form] = None
        return total >= 0


class EqualSizes(BaseException):
    """Two sizes of this call are equal for all: `form` is that of the symbol `name`. Nobody handles it on its way."""

    def __init__(self, name: str, form: Dim) -> None:
        self.name, self.form = name, form


_current: ContextVar[Assumed | None] = ContextVar("assumed", default=None)


@contextmanager
def assuming(sizes: Mapping[str, int], *, restarts: bool = False) -> Iterator[Assumed]:
    """Compile for a call with these sizes; gives what is taken for granted meanwhile. With `restarts`, EqualSizes is
    raised where two of them are found to be equal."""
    token = _current.set(found := Assumed(sizes, restarts=restarts))
    try:
        yield found
    finally:
        _current.reset(token)


def nonnegative(form: Dim) -> bool:
    """Whether a form of sizes and counters is at least zero in every call that the code is for."""
    found = _current.get()
    return form.const >= 0 if not form.terms else found is not None and found.nonnegative(form)


def exactly(form: Dim) -> int | None:
    """The value of a form of sizes in this call, which is then taken for granted; None if the sizes are not known."""
    found = _current.get()
    if not form.terms or found is None:
        return None if form.terms else form.const
    total = _value(form, found.sizes)
    if total is None:
        return None
    both = found.nonnegative(form + -total) and found.nonnegative(-form + total)
    return total if both else None


def clash(a: Dim, b: Dim) -> bool:
    """Whether two sizes surely cannot meet in the call at hand: they differ, and neither is 1. Takes nothing."""
    found = _current.get()
    values = [] if a == b else [_value(form, {} if found is None else found.sizes) for form in (a, b)]
    return None not in values and len(set(values)) == 2 and 1 not in values


def _value(form: Dim, sizes: Mapping[str, int]) -> int | None:
    if any(s not in sizes for s, _ in form.terms):
        return None
    return form.const + sum(c * sizes[s] for s, c in form.terms)


def meet(a: Dim, b: Dim) -> None:
    """Note that two sizes of which neither is 1 are those of one axis. Raises EqualSizes if that is news."""
    found = _current.get()
    difference = a - b
    if found is None or not found.restarts or not difference.terms or _value(difference, found.sizes) != 0:
        return
    forms = {s: difference.without(s).scaled(-c) for s, c in difference.terms if c in (1, -1)}
    if forms:
        name = max(forms, key=lambda s: forms[s].const)  # `faces = cells + 1` says more than `cells = faces - 1`
        raise EqualSizes(name, forms[name])


def counter(name: str, low: Dim | None, high: Dim | None) -> None:
    """Note the bounds of a loop's counter, both included."""
    found = _current.get()
    if found is not None:
        found.ranges[name] = (low, high)

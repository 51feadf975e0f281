"""Sizes that meet: broadcasting, axes of one element that are repeated, and checks that others agree."""
from __future__ import annotations

from collections.abc import Iterable

from ..ir.types import symbol
from .reading import Reading
from .values import Arr
from .writer import ONE, ZERO, CannotLower, Int, text


class Fitting(Reading):
    """Reading operands, and bringing their sizes together."""

    def broadcast(self, shapes: Iterable[tuple[Int, ...]]) -> tuple[Int, ...]:
        """The common sizes of operands. Sizes that differ as forms are taken to be equal; the kernel is left if
        they are not."""
        shapes = list(shapes)
        rank = max(map(len, shapes), default=0)
        out: list[Int] = []
        for axis in range(-rank, 0):
            found = ONE
            for s in shapes:
                if -axis > len(s) or s[axis] == ONE or s[axis] == found:
                    continue
                if found == ONE:
                    found = s[axis]
                else:
                    self.require_equal(found, s[axis])
            out.append(found)
        return tuple(out)

    def widened(self, sizes: tuple[Int, ...], others: list[tuple[Int, ...]]) -> tuple[Int, ...]:
        """The sizes with those of arrays that may be numbers: the larger of the two, axis by axis."""
        for other in others:
            rank = max(len(sizes), len(other))
            pairs = zip((ONE,) * (rank - len(sizes)) + sizes, (ONE,) * (rank - len(other)) + other, strict=True)
            sizes = tuple(a if a == b or (a != ONE and len(other) <= len(sizes) and not a.known and b == ONE) else
                          self.larger(a, b) for a, b in pairs)
        return sizes

    def larger(self, a: Int, b: Int) -> Int:
        """The common size of two axes of which one may have been repeated. An axis without elements wins."""
        if b == ONE or a == ONE:
            return a if b == ONE else b
        name = self.w.once(f"{text(b)} if {text(a)} == 1 else {text(a)}", "n")
        self.w.facts.low[name] = ZERO
        return symbol(name)

    def require_equal(self, a: Int, b: Int) -> None:
        if a == b:
            return
        if a.known and b.known:
            raise CannotLower("shapes that do not agree")
        self.w.fail_if(f"{text(a)} != {text(b)}")

    def require_same(self, sizes: Iterable[tuple[Int, ...]]) -> None:
        """The sizes of operands that are not broadcast: an axis of one element is not repeated."""
        first, *others = sizes
        for other in others:
            if len(other) != len(first):
                raise CannotLower("shapes that do not agree")
            for a, b in zip(other, first, strict=True):
                self.require_equal(a, b)

    def fit(self, array: Arr, sizes: tuple[Int, ...]) -> Arr:
        """The array as one of these sizes, its axes repeated where they have one element."""
        missing = len(sizes) - len(array.sizes)
        if missing < 0:
            if any(n != ONE for n in array.sizes[:-missing]):
                raise CannotLower("an array of more axes than it is stored into")
            array = array.with_axes(array.sizes[-missing:], array.strides[-missing:])
            missing = 0
        strides = [ZERO] * missing
        for have, want, stride in zip(array.sizes, sizes[missing:], array.strides, strict=True):
            if have == ONE and want != ONE:
                stride = ZERO
            elif array.loose and have != want:
                self.w.fail_if(f"{text(have)} != {text(want)} and {text(have)} != 1")
                stride = symbol(self.w.once(f"0 if {text(have)} == 1 else {text(stride)}", "s"))
            else:
                self.require_equal(have, want)
            strides.append(stride)
        return array.with_axes(sizes, tuple(strides))

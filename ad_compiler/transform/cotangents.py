"""The cotangents that are alive at one point of the reverse sweep, found by variable and by memory."""
from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..ir import nodes as ir
from .emitter import Emitter

Slot = tuple[ir.Var, int | None]


@dataclass(eq=False, slots=True)
class Bar:
    """One cotangent: the operand that holds it, whether it may be changed in place, whether it is a lasting buffer."""

    operand: ir.Operand
    owned: bool = False
    buffer: bool = False


class Cotangents(dict[Slot, Bar]):
    """The cotangents of variables; `within(root)` are those in one piece of memory. Set and popped one by one."""

    def __init__(self, emitter: Emitter, bars: Iterable[tuple[Slot, Bar]] = ()) -> None:
        super().__init__()
        self.emitter = emitter
        self._within: dict[ir.Var, dict[Slot, Bar]] = {}
        for slot, bar in bars:
            self[slot] = bar

    def __setitem__(self, slot: Slot, bar: Bar) -> None:
        before = self.get(slot)
        if before is not None:
            self._leave(slot, before)
        super().__setitem__(slot, bar)
        if isinstance(bar.operand, ir.Var):
            self._within.setdefault(self.emitter.root(bar.operand), {})[slot] = bar

    def pop(self, slot: Slot) -> Bar | None:
        """The cotangent of a variable, which has none from now on."""
        bar = super().pop(slot, None)
        if bar is not None:
            self._leave(slot, bar)
        return bar

    def _leave(self, slot: Slot, bar: Bar) -> None:
        if isinstance(bar.operand, ir.Var):
            del self._within[self.emitter.root(bar.operand)][slot]

    def within(self, root: ir.Var) -> Collection[Bar]:
        """Those whose values are in the memory of `root`."""
        return self._within.get(root, {}).values()

    def copy(self) -> Cotangents:
        """The same, to be changed by itself."""
        return Cotangents(self.emitter, ((s, Bar(b.operand, b.owned, b.buffer)) for s, b in self.items()))


__all__ = ["Bar", "Cotangents", "Slot"]

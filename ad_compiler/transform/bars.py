"""Cotangents while a reverse sweep is emitted: who holds which buffer, and who owns it.

The cotangent of a variable is a value until something has to be added into a part of it; then it becomes a buffer of
the variable's full shape that nobody else holds. A cotangent may be *smaller* than its variable: a scalar that stands
for an array full of it (the cotangent of `x` in `np.sum(x)`); it is expanded only where that matters.
"""
from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir.types import ONE, Array, Num, Type, same_shape
from ..support import sum_to_shape
from .cotangents import Bar, Cotangents, Slot
from .emitter import Emitter
from .handles import Handle, to_arg, wrap
from .recent import is_number, recent
from .sums import total

ZERO = ir.Const(0.0, "0.0")


class Bars:
    """The cotangents that are alive at one point of the reverse sweep."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.state = Cotangents(emitter)
        self.fresh: set[ir.Var] = set()
        self.maybe_scalar: set[ir.Var] = set()  # arrays whose cotangent may be a number at run time
        self.ordered: set[ir.Var] = set()  # arrays that are viewed by `reshape`: their cotangents lie in C order too
        self.in_order: set[ir.Operand] = set()  # cotangents that surely do

    def move(self, emitter: Emitter) -> None:
        """Write with another emitter from now on."""
        self.emitter, self.state = emitter, Cotangents(emitter, self.state.items())

    # --- reading --------------------------------------------------------------------------------------------------
    def peek(self, slot: Slot) -> Bar | None:
        return self.state.get(slot)

    def take(self, slot: Slot) -> ir.Operand | None:
        """The cotangent of a variable whose definition has been reached: it is used up."""
        bar = self.state.pop(slot)
        if bar is None:
            return None
        if bar.owned and isinstance(bar.operand, ir.Var) and not self._holders(bar.operand):
            self.fresh.add(bar.operand)
        return bar.operand

    def held(self, var: ir.Var) -> bool:
        """Whether an array is the cotangent of some variable now."""
        return bool(self._holders(var))

    def _holders(self, var: ir.Var) -> Collection[Bar]:
        return self.state.within(self.emitter.root(var))

    # --- writing --------------------------------------------------------------------------------------------------
    def put(self, slot: Slot, operand: ir.Operand, *, fresh: bool | None = None, buffer: bool = False) -> Bar:
        """Make `operand` the cotangent; memory that another cotangent holds is shared or copied."""
        t = type_of(operand)
        if isinstance(operand, ir.Var) and operand.hint == "t" and slot[0].hint not in ("t", "saved") and \
                operand in self.emitter.definition:
            operand.hint = f"{slot[0].hint}_bar"
        if not isinstance(operand, ir.Var) or isinstance(t, Num):
            bar = Bar(operand, owned=False, buffer=buffer)
            self.state[slot] = bar
            return bar
        holders = self._holders(operand)
        if any(h.buffer for h in holders):
            operand = self.copy(operand)
            holders, fresh = (), True
        owned = not holders and (operand in self.fresh if fresh is None else fresh)
        for h in holders:
            h.owned = False
        self.fresh.discard(operand)
        if owned:
            self.emitter.disown(operand)  # it changes from now on
        bar = Bar(operand, owned, buffer)
        self.state[slot] = bar
        return bar

    def copy(self, operand: ir.Var) -> ir.Var:
        new = self.emitter.call(np.copy, (operand,), style="method", text="copy", type_=operand.type,
                                hint=operand.hint)
        return new

    def add(self, slot: Slot, contribution: ir.Operand, hint: str, full: Type) -> None:
        """Add to the cotangent of a variable of type `full`."""
        bar = self.state.get(slot)
        if bar is None:
            self.put(slot, contribution)
            return
        t, c = type_of(bar.operand), type_of(contribution)
        both = _joined(self.emitter, bar.operand, contribution)
        if both is not None and not bar.buffer:
            self.state.pop(slot)
            self.fresh.add(both)
            self.put(slot, both)
            return
        in_place = (bar.owned and isinstance(t, Array) and covers(t, full) and _fits_into(c, t))
        if in_place:
            assert isinstance(bar.operand, ir.Var)
            self.emitter.emit(ir.Store(bar.operand, None, "+", contribution, self.emitter.origin))
            return
        total = self.emitter.call(np.add, (bar.operand, contribution), style="op", hint=hint)
        self.state.pop(slot)
        if isinstance(total.type, Array):
            self.fresh.add(total)
        self.put(slot, total, buffer=False)
        if bar.buffer:
            self.state[slot].buffer = True

    def own(self, slot: Slot, like: ir.Var, hint: str) -> ir.Var:
        """The cotangent as a buffer of the variable's full shape and dtype that may be changed in place."""
        bar = self.state.get(slot)
        full = like.type
        assert isinstance(full, Array)
        if bar is None:
            new = self.emitter.call(np.zeros_like, (like,), text="np.zeros_like", hint=hint, type_=full)
        elif bar.owned and isinstance(bar.operand, ir.Var) and covers(bar.operand.type, full) and \
                bar.operand.type.dtype == full.dtype and self.fits_memory(like, bar.operand):
            bar.buffer = True
            return bar.operand
        else:
            self.state.pop(slot)
            have = type_of(bar.operand)
            if like in self.ordered:
                new = self.emitter.call(np.full_like, (like, bar.operand), text="np.full_like", hint=hint, type_=full)
            elif isinstance(bar.operand, ir.Var) and covers(have, full) and have.dtype != full.dtype:
                dtype = ir.Const(full.dtype, f"np.{full.dtype.name}")
                new = self.emitter.call(np.astype, (bar.operand, dtype), style="method", text="astype", hint=hint,
                                        type_=full)
            elif isinstance(bar.operand, ir.Var) and covers(have, full) and like not in self.maybe_scalar:
                new = self.emitter.call(np.array, (bar.operand,), text="np.array", hint=hint, type_=full)
            elif isinstance(bar.operand, ir.Const) and bar.operand.value == 1:
                new = self.emitter.call(np.ones_like, (like,), text="np.ones_like", hint=hint, type_=full)
            else:
                new = self.emitter.call(np.full_like, (like, bar.operand), text="np.full_like", hint=hint, type_=full)
        self.state[slot] = Bar(new, owned=True, buffer=True)
        self.in_order.add(new)
        return new

    def fits_memory(self, like: ir.Var, operand: ir.Operand) -> bool:
        """Whether views of an array by `reshape` are views of this cotangent of it, too, rather than copies."""
        return like not in self.ordered or operand in self.in_order


def _joined(emitter: Emitter, a: ir.Operand, b: ir.Operand) -> ir.Var | None:
    """Two contributions as one, where they are those of the two branches of an `np.where`."""
    from .masks import joined

    found = joined(wrap(emitter, a), wrap(emitter, b)) if isinstance(a, ir.Var) and isinstance(b, ir.Var) else None
    return found._arg if isinstance(found, Handle) and isinstance(found._arg, ir.Var) else None


def _fits_into(c: Type, t: Array) -> bool:
    """Whether adding `c` in place to an array of type `t` keeps shape and dtype."""
    if not isinstance(c, (Num, Array)):
        return False
    if c.kind == "c" and t.kind != "c":
        return False
    if isinstance(c, Num):
        return True
    if c.ndim > t.ndim:
        return False
    return all(a in (b, ONE) or not (a.may_be_one() or b.may_be_one())
               for a, b in zip(c.dims[::-1], t.dims[::-1], strict=False))


def covers(t: Type, full: Array) -> bool:
    """Whether a cotangent has the whole shape of its variable: it is never larger, and only what has length 1 can be
    stretched."""
    return same_shape(t, full) or (isinstance(t, Array) and t.ndim == full.ndim and all(
        a == b or not a.may_be_one() for a, b in zip(t.dims, full.dims, strict=True)))


# --- projection -------------------------------------------------------------------------------------------------------
def project(emitter: Emitter, cotangent: Any, like: ir.Operand, target: Type) -> Any:
    """The cotangent of an operand of type `target`: broadcasting undone, real part taken, dtype kept.

    The result may still be smaller than the operand."""
    value = cotangent
    t = value.type if isinstance(value, Handle) else type_of(to_arg(value))
    if isinstance(t, Array) and t.kind == "b":
        value = value.astype(np.float64) if isinstance(value, Handle) else value
    if not isinstance(value, Handle) and np.iscomplexobj(value) and isinstance(target, (Num, Array)):
        return value if target.kind == "c" else np.real(value).tolist() if np.ndim(value) == 0 else np.real(value)
    if isinstance(target, (Num, Array)) and isinstance(value, Handle):
        if target.kind != "c" and value.dtype.kind == "c":
            value = _real(value)
        value = _summed(emitter, value, like, target)
        value = _cast(value, target)
    return value


def _real(value: Handle) -> Any:
    """The real part, which conjugating leaves as it is."""
    found = recent(value)
    return np.real(found[1][0] if found is not None and found[0] in (np.conj, np.conjugate) else value)


def _cast(value: Any, target: Num | Array) -> Any:
    t = value.type if isinstance(value, Handle) else None
    if t is None or t.dtype == target.dtype:
        return value
    weak = isinstance(target, Num) and target.weak
    if isinstance(t, Array) and t.kind in "biu" and target.kind in "fc":
        return value.astype(target.dtype)
    if isinstance(t, Array) and t.kind in "biu" and target.kind in "fc":
        return value.astype(target.dtype)
    if weak or (isinstance(t, Num) and t.weak) or target.kind not in "fc":
        return value
    if t.kind in "fc" and t.kind == target.kind and t.dtype.itemsize > target.dtype.itemsize:
        if isinstance(t, Num):
            return value._call(target.dtype.type, value, _text=f"np.{target.dtype.name}")
        return value.astype(target.dtype)
    return value


def _summed(emitter: Emitter, value: Handle, like: ir.Operand, target: Num | Array) -> Any:
    t = value.type
    if not isinstance(t, Array):
        return value
    if not isinstance(target, Array) or target.ndim == 0:
        nothing: Any = ()
        return total(value, tuple(range(t.ndim)), False) if t.ndim else value[nothing]
    if t.dims == target.dims:
        return value
    extra = t.ndim - target.ndim
    leading: tuple[int, ...] = tuple(range(extra)) if extra > 0 else ()
    kept: list[int] = []
    for axis in range(max(extra, 0), t.ndim):
        have, want = t.dims[axis], target.dims[axis - extra]
        if have == want or (have.known and have.const == 1):
            continue
        if want.known and want.const == 1:
            kept.append(axis)
        elif want.may_be_one():
            shape = Handle(emitter, like).shape
            # an axis that is one element long stays so: the cotangent is the same along it
            dims = tuple(d if d.known and d.const == 1 else target.dims[k - extra]
                         for k, d in enumerate(t.dims) if k >= extra)
            summed = emitter.call(sum_to_shape, (value._arg, shape.operand()), text="support.sum_to_shape",
                                  type_=Array(t.dtype, dims))
            return Handle(emitter, summed)
    if leading and kept:
        without = total(value, leading, False)
        if is_number(without):  # that the sum is full of: it has no axes left to sum over
            return total(value, (*leading, *kept), False)
        return total(without, tuple(k - extra for k in kept), True)
    if leading:
        return total(value, leading, False)
    return total(value, tuple(kept), True) if kept else value


def expand(emitter: Emitter, operand: ir.Operand, like: ir.Operand, full: Type) -> ir.Operand:
    """The cotangent at the full shape of its variable (a read-only view where it was smaller)."""
    if not isinstance(full, Array) or not isinstance(like, ir.Var):
        return operand
    t = type_of(operand)
    if isinstance(t, Array) and (t.dims == full.dims or (t.ndim == full.ndim and not any(
            d.may_be_one() for d in t.dims))):
        return operand
    shape = Handle(emitter, like).shape.operand()
    dtype = t.dtype if isinstance(t, (Array, Num)) and t.kind in "fc" else full.dtype
    return emitter.call(np.broadcast_to, (operand, shape), text="np.broadcast_to", type_=Array(dtype, full.dims))


def full_array(emitter: Emitter, operand: ir.Operand, like: ir.Operand) -> ir.Operand:
    """The cotangent of an array that had no value before: a number, zero, as long as nothing was added to it."""
    if not isinstance(like, ir.Var) or not isinstance(like.type, Array):
        return operand
    shape = Handle(emitter, like).shape.operand()
    return emitter.call(np.broadcast_to, (operand, shape), text="np.broadcast_to", type_=like.type)


__all__ = ["ZERO", "Bar", "Bars", "Cotangents", "Slot", "expand", "full_array", "project"]

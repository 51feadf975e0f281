"""Lists that go into a kernel or come out of one: a record is made by one kernel and read by another.

What goes in is read where it lies, and never changed; what comes out is one piece of the memory for lists.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, ListOf, Num
from . import arithmetic
from .arithmetic import I8
from .values import Base, Items, Value
from .writer import CannotLower

LISTS = -10
"""The number of the memory of list parameter k is LISTS - k."""


def may_cross(t: Any) -> bool:
    """Whether a list's items can be laid side by side."""
    return isinstance(t, ListOf) and isinstance(t.item, (Num, Array)) and t.item.dtype.name in arithmetic.SUPPORTED


def only_read(block: ir.Block, var: ir.Var, last: bool) -> bool:
    """Whether statements leave a list as it is; `last`: nobody sees what is taken off it."""
    for s in visit.walk(block):
        match s:
            case ir.Push(stack) if stack is var:
                return False
            case ir.Pop(_, stack) if stack is var and not last:
                return False
            case ir.Store(base) if base is var:
                return False
            case ir.Copy(_, sources) if var in sources:
                return False
            case ir.Push(_, value) if var in visit.variables(value):
                return False
            case _:
                pass
    return True


def parameter(lo: Any, param: ir.Var, name: str, number: int, head: list[str]) -> tuple[list[str], list[str]]:
    """The names of the arrays a list parameter is passed as, and their types; the list is noted as its value."""
    t = param.type
    assert isinstance(t, ListOf) and isinstance(t.item, (Num, Array))
    if lo.aliases.array_written(param) or param in lo.shared or param in lo.references:
        raise CannotLower(f"`{param.hint}`, a {t} that is written")
    names, types = [name], [f"const {t.item.dtype.name}[::1]"]
    pointer = lo.fresh(f"{param.hint}_p")
    head.append(f"    {pointer} = flat({name}{', np.uint8' if t.item.dtype.kind == 'b' else ''})")
    base = Base(pointer, str(LISTS - number))
    ndim = t.item.ndim if isinstance(t.item, Array) else -1
    shapes = None
    length = lo.fresh(f"{param.hint}_n")
    head.append(f"    {length} = {name}.shape[0]")
    if ndim > 0:
        sizes, at = lo.fresh(f"{param.hint}_sizes"), lo.fresh(f"{param.hint}_sp")
        names.append(sizes)
        types.append("const int64[:, ::1]")
        head.append(f"    {at} = flat({sizes})")
        cells = lo.fresh(f"{param.hint}_cells")
        head.append(f"    {cells} = {sizes}.shape[0] * {ndim + 1}")
        shapes = Items(Base(at, "0"), I8, cells, cells, "0", True, -1, None, param, given=True)
    weak = isinstance(t.item, Num) and t.item.weak
    lo.env[param] = Items(base, t.item.dtype, length, length, "0", weak, ndim, shapes, param, given=True)
    return names, types


def renamed(lo: Any, items: Items) -> Items:
    """A list of the same items whose length may change: what is taken off is not taken off the caller's."""
    length = lo.fresh("length")
    lo.line(f"{length} = {items.length}")
    return replace(items, length=length, shapes=None if items.shapes is None else renamed(lo, items.shapes))


def result(lo: Any, var: ir.Var, value: Value) -> list[str]:
    """Where a list that comes out lies: place and length, and those of its sizes."""
    if not isinstance(value, Items) or value.given or value.refs is not None or value.header is not None:
        raise CannotLower(f"`{var.hint}`, a {var.type}")
    own = [value.place, value.length]
    return own if value.shapes is None else [*own, value.shapes.place, value.shapes.length]



def in_list(tag: str) -> bool:
    """Whether the number of a memory, if it is known, is that of a list parameter."""
    return tag.startswith("-") and int(tag) <= LISTS

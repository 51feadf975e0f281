"""Adjoints of reads and writes of parts of arrays."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.indexing import index_items, index_type, repeats
from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, Num, Seq, Type
from .bars import ZERO, project
from .handles import to_arg, wrap
from .row_adjoint import conjugated

if TYPE_CHECKING:
    from .reverse import Reverse


def add_at(rev: Reverse, stmt: ir.Stmt, base: ir.Var, index: ir.Arg, bar: ir.Operand, item: Type, *,
           once: bool = False) -> None:
    """`base_bar[index] += bar`: costs as much as the item is large. `once`: the index names no element twice."""
    if base not in rev.active:
        return
    value = project(rev.emitter, wrap(rev.emitter, bar), stmt.target, item)
    operand = to_arg(value)
    index = index if once else stable(rev, stmt, index)
    scatter = not once and repeats(base.type, index) and not _counts(rev, index)
    if base in rev.aliases.read_only and rev.in_memory(base):
        buffer = rev.emitter.call(np.zeros_like, (base,), text="np.zeros_like", type_=base.type)
        rev.emitter.emit(ir.Store(buffer, index, "+", operand, rev.emitter.origin, scatter=scatter))
        rev.contribute(base, wrap(rev.emitter, buffer))
        return
    buffer, index = _place(rev, stmt, base, index)
    rev.emitter.emit(ir.Store(buffer, index, "+", operand, rev.emitter.origin, scatter=scatter))


def _place(rev: Reverse, stmt: ir.Stmt, base: ir.Var, index: ir.Arg) -> tuple[ir.Var, ir.Arg]:
    """Where the cotangent of `base[index]` is added: for a view that has no cotangent yet, in that of what it is a view
    of, so that `x[i][j]` costs no more than the two numbers."""
    call = rev.aliases.derivation.get(base)
    if call is None or call.function is not prims.item or rev.in_memory(base) or rev.carries(base) or (
            base in rev.aliases.read_only or rev.bars.peek(rev.slot(base)) is not None):
        return rev.buffer(base), index
    made, inner = rev.scopes.definition(base), call.args[0]
    loops = rev.later_writes.loops
    if len(rev.scopes.assignments[base]) != 1 or loops.get(made) != loops.get(stmt) or not (
            isinstance(inner, ir.Var) and isinstance(inner.type, Array)):
        return rev.buffer(base), index
    outer = stable(rev, made, call.args[1])
    if all(isinstance(i, (ir.Var, ir.Const)) and isinstance(type_of(i), Num) for i in index_items(outer)):
        return _place(rev, made, inner, ir.Pack("tuple", (*index_items(outer), *index_items(index))))
    buffer, outer = _place(rev, made, inner, outer)
    t = index_type(buffer.type, outer)[0]
    return rev.emitter.call(prims.item, (buffer, outer), style="index", type_=t), index


def _counts(rev: Reverse, index: Any) -> bool:
    """Whether an index has no place twice because one of its arrays counts: `[np.arange(n), labels]`."""
    arrays = [i for i in index_items(index) if isinstance(i, ir.Var) and isinstance(i.type, Array)]
    return all(a.type.ndim == 1 for a in arrays) and any(_is_count(rev, a) for a in arrays)


def _is_count(rev: Reverse, array: ir.Var) -> bool:
    """Whether an array holds no number twice, and none that is negative."""
    call = rev.calls.get(array)
    if call is None or rev.aliases.written(array):
        return False
    return call.function in (np.argsort, np.flatnonzero) or (
        call.function is np.arange and len(call.args) == 1 and not call.kwargs)


def stable(rev: Reverse, stmt: ir.Stmt, index: Any) -> Any:
    """An index with arrays that are overwritten later replaced by copies."""
    from ..ir import visit

    return visit.map_arg(index, lambda leaf: rev.residual(leaf, stmt) if isinstance(leaf, ir.Var) else leaf)


WRITES_MANY = "a view whose elements share memory is written: one write changes several of them"


def store(rev: Reverse, stmt: ir.Store) -> None:
    """Adjoint of `base[index] op= value`."""
    base, value = stmt.base, stmt.value
    if not isinstance(base.type, Array):
        from .reverse_lists import store_item

        store_item(rev, stmt)
        return
    if base not in rev.active:
        return
    if base in rev.aliases.read_only:
        rev.refuse(stmt, WRITES_MANY, "write into the array itself, or into a copy")
    holder = rev.aliases.root(base) if rev.in_memory(base) else base
    if not rev.carries(base) and rev.bars.peek(rev.slot(holder)) is None:
        return
    index = stable(rev, stmt, stmt.index)
    buffer = rev.buffer(base)
    if stmt.op in ("+", "-"):
        if rev.is_active(value):
            part = _load(rev, buffer, index)
            if rev.carries(base) and stmt.op == "+":
                part = _copied(rev, part)  # the shadow goes on being written
            g = wrap(rev.emitter, part)
            rev.contribute(value, -g if stmt.op == "-" else g)
    elif stmt.op == "":
        _overwrite(rev, stmt, buffer, index)
    elif stmt.op in ("*", "/"):
        _scale(rev, stmt, buffer, index)
    else:
        rev.refuse(stmt, f"the adjoint of `{stmt.op}=` on an array is not known", "write `x = x op y`")


def _load(rev: Reverse, buffer: ir.Var, index: ir.Arg | None) -> ir.Var:
    if index is None or (isinstance(index, ir.Const) and index.value is Ellipsis):
        return buffer
    return rev.emitter.call(prims.item, (buffer, index), style="index", type_=index_type(buffer.type, index)[0])


def _copied(rev: Reverse, var: ir.Var) -> ir.Var:
    """A copy of a part of a buffer that is about to be cleared."""
    if not isinstance(var.type, Array):
        return var
    return rev.emitter.call(np.copy, (var,), style="method", text="copy", type_=var.type)


def _overwrite(rev: Reverse, stmt: ir.Store, buffer: ir.Var, index: ir.Arg | None) -> None:
    active = rev.is_active(stmt.value)
    g: ir.Operand | None = None
    if active:
        part = _load(rev, buffer, index)
        advanced = index is not None and index_type(stmt.base.type, index)[1] == "copy"
        if repeats(stmt.base.type, index):
            g = _last_written(rev, stmt, buffer, index)
        else:
            g = part if advanced or not isinstance(part.type, Array) else _copied(rev, part)
    where = ir.Const(Ellipsis) if index is None else index
    rev.emitter.emit(ir.Store(buffer, where, "", ZERO, rev.emitter.origin))
    if g is not None:
        rev.contribute(stmt.value, wrap(rev.emitter, g))


def _last_written(rev: Reverse, stmt: ir.Store, buffer: ir.Var, index: ir.Arg | None) -> ir.Operand:
    """Where an index names an element twice, the last write is the one that counts."""
    from ..support.stores import written_cotangent

    items = index
    if not (isinstance(index, ir.Pack) and index.kind == "tuple") and not isinstance(type_of(index), Seq):
        items = ir.Pack("tuple", (index,))
    t = index_type(buffer.type, index)[0]
    return rev.emitter.call(written_cotangent, (buffer, items), text="support.written_cotangent", type_=t)


def _scale(rev: Reverse, stmt: ir.Store, buffer: ir.Var, index: ir.Arg | None) -> None:
    """`base[index] *= value` and `/=`: the old content is needed if the factor is active.

    The value's cotangent is added last: the value may be a view of the memory that is scaled."""
    value = conjugated(rev.residual_value(stmt.value, stmt))
    contribution: Any = None
    if rev.is_active(stmt.value) and stmt.op == "*":
        contribution = wrap(rev.emitter, _load(rev, buffer, index)) * conjugated(
            wrap(rev.emitter, old_content(rev, stmt)))
    rev.emitter.emit(ir.Store(buffer, index, stmt.op, to_arg(value), rev.emitter.origin))
    if rev.is_active(stmt.value) and stmt.op == "/":
        # what is left behind is the quotient: value_bar = -(g / value) * quotient, and g / value is in the buffer now
        new = conjugated(wrap(rev.emitter, new_content(rev, stmt)))
        contribution = -(wrap(rev.emitter, _load(rev, buffer, index)) * new)
        contribution = project(rev.emitter, contribution, stmt.value, stmt.value.type)
    if contribution is not None:
        rev.contribute(stmt.value, contribution)


def new_content(rev: Reverse, stmt: ir.Store) -> ir.Var:
    """What the statement leaves behind: read again where it is still there, else kept by the forward sweep."""
    t = stmt.base.type if stmt.index is None else index_type(stmt.base.type, stmt.index)[0]
    if not rev.later_writes.part_after(stmt.base, stmt.index, stmt, but=stmt):
        return stmt.base if stmt.index is None else rev.emitter.call(
            prims.item, (stmt.base, stable(rev, stmt, stmt.index)), style="index", type_=t)
    return _kept(stmt, t, rev.inserted_after.setdefault(stmt, []), "new")


def old_content(rev: Reverse, stmt: ir.Store) -> ir.Var:
    """What the statement overwrites, kept by the forward sweep."""
    t = stmt.base.type if stmt.index is None else index_type(stmt.base.type, stmt.index)[0]
    return _kept(stmt, t, rev.inserted.setdefault(stmt, []), "old")


def _kept(stmt: ir.Store, t: Type, insert: list[ir.Stmt], when: str) -> ir.Var:
    """A copy of the part that a statement changes."""
    whole, part = stmt.base, ir.Var("t", t)
    if stmt.index is not None:
        insert.append(ir.Assign(part, ir.Call(prims.item, (whole, stmt.index), (), "index"), None))
        if not isinstance(t, Array):
            return part
        whole = part
    copied = ir.Var(f"{stmt.base.hint}_{when}", t)
    insert.append(ir.Assign(copied, ir.Call(np.copy, (whole,), (), "method", "copy"), None))
    return copied


__all__ = ["add_at", "store"]

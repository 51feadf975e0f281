"""One index instead of an index of an index, in adjoint code, and no new axes that both sides of a statement have.

    row = kernels[None, :, i, j, None, None]
    t = row[0, :, 0, 0]                             ==>     t = kernels[:, i, j]

    x_bar[:, None, i:k] += t[:, None, :]            ==>     x_bar[:, i:k] += t
"""
from __future__ import annotations

from collections.abc import Sequence

from ..analysis.indexing import index_items, index_kind, index_type, only_new_axes, split_index
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array
from .dead_code import eliminate_dead_code


def join_indices(fn: ir.Function) -> ir.Function:
    """The function with views taken of arrays themselves, where they were taken of other views."""
    assigned: dict[ir.Var, int] = {}
    views: dict[ir.Var, ir.Call] = {}
    for stmt in visit.walk(fn.body):
        for v in visit.defines(stmt):
            assigned[v] = assigned.get(v, 0) + 1
        view = _view(stmt)
        if view is not None:
            assert isinstance(stmt, ir.Assign)
            views[stmt.target] = view
    once = {v: call for v, call in views.items() if assigned[v] == 1}
    joining = _Joining(once)
    body = joining.block(fn.body)
    return eliminate_dead_code(fn.with_body(body)) if joining.changed else fn


def _view(stmt: ir.Stmt) -> ir.Call | None:
    """The index by which a statement takes a view of an array."""
    if not isinstance(stmt, ir.Assign) or not isinstance(stmt.target.type, Array):
        return None
    call = stmt.value
    if not isinstance(call, ir.Call) or call.function is not prims.item or not isinstance(call.args[0], ir.Var) or not (
            isinstance(call.args[0].type, Array)):
        return None
    return call if index_type(call.args[0].type, call.args[1])[1] == "view" else None


class _Joining:
    """Rewrites the blocks of one function; `known` are the views taken so far in the block at hand whose arrays and
    numbers are still what they were."""

    def __init__(self, views: dict[ir.Var, ir.Call]) -> None:
        self.views, self.changed = views, False

    def block(self, block: ir.Block) -> ir.Block:
        known: dict[ir.Var, ir.Call] = {}
        made_of: dict[ir.Var, list[ir.Var]] = {}  # the views that are known by what their calls read
        out: list[ir.Stmt] = []
        for stmt in block.stmts:
            new = self._statement(visit.with_blocks(stmt, self.block), known)
            out.append(new)
            inner = [s for body in visit.blocks(stmt) for s in visit.walk(body)]
            for v in (v for s in (stmt, *inner) for v in visit.defines(s)):
                for view in made_of.pop(v, ()):
                    known.pop(view, None)
            if isinstance(new, ir.Assign) and new.target in self.views and isinstance(new.value, ir.Call):
                known[new.target] = new.value
                for v in visit.variable_list(new.value):
                    made_of.setdefault(v, []).append(new.target)
        return ir.Block(out)

    def _statement(self, stmt: ir.Stmt, known: dict[ir.Var, ir.Call]) -> ir.Stmt:
        if isinstance(stmt, ir.Assign) and _ours(stmt) and _view(stmt) is not None:
            return self._read(stmt, known)
        if isinstance(stmt, ir.Store) and _ours(stmt):
            return self._store(stmt, known)
        return stmt

    def _read(self, stmt: ir.Assign, known: dict[ir.Var, ir.Call]) -> ir.Stmt:
        while isinstance(stmt.value, ir.Call):
            view, index = stmt.value.args
            inner = known.get(view) if isinstance(view, ir.Var) else None
            joined = None if inner is None else _joined(inner, index)
            if inner is None or joined is None:
                break
            base = inner.args[0]
            assert isinstance(base, ir.Var)
            value = ir.Call(prims.item, (base, _as_index(joined)), (), "index") if joined else base
            if _type(value) != stmt.target.type:
                break
            self.changed = True
            stmt = ir.Assign(stmt.target, value, stmt.origin)
        return stmt

    def _store(self, stmt: ir.Store, known: dict[ir.Var, ir.Call]) -> ir.Stmt:
        """Into the array that the base is a view of, and without the new axes of the part that the value got for it."""
        inner = known.get(stmt.base)
        while inner is not None and stmt.index is not None and not stmt.scatter:
            joined = _joined(inner, stmt.index)
            base = inner.args[0]
            if not joined or not isinstance(base, ir.Var) or _type(ir.Call(
                    prims.item, (base, _as_index(joined)), (), "index")) != index_type(stmt.base.type, stmt.index)[0]:
                break
            self.changed = True
            stmt = ir.Store(base, _as_index(joined), stmt.op, stmt.value, stmt.origin)
            inner = known.get(base)
        return self._without_new_axes(stmt, known)

    def _without_new_axes(self, stmt: ir.Store, known: dict[ir.Var, ir.Call]) -> ir.Stmt:
        call = known.get(stmt.value) if isinstance(stmt.value, ir.Var) else None
        if call is None or stmt.index is None or stmt.scatter or not isinstance(stmt.base.type, Array):
            return stmt
        assert isinstance(stmt.value, ir.Var)
        part, kind = index_type(stmt.base.type, stmt.index)
        new = only_new_axes(call.args[1], stmt.value.type)
        items = split_index(index_items(stmt.index), stmt.base.type.ndim)[0]
        axes = [k for k, item in enumerate(items) if index_kind(item) != "int"]
        if kind != "view" or not isinstance(part, Array) or part.dims != stmt.value.type.dims or not new or not all(
                index_kind(items[axes[k]]) == "new" for k in new):
            return stmt
        kept = _without_tail([item for k, item in enumerate(items) if k not in {axes[n] for n in new}])
        whole = ir.Const(Ellipsis) if stmt.op == "" else None
        self.changed = True
        return ir.Store(stmt.base, _as_index(kept) if kept else whole, stmt.op, call.args[0], stmt.origin)


def _joined(inner: ir.Call, index: ir.Arg) -> list[ir.Arg] | None:
    """The parts of the index that takes in one step what `inner` and then `index` take; None if there is none."""
    base = inner.args[0]
    assert isinstance(base, ir.Var)
    assert isinstance(base.type, Array)
    view = index_type(base.type, inner.args[1])[0]
    assert isinstance(view, Array)
    first = split_index(index_items(inner.args[1]), base.type.ndim)[0]
    second = split_index(index_items(index), view.ndim)[0]
    out: list[ir.Arg] = []
    rest = list(second)
    for item in first:
        if index_kind(item) == "int":
            out.append(item)
            continue
        while rest and index_kind(rest[0]) == "new":
            out.append(rest.pop(0))
        found = _both(item, rest.pop(0))
        if found is None:
            return None
        out += found
    return _without_tail([*out, *rest])


def _both(item: ir.Arg, then: ir.Arg) -> Sequence[ir.Arg] | None:
    """What an axis is indexed by that is first indexed by one and then by the other."""
    if index_kind(item) == "new":
        if _is_whole(then):
            return (item,)
        return () if isinstance(then, ir.Const) and type(then.value) is int and then.value in (0, -1) else None
    if _is_whole(then):
        return (item,)
    return (then,) if _is_whole(item) and index_kind(then) in ("slice", "int") else None


def _is_whole(item: ir.Arg) -> bool:
    """Whether an index is `:`."""
    if isinstance(item, ir.Const):
        return item.value == slice(None)
    return isinstance(item, ir.Pack) and item.kind == "slice" and all(
        isinstance(part, ir.Const) and part.value is None for part in item.items)


def _without_tail(items: list[ir.Arg]) -> list[ir.Arg]:
    """The parts of an index without the `:` at its end, which say nothing."""
    while items and _is_whole(items[-1]):
        items = items[:-1]
    return items


def _as_index(items: list[ir.Arg]) -> ir.Arg:
    return items[0] if len(items) == 1 else ir.Pack("tuple", tuple(items))


def _type(value: ir.Call | ir.Var) -> object:
    if isinstance(value, ir.Var):
        return value.type
    assert isinstance(value.args[0], ir.Var)
    return index_type(value.args[0].type, value.args[1])[0]


def _ours(stmt: ir.Assign | ir.Store) -> bool:
    return stmt.origin is None or stmt.origin.adjoint


__all__ = ["join_indices"]

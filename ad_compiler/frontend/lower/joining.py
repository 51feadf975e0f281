"""One value for a name that several paths leave with their own."""
from __future__ import annotations

from typing import Any

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import Num, Passive
from ..frames import MISSING, Frame, Key
from ..lowering import Lowering
from ..values import HeapV, JoinError, MethodV, OptionalV, TupleV, Unusable, Value, join_type, same
from .optional import joins, parts
from .runtime_lists import joined_lists

Path = tuple[ir.Block, Value]


def hint_of(key: Key) -> str:
    """A printable name for a carried name or slot."""
    frame, name = key
    text = str(name).strip("<>")
    return f"{frame.name}_{text}" if frame.source is None and frame.name else text


def join_paths(lo: Lowering, paths: list[Path], name: str) -> Value:
    """One value for a name that each path leaves with its own; copies are appended to the paths' blocks."""

    present = [(b, v) for b, v in paths if v is not MISSING]
    if not present:
        return MISSING
    try:
        value = join_values(lo, present, name, partial=len(present) < len(paths))
    except JoinError as error:
        return Unusable(str(error))
    absent = [b for b, v in paths if v is MISSING]
    if absent:
        from .carried import operands_of

        give_default(lo, value, absent, {v for _, one in present for v in operands_of(one)})
    return value


def give_default(lo: Lowering, value: Value, blocks: list[ir.Block], keep: set[ir.Operand] | None = None) -> None:
    """On paths that do not assign a name, give its variables a value: nothing reads it, but copies may pass it on.
    `keep` are variables of other names."""
    from .carried import operands_of

    targets = tuple(v for v in operands_of(value) if isinstance(v, ir.Var) and v not in (keep or ()))
    if targets:
        sources = tuple(default_of(v) for v in targets)
        for block in blocks:
            block.stmts.append(ir.Copy(targets, sources, lo.origin))


def default_of(var: ir.Var) -> ir.Const:
    if isinstance(var.type, Num):
        return ir.Const({"b": False, "i": 0, "u": 0}.get(var.type.kind, 0.0))
    return ir.Const(None)


def join_values(lo: Lowering, paths: list[Path], name: str, partial: bool = False) -> Value:

    first = paths[0][1]
    if not partial and all(same(first, v) for _, v in paths[1:]):
        return first
    if joins([v for _, v in paths]):
        return _join_optional(lo, paths, name)
    if partial and not _scoped(first) and all(same(first, v) for _, v in paths[1:]):
        return first
    kinds = {type(v) for _, v in paths}
    if kinds <= {ir.Var, ir.Const}:
        return _join_operands(lo, paths, name)
    joined_lists(lo, [v for _, v in paths])
    if kinds == {TupleV}:
        tuples = [v for _, v in paths]
        if len({(len(t.items), t.cls) for t in tuples}) != 1:  # type: ignore[union-attr]
            raise JoinError("it has another length on another path")
        items = [join_values(lo, [(b, v.items[i]) for b, v in paths], f"{name}_{i}", partial)  # type: ignore
                 for i in range(len(first.items))]  # type: ignore[union-attr]
        return TupleV(items, first.cls)  # type: ignore[union-attr]
    if kinds == {HeapV}:
        return _join_heaps(lo, paths, name, partial)
    if kinds == {MethodV} and len({v.name for _, v in paths}) == 1:  # type: ignore[union-attr]
        receiver = join_values(lo, [(b, v.receiver) for b, v in paths], name, partial)  # type: ignore[union-attr]
        return MethodV(receiver, first.name, first.function)  # type: ignore[union-attr]
    operands = []
    for block, value in paths:
        with lo.into(block):
            operand = lo.operand(value)
            operands.append((block, lo.call(tuple, (operand,)) if isinstance(operand, ir.Pack) else operand))
    return _join_operands(lo, operands, name)


def _join_optional(lo: Lowering, paths: list[Path], name: str) -> OptionalV:
    """A value that some paths leave as None. There its variables get a number that nothing reads."""
    from .carried import operands_of

    split = [(b, *parts(v)) for b, v in paths]
    given = _join_operands(lo, [(b, g) for b, g, _ in split], f"has_{name}")
    value = join_values(lo, [(b, v) for b, _, v in split if v is not None], name, partial=True)
    fresh = {x for _, _, v in split if v is not None for x in operands_of(v)}
    give_default(lo, value, [b for b, _, v in split if v is None], fresh)
    return OptionalV(given, value)


def _join_heaps(lo: Lowering, paths: list[Path], name: str, partial: bool) -> HeapV:
    """One object that stands for those of several paths. None of them may be written any more."""

    heaps: list[Any] = [v for _, v in paths]
    first = heaps[0]
    if any(h.cls is not first.cls or list(h.slots) != list(first.slots) for h in heaps):
        raise JoinError("its class, length or keys differ between paths")
    out = HeapV(first.cls, new_heap_frame(lo, first.frame.name), frozen=True, site=first.site)
    for k in first.slots:
        out.slots[k] = join_values(lo, [(b, h.slots[k]) for (b, _), h in zip(paths, heaps, strict=True)],
                                   f"{name}_{k}", partial)
    for h in heaps:
        h.frozen = True
    return out


def new_heap_frame(lo: Lowering, name: str) -> Frame:
    return Frame(None, lo.journal, {}, name=name)


def _scoped(value: Value) -> bool:
    return isinstance(value, ir.Var)


def _join_operands(lo: Lowering, paths: list[Path], name: str) -> ir.Var:

    first = paths[0][1]
    assert isinstance(first, (ir.Var, ir.Const))
    t = type_of(first)
    for _, v in paths[1:]:
        t = join_type(ir.Var("", t), v)  # type: ignore[arg-type]
    if isinstance(t, Passive) and not all(isinstance(v, (ir.Var, ir.Const)) and isinstance(type_of(v), Passive)
                                          for _, v in paths):
        raise JoinError("it is of another kind on another path")
    if isinstance(t, Num) and t.dim is not None:
        t = Num(t.dtype, t.weak)
    var = ir.Var(name, t)
    for block, v in paths:
        block.stmts.append(ir.Copy((var,), (v,), lo.origin))  # type: ignore[arg-type]
    return var

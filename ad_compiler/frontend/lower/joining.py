"""One value for a name that several paths leave with their own."""
from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from typing import Any

from ...analysis.infer import type_of
from ...errors import UnsupportedError
from ...ir import nodes as ir
from ...ir.types import BOOL, INT, Array, ListOf, Num, Passive
from ..frames import MISSING, Frame, Key, PathEnd, Region, Seen
from ..key_order import meet
from ..lowering import Lowering
from ..reads import reads
from ..trees import nodes
from ..values import (
    ExternalV,
    HeapV,
    JoinError,
    MethodV,
    OptionalV,
    PickedV,
    RowsV,
    RowV,
    TupleV,
    Unusable,
    Value,
    join_type,
    same,
)
from .liveness import liveness
from .optional import joins, parts
from .picked import can_be_picked
from .picked_items import opened, read_lists
from .pools import pool_instead
from .runtime_lists import from_outside, joined_lists, runtime_list


def hint_of(key: Key) -> str:
    """A printable name for a carried name or slot."""
    frame, name = key
    text = str(name)
    text = text.strip("<> 0123456789") if text.startswith("<") else text
    return f"{frame.name}_{text}" if frame.source is None and frame.name else text


def join_ends(lo: Lowering, region: Region, ends: Sequence[PathEnd], *, left: Frame | None = None,
              node: ast.AST | None = None) -> dict[Key, Value]:
    """What the names written since `region` opened hold where its paths meet; the region is as before now.

    Names of calls that are over are forgotten: those that the paths have made, and the one that is `left`. Objects
    that the paths share are joined slot by slot, so that what a path writes into one is seen afterwards. Names that
    some path does not assign, and that nothing after the statement `node` reads, are left out."""
    joined: dict[Key, Value] = {}
    meet((end.state for end in ends), MISSING)
    for key in dict.fromkeys(k for end in ends for k in end.state):
        frame, name = key
        if is_over(region, frame, left):
            continue
        # an object that one path has made is not there on the others
        before = MISSING if region.made(frame) else frame.get(name)
        paths = [Seen(e.block, e.state.get(key, before), e.state) for e in ends]
        if node is not None and any(p.value is MISSING for p in paths) and _is_name(frame, name) and not read_after(
                lo, node, key):
            continue
        if 0 < sum(p.value is MISSING for p in paths) < len(paths) and not region.made(frame):
            if frame.source is None:
                frame.partial.add(name)
            else:
                carry_around(lo, key)
        joined[key] = join_paths(lo, paths, hint_of(key))
    return joined


def carry_around(lo: Lowering, key: Key) -> None:
    """A name that not every path assigns may hold what an earlier iteration of the loop around has assigned."""
    from .names import NeedCarried

    frame, name = key
    if lo.loops and _is_name(frame, name) and not lo.loops[-1].region.made(frame) and _is_live(
            frame, name, lo.loops[-1].node, "head"):
        raise NeedCarried(key)


def joined_values(lo: Lowering, ends: Sequence[PathEnd], name: str, others: Sequence[PathEnd] = ()) -> Value:
    """The values of paths as one; on the others it is given, and never read."""
    if not ends:
        return ir.Const(None)
    paths = [Seen(e.block, e.value, e.state) for e in ends]
    value = join_values(lo, paths, name, partial=True)
    if others:
        give_default(lo, value, [e.block for e in others])
    return value


def joined_errors(lo: Lowering, ends: Sequence[PathEnd], thrown: Sequence[tuple[PathEnd, int]]
                  ) -> tuple[ir.Var, dict[int, Value]]:
    """Where paths that errors leave meet the others: the handler the error is for (0 or False: none), and for each
    handler what it gets."""
    numbers = list(dict.fromkeys(number for _, number in thrown))
    one = len(numbers) == 1
    flag = ir.Var("thrown", BOOL if one else INT)
    for end, number in [*((e, 0) for e in ends), *thrown]:
        end.block.stmts.append(ir.Copy((flag,), (ir.Const(number > 0 if one else number),), end.origin))
    errors = {n: joined_values(lo, [end for end, number in thrown if number == n], "error",
                               [*ends, *(end for end, number in thrown if number != n)]) for n in numbers}
    return flag, errors


def is_over(region: Region, frame: Frame, left: Frame | None = None) -> bool:
    """Whether a frame is that of a call or comprehension which has ended since the region was opened."""
    return (frame is left or (region.made(frame) and frame.source is not None)) and not frame.captured


def _is_name(frame: Frame, name: Any) -> bool:
    """Whether a key is a name of the text, not a slot of an object or a name of the front end's own."""
    return frame.source is not None and name.isidentifier()


def read_after(lo: Lowering, node: ast.AST, key: Key) -> bool:
    """Whether a name first assigned in the statement `node` may be read after it."""
    frame, name = key
    if frame.source is None or name.startswith("<"):
        return True
    if name in _bound_in_comprehensions(frame.source.node) or (
            frame.captured and name in _read_by_functions(frame.source.node)):
        return True
    here = lo.frame
    while here is not frame:  # out of comprehensions and bodies of loops over generators
        around = here.body_of or (None if any(here is f for f in lo.stack) else here.parent)
        if around is None:
            break
        here = around
    if frame is not here:
        return False
    again = bool(lo.loops) or here is not lo.frame
    first, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return any(line > end or (again and not first <= line <= end)
               for line in _read_at(frame.source.node).get(name, ())) and _is_live(frame, name, node, "after")


def _is_live(frame: Frame, name: str, node: ast.AST, place: str) -> bool:
    """Whether a name may be read "after" a statement, or where an iteration of a loop begins ("head")."""
    if not isinstance(frame.source.node, ast.FunctionDef):
        return True
    facts = liveness(frame.source.node)
    names = getattr(facts, place).get(node)
    return names is None or name in names or name in facts.always


@functools.lru_cache(maxsize=512)
def _read_by_functions(tree: ast.AST) -> frozenset[str]:
    """Names that functions defined inside a function read: that may be at any time."""
    body = getattr(tree, "body", [])
    parts = body if isinstance(body, list) else [body]
    return frozenset().union(*(reads(part).by_functions for part in parts))


@functools.lru_cache(maxsize=512)
def _bound_in_comprehensions(tree: ast.AST) -> frozenset[str]:
    """Names that a function binds in comprehensions (`:=`), which may be read in the same line."""
    inner = [n for n in nodes(tree) if isinstance(n, (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp))]
    return frozenset(n.target.id for c in inner for n in nodes(c) if isinstance(n, ast.NamedExpr))


@functools.lru_cache(maxsize=512)
def _read_at(tree: ast.AST) -> dict[str, list[int]]:
    """The lines at which each name is read in a function."""
    found: dict[str, list[int]] = {}
    for n in nodes(tree):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load):
            found.setdefault(n.id, []).append(n.lineno)
    return found


def join_paths(lo: Lowering, paths: list[Seen], name: str) -> Value:
    """One value for a name that each path leaves with its own; copies are appended to the paths' blocks."""
    present = [p for p in paths if p.value is not MISSING]
    if not present:
        return MISSING
    try:
        value = join_values(lo, present, name, partial=len(present) < len(paths) or len(paths) == 1)
    except JoinError as error:
        pool_instead(lo, *(p.value for p in present))
        return Unusable(str(error))
    absent = [p.block for p in paths if p.value is MISSING]
    if absent:
        from .carried import operands_of

        give_default(lo, value, absent, {v for p in present for v in operands_of(p)})
    return value


def give_default(lo: Lowering, value: Value, blocks: list[ir.Block], keep: set[ir.Operand] | None = None) -> None:
    """On paths that do not assign a name, give its variables a value: nothing reads it, but copies may pass it on.
    `keep` are variables of other names."""
    from .carried import operands_of

    targets = tuple(v for v in operands_of(Seen(None, value)) if isinstance(v, ir.Var) and v not in (keep or ()))
    if targets:
        sources = tuple(default_of(v) for v in targets)
        for block in blocks:
            block.stmts.append(ir.Copy(targets, sources, lo.origin))


def default_of(var: ir.Var) -> ir.Const:
    if isinstance(var.type, Num):
        return ir.Const({"b": False, "i": 0, "u": 0}.get(var.type.kind, 0.0))
    if var.type == Passive(str):
        return ir.Const("")
    return ir.Const(None)


def join_values(lo: Lowering, paths: list[Seen], name: str, partial: bool = False) -> Value:
    """One value that is each path's on that path. Raises JoinError."""
    values = [p.value for p in paths]
    first = values[0]
    if not partial and all(same(first, v) for v in values[1:]):
        return first
    if joins(values):
        return _join_optional(lo, paths, name)
    if partial and not _scoped(first) and all(same(first, v) for v in values[1:]):
        return first
    kinds = set(map(type, values))
    if kinds <= {ir.Var, ir.Const} and not can_be_picked(values):
        return _join_operands(lo, paths, name)
    joined_lists(lo, paths)
    if TupleV in kinds and len(kinds) == 2:
        paths = _tuples_as_lists(lo, paths)
        values = [p.value for p in paths]
        first, kinds = values[0], set(map(type, values))
        if kinds == {ir.Var}:
            return _join_operands(lo, paths, name)
    if ExternalV in kinds and kinds <= {ExternalV, TupleV}:
        paths = [p.part(opened(lo, p.value)) for p in paths]
        values = [p.value for p in paths]
        kinds = set(map(type, values))
    if kinds == {TupleV}:
        tuples: list[Any] = values
        if len({(len(t.items), t.cls) for t in tuples}) != 1:
            return _of_other_length(lo, paths, name)
        items = [join_values(lo, [p.part(t.items[i]) for p, t in zip(paths, tuples, strict=True)], f"{name}_{i}",
                             partial) for i in range(len(tuples[0].items))]
        return TupleV(items, tuples[0].cls)
    if kinds == {RowsV} and len({v.row for v in values}) == 1:
        columns = {c: _join_operands(lo, [p.part(p.value.columns[c]) for p in paths], f"{name}_{i}")
                   for i, c in enumerate(first.columns)}
        return RowsV(columns, first.row, first.site)
    if kinds == {RowV} and all(v.path == first.path and same(v.rows, first.rows) for v in values):
        index = _join_operands(lo, [p.part(p.value.index) for p in paths], f"{name}_place")
        return RowV(first.rows, index, first.path)
    if kinds == {HeapV}:
        return _join_objects(lo, paths, name, partial)
    if kinds == {MethodV} and len({(v.name, v.function) for v in values}) == 1:
        receiver = join_values(lo, [p.part(p.value.receiver) for p in paths], name, partial)
        return MethodV(receiver, first.name, first.function)
    if can_be_picked(values):
        which = _join_operands(lo, [p.part(ir.Const(k)) for k, p in enumerate(paths)], f"{name}_choice")
        return PickedV(which, list(values))
    operands = []
    for p in paths:
        with lo.into(p.block):
            try:
                operand = lo.operand(p.value)
            except UnsupportedError as error:  # nothing may read it afterwards
                raise JoinError("it is a structure on one path, and something else on another") from error
            operands.append(p.part(lo.call(tuple, (operand,)) if isinstance(operand, ir.Pack) else operand))
    return _join_operands(lo, operands, name)


def _tuples_as_lists(lo: Lowering, paths: list[Seen]) -> list[Seen]:
    """A tuple on one path and a run-time list on another (`cells.get(key, ())`): both as lists."""
    lists = [v for v in (p.value for p in paths) if isinstance(v, RowsV) or (
        isinstance(v, ir.Var) and isinstance(v.type, ListOf))]
    if not lists or any(not isinstance(p.value, TupleV) or p.value.cls is not tuple
                        for p in paths if p.value not in lists):
        return paths
    site = lists[0].site if isinstance(lists[0], RowsV) else lists[0].type.site
    found = []
    for p in paths:
        with lo.into(p.block):
            found.append(p if p.value in lists else p.part(runtime_list(lo, p.value.items, site, None)))
    return found


def _of_other_length(lo: Lowering, paths: list[Seen], name: str) -> ir.Var:
    """Tuples, or lists from outside, of several lengths: lists of numbers that are only read."""
    lists = []
    for p in paths:
        with lo.into(p.block):
            found = read_lists(lo, [p.value])
        if found is None or p.value.cls is not paths[0].value.cls:
            raise JoinError("it has another length on another path")
        lists.append(p.part(found[0]))
    return _join_operands(lo, lists, name)


def _join_optional(lo: Lowering, paths: list[Seen], name: str) -> OptionalV:
    """A value that some paths leave as None. There its variables get a number that nothing reads."""
    from .carried import operands_of

    split = [(p, *parts(p.value)) for p in paths]
    given = _join_operands(lo, [p.part(g) for p, g, _ in split], f"has_{name}")
    some = [p.part(v) for p, _, v in split if v is not None]
    value = join_values(lo, some, name, partial=True)
    fresh = {x for p in some for x in operands_of(p)}
    give_default(lo, value, [p.block for p, _, v in split if v is None], fresh)
    return OptionalV(given, value)


def _join_objects(lo: Lowering, paths: list[Seen], name: str, partial: bool) -> Value:
    """Objects of one structure as one; others as one of several."""
    try:
        return _join_heaps(lo, paths, name, partial)
    except JoinError:
        if any(p.value.cls is list for p in paths):
            raise
    apart: list[Value] = []
    for k, p in enumerate(paths):
        alone = _join_heaps(lo, [p], f"{name}_{k}", True)
        give_default(lo, alone, [q.block for q in paths if q is not p])
        apart.append(alone)
    which = _join_operands(lo, [p.part(ir.Const(k)) for k, p in enumerate(paths)], f"{name}_choice")
    return PickedV(which, apart)


def _join_heaps(lo: Lowering, paths: list[Seen], name: str, partial: bool) -> HeapV:
    """One object that stands for those of several paths. None of them may be written any more."""
    heaps: list[Any] = [p.value for p in paths]
    first, slots = heaps[0], [p.slots() for p in paths]
    if any(h.cls is not first.cls for h in heaps) or any(not alike(first.cls, s, slots[0]) for s in slots):
        raise JoinError("its class, length or keys differ between paths")
    rows = first.rows if all(h.rows == first.rows for h in heaps) else None
    out = HeapV(first.cls, new_heap_frame(lo, first.frame.name), frozen=True, site=first.site, rows=rows)
    for k in slots[0]:
        out.slots[k] = join_values(lo, [p.part(s[k]) for p, s in zip(paths, slots, strict=True)], f"{name}_{k}",
                                   partial)
    for h in heaps:
        h.frozen = True
    return out


def alike(cls: type, a: dict[Any, Value], b: dict[Any, Value]) -> bool:
    """Whether two objects of one class have one structure. The order of keys matters for dicts only."""
    return list(a) == list(b) if cls is dict else a.keys() == b.keys()


def new_heap_frame(lo: Lowering, name: str) -> Frame:
    return Frame(None, lo.journal, {}, name=name)


def _scoped(value: Value) -> bool:
    """Whether a value is made of variables, which are those of the block that assigned them."""
    match value:
        case ir.Var() | HeapV() | OptionalV() | RowsV() | RowV():
            return True
        case TupleV(items):
            return any(map(_scoped, items))
        case _:
            return False


def _join_operands(lo: Lowering, paths: list[Seen], name: str) -> ir.Var:
    operands: list[Any] = [p.value for p in paths]
    t = type_of(operands[0])
    if isinstance(t, ListOf) and len({from_outside(type_of(v)) for v in operands}) > 1:
        raise JoinError("it is a list of the program on one path, and a list from outside on another")
    for v in operands[1:]:
        t = join_type(ir.Var("", t), v)
    if isinstance(t, Passive) and not all(isinstance(v, (ir.Var, ir.Const)) and isinstance(type_of(v), Passive)
                                          for v in operands):
        raise JoinError("it is of another kind on another path")
    if isinstance(t, Num) and t.dim is not None:
        t = Num(t.dtype, t.weak)
    lo.mixed = lo.mixed or (isinstance(t, Array) and any(isinstance(type_of(v), Num) for v in operands))
    var = ir.Var(name, t)
    for p, v in zip(paths, operands, strict=True):
        assert p.block is not None, "every path that is joined has a block"
        p.block.stmts.append(ir.Copy((var,), (v,), lo.origin))
    return var

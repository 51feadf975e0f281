"""`for` and `while`: loops stay loops, and the names they carry become variables that each iteration assigns.

The body is read once under assumptions on the types of the carried names; if it disproves one, it is read again
under the weaker one. Loops over structures whose items differ in kind are unrolled.
"""
from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import BOOL, Array, Dim, Num, Passive, Type
from ..frames import MISSING, Frame, Key, PathEnd, next_serial
from ..lowering import Lowering
from ..values import (
    FunctionV,
    HeapV,
    IterV,
    JoinError,
    OptionalV,
    TupleV,
    Unusable,
    Value,
    join_type,
    same,
)
from .branches import default_of, exiting_if, fall, give_default, hint_of, truth
from .containers import joined_lists, site_of
from .exits import assigned_names, has_exit, has_return
from .iteration import Indexable
from .names import NeedCarried
from .optional import joins, parts

RETURNED, RESULT, BROKE = "<returned>", "<result>", "<broke>"
MAX_ATTEMPTS = 12
MAX_UNROLLED = 12
INT64 = np.dtype(np.int64)


@dataclass(eq=False)
class Loop:
    """A loop being read: how its paths end, and the names written since it began."""

    region: dict[Key, Value] = field(default_factory=dict)
    ends: list[PathEnd] = field(default_factory=list)
    has_else: bool = False
    returned: bool = False
    serial: int = 0
    site: Any = None  # of a loop that could be unrolled

    def made(self, frame: Frame) -> bool:
        """Whether a frame was made by the body: each iteration has its own."""
        return frame.serial > self.serial


def lower_for(lo: Lowering, node: ast.For, rest: list[Any]) -> bool | None:
    from .assignment import bind
    from .iteration import unroll_items, visit_in_order

    value = lo.expr(node.iter)
    items = unroll_items(lo, value)
    if items is not None and not has_exit(node.body):
        items = _as_they_come(value, items)
        rest[:0] = [s for item in items for s in (_binder(lo, node, item), *node.body)] + node.orelse
        return None
    generator = visit_in_order(lo, value, node)
    if generator is not None:
        return generator(lambda item: bind(lo, node.target, item), node, rest)
    from .iteration import indexable

    source = indexable(lo, value, node.iter)
    numbers = _small(source)
    if numbers is not None and not has_exit(node.body) and site_of(lo, node) in lo.unrolled:
        items = [source.item(ir.Const(k)) for k in numbers]
        rest[:0] = [s for item in items for s in (_binder(lo, node, item), *node.body)] + node.orelse
        return None
    hint = node.target.id if isinstance(node.target, ast.Name) and source.is_range else "k"

    def start(k: ir.Var) -> None:
        bind(lo, node.target, source.item(k))

    return counted_loop(lo, source.start, source.stop, source.step, start, node, hint, rest)


def _small(source: Any) -> range | None:
    """The numbers of a loop that can be unrolled if need be."""
    parts = (source.start, source.stop, source.step)
    if not all(isinstance(p, ir.Const) for p in parts):
        return None
    numbers = range(*(p.value for p in parts))
    return numbers if len(numbers) <= MAX_UNROLLED else None


@dataclass(frozen=True)
class _Current:
    """An item of a list as it is when its iteration begins: the body may have changed the list."""

    heap: HeapV
    index: int


def _as_they_come(value: Value, items: list[Value]) -> list[Any]:
    """The items of a list are read when their iteration begins."""
    if isinstance(value, HeapV) and value.cls is list:
        return [_Current(value, k) for k in range(len(items))]
    if isinstance(value, IterV) and value.kind in ("enumerate", "zip"):
        columns = [p if isinstance(p, HeapV) and p.cls is list else None for p in value.parts]
        shift = 1 if value.kind == "enumerate" else 0
        return [TupleV([_Current(columns[j - shift], k) if j >= shift and columns[j - shift] is not None  # type: ignore
                        else v for j, v in enumerate(row.items)]) for k, row in enumerate(items)]  # type: ignore
    return items


def _now(item: Any) -> Value:
    if isinstance(item, _Current):
        return item.heap.slots[item.index]
    if isinstance(item, TupleV) and any(isinstance(v, _Current) for v in item.items):
        return TupleV([_now(v) for v in item.items])
    return item


def _binder(lo: Lowering, node: ast.For, item: Value) -> Callable[[], None]:
    from .assignment import bind

    def run() -> None:
        lo.origin = lo.at(node)
        bind(lo, node.target, _now(item))

    return run


def counted_loop(lo: Lowering, start: ir.Operand, stop: ir.Operand, step: ir.Operand,
                 begin: Callable[[ir.Var], None], node: ast.For, hint: str, rest: list[Any]) -> bool | None:
    origin = lo.origin

    def read(loop: Loop) -> tuple[ir.Var, ir.Block]:
        if node.body and not has_exit(node.body) and _small(Indexable(start, stop, step, lambda k: k)) is not None:
            loop.site = site_of(lo, node)
        k = ir.Var(hint, Num(INT64))
        with lo.into(ir.Block()) as body:
            begin(k)
            if lo.statements(node.body):
                fall(lo)
        return k, body

    def build(parts: tuple[ir.Var, ir.Block], early: bool) -> ir.Stmt:
        trips = ir.Var("trips", Num(INT64)) if early else None
        return ir.For(parts[0], start, stop, step, parts[1], origin, trips=trips)

    return run_loop(lo, node, read, build, rest)


def lower_while(lo: Lowering, node: ast.While, rest: list[Any]) -> bool | None:
    origin = lo.origin
    walrus = any(isinstance(n, ast.NamedExpr) for n in ast.walk(node.test))

    def read(loop: Loop) -> tuple[ir.Block, ir.Operand, ir.Block]:
        with lo.into(ir.Block()) as header:
            cond = truth(lo, lo.expr(node.test), node.test)
            if walrus and not isinstance(cond, ir.Const):
                body_nodes = [*node.body, lambda: fall(lo) or False]
                exiting_if(lo, cond, body_nodes, [lambda: fall(lo, "break") or False])
                return ir.Block(), ir.Const(True), header
        with lo.into(ir.Block()) as body:
            if lo.statements(node.body):
                fall(lo)
        return header, cond, body

    def build(parts: tuple[ir.Block, ir.Operand, ir.Block], early: bool) -> ir.Stmt:
        return ir.While(*parts, origin, trips=ir.Var("trips", Num(INT64)))

    return run_loop(lo, node, read, build, rest)


def run_loop(lo: Lowering, node: ast.For | ast.While, read: Callable[[Loop], Any],
             build: Callable[[Any, bool], ir.Stmt], rest: list[Any]) -> bool | None:
    """Read the body until the assumptions on carried names hold, then emit the loop and go on after it."""
    if has_return(node.body):
        lo.frame.set(RETURNED, ir.Const(False))
    if node.orelse:
        lo.frame.set(BROKE, ir.Const(False))
    targets = [node.target] if isinstance(node, ast.For) else [node.test]
    names = assigned_names([*targets, *node.body])
    carried: dict[Key, Value] = {}
    frame = lo.frame
    for name in [*names, RETURNED, BROKE]:
        owner = _owner(frame, name)
        before = owner.get(name)
        if before is not MISSING:
            carried[owner, name] = template(before, name.strip("<>"))
    for _ in range(MAX_ATTEMPTS):
        outcome = _attempt(lo, node, read, carried)
        if outcome is not None:
            break
    else:
        lo.fail("AD124", node, "the kinds of the values that this loop carries do not settle",
                "give every carried name one type before the loop")
    loop, parts = outcome
    befores = {key: loop.region[key] for key in loop.region}
    _emit_loop(lo, node, loop, parts, carried, befores, build)
    return _after_loop(lo, node, loop, rest)


def _owner(frame: Any, name: str) -> Any:
    """The frame that a name assigned in `frame` belongs to (`nonlocal` names belong to an enclosing one)."""
    owner = frame
    while name in owner.nonlocals and owner.parent is not None:
        owner = owner.parent
    return owner


def _attempt(lo: Lowering, node: ast.AST, read: Callable[[Loop], Any], carried: dict[Key, Value]) -> Any:
    """Read the body once. None (with `carried` weakened) if an assumption did not hold."""
    loop = Loop(lo.journal.open(), has_else=bool(getattr(node, "orelse", None)), serial=next_serial())
    lo.loops.append(loop)
    lo.depth += 1
    missing: Key | None = None
    try:
        for (frame, name), value in carried.items():
            frame.set(name, value)
        parts = read(loop)
    except NeedCarried as need:
        missing = need.key
    finally:
        lo.loops.pop()
        lo.depth -= 1
        lo.journal.close()
        lo.journal.restore(loop.region)
    if missing is not None:
        carried[missing] = template(missing[0].guessed[missing[1]], missing[1])
        return None
    changed = False
    for key, before in loop.region.items():
        if key not in carried:
            if before is not MISSING and not loop.made(key[0]):
                carried[key] = template(before, hint_of(key))
                changed = True
            else:
                _refuse_new_slots(lo, node, loop, key, [end.state.get(key, MISSING) for end in loop.ends])
            continue
        values = [end.state.get(key, MISSING) for end in loop.ends]
        weaker = weaken(carried[key], [before, *values], hint_of(key))
        if weaker is not carried[key]:
            carried[key] = weaker
            changed = True
    return None if changed else (loop, parts)


def _refuse_new_slots(lo: Lowering, node: ast.AST, loop: Loop, key: Key, values: list[Value]) -> None:
    """An object or dict from before the loop gets a new attribute or key in it: its structure is not one."""
    frame, name = key
    if frame.source is None and frame.serial < loop.serial and any(v is not MISSING for v in values):
        lo.fail("AD134", node, f"this loop gives an object made before it the new attribute or key `{name}`",
                "set it once before the loop")


def template(value: Value, hint: str) -> Value:
    """The value with a fresh variable for every number in it: what an iteration finds."""
    match value:
        case ir.Var():
            return ir.Var(hint, _carried_type(value.type))
        case ir.Const():
            t = type_of(value)
            if isinstance(t, Num):
                return ir.Var(hint, _carried_type(t))
            return value
        case OptionalV():
            return OptionalV(ir.Var(f"has_{hint}", BOOL), template(value.value, hint))
        case TupleV():
            return TupleV([template(v, f"{hint}_{i}") for i, v in enumerate(value.items)], value.cls)
        case HeapV():
            frame = Frame(None, value.frame.journal, {}, name=hint)
            frame.env.update({k: template(v, f"{hint}_{k}") for k, v in value.slots.items()})
            return HeapV(value.cls, frame, frozen=True, site=value.site)
        case _:
            return value


def _carried_type(t: Type) -> Type:
    return Num(t.dtype, t.weak) if isinstance(t, Num) and t.dim is not None else t


def weaken(assumed: Value, values: Sequence[Value], hint: str) -> Value:
    """`assumed` itself if it covers the values, else a weaker assumption."""
    present = [v for v in values if v is not MISSING]
    joined_lists(None, [assumed, *present])
    try:
        return _weaken(assumed, present, hint)
    except JoinError as error:
        return assumed if isinstance(assumed, Unusable) else Unusable(f"in this loop, {error}")


def _weaken(assumed: Value, values: Sequence[Value], hint: str) -> Value:
    if isinstance(assumed, Unusable):
        return assumed
    if joins([assumed, *values]):
        return _weaken_optional(assumed, values, hint)
    if isinstance(assumed, ir.Var):
        t = assumed.type
        for v in values:
            if not isinstance(v, (ir.Var, ir.Const)):
                if isinstance(v, Unusable):
                    raise JoinError(v.why)
                raise JoinError("it is a number in one iteration and a structure in another")
            t = join_type(ir.Var("", t), v)
        t = _carried_type(t)
        return assumed if _covers(assumed.type, t) else ir.Var(hint, t)
    if isinstance(assumed, (TupleV, HeapV)):
        return _weaken_structure(assumed, values, hint)
    if all(same(assumed, v) for v in values):
        return assumed
    if isinstance(assumed, (ir.Const, FunctionV)):
        raise JoinError("it is not the same object in every iteration")
    return values[0] if len(values) == 1 else _differs()


def _weaken_optional(assumed: Value, values: Sequence[Value], hint: str) -> Value:
    some = [v for one in values if (v := parts(one)[1]) is not None]
    inner = parts(assumed)[1]
    value = _weaken(template(some[0], hint) if inner is None else inner, some, hint)
    if isinstance(assumed, OptionalV):
        return assumed if value is assumed.value else OptionalV(assumed.given, value)
    return OptionalV(ir.Var(f"has_{hint}", BOOL), value)


def _differs() -> Value:
    raise JoinError("it is of another kind in another iteration")


def _weaken_structure(assumed: Any, values: Sequence[Any], hint: str) -> Value:
    if any(type(v) is not type(assumed) for v in values):
        raise JoinError("its structure changes between iterations")
    if isinstance(assumed, TupleV):
        if any(len(v.items) != len(assumed.items) for v in values):
            raise JoinError("its length changes between iterations")
        items = [_weaken(a, [v.items[i] for v in values], f"{hint}_{i}") for i, a in enumerate(assumed.items)]
        return assumed if all(map(_is, items, assumed.items)) else TupleV(items, assumed.cls)
    old = assumed.slots
    if any(list(v.slots) != list(old) or v.cls is not assumed.cls for v in values):
        raise JoinError("its class, length or keys change between iterations")
    for v in values:
        v.frozen = True
    new = {k: _weaken(a, [v.slots[k] for v in values], f"{hint}_{k}") for k, a in old.items()}
    if all(new[k] is old[k] for k in old):
        return assumed
    frame = Frame(None, assumed.frame.journal, {}, name=hint)
    frame.env.update(new)
    return HeapV(assumed.cls, frame, frozen=True, site=assumed.site)


def _is(a: Any, b: Any) -> bool:
    return a is b


def _covers(assumed: Type, t: Type) -> bool:
    """Whether values of type `t` fit the assumption: sizes that are unknown already stay unknown."""
    if assumed == t:
        return True
    if isinstance(assumed, Array) and isinstance(t, Array) and assumed.dtype == t.dtype and assumed.ndim == t.ndim:
        return all(a == b or _unknown(a) for a, b in zip(assumed.dims, t.dims, strict=True))
    return isinstance(assumed, Passive) and isinstance(t, Passive)


def _unknown(dim: Dim) -> bool:
    return bool(dim.terms) and dim.terms[0][0].startswith("?")


def operands_of(value: Value) -> list[ir.Operand]:
    """The number leaves of a structure, in order."""
    match value:
        case ir.Var():
            return [value]
        case ir.Const():
            return [value]
        case OptionalV(given, inner):
            return [given, *operands_of(inner)]
        case TupleV(items):
            return [x for v in items for x in operands_of(v)]
        case HeapV():
            return [x for v in value.slots.values() for x in operands_of(v)]
        case _:
            return []


def copies(pattern: Value, value: Value) -> tuple[tuple[ir.Var, ...], tuple[ir.Operand, ...]]:
    """Targets and sources of the copy that gives `pattern`'s variables the numbers of `value`."""
    pairs = [(p, v) for p, v in zip(operands_of(pattern), _fitted(pattern, value), strict=True)
             if isinstance(p, ir.Var) and p is not v]
    return tuple(p for p, _ in pairs), tuple(v for _, v in pairs)  # type: ignore[return-value]


def _fitted(pattern: Value, value: Value) -> list[ir.Operand]:
    """The numbers of `value`, one for each of `pattern`."""
    if isinstance(pattern, OptionalV):
        given, inner = parts(value)
        if inner is None:
            return [given, *(default_of(v) if isinstance(v, ir.Var) else v for v in operands_of(pattern.value))]
        return [given, *_fitted(pattern.value, inner)]
    if isinstance(pattern, TupleV) and isinstance(value, TupleV):
        return [x for p, v in zip(pattern.items, value.items, strict=True) for x in _fitted(p, v)]
    if isinstance(pattern, HeapV) and isinstance(value, HeapV):
        return [x for k, p in pattern.slots.items() for x in _fitted(p, value.slots[k])]
    return operands_of(value)


def _emit_loop(lo: Lowering, node: ast.For | ast.While, loop: Loop, parts: Any, carried: dict[Key, Value],
               befores: dict[Key, Value], build: Callable[[Any, bool], ir.Stmt]) -> None:
    patterns = {k: p for k, p in carried.items() if k in loop.region and not isinstance(p, Unusable)}
    for key, before in befores.items():
        if key not in carried and before is MISSING and _wanted(lo, node, key):
            found = [v for end in loop.ends if (v := end.state.get(key, MISSING)) is not MISSING]
            if found:
                pattern = weaken(template(found[0], hint_of(key)), found, hint_of(key))
                patterns[key] = pattern
    for key, pattern in patterns.items():
        before = befores.get(key, MISSING)
        if before is not MISSING and not isinstance(pattern, Unusable):
            targets, sources = copies(pattern, before)
            if targets:
                lo.emit(ir.Copy(targets, sources, lo.origin))
        elif not isinstance(pattern, Unusable):
            give_default(lo, pattern, [lo.block])
    for end in loop.ends:
        targets, sources = [], []
        for key, pattern in patterns.items():
            value = end.state.get(key, befores.get(key, MISSING))
            if value is not MISSING and not isinstance(pattern, Unusable) and not isinstance(value, Unusable):
                more = copies(pattern, value)
                targets += more[0]
                sources += more[1]
        if targets:
            end.block.stmts.append(ir.Copy(tuple(targets), tuple(sources), end.origin))
        if end.kind == "break":
            end.block.stmts.append(ir.Break(end.origin))
    lo.emit(build(parts, any(e.kind == "break" for e in loop.ends)))
    for key in befores:
        pattern = carried.get(key, patterns.get(key, MISSING))
        if pattern is MISSING and befores[key] is not MISSING:
            pattern = Unusable("it belongs to one iteration of a loop")
        key[0].set(key[1], pattern)


def _wanted(lo: Lowering, node: ast.AST, key: Key) -> bool:
    """Whether a name first assigned in the loop may be read after it."""
    frame, name = key
    if frame.source is None or name.startswith("<"):
        return True
    if frame is not lo.frame:
        return False
    first, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return any(line > end or (lo.loops and not first <= line <= end)
               for line in _read_at(frame.source.node).get(name, ()))


@functools.lru_cache(maxsize=512)
def _read_at(tree: ast.AST) -> dict[str, list[int]]:
    """The lines at which each name is read in a function."""
    found: dict[str, list[int]] = {}
    for n in ast.walk(tree):
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load):
            found.setdefault(n.id, []).append(n.lineno)
    return found


def _after_loop(lo: Lowering, node: ast.For | ast.While, loop: Loop, rest: list[Any]) -> bool | None:
    if loop.returned:
        flag = lo.frame.get(RETURNED)
        nodes = _else_nodes(lo, node) + rest
        del rest[:]
        return exiting_if(lo, flag, [lambda: return_result(lo)], nodes)  # type: ignore[arg-type]
    rest[:0] = _else_nodes(lo, node)
    return None


def _else_nodes(lo: Lowering, node: ast.For | ast.While) -> list[Any]:
    """The `else` of a loop, as an `if not broke:`."""
    if not node.orelse:
        return []
    if not any(isinstance(n, ast.Break) for s in node.body for n in ast.walk(s)):
        return list(node.orelse)
    test = ast.copy_location(ast.UnaryOp(ast.Not(), ast.copy_location(ast.Name(BROKE, ast.Load()), node)), node)
    branch = ast.If(test, node.orelse, [])
    branch.lineno, branch.col_offset = node.lineno, node.col_offset
    branch.end_lineno, branch.end_col_offset = node.lineno, node.col_offset
    return [branch]


def return_result(lo: Lowering) -> bool:
    """Return what a loop that was left by `return` has left behind."""
    from .assignment import leave

    return leave(lo, lo.frame.get(RESULT))



def for_stub(node: ast.AST) -> ast.For:
    """A loop without a body of its own, where the front end makes a loop that the text does not have."""
    stub = ast.For(ast.Name("_", ast.Store()), ast.Constant(None), [], [])
    for attribute in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        setattr(stub, attribute, getattr(node, attribute, 0))
    return stub

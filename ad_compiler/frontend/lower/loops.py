"""`for` and `while`: loops stay loops, and the names they carry become variables that each iteration assigns.

The body is read once under assumptions on the types of the carried names; if it disproves one, it is read again
under the weaker one. Loops over structures whose items differ in kind are unrolled.
"""
from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...analysis.infer import dim_of
from ...ir import nodes as ir
from ...ir import visit
from ...ir.assumed import counter
from ...ir.types import Num
from ..frames import MISSING, Key, Region, Seen
from ..key_order import meet
from ..lowering import Lowering
from ..values import GeneratorV, HeapV, PlannedV, Value
from .branches import exiting_if, fall
from .carried import EMPTY, template, weaken
from .catching import THROWN
from .conditions import condition, truth
from .exits import assigned_names, has_exit, has_return
from .interleaving import Early
from .joining import hint_of
from .keyed import ask_for_table
from .loop_ends import BROKE, RETURNED, Loop, after_loop, at_end, emit_loop
from .names import NeedCarried
from .runtime_lists import site_of
from .unrolled import binder, has_structures, items_in_turn
from .unrolled_exits import can_be_unrolled, iterations

MAX_ATTEMPTS = 12
MAX_UNROLLED = 12
MAX_TURNS = 200  # of a `while` that is decided when compiling
INT64 = np.dtype(np.int64)


def lower_for(lo: Lowering, node: ast.For, rest: list[Any]) -> bool | None:
    from .assignment import bind
    from .collecting import collect
    from .generators import is_lazy, loop_over_generator
    from .growing import one_by_one
    from .iterators import for_a_loop, is_iterator, loop_by_next, one_at_a_time, read_in_body

    given = lo.expr(node.iter)
    leaves = read_in_body(lo, given, node) or has_exit(node.body)
    value = one_at_a_time(lo, one_by_one(lo, given, node), node)
    if isinstance(value, PlannedV):
        return _planned_for(lo, node, value, rest)
    early = Early(lo, value, node)
    if isinstance(value, GeneratorV) and not is_lazy(value):
        value = collect(lo, value, node)
    if isinstance(value, HeapV):
        value = for_a_loop(lo, value, leaves)
    if isinstance(value, GeneratorV):
        return loop_over_generator(lo, node, value, rest)
    if isinstance(value, HeapV) and is_iterator(value):
        return loop_by_next(lo, node, value, rest)
    unroll = can_be_unrolled(node.body) and site_of(lo, node) in lo.unrolled
    items = items_in_turn(lo, value) if unroll or not has_exit(node.body) else None
    if items is not None:
        early.taken(rest)
        if has_exit(node.body):
            rest[:0] = iterations(lo, node, [binder(lo, node, item) for item in items])
            return None
        rest[:0] = [s for item in items for s in (binder(lo, node, item), *node.body)] + node.orelse
        return None
    from .iteration import indexable

    source = indexable(lo, value, node.iter)
    early.taken(rest)

    def start(k: ir.Operand) -> None:
        lo.origin = lo.at(node)
        bind(lo, node.target, source.item(k))

    numbers = _small(source)
    if numbers is not None and unroll:
        rest[:0] = iterations(lo, node, [partial(start, ir.Const(k)) for k in numbers])
        return None
    hint = node.target.id if isinstance(node.target, ast.Name) and source.is_range else "k"

    few = numbers is not None or (has_structures(value) and not unroll)
    return counted_loop(lo, source.start, source.stop, source.step, start, node, hint, rest, few=few)


def _planned_for(lo: Lowering, node: ast.For, value: PlannedV, rest: list[Any]) -> bool | None:
    """A loop that keeps snapshots: never unrolled."""
    from .assignment import bind
    from .iteration import indexable

    source = indexable(lo, value.value, node.iter)

    def start(k: ir.Var) -> None:
        bind(lo, node.target, source.item(k))

    hint = node.target.id if isinstance(node.target, ast.Name) and source.is_range else "k"
    return counted_loop(lo, source.start, source.stop, source.step, start, node, hint, rest, value.plan)


def _small(source: Any) -> range | None:
    """The numbers of a loop that can be unrolled if need be."""
    parts = (source.start, source.stop, source.step)
    if not all(isinstance(p, ir.Const) for p in parts):
        return None
    numbers = range(*(p.value for p in parts))
    return numbers if len(numbers) <= MAX_UNROLLED else None


def counted_loop(lo: Lowering, start: ir.Operand, stop: ir.Operand, step: ir.Operand,
                 begin: Callable[[ir.Var], None], node: ast.For, hint: str, rest: list[Any],
                 plan: ir.Plan | None = None, few: bool = False) -> bool | None:
    """A loop that counts; `few`: that may be unrolled if need be."""
    origin = lo.origin

    def read(loop: Loop) -> tuple[ir.Var, ir.Block]:
        if few and node.body and can_be_unrolled(node.body):
            loop.site = site_of(lo, node)
        k = ir.Var(hint, Num(INT64))
        _bounded(k, start, stop, step)
        if lo.counts(start) and lo.counts(step):
            lo.counters.add(k)
        with lo.into(ir.Block()) as body:
            begin(k)
            if lo.statements(node.body):
                fall(lo)
        return k, body

    def build(parts: tuple[ir.Var, ir.Block], early: bool) -> ir.Stmt:
        trips = ir.Var("trips", Num(INT64)) if early else None
        return ir.For(parts[0], start, stop, step, parts[1], origin, trips=trips, plan=plan)

    return run_loop(lo, node, read, build, rest)


def _bounded(k: ir.Var, start: ir.Operand, stop: ir.Operand, step: ir.Operand) -> None:
    """Say between which forms a counter is: its bounds are those that the loop begins with."""
    by = step.value if isinstance(step, ir.Const) else 0
    if isinstance(by, int) and by:
        first, end = dim_of(start), dim_of(stop)
        (name, _), = dim_of(k).terms
        counter(name, *((first, end + -1) if by > 0 else (end + 1, first)))


def lower_while(lo: Lowering, node: ast.While, rest: list[Any], turn: int = 0) -> bool | None:
    if lo.prefer_unrolled and turn < MAX_TURNS and _decides_alone(node.test) and not has_exit(node.body):
        test = truth(lo, lo.expr(node.test), node.test)
        if isinstance(test, ir.Const):
            again = [*node.body, lambda: lower_while(lo, node, rest, turn + 1)]
            rest[:0] = again if test.value else node.orelse
            return None
    origin = lo.origin
    plans: list[ir.Plan] = []

    def read(loop: Loop) -> tuple[ir.Block, ir.Operand, ir.Block]:
        with lo.into(ir.Block()) as header:
            region = lo.journal.open()
            test = condition(lo, node.test) if isinstance(node.test, (ast.BoolOp, ast.IfExp)) else lo.expr(node.test)
            if isinstance(test, PlannedV):
                plans.append(test.plan)
                test = test.value
            cond = truth(lo, test, node.test)
            lo.journal.close(region)
            if _changes_state(region, header):  # what it changes counts on the way out too: it is part of the body
                body_nodes = [*node.body, lambda: fall(lo) or False]
                exiting_if(lo, cond, body_nodes, [lambda: fall(lo, "break") or False])
                return ir.Block(), ir.Const(True), header
        with lo.into(ir.Block()) as body:
            if lo.statements(node.body):
                fall(lo)
        return header, cond, body

    def build(parts: tuple[ir.Block, ir.Operand, ir.Block], early: bool) -> ir.Stmt:
        return ir.While(*parts, origin, trips=ir.Var("trips", Num(INT64)), plan=plans[-1] if plans else None)

    return run_loop(lo, node, read, build, rest)


def _decides_alone(test: ast.expr) -> bool:
    """Whether a condition has no effect, so that it may be read once more: no calls but of `len`, no names bound."""
    return not any(isinstance(n, ast.NamedExpr) or (isinstance(n, ast.Call) and not (
        isinstance(n.func, ast.Name) and n.func.id == "len")) for n in ast.walk(test))


def _changes_state(region: Region, header: ir.Block) -> bool:
    """Whether a condition binds names (`:=`, `nonlocal`, attributes) or writes memory that outlives it."""
    names = any(not region.made(frame) and frame.get(name) is not before for (frame, name), before in region.items())
    return names or any(isinstance(s, (ir.Store, ir.Push, ir.Pop, ir.SetSlot)) for s in visit.walk(header))


def run_loop(lo: Lowering, node: ast.For | ast.While, read: Callable[[Loop], Any],
             build: Callable[[Any, bool], ir.Stmt], rest: list[Any]) -> bool | None:
    """Read the body until the assumptions on carried names hold, then emit the loop and go on after it."""
    if has_return(node.body):
        lo.frame.set(RETURNED, ir.Const(False))
    if any(t.handlers for t in lo.tries):
        lo.home.set(THROWN, ir.Const(0))
    if node.orelse:
        lo.frame.set(BROKE, ir.Const(False))
    targets = [node.target] if isinstance(node, ast.For) else [node.test]
    # (`items += [x]` changes a list of the caller in place: its name is carried if the body gives it another list)
    names = assigned_names([*targets, *node.body])
    carried: dict[Key, Value] = {}
    frame = lo.frame
    for name in [*names, RETURNED, BROKE, THROWN]:
        owner = lo.home if name == THROWN else _owner(frame, name)
        before = owner.get(name)
        if before is not MISSING and not (isinstance(before, ir.Var) and before in lo.mirrors):
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
    emit_loop(lo, node, loop, parts, carried, befores, build)
    return after_loop(lo, node, loop, rest)


def _owner(frame: Any, name: str) -> Any:
    """The frame that a name assigned in `frame` belongs to (`nonlocal` names belong to an enclosing one)."""
    owner = frame
    while owner.body_of is not None and owner.get(name) is MISSING:
        owner = owner.body_of
    while name in owner.nonlocals and owner.parent is not None:
        owner = owner.parent
    return owner


def _attempt(lo: Lowering, node: ast.AST, read: Callable[[Loop], Any], carried: dict[Key, Value]) -> Any:
    """Read the body once. None (with `carried` weakened) if an assumption did not hold."""
    loop = Loop(lo.journal.open(), node, has_else=bool(getattr(node, "orelse", None)),
                meetings=len(lo.meetings))
    lo.loops.append(loop)
    depth, lo.depth = lo.depth, lo.depth + 1
    missing: Key | None = None
    try:
        for (frame, name), value in carried.items():
            frame.set(name, value)
        parts = read(loop)
    except NeedCarried as need:
        missing = need.key
    finally:
        lo.loops.pop()
        lo.depth = depth
        lo.journal.close(loop.region)
        lo.journal.restore(loop.region)
    if missing is not None:
        carried[missing] = template(missing[0].guessed[missing[1]], missing[1])
        return None
    changed = meet([EMPTY, *(end.state for end in loop.ends)], MISSING, loop.region)
    for key, before in loop.region.items():
        if key not in carried:
            if before is not MISSING and not loop.region.made(key[0]):
                carried[key] = template(before, hint_of(key))
                changed = True
            elif (given := _first_attribute(lo, node, loop, key)) is not None:
                carried[key] = given
                changed = True
            continue
        values = [at_end(end, key) for end in loop.ends]
        if any(seen.value is MISSING for seen in values) and not loop.region.made(key[0]):
            _removed_part(lo, node, key)
        weaker = weaken(lo, carried[key], [Seen(None, before), *values], hint_of(key))
        if weaker is not carried[key]:
            carried[key] = weaker
            changed = True
    return None if changed else (loop, parts)


def _first_attribute(lo: Lowering, node: ast.AST, loop: Loop, key: Key) -> Value | None:
    """What an iteration finds as an attribute that the loop gives to an object made before it: nobody sees it in the
    first one, where Python raises. The keys of dicts may be asked for, and are refused."""
    frame, name = key
    given = [seen for end in loop.ends if (seen := at_end(end, key)).value is not MISSING]
    if frame.source is not None or loop.region.made(frame) or not given:
        return None
    holder = frame.holder
    if isinstance(holder, HeapV) and holder.whole is None and not issubclass(
            holder.cls, (dict, list, tuple, set, frozenset)):
        frame.partial.add(name)
        return template(given[0].value, hint_of(key), given[0].state)
    ask_for_table(lo, holder)
    lo.fail("AD134", node, f"this loop gives an object made before it the new attribute or key `{name}`",
            "set it once before the loop")


def _removed_part(lo: Lowering, node: ast.AST, key: Key) -> None:
    """A loop removes an attribute or key that was there before it: the first iteration finds it, the others do not. (A
    name that is deleted is assigned again before Python reads it.)"""
    frame, name = key
    if frame.source is not None or frame.holder is None:
        return
    ask_for_table(lo, frame.holder)
    lo.fail("AD134", node, f"this loop removes the attribute or key `{name}` of an object made before it",
            "remove it before the loop, or give it a value that says it is not there")


def for_stub(node: ast.AST) -> ast.For:
    """A loop without a body of its own, where the front end makes a loop that the text does not have."""
    stub = ast.For(ast.Name("_", ast.Store()), ast.Constant(None), [], [])
    for attribute in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        setattr(stub, attribute, getattr(node, attribute, 0))
    return stub

"""Iterators: those with a state (`iter`, `next`, objects with `__next__`), and those over generators."""
from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from ...ir import nodes as ir
from ...ir.types import Array, ListOf
from .. import emulated_iterators as emulated
from ..lowering import Lowering
from ..values import GeneratorV, HeapV, IterV, RangeV, RowsV, RowV, TupleV, Unusable, Value
from .generators import endless, is_lazy

TAKEN = Unusable("a loop has run through this iterator")
SOME_TAKEN = Unusable("how many items have been taken from this iterator is not followed")
ZERO, ONE = ir.Const(0), ir.Const(1)


def read(lo: Lowering, function: Any, args: list[Value], node: ast.AST, **kwargs: Value) -> Value:
    """A call of Python that stands for a library's."""
    from .calls import call_value

    return call_value(lo, ir.Const(function), args, kwargs, node, None)


# --- iterators with a state -----------------------------------------------------------------------------------------
def is_iterator(value: Value) -> bool:
    """Whether a value is an object that gives its items by `next`."""
    return isinstance(value, HeapV) and hasattr(value.cls, "__next__")


def iter_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`iter(x)`"""
    from .collecting import collect
    from .unrolling import iterator_of

    value = args[0]
    if len(args) > 1:
        return read(lo, emulated.until, args, node)
    if getattr(value, "state", None) is not None or is_iterator(value):
        return value
    if isinstance(value, HeapV) and value.cls not in (list, dict, set):
        return iterator_of(lo, value)
    return read(lo, emulated.Sequenced, [collect(lo, value, node) if isinstance(value, IterV) else value], node)


def next_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`next(iterator)`, `next(iterator, default)`"""
    from .calls import call_method

    source = args[0]
    if isinstance(source, (GeneratorV, IterV)):  # a second one is refused where the iterator is named
        return read(lo, emulated.first if len(args) == 1 else emulated.first_or, args, node)
    if not is_iterator(source):
        lo.fail("AD103", node, "`next` of a value that is no iterator", "make one of it: `iter(x)`")
    if len(args) == 1:
        return call_method(lo, source, "__next__", [], {}, node, hint)
    return read(lo, emulated.next_or, [source, args[1]], node)


def taken(lo: Lowering, value: HeapV) -> Value | None:
    """All items that are left in an iterator of ours, for something that takes them all; None for another one."""
    from .builtin_sequences import length_of
    from .items import load_item

    at, source = value.slots.get("at"), value.slots.get("source")
    if value.cls is emulated.Count:
        start, step = value.slots["next"], value.slots["step"]
        value.frame.set("next", TAKEN)
        return IterV("count", [start, step])
    if value.cls is not emulated.Sequenced or source is None or at is None:
        return None
    length = length_of(lo, source, None)
    value.frame.set("at", SOME_TAKEN if lo.partly else length)
    _refuse_begun(lo, at)
    if isinstance(at, ir.Const) and at.value == 0:
        return source
    return load_item(lo, source, ir.Pack("slice", (lo.operand(at), ir.Const(None), ir.Const(None))), None,
                     None)


def left_in(lo: Lowering, value: HeapV) -> list[Value] | None:
    """The items that are left in an iterator of ours, where they are known; it is at its end then."""
    from .unrolling import unroll_items

    at, source = value.slots.get("at"), value.slots.get("source")
    if value.cls is not emulated.Sequenced or source is None or not isinstance(at, (ir.Const, Unusable)):
        return None
    _refuse_begun(lo, at)
    items = unroll_items(lo, source)
    if items is None:
        return None
    value.frame.set("at", SOME_TAKEN if lo.partly else ir.Const(len(items)))
    return items[at.value:]


@contextmanager
def partly(lo: Lowering) -> Iterator[None]:
    """What takes items from iterators in here may leave some: it ends before they do (`any`, `zip`), or it takes them
    later. Such an iterator cannot be read again."""
    lo.partly += 1
    try:
        yield
    finally:
        lo.partly -= 1


def _refuse_begun(lo: Lowering, at: Any) -> None:
    if isinstance(at, Unusable):
        lo.fail("AD135", None, at.why, "make a list of its items, `list(...)`, and use slices of it")


def read_in_body(lo: Lowering, source: Value, node: ast.For) -> bool:
    """Whether the body of a loop takes items from what the loop itself runs over. Raises UnsupportedError where that
    is one of several, or is numbered."""
    if isinstance(source, IterV):
        if any(read_in_body(lo, p, node) for p in source.parts):
            lo.fail("AD135", node.iter, "the body of this loop takes items from what the loop runs over",
                    "loop over the iterator alone, or over slices of a list")
        return False
    return is_iterator(source) and any(
        isinstance(n, ast.Name) and lo.frame.get(n.id) is source for s in node.body for n in ast.walk(s))


def for_a_loop(lo: Lowering, value: HeapV, leaves: bool) -> Value:
    """What a loop over an object runs over; where the loop may leave some items, an iterator is kept as it is."""
    from .unrolling import iterator_of

    if value.cls in (list, dict, set):
        return value
    source = value if is_iterator(value) else iterator_of(lo, value)
    if isinstance(source, HeapV) and is_iterator(source) and (not leaves or source.cls is emulated.Count):
        return taken(lo, source) or source
    return source


def loop_by_next(lo: Lowering, node: ast.For, value: HeapV, rest: list[Any]) -> None:
    """A loop over an iterator which it may leave, or of a class of the program's: `next` until there is none."""
    name = f"<iterator {node.lineno} {node.col_offset}>"
    done = f"<done {node.lineno} {node.col_offset}>"
    lo.frame.set(name, value)
    lo.frame.set(done, ir.Const(False))

    def load(text: str) -> ast.expr:
        return ast.Name(text, ast.Load())

    step = ast.Assign([node.target], ast.Call(ast.Attribute(load(name), "__next__", ast.Load()), [], []))
    end = [ast.Assign([ast.Name(done, ast.Store())], ast.Constant(True)), ast.Break()]
    guarded = ast.Try([step], [ast.ExceptHandler(load(_STOP), None, end)], [], [])
    new: list[ast.stmt] = [ast.While(ast.Constant(True), [guarded, *node.body], [])]
    if node.orelse:
        new.append(ast.If(load(done), node.orelse, []))
    lo.frame.set(_STOP, ir.Const(StopIteration))
    for statement in new:
        for n in ast.walk(statement):
            if isinstance(n, (ast.expr, ast.stmt, ast.ExceptHandler)) and not hasattr(n, "lineno"):
                ast.copy_location(n, node)
    rest[:0] = new


_STOP = "<stop>"


# --- over generators ------------------------------------------------------------------------------------------------
def one_at_a_time(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """What a loop runs over: iterators over a generator are generators themselves."""
    if not isinstance(value, IterV):
        return value
    with partly(lo) if len(value.parts) > 1 and value.kind in ("zip", "map") else nullcontext():
        parts = [one_at_a_time(lo, generated(lo, p, node), node) for p in value.parts]
    lazy = [k for k, p in enumerate(parts) if is_lazy(p)]
    if not lazy:  # with what has been taken from iterators
        return replace(value, parts=parts)
    if value.kind == "enumerate":
        return read(lo, emulated.enumerate_, parts, node)
    if value.kind in ("map", "filter") and len(parts) == 1:
        assert value.function is not None
        function = emulated.map_ if value.kind == "map" else emulated.filter_
        if value.kind == "filter" and isinstance(value.function, ir.Const) and value.function.value is None:
            value.function = ir.Const(bool)
        return read(lo, function, [value.function, *parts], node)
    return _zipped(lo, parts, lazy, node) if value.kind == "zip" else value


def generated(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """An iterator of a class of the program's as a generator; another value as it is."""
    from .unrolling import iterator_of

    if isinstance(value, RowV) or (isinstance(value, HeapV) and value.cls not in (list, dict, set)):
        source = iterator_of(lo, value)
        return read(lo, emulated.each, [source], node) if is_iterator(source) else source
    return value


def _zipped(lo: Lowering, parts: list[Value], lazy: list[int], node: ast.AST) -> Value:
    """`zip` of a generator, the first or the last part, and of what has numbered items."""
    from .collecting import collect
    from .iteration import from_zero

    kept = next((k for k in lazy if endless(parts[k])), lazy[0])
    others: list[Value] = []
    for k, p in enumerate(parts):
        if k == kept:
            continue
        if isinstance(p, HeapV) and is_iterator(p):
            p = taken(lo, p) or p
        if endless(p) or (0 < kept < len(parts) - 1):
            lo.fail("AD103", node, "`zip` of several generators that may have no end, or of one between others",
                    "give `zip` one generator, as the first or the last argument")
        if isinstance(p, IterV) and p.kind == "count":
            p = _numbers(lo, p, node)
        others.append(collect(lo, p, node) if isinstance(p, (GeneratorV, IterV)) else p)
    stop = from_zero(lo, IterV("zip", others), node).stop
    function = emulated.zip_before if kept == 0 else emulated.zip_after
    args = [parts[kept], TupleV(others)] if kept == 0 else [TupleV(others), parts[kept]]
    return read(lo, function, [*args, stop], node)


def _numbers(lo: Lowering, count: IterV, node: ast.AST) -> RangeV:
    """`itertools.count` beside something that ends before it does."""
    start, step = (lo.operand(p) for p in count.parts)
    if not isinstance(step, ir.Const) or not isinstance(step.value, int) or step.value == 0:
        lo.fail("AD103", node, "the step of `count` is not known when compiling", "give it as a constant")
    assert isinstance(start, (ir.Var, ir.Const)), "a number"
    return RangeV(start, ir.Const(sys.maxsize if step.value > 0 else -sys.maxsize), step)


def shared(lo: Lowering, args: list[Value], node: ast.AST) -> list[Value]:
    """The parts of a `zip`: of one iterator several times (`zip(it, it)`), every second item each."""
    from .items import load_item

    iterators = [a for a in args if is_iterator(a)]
    if len({id(a) for a in iterators}) == len(iterators):
        return args
    source = taken(lo, iterators[0]) if len({id(a) for a in args}) == 1 else None
    if source is None:
        lo.fail("AD103", node, "`zip` of one iterator under several names, and of others", "zip slices: `x[::2]`")
    step = ir.Const(len(args))
    return [load_item(lo, source, ir.Pack("slice", (ir.Const(k), ir.Const(None), step)), node, None)
            for k in range(len(args))]


def islice_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`itertools.islice`: a slice of what has a length."""
    from .items import load_item
    from .unrolling import unroll_items

    source, *given = args
    none = ir.Const(None)
    start, stop, step = (none, given[0], none) if len(given) == 1 else (*given, none)[:3]
    bounds = tuple(lo.operand(b, node) for b in (start, stop, step))
    if not is_iterator(source):
        items = unroll_items(lo, source)
        if items is not None and all(isinstance(b, ir.Const) for b in bounds):
            return TupleV(items[slice(*(b.value for b in bounds))])
        sequence = isinstance(source, (RangeV, RowsV)) or isinstance(getattr(source, "type", None), (Array, ListOf))
        if sequence:
            return load_item(lo, source, ir.Pack("slice", bounds), node, None)

    def given_or(bound: ir.Arg, default: int) -> Value:
        return ir.Const(default) if isinstance(bound, ir.Const) and bound.value is None else bound

    return read(lo, emulated.islice, [source, given_or(bounds[0], 0), bounds[1], given_or(bounds[2], 1)], node)


def standing_for(function: Any) -> Any:
    """The handler of a function of `itertools` that is read as Python."""
    def run(lo: Lowering, given: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST, hint: str | None
            ) -> Value:
        from .calls import call_value

        return call_value(lo, ir.Const(function), args, kwargs, node, hint)

    return run

"""`vjp` inside a function that is being compiled, and its pullbacks.

A pullback is the record of its forward sweep, bound to the emitted reverse sweep: it may be kept, called later and more
than once, and the program is differentiated through all of it.
"""
from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.alias import Aliases
from ..frontend.lower.inlining import call_python
from ..frontend.lower.sequences import items_of
from ..frontend.lower.trees import mapped
from ..frontend.lowering import Lowering
from ..frontend.signature import Spec, Tree
from ..frontend.values import ExternalV, HeapV, PartialV, TupleV, Value
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, ListOf, Num
from ..support.records import fresh_lists
from .inside import bound, call_emitted, floating_in, specialized, specs_of
from .inside_directions import NONE, directed, options_of, part_of, structure
from .inside_functions import constant
from .naming import load_text
from .nested import is_floating_spec, moved, spec_at
from .procedures import returning, written_arguments
from .results import main_result, result_positions
from .signing import sign
from .specialize import Specialization
from .target import resolve
from .wrt import chosen


@dataclass(frozen=True, slots=True, eq=False)
class InnerPullback:
    """The emitted reverse sweep of one specialization. `wanted`: the specs of the arguments that get cotangents."""

    special: Specialization
    wanted: tuple[Spec, ...]
    single: bool

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        """The cotangents of the arguments, given the record and a cotangent of the result."""
        if len(args) != 2 or kwargs:
            lo.fail("AD109", node, "a pullback takes one argument: a cotangent of the result")
        record, out_bar = args
        _separate(lo, self.special, node)
        pair = self.special.compiled
        leaves = result_leaves(lo, main_result(self.special), out_bar, "result", node)
        bars: list[Any] = [None] * len(pair.out_leaves)
        for position, bar in zip(result_positions(self.special), leaves, strict=True):
            if position is not None:
                bars[position] = bar if bars[position] is None else lo.call(
                    np.add, (bars[position], bar), style="op")
        found = call_python(lo, pair.rev.call, [record, *bars], {}, node, hint)
        numbers = iter(items_of(lo, found, node))
        parts = [cotangent(lo, spec, numbers) for spec in self.wanted]
        return parts[0] if self.single else TupleV(parts)


def read_fresh_lists(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                     hint: str | None) -> Value:
    """`fresh_lists(record, changed)` where the front end meets it: what appears twice is copied once."""
    record, places = items_of(lo, args[0], node), constant(lo, args[1], node)
    copies: dict[Any, Value] = {}
    for i, item in enumerate(record):
        if isinstance(item, ir.Var) and item not in copies:
            if isinstance(item.type, ListOf):
                cells = i in places and isinstance(item.type.item, Array)
                copies[item] = call_python(lo, _copier(lo.frame.source.file, i, cells), [item], {}, node, None)
            elif isinstance(item.type, Array) and i in places:
                copies[item] = call_python(lo, copied_array, [item], {}, node, None)
    return TupleV([copies.get(item, item) if isinstance(item, ir.Var) else item for item in record])


fresh_lists.__ad_transform__ = read_fresh_lists


def _separate(lo: Lowering, special: Specialization, node: Any) -> None:
    """Refuse a record in which arrays that the reverse sweep changes may share memory: each would be copied apart."""
    raw, fn = special.compiled.rev.raw, special.main.raw
    made = next((s.value for s in raw.body if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)
                 and s.value.function is fresh_lists), None)
    if made is None:
        return
    aliases = Aliases(fn)
    record = fn.body.stmts[-1].value.items[1].items
    places = [operand.value for operand in visit.leaves(made.args[1]) if isinstance(operand, ir.Const)]
    places = [place for group in places for place in (group if isinstance(group, tuple) else (group,))]
    changed = {record[i] for i in places if isinstance(record[i], ir.Var)}
    roots = [aliases.find(v) for v in changed
             if isinstance(v.type.item if isinstance(v.type, ListOf) else v.type, Array)]
    if len(set(roots)) < len(roots):
        lo.fail("AD147", node, "this pullback cannot be used inside differentiated code: what it keeps shares memory",
                "use `jvp` there, or copy the arrays of the function before they are written")


def outer_pullback(lo: Lowering, special: Specialization, record: Any, wanted: list[Any], single: bool, function: Value,
                   args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None) -> Value:
    """A call of a pullback that was made before, outside: its record is captured."""
    if special.on_tape:
        lo.fail("AD148", node, "this pullback runs on the tape and cannot be compiled")
    path = function.path if isinstance(function, ExternalV) else "pullback"
    specs = tuple(sign({"argument": argument})["argument"] for argument in wanted)
    inner = InnerPullback(special, specs, single)
    return inner.__ad_transform__(lo, function, [ExternalV(record, f"{path}._record"), *args], kwargs, node, hint)


def cotangent(lo: Lowering, spec: Spec, numbers: Iterator[Value]) -> Value:
    """A structure like an argument of its cotangents; None for what has none."""
    if isinstance(spec, Tree):
        parts = [cotangent(lo, part, numbers) for _, part in spec.children]
        return structure(lo, spec.cls, [key for key, _ in spec.children], parts)
    return next(numbers) if is_floating_spec(spec) else NONE


def result_leaves(lo: Lowering, like: Any, given: Value, where: str, node: Any) -> list[Value]:
    """The numbers of a cotangent where the result (as its own compilation saw it) has floating ones."""
    match like:
        case ir.Var():
            floating = isinstance(like.type, (Num, Array)) and like.type.kind in "fc"
            return [directed(lo, like.type, given, where, "cotangent", node)] if floating else []
        case ir.Const():
            return [given] if isinstance(like.value, (float, complex, np.inexact)) else []
        case TupleV(items):
            parts = list(enumerate(items))
        case HeapV():
            parts = list(like.slots.items())
        case _:
            return []
    access = "item" if isinstance(like, TupleV) or like.cls in (list, dict) else "attribute"
    found: list[Value] = []
    for key, part in parts:
        if any(True for _ in floating_values(part)):
            item = part_of(lo, given, key, access, where, "cotangent", node)
            found += result_leaves(lo, part, item, f"{where}[{key!r}]", node)
    return found


def floating_values(value: Any) -> Iterator[ir.Operand]:
    """The floating-point numbers and arrays of a result, in order."""
    match value:
        case ir.Var(type=Num() | Array()):
            if value.type.kind in "fc":
                yield value
        case ir.Const():
            if isinstance(value.value, (float, complex, np.inexact)):
                yield value
        case TupleV(items):
            for item in items:
                yield from floating_values(item)
        case HeapV():
            for item in value.slots.values():
                yield from floating_values(item)


def inner_vjp(lo: Lowering, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None) -> Value:
    """`vjp(f, *args)` where the front end meets it."""
    own, options = options_of(lo, kwargs, node)
    aux = bool(own.get("has_aux"))
    out, pullback = reverse(lo, f, args, own.get("argnums"), options, node, hint, aux=aux, procedures=True)
    if not aux:
        return TupleV([out, pullback])
    value, more = items_of(lo, out, node)
    return TupleV([value, pullback, more])


def reverse(lo: Lowering, f: Any, args: Sequence[Value], argnums: Any, options: Any, node: Any, hint: str | None = None,
            kwargs: dict[str, Value] | None = None, aux: bool = False, procedures: bool = False
            ) -> tuple[Value, PartialV]:
    """The value of `f(*args, **kwargs)` and its pullback. With `procedures` one that returns nothing has the pullback
    of the arguments that it writes."""
    target = resolve(f)
    wrt = chosen(target, tuple(range(len(args))) if argnums is None else argnums)
    places = wrt.paths
    function, values = bound(lo, target, args, kwargs or {}, node)
    if function is not target.function:
        places = tuple(moved(target, place, values) for place in places)
    specs = specs_of(lo, values, node)
    paths = tuple(path for place in places for path in floating_in(specs, place))
    special = specialized(lo, "pullback", options, function, values, paths, node, aux=aux)
    names = written_arguments(special, target) if procedures and not aux else ()
    if names:
        return NONE, reverse(lo, returning(target, names), args, argnums, options, node, hint, kwargs)[1]
    both = call_emitted(lo, special, function, values, node, hint)
    out, record = items_of(lo, both, node)
    wanted = tuple(spec_at(specs, place) for place in places)
    pullback = InnerPullback(special, wanted, argnums is not None and wrt.single)
    kept = _owned(lo, special, items_of(lo, record, node), node)
    return out, PartialV(ir.Const(pullback), [TupleV(kept)], {})


def _owned(lo: Lowering, special: Specialization, record: list[Value], node: Any) -> list[Value]:
    """The record with copies of what is, or may be, the memory of an argument or of the result."""
    file = special.main.call.__code__.co_filename
    return [call_python(lo, _copier(file, i, True) if isinstance(v.type, ListOf) else copied_array, [v], {}, node, None)
            if shared and isinstance(v, ir.Var) else v
            for i, (v, shared) in enumerate(zip(record, _shared(special), strict=True))]


def copied_array(x: Any) -> Any:
    return x.copy()


def copied_argument(lo: Lowering, value: Value, node: Any) -> Value:
    """An argument with copies of its arrays."""
    return mapped(lo, value, lambda leaf: call_python(lo, copied_array, [leaf], {}, node, None) if isinstance(
        leaf, ir.Var) and isinstance(leaf.type, Array) else leaf)


@functools.lru_cache(maxsize=512)
def _copier(file: str, place: int, cells: bool) -> Any:
    """A function that copies a list, with its arrays if `cells`: one for each place in the record of an emitted
    function, since the list that a place in a text makes has one type."""
    what = "[x.copy() for x in items]" if cells else "list(items)"
    return load_text(f"def copied_list(items):\n    return {what}\n", "copied_list", {})


def _shared(special: Specialization) -> list[bool]:
    """For each item of the record: whether it may be memory of an argument or of the result."""
    if "shared" not in special.extra:
        fn = special.main.raw or special.main.function
        aliases = Aliases(fn)
        result = fn.body.stmts[-1].value
        whole, record = result.items
        held = {aliases.find(v) for v in (*fn.params, *fn.keywords, *visit.variables(whole))}
        special.extra["shared"] = [isinstance(v, ir.Var) and _arrays(v) and aliases.find(v) in held
                                   for v in record.items]
    return special.extra["shared"]


def _arrays(v: ir.Var) -> bool:
    return isinstance(v.type, Array) or (isinstance(v.type, ListOf) and isinstance(v.type.item, Array))

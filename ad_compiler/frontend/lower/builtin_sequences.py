"""Builtins that make or measure sequences: `len range zip list tuple dict sorted` and their like."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import support
from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num, Passive, unknown_dim
from ..emulated_sets import Members
from ..emulated_tables import Table
from ..lowering import Lowering
from ..values import GeneratorV, HeapV, IterV, RangeV, Row, RowsV, RowV, TupleV, Value
from .deciding import ask_kind
from .one_length import of_one_length
from .one_shot import distinct, one_shot
from .ranges import length_of_range
from .snippets import gathered, run_snippet
from .stars import columns, has_stars, listed_tuple, spread

INT = Num(np.dtype(np.int64))
Handler = Callable[..., Value]


def length_of(lo: Lowering, value: Value, node: ast.AST | None) -> Value:
    from .unrolling import unroll_items

    if isinstance(value, ir.Var):
        t = value.type
        if isinstance(t, Array):
            if t.dims[0].known:
                ask_kind(lo, value)
                return ir.Const(t.dims[0].const)
            return lo.call(len, (value,), type_=Num(INT.dtype, dim=t.dims[0]), text="len")
        return lo.call(len, (value,), type_=INT, text="len")
    if isinstance(value, RowsV):
        return lo.call(len, (value.first,), type_=INT, text="len")
    if isinstance(value, RangeV):
        return length_of_range(lo, value)
    items = unroll_items(lo, value)
    if items is None:
        if isinstance(value, (GeneratorV, IterV)):
            from .collecting import collect

            return length_of(lo, collect(lo, value, node), node)
        lo.fail("AD107", node, "the length of this value is not known")
    return ir.Const(len(items))


def len_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    if (isinstance(args[0], HeapV) and args[0].cls not in (list, dict, set)) or (
            isinstance(args[0], RowV) and args[0].row.cls is not dict):
        from .calls import call_method

        return call_method(lo, args[0], "__len__", [], {}, node, hint)
    return length_of(lo, args[0], node)


def range_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    parts = [lo.operand(a, node) for a in args]
    if any(isinstance(p, ir.Pack) for p in parts):
        lo.fail("AD110", node, "`range` takes integers")
    zero, one = ir.Const(0), ir.Const(1)
    start, stop, step = {1: (zero, parts[0], one)}.get(len(parts)) or (*parts, one)[:3]
    return RangeV(start, stop, step)


def slice_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    parts = [lo.operand(a, node) for a in args]
    none = ir.Const(None)
    start, stop, step = (none, parts[0], none) if len(parts) == 1 else (*parts, none)[:3]
    return ir.Pack("slice", (start, stop, step))


def iterator(kind: str) -> Handler:
    def make(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
        if kind == "zip" and has_stars(args):
            return columns(lo, args[0].value, node)
        distinct(lo, args, node)
        if kind in ("map", "filter"):
            sources = of_one_length(lo, args[1:], kwargs["strict"], kind, node) if "strict" in kwargs else args[1:]
            return one_shot(lo, IterV(kind, sources, args[0]))
        if kind == "zip":
            from .iterators import shared

            args = shared(lo, args, node)
        if "strict" in kwargs:
            args = of_one_length(lo, args, kwargs["strict"], kind, node)
        if kind == "enumerate" and "start" in kwargs:
            args = [*args, kwargs["start"]]
        if kind == "ndindex" and len(args) == 1:
            from .sequences import items_of

            args = items_of(lo, args[0], node) if not isinstance(args[0], (ir.Const,)) and not lo.is_number(
                args[0]) else args
        if kind == "reversed" and is_list(args[0]):  # it begins where the list ends now
            args = [args[0], length_of(lo, args[0], node)]
        return one_shot(lo, IterV(kind, list(args)))

    return make


def list_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .collecting import collect
    from .runtime_lists import created_list
    from .unrolling import unroll_items

    if not args:
        return created_list(lo, [], node, hint)
    if isinstance(args[0], (GeneratorV, IterV)):
        return collect(lo, args[0], node)
    items = unroll_items(lo, args[0])
    if items is not None:
        return created_list(lo, items, node, hint)
    from ..frames import Frame
    from .collecting import run_collecting

    name = ast.copy_location(ast.Name("<source>", ast.Load()), node)
    loop = ast.For(ast.Name("<item>", ast.Store()), name, [ast.Expr(ast.Call(ast.Attribute(
        ast.Name("<items>", ast.Load()), "append", ast.Load()), [ast.Name("<item>", ast.Load())], []))], [])
    for n in ast.walk(loop):
        if isinstance(n, (ast.expr, ast.stmt)) and not hasattr(n, "lineno"):
            ast.copy_location(n, node)
    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    frame.env["<source>"] = args[0]
    return run_collecting(lo, frame, [loop], hint or "items", node)


def tuple_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    if not args:
        return TupleV([])
    items = spread(lo, args[0], node)
    return listed_tuple(lo, items, node) if has_stars(items) else TupleV(items)


def dict_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    from .calls import call_method
    from .dicts import is_mapping, mapping_items
    from .joining import new_heap_frame
    from .keyed import empty_table, key_unknown
    from .pools import in_pool
    from .runtime_lists import site_of
    from .sequences import items_of
    from .unrolling import unroll_items

    table = empty_table(lo, node, hint)
    if table is not None:
        for source in args:
            call_method(lo, table, "update", [source], {}, node, None)
        for name, value in kwargs.items():
            call_method(lo, table, "__setitem__", [ir.Const(name), value], {}, node, None)
        return table
    heap = HeapV(dict, new_heap_frame(lo, hint or ""), site=site_of(lo, node))
    if args and isinstance(args[0], HeapV) and args[0].cls is Table:
        key_unknown(lo, heap, node, "the keys of this dict are not known when compiling")
    if args and is_mapping(args[0]):
        heap.slots.update(mapping_items(lo, args[0], node))
    elif args:
        if unroll_items(lo, args[0]) is None:
            key_unknown(lo, heap, node, "the keys of this dict are not known when compiling")
        for pair in items_of(lo, args[0], node):
            key, value = items_of(lo, pair, node)
            if not isinstance(key, ir.Const):
                key_unknown(lo, heap, node, "this dict key is not known when compiling")
            heap.slots[key.value] = value
    heap.slots.update(kwargs)
    return in_pool(lo, heap)


def sorted_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """Sorting by value: the order is found once, and the items are taken in that order."""
    from .runtime_lists import created_list
    from .unrolling import unroll_items

    args = [members_of(args[0])]
    items = unroll_items(lo, args[0])
    key, backwards = kwargs.get("key"), kwargs.get("reverse", ir.Const(False))
    if not isinstance(backwards, ir.Const):
        lo.fail("AD107", node, "whether this is sorted backwards is not known when compiling",
                "write both orders under an `if`")
    known_keys = None if items is None or key is not None else _known_keys(items)
    if items is not None and known_keys is not None:
        order = sorted(range(len(items)), key=lambda i: known_keys[i], reverse=bool(backwards.value))
        return created_list(lo, [items[i] for i in order], node, hint)
    if isinstance(args[0], ir.Var) and isinstance(args[0].type, Array) and key is None:
        out = lo.call(np.sort, (args[0],), text="np.sort", hint=hint)
        if backwards.value:
            out = lo.call(np.flip, (out,), text="np.flip", hint=hint)
        return list_(lo, function, [out], {}, node, hint)  # `s + s`, `s * 2` and `s[:]` mean other things for arrays
    source = gathered(lo, args[0], node)
    known = {"source": source, **({"key": key} if key is not None else {})}
    known["last"] = run_snippet(lo, "out = len(source) - 1\n", known, "out", node)
    keys, at = f"{'key(x)' if key is not None else 'x'} for x in source", "order[i]"
    if backwards.value:  # equal items stay in their order here, too: they are turned round twice
        turned = "source"
        if key is not None:
            turned, known["ranks"] = "ranks", run_snippet(lo, f"out = [{keys}]\n", known, "out", node)
        keys, at = f"{turned}[last - i] for i in range(last + 1)", "last - order[last - i]"
    known["keys"] = run_snippet(lo, f"out = [{keys}]\n", known, "out", node)
    known["order"] = _order(lo, known["keys"], key is None and _of_table(args[0]), node)
    return run_snippet(lo, f"out = [source[{at}] for i in range(last + 1)]\n", known, "out", node)


def _order(lo: Lowering, keys: Value, by_first: bool, node: ast.AST) -> Value:
    """The places of the items in order. Tuples are compared by their first parts, then by the next."""
    columns = _compared(lo, keys, by_first)
    by = [lo.operand(run_snippet(lo, f"out = [k{way} for k in keys]\n", {"keys": keys}, "out", node), node)
          for way in reversed(columns)]  # np.lexsort takes the first ones last
    compared = by or [lo.operand(keys, node)]
    texts = any(isinstance(v, ir.Var) and isinstance(v.type, ListOf) and isinstance(v.type.item, Passive)
                for v in compared)
    places = Array(INT.dtype, (unknown_dim(),))
    type_ = places if texts else None
    compared = [lo.call(support.list_ranks, (c,), text="list_ranks", hint="ranks", node=node, type_=places)
                if _of_lists(c) else c for c in compared]
    if by:
        return lo.call(np.lexsort, (ir.Pack("tuple", tuple(compared)),), text="np.lexsort", hint="order", node=node,
                       type_=type_)
    return lo.call(np.argsort, compared, {"kind": ir.Const("stable")}, text="np.argsort", hint="order", node=node,
                   type_=type_)


def _of_lists(keys: ir.Arg) -> bool:
    """Whether keys are lists themselves."""
    if isinstance(keys, ir.Pack):
        return any(isinstance(k, ir.Pack) or (isinstance(k, ir.Var) and isinstance(k.type, (ListOf, Array)))
                   for k in keys.items)
    return isinstance(keys, ir.Var) and isinstance(keys.type, ListOf) and isinstance(keys.type.item, (ListOf, Array))


def is_list(value: Value) -> bool:
    if isinstance(value, HeapV):
        return value.cls is list
    return isinstance(value, RowsV) or (isinstance(value, ir.Var) and isinstance(value.type, ListOf))


def members_of(value: Value) -> Value:
    """A set as a list of its items, where their order does not count."""
    return value.slots["held"] if isinstance(value, HeapV) and value.cls is Members else value


def _known_keys(items: list[Value]) -> list[Any] | None:
    """What items are sorted by, where it is known when compiling: constants, or the first parts of tuples where no two
    are equal; else None."""
    if all(isinstance(i, TupleV) and i.cls is tuple and i.items for i in items):
        items = [i.items[0] for i in items if isinstance(i, TupleV)]
        values = [i.value for i in items if isinstance(i, ir.Const)]
        return values if len(values) == len(items) == len(set(values)) else None
    return [i.value for i in items if isinstance(i, ir.Const)] if all(isinstance(i, ir.Const) for i in items) else None


def _of_table(value: Value) -> bool:
    """Whether items are those of a dict that is keyed at run time: no two of them have one key."""
    first = value.parts[0] if isinstance(value, IterV) and value.kind == "zip" else None
    site = first.site if isinstance(first, RowsV) else first.type.site if isinstance(first, ir.Var) and isinstance(
        first.type, ListOf) else None
    return isinstance(site, tuple) and len(site) > 5 and isinstance(site[5], tuple) and site[5][-1] == "keys"


def _compared(lo: Lowering, keys: Value, by_first: bool) -> list[str]:
    """How the numbers are reached by which tuples are compared, in order; none for what is no tuple of numbers.
    `by_first` says that no two tuples have the same first part."""
    if isinstance(keys, RowsV):
        found = _numbers(keys.row, "") if keys.row.cls is tuple else None
        if by_first and keys.row.cls is tuple:
            first = keys.row.parts[0][1]
            found = ["[0]"] if first is None else _numbers(first, "[0]")
        return found or []
    tuples = list(keys.slots.values()) if isinstance(keys, HeapV) else []
    widths = {len(k.items) if isinstance(k, TupleV) and k.cls is tuple and all(map(lo.is_number, k.items)) else 0
              for k in tuples}
    return [f"[{j}]" for j in range(widths.pop())] if len(widths) == 1 else []


def _numbers(part: Any, at: str) -> list[str] | None:
    """The ways to the numbers of nested tuples; None where there is anything else in them."""
    if not isinstance(part, Row) or part.cls is not tuple:
        return None
    found: list[str] = []
    for key, inner in part.parts:
        own = [f"{at}[{key}]"] if inner is None else _numbers(inner, f"{at}[{key}]")
        if own is None:
            return None
        found += own
    return found


def returned_value(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                    ) -> Value:
    return args[0]

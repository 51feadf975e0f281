"""The methods and operators of lists, as structures and at run time."""
from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...analysis.infer import joined, type_of
from ...ir import nodes as ir
from ...ir.types import ListOf, Num, Seq, Type, join
from ..lowering import Lowering
from ..values import ExternalV, FunctionV, HeapV, MethodV, PartialV, Row, RowsV, TupleV, Value
from .dicts import dict_pop
from .identity import of_objects
from .optional import present
from .row_parts import is_structured, kind_of
from .rows import append_row, pop_row
from .runtime_lists import (
    NeedList,
    as_one,
    created_list,
    from_outside,
    item_type,
    learn,
    runtime,
    site_of,
    unroll_instead,
    widened,
)
from .snippets import run_snippet

INT = Num(np.dtype(np.int64))


def append(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    if _callers(receiver):
        args = [present(lo, args[0], node)]  # the caller's list cannot be read again with None in it
    if isinstance(receiver, HeapV) and receiver.cls is list:
        if receiver.depth < lo.depth or receiver.frozen:
            if isinstance(args[0], (FunctionV, MethodV, PartialV)):
                unroll_instead(lo)  # functions that are known when compiling cost nothing
            raise NeedList(receiver.site, kind_of(lo, args)) if receiver.site else _cannot_grow(lo, node)
        on_whole(lo, receiver, "append", args)
        receiver.frame.set(len(receiver.slots), args[0])
        return ir.Const(None)
    if lo.observing and isinstance(receiver, ExternalV):
        from .barriers import observe

        return observe(lo, receiver, args, node)
    base = list_variable(lo, receiver, node)
    if isinstance(base, RowsV):
        append_row(lo, base, args[0])
        return ir.Const(None)
    if is_structured(args[0]) and isinstance(base.type, ListOf) and base.type.site is not None:
        raise NeedList(base.type.site, kind_of(lo, args))
    value = as_one(lo, args[0])
    learn(lo, base, type_of(value))
    lo.emit(ir.Push(base, value, lo.origin))
    _mirror(lo, base, "append", value)
    return ir.Const(None)


def _callers(receiver: Value) -> bool:
    """Whether a list is the caller's."""
    if isinstance(receiver, HeapV):
        return receiver.whole is not None
    return isinstance(receiver, ir.Var) and from_outside(receiver.type)


def _mirror(lo: Lowering, base: ir.Var, method: str, *args: ir.Arg) -> None:
    """Do to the caller's own list what is done to the one that stands for it."""
    whole = lo.mirrors.get(base)
    if whole is not None:
        lo.emit(ir.Effect(ir.Call(getattr, (whole, *args), (), "passive", method), lo.origin))


def on_whole(lo: Lowering, receiver: HeapV, method: str, args: Sequence[Value]) -> None:
    """Do to the caller's own object what is done to its parts."""
    if receiver.whole is not None:
        operands = tuple(as_one(lo, a) for a in args)
        lo.emit(ir.Effect(ir.Call(getattr, (receiver.whole, *operands), (), "passive", method), lo.origin))


def _cannot_grow(lo: Lowering, node: ast.AST) -> Exception:
    lo.fail("AD131", node, "this list comes from outside and cannot be changed", "copy it first: `list(x)`")


def list_variable(lo: Lowering, receiver: Value, node: ast.AST) -> Any:
    if isinstance(receiver, RowsV):
        return receiver
    if isinstance(receiver, ir.Var) and isinstance(receiver.type, ListOf):
        if from_outside(receiver.type) and receiver not in lo.mirrors:
            _cannot_grow(lo, node)
        return receiver
    lo.fail("AD131", node, "only lists of the program itself can be changed")


def extend(lo: Lowering, receiver: Value, value: Value, node: ast.AST) -> None:
    from .collecting import each

    each(lo, value, lambda item: append(lo, receiver, [item], {}, node, None), node)


def extend_method(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    extend(lo, receiver, args[0], node)
    return ir.Const(None)


def pop(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
        hint: str | None) -> Value:
    if isinstance(receiver, HeapV) and receiver.cls is dict:
        return dict_pop(lo, receiver, args, node)
    if isinstance(receiver, HeapV) and receiver.cls is list:
        if receiver.depth < lo.depth or receiver.frozen:
            runtime(lo, receiver, node)
        from .items import static_int

        on_whole(lo, receiver, "pop", args)
        items = list(receiver.slots.values())
        value = items.pop(static_int(lo, args[0], node) if args else -1)
        refill(receiver, items)
        return value
    base = list_variable(lo, receiver, node)
    if args and not (isinstance(args[0], ir.Const) and args[0].value == -1):
        return _shifted(lo, base, "at = i if i >= 0 else len(xs) + i\nout = xs[at]\n"
                        "for k in range(at, len(xs) - 1):\n    xs[k] = xs[k + 1]\nxs.pop()\n", {"i": args[0]}, "out",
                        node)
    if isinstance(base, RowsV):
        return pop_row(lo, base, node)
    target = ir.Var(hint or "t", item_type(lo, base.type.item, node, base.type.site))
    lo.emit(ir.Pop(target, base, lo.origin))
    _mirror(lo, base, "pop")
    return target


def refill(heap: HeapV, items: list[Value]) -> None:
    from ..frames import MISSING

    for k, v in enumerate(items):
        if heap.slots.get(k) is not v:
            heap.frame.set(k, v)
    for k in range(len(items), len(heap.slots)):
        heap.frame.set(k, MISSING)


def insert(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    from .items import static_int

    if isinstance(receiver, HeapV) and receiver.cls is list and (receiver.depth < lo.depth or receiver.frozen):
        runtime(lo, receiver, node)
    if not isinstance(receiver, HeapV):
        append(lo, receiver, [args[1]], {}, node, None)
        return _shifted(lo, list_variable(lo, receiver, node),
                        "last = len(xs) - 1\nat = min(i, last) if i >= 0 else max(last + i, 0)\nnew = xs[last]\n"
                        "for k in range(last, at, -1):\n    xs[k] = xs[k - 1]\nxs[at] = new\nout = None\n",
                        {"i": args[0]}, "out", node)
    on_whole(lo, receiver, "insert", args)
    items = list(receiver.slots.values())
    items.insert(static_int(lo, args[0], node), args[1])
    refill(receiver, items)
    return ir.Const(None)


def reverse(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    if isinstance(receiver, HeapV) and receiver.cls is list and (receiver.depth < lo.depth or receiver.frozen):
        runtime(lo, receiver, node)
    if not isinstance(receiver, HeapV):
        return _shifted(lo, list_variable(lo, receiver, node),
                        "for k in range(len(xs) // 2):\n    other = len(xs) - 1 - k\n    held = xs[k]\n"
                        "    xs[k] = xs[other]\n    xs[other] = held\nout = None\n", {}, "out", node)
    on_whole(lo, receiver, "reverse", args)
    refill(receiver, list(receiver.slots.values())[::-1])
    return ir.Const(None)


def _shifted(lo: Lowering, xs: ir.Var | RowsV, text: str, env: dict[str, Value], result: str, node: ast.AST) -> Value:
    """What a method does to a run-time list, item by item."""
    return run_snippet(lo, text, {"xs": xs, **env}, result, node)


def store(lo: Lowering, base: ir.Var, index: ir.Arg, value: Value, node: ast.AST) -> None:
    """`list[index] = value` of a run-time list."""
    if is_structured(value) and isinstance(base.type, ListOf) and base.type.site is not None and not isinstance(
            index, ir.Pack):
        raise NeedList(base.type.site, kind_of(lo, [value]))
    boxed = as_one(lo, value)
    if from_outside(base.type) and base not in lo.mirrors:
        _cannot_grow(lo, node)
    if isinstance(base.type, ListOf):
        learn(lo, base, type_of(boxed))
    lo.emit(ir.Store(base, index, "", boxed, lo.origin))
    _mirror(lo, base, "__setitem__", index, boxed)


def delete_item(lo: Lowering, base: Value, index: Value, node: ast.AST) -> None:
    from ..frames import MISSING
    from .calls import call_method
    from .dicts import constant_key
    from .keyed import key_unknown

    index = constant_key(index)
    if isinstance(index, ir.Pack) and (isinstance(base, RowsV) or _is_list(base)):
        from .list_slices import delete_slice

        return delete_slice(lo, base, index, node)
    if isinstance(base, HeapV) and base.cls is dict and isinstance(index, ir.Const) and not base.frozen:
        on_whole(lo, base, "__delitem__", [index])
        base.frame.set(index.value, MISSING)
    elif isinstance(base, HeapV) and base.cls is list and isinstance(index, ir.Const) and base.depth >= lo.depth:
        on_whole(lo, base, "__delitem__", [index])
        items = list(base.slots.values())
        del items[index.value]
        refill(base, items)
    elif isinstance(base, RowsV) or _is_list(base):
        pop(lo, base, [index], {}, node, None)
    elif isinstance(base, HeapV) and hasattr(base.cls, "__delitem__") and base.cls not in (list, dict):
        call_method(lo, base, "__delitem__", [index], {}, node, None)
    elif isinstance(base, HeapV) and base.cls is dict and not isinstance(index, ir.Const):
        key_unknown(lo, base, node, "this dict key is not known when compiling")
    else:
        lo.fail("AD107", node, "`del` of an item of this value is not supported")


def _is_list(value: Value) -> bool:
    return (isinstance(value, HeapV) and value.cls is list) or (
        isinstance(value, ir.Var) and isinstance(value.type, ListOf))


def concatenated(lo: Lowering, left: Value, right: Value, node: ast.AST) -> Value:
    from .sequences import items_of

    if any(isinstance(v, RowsV) for v in (left, right)):
        return run_snippet(lo, "out = [item for item in a]\nfor item in b:\n    out.append(item)\n",
                           {"a": left, "b": right}, "out", node)
    is_runtime = [isinstance(v, ir.Var) for v in (left, right)]
    if any(is_runtime):
        a, b = as_one(lo, left), as_one(lo, right)
        ta, tb = _as_list(type_of(a)), _as_list(type_of(b))
        t = join(ta, tb)
        if not isinstance(t, ListOf):
            lo.fail("AD122", node, "lists of different kinds of items are joined")
        lists = [x for x in (ta, tb) if isinstance(x, ListOf)]
        for x in lists:
            if x.item is None and t.item is not None and x.site is not None:
                raise NeedList(x.site, t.item)
        site = site_of(lo, node)
        item = lo.list_sites.get(site) if t.item is None else widened(site, lo.list_sites.get(site), t.item)
        out = lo.call(list, (ir.Pack("list", ()),), style="display", type_=ListOf(item, site), hint="joined")
        from .collecting import each

        for part in (left if isinstance(left, TupleV) else a, right if isinstance(right, TupleV) else b):
            each(lo, part, lambda item: lo.emit(ir.Push(out, as_one(lo, item), lo.origin)), node)
        return out
    is_list = any(isinstance(v, HeapV) for v in (left, right))
    items = [*items_of(lo, left, node), *items_of(lo, right, node)]
    return created_list(lo, items, node, None) if is_list else TupleV(items)


def _as_list(t: Type) -> Type:
    """The type of a list with the items of a tuple."""
    return ListOf(joined(list(t.items))) if isinstance(t, Seq) and t.items else t


def repeated(lo: Lowering, seq: Value, count: Value, node: ast.AST) -> Value:
    """`[0.0] * n`: a run-time list unless n is constant and small."""
    from .sequences import items_of

    site, known = site_of(lo, node), isinstance(seq, (RowsV, ir.Var))
    if isinstance(count, ir.Const) and isinstance(count.value, int) and not known:
        if site not in lo.list_sites:
            items = items_of(lo, seq, node) * count.value
            if isinstance(seq, TupleV) and seq.cls is tuple:
                return TupleV(items)
            return created_list(lo, items, node, None)
    unlike = lo.prefer_structures and not isinstance(lo.list_sites.get(site), Row)  # [None] * 4 that is filled
    if not known and (site not in lo.list_sites or (unlike and any(map(is_structured, items_of(lo, seq, node))))):
        items = items_of(lo, seq, node)
        raise NeedList(site, kind_of(lo, items[:1]))
    if known or isinstance(lo.list_sites[site], Row):
        return run_snippet(lo, "out = []\nfor i in range(n):\n    for item in part:\n        out.append(item)\n",
                           {"part": seq, "n": count}, "out", node)
    item = lo.list_sites[site]
    operands = tuple(as_one(lo, v) for v in items_of(lo, seq, node))
    for o in operands:
        item = widened(site, item, type_of(o))
    first = lo.call(list, (ir.Pack("list", operands),), style="display", type_=ListOf(item, site))
    return lo.call(np.multiply, (first, lo.operand(count)), style="op", type_=ListOf(item, site), hint="items")


def position(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """`xs.index(v)`: a whole number, which has no derivative."""
    if of_objects(receiver, args):
        return run_snippet(lo, "out = [v is item or v == item for v in source].index(True)",
                           {"source": receiver, "item": args[0]}, "out", node)
    base = as_one(lo, receiver)
    return lo.call(getattr, (base, *(lo.operand(a, node) for a in args)), style="passive", text="index", type_=INT,
                   hint=hint)


def count(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`xs.count(v)`"""
    if of_objects(receiver, args):
        return run_snippet(lo, "out = sum([v is item or v == item for v in source])",
                           {"source": receiver, "item": args[0]}, "out", node)
    return lo.call(getattr, (as_one(lo, receiver), lo.operand(args[0], node)), style="passive", text="count",
                   type_=INT, hint=hint)

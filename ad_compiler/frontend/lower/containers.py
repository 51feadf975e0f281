"""Lists and dicts: as structures while their length is known, as run-time lists where a loop changes it.

A list display begins as a structure. When the program grows it under a condition or in a loop, or indexes it with a
number that is not constant, the function is read again with that list as a run-time object (`NeedList`), and again
when the type of its items is learned.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import BOOL, Array, DictOf, ListOf, Num, Type, join
from ..lowering import Lowering
from ..values import ExternalV, GeneratorV, HeapV, IterV, RangeV, ShapeV, TupleV, Value

_INT = Num(np.dtype(np.int64))


class NeedUnrolled(Exception):
    """The loop at `site` must be unrolled: its number indexes something that exists only while compiling."""

    def __init__(self, site: Any) -> None:
        self.site = site
        super().__init__(str(site))


class NeedList(Exception):
    """The list created at `site` must be a run-time list with items of type `item`."""

    def __init__(self, site: Any, item: Type | None) -> None:
        self.site, self.item = site, item
        super().__init__(str(site))


def site_of(lo: Lowering, node: ast.AST) -> Any:
    return (lo.frame.source.file, lo.frame.source.first_line, getattr(node, "lineno", 0),
            getattr(node, "col_offset", 0), type(node).__name__)


def created_list(lo: Lowering, items: Sequence[Value], node: ast.AST, hint: str | None) -> Value:
    from .structures import new_list

    site = site_of(lo, node)
    if site in lo.list_sites:
        return runtime_list(lo, items, site, hint)
    heap = new_list(lo, items)
    heap.site, heap.depth = site, lo.depth
    heap.frame.name = hint or ""
    return heap


def runtime_list(lo: Lowering, items: Sequence[Value], site: Any, hint: str | None) -> ir.Var:
    operands = [_boxed(lo, v) for v in items]
    if len({_from_outside(type_of(o)) for o in operands}) > 1:
        lo.fail("AD131", None, "a list of the caller's and a list of the program are put into one list",
                "copy the caller's list: `list(x)`")
    item = lo.list_sites.get(site)
    for o in operands:
        item = _widened(site, item, type_of(o))
    return lo.call(list, (ir.Pack("list", tuple(operands)),), style="display", type_=ListOf(item, site),
                   hint=hint or "items")


def _widened(site: Any, known: Type | None, new: Type) -> Type:
    """The item type that holds both; asks to read again where that is news."""
    if isinstance(new, Num) and new.dim is not None:
        new = Num(new.dtype, new.weak)
    t = new if known is None else join(known, new)
    if t is None:
        if isinstance(known, Num) and isinstance(new, Num):
            t = known
        else:
            raise NeedList(site, None)
    return known if known is not None and _fits(known, t) else t


def _fits(known: Type, t: Type) -> bool:
    if isinstance(known, Array) and isinstance(t, Array):
        return known.dtype == t.dtype and known.ndim == t.ndim and all(
            a == b or str(a).startswith("?") for a, b in zip(known.dims, t.dims, strict=True))
    return known == t


def _boxed(lo: Lowering, value: Value) -> ir.Operand:
    """A value as one run-time object. A list with an identity of its own must be one already."""
    if isinstance(value, HeapV) and value.cls is list and value.site is not None:
        raise NeedList(value.site, _common(lo, value))
    arg = lo.operand(value)
    if isinstance(arg, ir.Pack):
        return lo.call(tuple if arg.kind == "tuple" else list, (arg,), style="display", type_=type_of(arg))
    return arg


def runtime(lo: Lowering, heap: HeapV, node: ast.AST) -> ir.Var:
    """Ask for the list or dict to be a run-time object."""
    if lo.prefer_unrolled or heap.site is None or heap.cls is not list or not _uniform(lo, heap):
        unroll_instead(lo)
    if heap.site is None or heap.cls is not list:
        lo.fail("AD128", node, "this structure is indexed with a value that is not known when compiling",
                "use an array, or loop over its items")
    raise NeedList(heap.site, _common(lo, heap))


def unroll_instead(lo: Lowering) -> None:
    """Ask for the innermost loop of known, small extent around here to be unrolled, if there is one."""
    for loop in reversed(lo.loops):
        if loop.site is not None:
            raise NeedUnrolled(loop.site)


def _common(lo: Lowering, heap: HeapV) -> Type | None:
    item: Type | None = None
    for v in heap.slots.values():
        t = lo.type_of(v)
        if t is not None:
            t = Num(t.dtype, t.weak) if isinstance(t, Num) else t
            item = t if item is None else join(item, t)
    return item


def _uniform(lo: Lowering, heap: HeapV) -> bool:
    """Whether the items are numbers, arrays or lists of one type, which is what run-time lists can hold."""
    values = list(heap.slots.values())
    if any(isinstance(v, HeapV) for v in values):
        return all(isinstance(v, HeapV) and v.cls is list and v.site is not None and _uniform(lo, v) for v in values)
    types = [lo.type_of(v) for v in values]
    return all(isinstance(t, (Num, Array, ListOf)) for t in types) and (
        not types or _common(lo, heap) is not None)


OUTSIDE = "<argument>"


def _from_outside(t: Any) -> bool:
    return isinstance(t, ListOf) and isinstance(t.site, tuple) and t.site[0] == OUTSIDE


def joined_lists(lo: Any, values: Sequence[Any]) -> None:
    """Values of one name on several paths: lists that differ in length, or of which some are run-time lists, must
    all be run-time lists."""
    heaps = [v for v in values if isinstance(v, HeapV) and v.cls is list and v.site is not None]
    others = [v for v in values if isinstance(v, ir.Var) and isinstance(v.type, ListOf)]
    if not heaps or len(heaps) + len(others) != len(values):
        return
    if others or len({len(v.slots) for v in heaps}) > 1:
        heap = heaps[0]
        types = [type_of(x) for x in heap.slots.values() if isinstance(x, (ir.Var, ir.Const))]
        item = types[0] if types else None
        raise NeedList(heap.site, Num(item.dtype, item.weak) if isinstance(item, Num) else item)


def append(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    if isinstance(receiver, HeapV) and receiver.cls is list:
        if receiver.depth < lo.depth or receiver.frozen:
            raise NeedList(receiver.site, lo.type_of(args[0])) if receiver.site else _cannot_grow(lo, node)
        on_whole(lo, receiver, "append", args)
        receiver.frame.set(len(receiver.slots), args[0])  # type: ignore[arg-type]
        return ir.Const(None)
    base = _list_variable(lo, receiver, node)
    value = _boxed(lo, args[0])
    _learn(lo, base, type_of(value))
    lo.emit(ir.Push(base, value, lo.origin))
    return ir.Const(None)


def on_whole(lo: Lowering, receiver: HeapV, method: str, args: Sequence[Value]) -> None:
    """Do to the caller's own object what is done to its parts."""
    if receiver.whole is not None:
        operands = tuple(_boxed(lo, a) for a in args)
        lo.emit(ir.Effect(ir.Call(getattr, (receiver.whole, *operands), (), "passive", method), lo.origin))


def _cannot_grow(lo: Lowering, node: ast.AST) -> Exception:
    lo.fail("AD131", node, "this list comes from outside and cannot be changed", "copy it first: `list(x)`")


def _list_variable(lo: Lowering, receiver: Value, node: ast.AST) -> ir.Var:
    if isinstance(receiver, ir.Var) and isinstance(receiver.type, ListOf):
        if _from_outside(receiver.type):
            _cannot_grow(lo, node)
        return receiver
    lo.fail("AD131", node, "only lists of the program itself can be changed")


def _learn(lo: Lowering, base: ir.Var, new: Type) -> None:
    t = base.type
    assert isinstance(t, ListOf)
    item = _widened(t.site, t.item, new)
    if t.item is None or not _fits(t.item, item):
        raise NeedList(t.site, item)


def extend(lo: Lowering, receiver: Value, value: Value, node: ast.AST) -> None:
    from .iteration import each

    each(lo, value, lambda item: append(lo, receiver, [item], {}, node, None), node)


def _extend(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    extend(lo, receiver, args[0], node)
    return ir.Const(None)


def pop(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
        hint: str | None) -> Value:
    if isinstance(receiver, HeapV) and receiver.cls is dict:
        return _dict_pop(lo, receiver, args, node)
    if isinstance(receiver, HeapV) and receiver.cls is list:
        if receiver.depth < lo.depth or receiver.frozen:
            runtime(lo, receiver, node)
        from .structures import static_int

        on_whole(lo, receiver, "pop", args)
        items = list(receiver.slots.values())
        value = items.pop(static_int(lo, args[0], node) if args else -1)
        _refill(receiver, items)
        return value
    base = _list_variable(lo, receiver, node)
    assert isinstance(base.type, ListOf)
    if args and not (isinstance(args[0], ir.Const) and args[0].value == -1):
        return _shifted(lo, base, "at = i if i >= 0 else len(xs) + i\nout = xs[at]\n"
                        "for k in range(at, len(xs) - 1):\n    xs[k] = xs[k + 1]\nxs.pop()\n", {"i": args[0]}, "out",
                        node)
    if base.type.item is None:
        raise NeedList(base.type.site, None)
    target = ir.Var(hint or "t", base.type.item)
    lo.emit(ir.Pop(target, base, lo.origin))
    return target


def _refill(heap: HeapV, items: list[Value]) -> None:
    from ..frames import MISSING

    for k, v in enumerate(items):
        if heap.slots.get(k) is not v:
            heap.frame.set(k, v)  # type: ignore[arg-type]
    for k in range(len(items), len(heap.slots)):
        heap.frame.set(k, MISSING)  # type: ignore[arg-type]


def _dict_pop(lo: Lowering, receiver: HeapV, args: list[Value], node: ast.AST) -> Value:
    from ..frames import MISSING

    key = args[0]
    if not isinstance(key, ir.Const) or receiver.frozen:
        lo.fail("AD128", node, "this dict key is not known when compiling")
    on_whole(lo, receiver, "pop", args)
    value = receiver.slots.get(key.value, args[1] if len(args) > 1 else MISSING)
    receiver.frame.set(key.value, MISSING)
    return value


def _insert(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    from .structures import static_int

    if isinstance(receiver, HeapV) and receiver.cls is list and (receiver.depth < lo.depth or receiver.frozen):
        runtime(lo, receiver, node)
    if not isinstance(receiver, HeapV):
        append(lo, receiver, [args[1]], {}, node, None)
        return _shifted(lo, _list_variable(lo, receiver, node),
                        "last = len(xs) - 1\nat = min(i, last) if i >= 0 else max(last + i, 0)\nnew = xs[last]\n"
                        "for k in range(last, at, -1):\n    xs[k] = xs[k - 1]\nxs[at] = new\nout = None\n",
                        {"i": args[0]}, "out", node)
    on_whole(lo, receiver, "insert", args)
    items = list(receiver.slots.values())
    items.insert(static_int(lo, args[0], node), args[1])
    _refill(receiver, items)
    return ir.Const(None)


def _reverse(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    if isinstance(receiver, HeapV) and receiver.cls is list and (receiver.depth < lo.depth or receiver.frozen):
        runtime(lo, receiver, node)
    if not isinstance(receiver, HeapV):
        return _shifted(lo, _list_variable(lo, receiver, node),
                        "for k in range(len(xs) // 2):\n    other = len(xs) - 1 - k\n    held = xs[k]\n"
                        "    xs[k] = xs[other]\n    xs[other] = held\nout = None\n", {}, "out", node)
    on_whole(lo, receiver, "reverse", args)
    _refill(receiver, list(receiver.slots.values())[::-1])
    return ir.Const(None)


def _shifted(lo: Lowering, xs: ir.Var, text: str, env: dict[str, Value], result: str, node: ast.AST) -> Value:
    """What a method does to a run-time list, item by item."""
    from .builtins_ import run_snippet

    return run_snippet(lo, text, {"xs": xs, **env}, result, node)


def store(lo: Lowering, base: ir.Var, index: ir.Arg, value: Value, node: ast.AST) -> None:
    """`list[index] = value` of a run-time list."""
    boxed = _boxed(lo, value)
    if _from_outside(base.type):
        _cannot_grow(lo, node)
    if isinstance(base.type, ListOf):
        _learn(lo, base, type_of(boxed))
    lo.emit(ir.Store(base, index, "", boxed, lo.origin))


def delete_item(lo: Lowering, base: Value, index: Value, node: ast.AST) -> None:
    from ..frames import MISSING

    if isinstance(base, HeapV) and base.cls is dict and isinstance(index, ir.Const) and not base.frozen:
        on_whole(lo, base, "__delitem__", [index])
        base.frame.set(index.value, MISSING)
    elif isinstance(base, HeapV) and base.cls is list and isinstance(index, ir.Const) and base.depth >= lo.depth:
        on_whole(lo, base, "__delitem__", [index])
        items = list(base.slots.values())
        del items[index.value]
        _refill(base, items)
    else:
        lo.fail("AD107", node, "`del` of an item of this value is not supported")


def concatenated(lo: Lowering, left: Value, right: Value, node: ast.AST) -> Value:
    from .structures import items_of

    is_runtime = [isinstance(v, ir.Var) for v in (left, right)]
    if any(is_runtime):
        a, b = _boxed(lo, left), _boxed(lo, right)
        ta, tb = type_of(a), type_of(b)
        t = join(ta, tb)
        if not isinstance(t, ListOf):
            lo.fail("AD122", node, "lists of different kinds of items are joined")
        lists = [x for x in (ta, tb) if isinstance(x, ListOf)]
        for x in lists:
            if x.item is None and t.item is not None and x.site is not None:
                raise NeedList(x.site, t.item)
        out = lo.call(list, (ir.Pack("list", ()),), style="display", type_=ListOf(t.item), hint="joined")
        from .iteration import each

        for part in (a, b):
            each(lo, part, lambda item: lo.emit(ir.Push(out, _boxed(lo, item), lo.origin)), node)
        return out
    is_list = any(isinstance(v, HeapV) for v in (left, right))
    items = [*items_of(lo, left, node), *items_of(lo, right, node)]
    return created_list(lo, items, node, None) if is_list else TupleV(items)


def repeated(lo: Lowering, seq: Value, count: Value, node: ast.AST) -> Value:
    """`[0.0] * n`: a run-time list unless n is constant and small."""
    from .structures import items_of

    if isinstance(count, ir.Const) and isinstance(count.value, int):
        site = site_of(lo, node)
        if site not in lo.list_sites:
            items = items_of(lo, seq, node) * count.value
            if isinstance(seq, TupleV) and seq.cls is tuple:
                return TupleV(items)
            return created_list(lo, items, node, None)
    site = site_of(lo, node)
    if site not in lo.list_sites:
        items = items_of(lo, seq, node)
        t = lo.type_of(items[0]) if items else None
        raise NeedList(site, Num(t.dtype, t.weak) if isinstance(t, Num) else t)
    item = lo.list_sites[site]
    operands = tuple(_boxed(lo, v) for v in items_of(lo, seq, node))
    for o in operands:
        item = _widened(site, item, type_of(o))
    first = lo.call(list, (ir.Pack("list", operands),), style="display", type_=ListOf(item, site))
    return lo.call(np.multiply, (first, lo.operand(count)), style="op", type_=ListOf(item, site), hint="items")


# --- dicts ------------------------------------------------------------------------------------------------------------
def mapping_items(lo: Lowering, value: Value, node: ast.AST) -> dict[Any, Value]:
    from .names import external

    if isinstance(value, HeapV) and value.cls is dict:
        return dict(value.slots)
    if isinstance(value, ExternalV) and isinstance(value.value, dict):
        return {k: external(lo, v, f"{value.path}[{k!r}]", str(k)) for k, v in value.value.items()}
    lo.fail("AD125", node, "this value is not a dict with known keys")


def _keys(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    return TupleV([_key(k) for k in mapping_items(lo, receiver, node)])


def _key(k: Any) -> Value:
    return TupleV([ir.Const(x) for x in k]) if isinstance(k, tuple) else ir.Const(k)


def _values(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    return TupleV(list(mapping_items(lo, receiver, node).values()))


def _items(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    return TupleV([TupleV([_key(k), v]) for k, v in mapping_items(lo, receiver, node).items()])


def _get(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    items = mapping_items(lo, receiver, node)
    if not isinstance(args[0], ir.Const):
        lo.fail("AD128", node, "this dict key is not known when compiling")
    return items.get(args[0].value, args[1] if len(args) > 1 else ir.Const(None))


def _setdefault(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    items = mapping_items(lo, receiver, node)
    assert isinstance(args[0], ir.Const)
    if args[0].value not in items:
        from .structures import store_item

        store_item(lo, receiver, args[0], args[1], node)
        return args[1]
    return items[args[0].value]


def _update(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    from .structures import store_item

    new = {**(mapping_items(lo, args[0], node) if args else {}), **kwargs}
    for k, v in new.items():
        store_item(lo, receiver, ir.Const(k), v, node)
    return ir.Const(None)


def _copy(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    from .structures import items_of, new_list

    if isinstance(receiver, HeapV) and receiver.cls is list:
        return new_list(lo, items_of(lo, receiver, node))
    if isinstance(receiver, (HeapV, ExternalV)):
        from .branches import new_heap_frame

        heap = HeapV(dict, new_heap_frame(lo, hint or ""))
        heap.slots.update(mapping_items(lo, receiver, node))
        return heap
    lo.fail("AD107", node, "`copy` of this value is not supported")


def _position(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """`xs.index(v)`: a whole number, which has no derivative."""
    base = _boxed(lo, receiver)
    return lo.call(getattr, (base, *(lo.operand(a, node) for a in args)), style="passive", text="index", type_=_INT,
                   hint=hint)


def _count(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`xs.count(v)`"""
    return lo.call(getattr, (_boxed(lo, receiver), lo.operand(args[0], node)), style="passive", text="count",
                   type_=_INT, hint=hint)


METHODS: dict[str, Callable[..., Value]] = {
    "index": _position, "count": _count,
    "append": append, "extend": _extend, "pop": pop, "insert": _insert, "reverse": _reverse, "keys": _keys,
    "values": _values, "items": _items, "get": _get, "setdefault": _setdefault, "update": _update, "copy": _copy,
}
__all__ = ["BOOL", "METHODS", "DictOf", "GeneratorV", "IterV", "NeedList", "RangeV", "ShapeV"]

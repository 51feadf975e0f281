"""Assignments of every form: names, unpacking, items, attributes, `:=`."""
from __future__ import annotations

import ast
from typing import Any

from ...ir import nodes as ir
from ...ir.types import Array, ListOf
from ..frames import MISSING
from ..lowering import Lowering
from ..values import HeapV, RowsV, Value
from .attributes import store_attribute
from .items import store_item
from .one_shot import moved, named
from .sequences import items_of
from .snippets import gathered, gives_items


def lower_assign(lo: Lowering, node: ast.Assign, rest: list[Any]) -> None:
    hint = name_of(node.targets[0])
    value = lo.expr(node.value, hint)
    for target in node.targets:
        bind(lo, target, value)


def name_of(target: ast.expr) -> str | None:
    return target.id if isinstance(target, ast.Name) else None


def lower_ann_assign(lo: Lowering, node: ast.AnnAssign, rest: list[Any]) -> None:
    if node.value is not None:
        bind(lo, node.target, lo.expr(node.value, name_of(node.target)))


def lower_walrus(lo: Lowering, node: ast.NamedExpr, hint: str | None) -> Value:
    value = lo.expr(node.value, node.target.id)
    inner, own = lo.frame, lo.frame
    while own.parent is not None and not own.is_call and own.tree is None:  # out of the comprehensions around it
        own = own.parent
    lo.frame = own
    try:
        bind(lo, node.target, value)
    finally:
        lo.frame = inner
    return named(lo, value, node)


def bind(lo: Lowering, target: ast.expr, value: Value) -> None:
    """Give the value to an assignment target."""
    if isinstance(target, ast.Name):
        set_name(lo, target.id, moved(value))
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(lo, target, value)
    elif isinstance(target, ast.Subscript):
        from .items import lower_index

        base = lo.expr(target.value)
        store_item(lo, base, lower_index(lo, target.slice), value, target)
    elif isinstance(target, ast.Attribute):
        store_attribute(lo, lo.expr(target.value), target.attr, value, target)
    elif isinstance(target, ast.Starred):
        bind(lo, target.value, value)
    else:
        lo.fail("AD100", target, "this assignment target is not supported")


def set_name(lo: Lowering, name: str, value: Value) -> None:
    frame = lo.frame
    while frame.body_of is not None and frame.get(name) is MISSING:
        frame = frame.body_of
    if name in frame.global_names:
        lo.fail("AD131", None, f"the program assigns the global `{name}`", "return the value instead")
    if name in frame.nonlocals:
        owner = frame.parent
        while owner is not None and owner.get(name) is MISSING and owner.parent is not None:
            owner = owner.parent
        if owner is None:
            lo.fail("AD131", None, f"the program assigns `{name}` of a function outside it", "return the value instead")
        owner.set(name, value)
        return
    if type(value) is ir.Var and value in lo.unnamed:  # `W, b = params`: the user's name, not `params_0`
        lo.unnamed.remove(value)
        value.hint = name
    frame.set(name, value)


def _unpack(lo: Lowering, target: ast.Tuple | ast.List, value: Value) -> None:
    stars = [i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)]
    n = len(target.elts)
    if isinstance(value, HeapV) and gives_items(value.cls) and value.cls not in (list, dict, set):
        value = gathered(lo, value, target)
    if stars and (isinstance(value, RowsV) or (isinstance(value, ir.Var) and _unknown_length(value.type))):
        return _unpack_ends(lo, target, value, stars[0])
    items = items_of(lo, value, target, None if stars else n, [name_of(t) for t in target.elts])
    if stars:
        i, tail = stars[0], n - stars[0] - 1
        middle = items[i: len(items) - tail]
        from .sequences import new_list

        items = [*items[:i], new_list(lo, middle), *items[len(items) - tail:]]
    if len(items) != n:
        lo.fail("AD125", target, f"{len(items)} values are unpacked into {n} names")
    for t, v in zip(target.elts, items, strict=True):
        bind(lo, t, v)


def _unknown_length(t: Any) -> bool:
    return isinstance(t, ListOf) or (isinstance(t, Array) and t.ndim > 0 and not t.dims[0].known)


def _unpack_ends(lo: Lowering, target: ast.Tuple | ast.List, value: ir.Var | RowsV, star: int) -> None:
    """`a, *rest, b = x` where the length of `x` is not known: items from both ends, and a list of those between."""
    from .items import load_item
    from .snippets import run_snippet

    tail = len(target.elts) - star - 1
    stop = ir.Const(-tail) if tail else ir.Const(None)
    between = load_item(lo, value, ir.Pack("slice", (ir.Const(star), stop, ir.Const(None))), target, None)
    ends = [*range(star), *range(-tail, 0)]
    items = [load_item(lo, value, ir.Const(i), target, None) for i in ends]
    middle = run_snippet(lo, "out = [item for item in source]", {"source": between}, "out", target)
    for t, v in zip(target.elts, [*items[:star], middle, *items[star:]], strict=True):
        bind(lo, t, v)

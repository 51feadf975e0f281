"""Sets of what is known when compiling: constants, and objects, which are told apart by their identity.

Constants come in the order that Python's own set of them has; objects, whose order says nothing, as they were added.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ...ir import nodes as ir
from ...ir.types import ListOf, Num, Passive
from ..emulated_sets import Members
from ..frames import MISSING
from ..lowering import Lowering
from ..values import FunctionV, HeapV, MethodV, PartialV, RowV, TupleV, Value, same
from .keyed import NeedTable, part_of
from .runtime_lists import created_list, site_of, unroll_instead
from .snippets import gathered, run_snippet


def new_set(lo: Lowering, items: Sequence[Value], node: ast.AST, hint: str | None = None) -> HeapV:
    """A set of the items."""
    from .joining import new_heap_frame

    site = site_of(lo, node)
    if lo.tables and site in lo.tables:
        return _members(lo, TupleV(list(items)), node, hint)
    out = HeapV(set, new_heap_frame(lo, hint or ""), depth=lo.depth, site=site)
    for item in items:
        key = key_of(lo, item, node, out)
        out.slots.setdefault(key, item)
    return out


def _members(lo: Lowering, items: Value, node: ast.AST, hint: str | None) -> HeapV:
    """A set of what is known at run time only."""
    from .objects import construct

    members = construct(lo, Members, [created_list(lo, [], part_of(node, "items"), hint or "held")], {}, node, hint)
    assert isinstance(members, HeapV)
    run_snippet(lo, "for item in items:\n    members.add(item)\n", {"members": members, "items": items}, "members",
                node)
    return members


def _at_run_time(lo: Lowering, value: HeapV | None, node: ast.AST, message: str, help_: str) -> NoReturn:
    """What is in a set depends on the run: it is read again as a list of what is in it."""
    if lo.tables is not None and value is not None and value.site is not None and value.site not in lo.tables:
        unroll_instead(lo)
        raise NeedTable(value.site)
    lo.fail("AD128", node, message, help_)


def in_order_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    """The items of a set in Python's order, which is that of their hashes."""
    held, thinned = args
    item = held.type.item if isinstance(held, ir.Var) and isinstance(held.type, ListOf) else None
    if isinstance(held, ir.Var) and item is None:
        return held  # nothing is in it yet, as far as the program was read
    if not isinstance(thinned, ir.Const) or thinned.value is not None or not (
            (isinstance(item, Num) and item.kind in "ib") or isinstance(item, Passive)):
        lo.fail("AD128", node, "the order of the items of this set is not known",
                "run through `sorted(...)` of it, or keep a list beside it")
    found = lo.call(set, (held,), type_=Passive(set), text="set")
    return lo.call(list, (found,), type_=ListOf(item), text="list", hint=hint or "items")


def key_of(lo: Lowering, item: Value, node: ast.AST, holder: HeapV | None = None) -> Any:
    """What tells an item of a set from the others."""
    if isinstance(item, ir.Const):
        return item.value
    if isinstance(item, TupleV) and all(isinstance(v, ir.Const) for v in item.items):
        return tuple(v.value for v in item.items)
    if isinstance(item, (HeapV, FunctionV, MethodV, PartialV)) and not hasattr(getattr(item, "cls", None), "_fields"):
        if isinstance(item, HeapV) and getattr(item.cls, "__eq__", None) is not object.__eq__:
            lo.fail("AD128", node, f"objects of `{item.cls.__name__}`, which compares them, are put into a set",
                    "use a list")
        if not isinstance(item, HeapV) or not (item.frozen or item.rows):
            return item  # by identity
    if isinstance(item, (HeapV, RowV)):
        _at_run_time(lo, holder, node, "which object this is, is known at run time only", "use a list")
    _at_run_time(lo, holder, node, "what is put into this set is known at run time only",
                 "use a list, or np.unique for the distinct numbers of an array")


def items_of_set(value: HeapV) -> list[Value]:
    """The items in Python's order."""
    slots = value.slots
    try:
        if all(isinstance(v, ir.Const) for v in slots.values()):
            return [slots[k] for k in set(slots)]
    except TypeError:
        pass
    return list(slots.values())


def set_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`set(items)`, `frozenset(items)`"""
    found = _set(lo, args, node, hint)
    if function.value is frozenset and isinstance(found, HeapV):
        lo.frozen_sets.add(found)
    return found


def _set(lo: Lowering, args: list[Value], node: ast.AST, hint: str | None) -> Value:
    from .sequences import items_of
    from .unrolling import unroll_items

    if not args:
        return new_set(lo, [], node, hint)
    source = gathered(lo, args[0], node)
    if isinstance(source, HeapV) and source.cls is Members:
        source = source.slots["held"]
    if unroll_items(lo, source) is None and lo.tables is not None and not isinstance(source, ir.Const):
        if site_of(lo, node) in lo.tables:
            return _members(lo, source, node, hint)
        raise NeedTable(site_of(lo, node))
    return new_set(lo, items_of(lo, source, node), node, hint)


def lower_set(lo: Lowering, node: ast.Set, hint: str | None) -> Value:
    return new_set(lo, [lo.expr(e) for e in node.elts], node, hint)


def lower_set_comp(lo: Lowering, node: ast.SetComp, hint: str | None) -> Value:
    """`{f(x) for x in xs}`"""
    from .comprehensions import comprehension

    return set_(lo, ir.Const(set), [comprehension(lo, node, hint)], {}, node, hint)


def holds(lo: Lowering, value: HeapV, item: Value, node: ast.AST) -> Value:
    """`item in value`"""
    if isinstance(item, (ir.Var, ir.Pack)) or (isinstance(item, TupleV) and not all(
            isinstance(v, ir.Const) for v in item.items)):
        from .comparisons import compare
        from .conditions import truth
        from .sequences import new_list

        found: Value = ir.Const(False)
        for other in new_list(lo, list(value.slots.values())).slots.values():
            from .builtin_folds import any_all

            found = any_all("any")(lo, ir.Const(any), [TupleV([found, truth(lo, compare(
                lo, ast.Eq(), item, other, node, None), node)])], {}, node, None)
        return found
    key = key_of(lo, item, node, value)
    return ir.Const(any(same(item, v) if not isinstance(item, ir.Const) else key == k
                        for k, v in value.slots.items()))


def _changed(lo: Lowering, value: HeapV, node: ast.AST) -> None:
    if value.frozen or value.depth < lo.depth:
        _at_run_time(lo, value, node, "what is in this set depends on the path taken",
                     "use a list, or an array of flags")


def _add(lo: Lowering, value: HeapV, args: list[Value], node: ast.AST) -> Value:
    key = key_of(lo, args[0], node, value)
    if key not in value.slots:
        _changed(lo, value, node)
        value.frame.set(key, args[0])
    return ir.Const(None)


def _discard(lo: Lowering, value: HeapV, args: list[Value], node: ast.AST) -> Value:
    key = key_of(lo, args[0], node, value)
    if key in value.slots:
        _changed(lo, value, node)
        value.frame.set(key, MISSING)
    return ir.Const(None)


def _update(lo: Lowering, value: HeapV, args: list[Value], node: ast.AST) -> Value:
    from .sequences import items_of

    for a in args:
        for item in items_of(lo, a, node):
            _add(lo, value, [item], node)
    return ir.Const(None)


def _combined(keep: Callable[[bool, bool], bool]) -> Callable[..., Value]:
    def run(lo: Lowering, value: HeapV, args: list[Value], node: ast.AST) -> Value:
        from .sequences import items_of

        other = new_set(lo, items_of(lo, args[0], node), node).slots if args else {}
        both = {**value.slots, **other}
        return new_set(lo, [v for k, v in both.items() if keep(k in value.slots, k in other)], node)

    return run


def _in_place(keep: Callable[[bool, bool], bool]) -> Callable[..., Value]:
    """`value op= other`: every name of the set sees it."""
    def run(lo: Lowering, value: HeapV, args: list[Value], node: ast.AST) -> Value:
        wanted = _combined(keep)(lo, value, args, node)
        assert isinstance(wanted, HeapV)
        for key, item in {**value.slots, **wanted.slots}.items():
            if key not in wanted.slots:
                _discard(lo, value, [item], node)
            elif key not in value.slots:
                _add(lo, value, [item], node)
        return value

    return run


METHODS: dict[str, Callable[..., Value]] = {
    "add": _add, "discard": _discard, "remove": _discard, "update": _update,
    "union": _combined(lambda a, b: a or b), "intersection": _combined(lambda a, b: a and b),
    "difference": _combined(lambda a, b: a and not b), "symmetric_difference": _combined(lambda a, b: a is not b),
    "copy": _combined(lambda a, b: a),
    "__ior__": _in_place(lambda a, b: a or b), "__iand__": _in_place(lambda a, b: a and b),
    "__isub__": _in_place(lambda a, b: a and not b), "__ixor__": _in_place(lambda a, b: a is not b),
}


def call_of_set(lo: Lowering, value: HeapV, name: str, args: list[Value], node: ast.AST) -> Value:
    """`value.name(*args)`"""
    if name not in METHODS:
        lo.fail("AD107", node, f"the method `{name}` of a set is not supported here")
    return METHODS[name](lo, value, args, node)


#: Operators between sets.
OPERATORS: dict[type, str] = {ast.BitOr: "union", ast.BitAnd: "intersection", ast.Sub: "difference",
                              ast.BitXor: "symmetric_difference"}

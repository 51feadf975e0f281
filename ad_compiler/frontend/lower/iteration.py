"""Iteration: what can be indexed becomes a counted loop, what is a structure is unrolled, generators run in place."""
from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Num
from ..frames import Frame
from ..lowering import Lowering
from ..values import ExternalV, GeneratorV, HeapV, IterV, RangeV, ShapeV, TupleV, Value
from .optional import present

_INT = Num(np.dtype(np.int64))
ZERO, ONE = ir.Const(0), ir.Const(1)


@dataclass(eq=False)
class Indexable:
    """Items by number: `for k in range(start, stop, step): item(k)`."""

    start: ir.Operand
    stop: ir.Operand
    step: ir.Operand
    item: Callable[[ir.Operand], Value]
    is_range: bool = False


def unroll_items(lo: Lowering, value: Value) -> list[Value] | None:
    """The items of a structure whose length is known when compiling; None for what must be a loop."""
    match value:
        case TupleV(items):
            return list(items)
        case HeapV(cls) if cls in (list, dict):
            from .structures import items_of

            return items_of(lo, value, None)  # type: ignore[arg-type]
        case ShapeV():
            from .structures import items_of

            return items_of(lo, value, None)  # type: ignore[arg-type]
        case ExternalV(external) if isinstance(external, (list, tuple, dict)):
            from .structures import items_of

            return items_of(lo, value, None)  # type: ignore[arg-type]
        case ir.Const() if isinstance(value.value, (str, tuple, list)):
            return [ir.Const(v) for v in value.value]
        case IterV(kind, parts):
            return _unroll_iterator(lo, value, kind, parts)
        case _:
            return None


def _unroll_iterator(lo: Lowering, value: IterV, kind: str, parts: list[Value]) -> list[Value] | None:
    lists = [unroll_items(lo, p) for p in parts]
    if kind == "zip":
        known = [x for x in lists if x is not None]
        if not known:
            return None
        n = min(len(x) for x in known)
        from .structures import load_item

        columns = []
        for part, items in zip(parts, lists, strict=True):
            if items is not None:
                columns.append(items[:n])
            elif isinstance(part, ir.Var) and isinstance(part.type, Array):
                columns.append([load_item(lo, part, ir.Const(i), None, None) for i in range(n)])  # type: ignore
            elif isinstance(part, RangeV) or (isinstance(part, IterV) and part.kind == "count"):
                source = indexable(lo, part, None)
                columns.append([source.item(ir.Const(i)) for i in range(n)])
            else:
                return None
        return [TupleV(list(row)) for row in zip(*columns, strict=True)]
    items = lists[0]
    if items is None:
        return None
    if kind == "enumerate":
        start = parts[1] if len(parts) > 1 else ZERO
        if not isinstance(start, ir.Const):
            return None
        return [TupleV([ir.Const(i + start.value), v]) for i, v in enumerate(items)]
    if kind == "reversed":
        return items[::-1]
    if kind == "map":
        from .calls import call_value

        if any(x is None for x in lists):
            return None
        assert value.function is not None
        return [call_value(lo, value.function, list(row), {}, None, None)  # type: ignore[arg-type]
                for row in zip(*lists, strict=False)]  # type: ignore[arg-type]
    if kind == "filter":
        from .branches import truth
        from .calls import call_value

        kept = []
        for v in items:
            test = truth(lo, call_value(lo, value.function, [v], {}, None, None), None)  # type: ignore[arg-type]
            if not isinstance(test, ir.Const):
                return None
            if test.value:
                kept.append(v)
        return kept
    return None


def length(lo: Lowering, value: Value, node: ast.AST | None) -> ir.Operand:
    from .builtins_ import length_of

    out = length_of(lo, value, node)
    assert isinstance(out, (ir.Var, ir.Const))
    return out


def indexable(lo: Lowering, value: Value, node: ast.AST | None) -> Indexable:
    from .expressions import binary
    from .structures import load_item

    def load(base: Value) -> Callable[[ir.Operand], Value]:
        return lambda k: load_item(lo, base, k, node, None)  # type: ignore[arg-type]

    value = present(lo, value, node)
    match value:
        case RangeV(start, stop, step):
            return Indexable(start, stop, step, lambda k: k, is_range=True)
        case ir.Var(type=Array() | ListOf()):
            return Indexable(ZERO, length(lo, value, node), ONE, load(value))
        case IterV("enumerate", parts):
            source = _from_zero(lo, parts[0], node)
            offset = parts[1] if len(parts) > 1 else ZERO

            def numbered(k: ir.Operand) -> Value:
                number = k if isinstance(offset, ir.Const) and offset.value == 0 else binary(
                    lo, ast.Add(), k, offset, node, None)  # type: ignore[arg-type]
                return TupleV([number, source.item(k)])

            return Indexable(ZERO, source.stop, ONE, numbered)
        case IterV("zip", parts):
            sources = [_from_zero(lo, p, node) for p in parts if not (isinstance(p, IterV) and p.kind == "count")]
            stop = sources[0].stop
            for other in sources[1:]:
                if other.stop is not stop:
                    stop = lo.call(min, (stop, other.stop), type_=_INT, text="min")
            items = [_from_zero(lo, p, node, endless=True) for p in parts]
            return Indexable(ZERO, stop, ONE, lambda k: TupleV([s.item(k) for s in items]))
        case IterV("reversed", parts):
            source = _from_zero(lo, parts[0], node)

            def backwards(k: ir.Operand) -> Value:
                last = binary(lo, ast.Sub(), source.stop, ONE, node, None)  # type: ignore[arg-type]
                index = binary(lo, ast.Sub(), last, k, node, None)  # type: ignore[arg-type]
                return source.item(index)  # type: ignore[arg-type]

            if source.is_range and isinstance(parts[0], RangeV):
                return _reversed_range(lo, parts[0], node)
            return Indexable(ZERO, source.stop, ONE, backwards)
        case IterV("map", parts):
            from .calls import call_value

            sources = [_from_zero(lo, p, node) for p in parts]
            function = value.function
            assert function is not None
            return Indexable(ZERO, sources[0].stop, ONE, lambda k: call_value(
                lo, function, [s.item(k) for s in sources], {}, node, None))  # type: ignore[arg-type]
        case IterV("ndindex", parts):
            return _ndindex(lo, parts, node)
        case IterV("ndenumerate", parts):
            return _ndenumerate(lo, parts, node)
        case IterV("pairwise", parts):
            source = _from_zero(lo, parts[0], node)
            stop = binary(lo, ast.Sub(), source.stop, ONE, node, None)  # type: ignore[arg-type]

            def pair(k: ir.Operand) -> Value:
                after = binary(lo, ast.Add(), k, ONE, node, None)  # type: ignore[arg-type]
                return TupleV([source.item(k), source.item(after)])  # type: ignore[arg-type]

            return Indexable(ZERO, stop, ONE, pair)  # type: ignore[arg-type]
        case TupleV() | HeapV() | ExternalV() | ShapeV():
            items = unroll_items(lo, value)
            if items is not None:
                # read anew in each iteration: the body may change the list
                return Indexable(ZERO, ir.Const(len(items)), ONE, lambda k: load_item(
                    lo, TupleV(unroll_items(lo, value) or []), k, node, None))  # type: ignore[arg-type]
        case GeneratorV() | IterV():
            return indexable(lo, collect(lo, value, node), node)
        case _:
            pass
    lo.fail("AD103", node, "this value cannot be iterated over here", "loop over ranges, arrays, lists or dicts")


def _from_zero(lo: Lowering, value: Value, node: ast.AST | None, endless: bool = False) -> Indexable:
    """The same items numbered 0, 1, 2, ..."""
    from .expressions import binary

    if isinstance(value, IterV) and value.kind == "count":
        start = value.parts[0]
        return Indexable(ZERO, ZERO, ONE, lambda k: binary(lo, ast.Add(), k, start, node, None))  # type: ignore
    source = indexable(lo, value, node)
    if not source.is_range or (isinstance(source.start, ir.Const) and source.start.value == 0
                               and isinstance(source.step, ir.Const) and source.step.value == 1):
        return source
    assert isinstance(value, RangeV)
    count = length(lo, value, node)

    def item(k: ir.Operand) -> Value:
        scaled = binary(lo, ast.Mult(), k, source.step, node, None)  # type: ignore[arg-type]
        return binary(lo, ast.Add(), source.start, scaled, node, None)  # type: ignore[arg-type]

    return Indexable(ZERO, count, ONE, item)


def _reversed_range(lo: Lowering, value: RangeV, node: ast.AST | None) -> Indexable:
    from .expressions import binary

    def op(o: ast.operator, a: Value, b: Value) -> Any:
        return binary(lo, o, a, b, node, None)  # type: ignore[arg-type]

    if isinstance(value.step, ir.Const) and value.step.value == 1:
        return Indexable(op(ast.Sub(), value.stop, ONE), op(ast.Sub(), value.start, ONE), ir.Const(-1),
                         lambda k: k, is_range=True)
    n = length(lo, value, node)
    last = op(ast.Add(), value.start, op(ast.Mult(), op(ast.Sub(), n, ONE), value.step))
    return Indexable(last, op(ast.Sub(), value.start, value.step), op(ast.Mult(), value.step, ir.Const(-1)),
                     lambda k: k, is_range=True)


def _ndindex(lo: Lowering, parts: list[Value], node: ast.AST | None) -> Indexable:
    """`np.ndindex(n, m)`: one counted loop; the numbers come from division."""
    from .expressions import binary

    total: Value = ONE
    for p in parts:
        total = binary(lo, ast.Mult(), total, p, node, None)  # type: ignore[arg-type]

    def item(k: ir.Operand) -> Value:
        rest: Value = k
        out: list[Value] = []
        for p in reversed(parts):
            out.append(binary(lo, ast.Mod(), rest, p, node, None))  # type: ignore[arg-type]
            rest = binary(lo, ast.FloorDiv(), rest, p, node, None)  # type: ignore[arg-type]
        return TupleV(out[::-1])

    return Indexable(ZERO, total, ONE, item)  # type: ignore[arg-type]


def _ndenumerate(lo: Lowering, parts: list[Value], node: ast.AST | None) -> Indexable:
    from .structures import items_of, load_item

    array = parts[0]
    grid = _ndindex(lo, items_of(lo, ShapeV(array), node), node)  # type: ignore[arg-type]

    def item(k: ir.Operand) -> Value:
        index = grid.item(k)
        return TupleV([index, load_item(lo, array, index, node, None)])  # type: ignore[arg-type]

    return Indexable(ZERO, grid.stop, ONE, item)


def each(lo: Lowering, value: Value, visit: Callable[[Value], Any], node: ast.AST) -> None:
    """Run `visit` on every item, in order."""
    items = unroll_items(lo, value)
    if items is not None:
        for item in items:
            visit(item)
        return
    from .loops import counted_loop, for_stub

    source = indexable(lo, value, node)
    counted_loop(lo, source.start, source.stop, source.step, lambda k: visit(source.item(k)), for_stub(node), "k", [])


def collect(lo: Lowering, value: Value, node: ast.AST | None) -> Value:
    """The items of an iterator as a list."""
    from .structures import new_list

    if isinstance(value, GeneratorV):
        if value.node is not None:
            from .expressions import comprehension

            outer, lo.frame = lo.frame, value.frame
            try:
                return comprehension(lo, value.node, None)
            finally:
                lo.frame = outer
        return _collect_generator(lo, value, node)
    items = unroll_items(lo, value)
    if items is not None:
        return new_list(lo, items)
    if isinstance(value, IterV) and value.kind == "filter":
        from .builtins_ import run_snippet

        test = "x" if isinstance(value.function, ir.Const) and value.function.value is None else "f(x)"
        env: dict[str, Value] = {"source": value.parts[0], "f": value.function}  # type: ignore[dict-item]
        return run_snippet(lo, f"out = [x for x in source if {test}]", env, "out", node)  # type: ignore[arg-type]
    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    return _collecting(lo, frame, "items", node, lambda add: each(lo, value, add, node))  # type: ignore[arg-type]


def _collecting(lo: Lowering, frame: Frame, hint: str, node: Any, fill: Callable[[Callable[[Value], Any]], Any]
                ) -> Value:
    from .containers import append, created_list

    out = created_list(lo, [], node, hint)
    frame.set("<items>", out)
    fill(lambda item: append(lo, out, [item], {}, node, None))
    return out


def run_collecting(lo: Lowering, frame: Frame, loop: list[ast.stmt], hint: str, node: ast.AST) -> Value:
    """Run loops that append to `<items>`, and give the list."""
    from .containers import created_list

    out = created_list(lo, [], node, hint)
    frame.set("<items>", out)
    outer, lo.frame = lo.frame, frame
    try:
        lo.statements(loop)
    finally:
        lo.frame = outer
    return out


def visit_in_order(lo: Lowering, value: Value, node: ast.For) -> Any:
    """How to loop over what can only be read in order: the items of a generator function."""
    if isinstance(value, GeneratorV) and value.node is None:
        collected = _collect_generator(lo, value, node)

        def run(bind: Callable[[Value], Any], loop: ast.For, rest: list[Any]) -> bool | None:
            from .loops import lower_for

            name = "<generated>"
            lo.frame.set(name, collected)
            again = ast.For(loop.target, ast.copy_location(ast.Name(name, ast.Load()), loop), loop.body, loop.orelse)
            ast.copy_location(again, loop)
            return lower_for(lo, again, rest)

        return run
    return None


def _collect_generator(lo: Lowering, value: GeneratorV, node: ast.AST | None) -> Value:
    """Run a generator function to its end, keeping what it yields.

    Right where consuming the items changes nothing that the generator reads."""
    from .calls import run_body

    tree = value.function
    body = [_Yields().visit(_copied(s)) for s in tree.body]
    for s in body:
        ast.fix_missing_locations(s)

    def fill(_add: Callable[[Value], Any]) -> None:
        with lo.inside(value.frame):
            run_body(lo, value.frame, body)

    return _collecting(lo, value.frame, "items", tree, fill)


def _copied(node: ast.AST) -> Any:
    import copy

    return copy.deepcopy(node)


class _Yields(ast.NodeTransformer):
    """`yield x` as an append to `<items>`."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Yield(self, node: ast.Yield) -> ast.AST:
        call = ast.Call(ast.Attribute(ast.Name("<items>", ast.Load()), "append", ast.Load()),
                        [node.value or ast.Constant(None)], [])
        return _located(call, node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.AST:
        call = ast.Call(ast.Attribute(ast.Name("<items>", ast.Load()), "extend", ast.Load()), [node.value], [])
        return _located(call, node)


def _located(new: ast.AST, old: ast.AST) -> ast.AST:
    for n in ast.walk(new):
        if isinstance(n, (ast.expr, ast.stmt)) and not hasattr(n, "lineno"):
            ast.copy_location(n, old)
    return new


__all__ = ["Indexable", "collect", "each", "indexable", "prims", "unroll_items"]

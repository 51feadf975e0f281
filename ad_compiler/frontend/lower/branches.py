"""`if`, conditional expressions, `and`/`or`, and joining the values of two paths."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, ListOf, Num, Passive
from ..frames import MISSING, Frame, Key, PathEnd
from ..lowering import Lowering
from ..values import (
    HeapV,
    JoinError,
    MethodV,
    OptionalV,
    TupleV,
    Unusable,
    Value,
    join_type,
    same,
)
from .containers import joined_lists
from .exits import always_exits, has_exit
from .optional import joins, parts, present, tested

Path = tuple[ir.Block, Value]


def lower_if(lo: Lowering, node: ast.If, rest: list[Any]) -> bool | None:
    cond = truth(lo, lo.expr(node.test), node.test)
    if isinstance(cond, ir.Const):
        rest[:0] = node.body if cond.value else node.orelse
        return None
    if has_exit(node.body) or has_exit(node.orelse) or always_exits(node.body) or always_exits(node.orelse):
        return exiting_if(lo, cond, [*node.body, *_after(node.body, rest)], [*node.orelse, *_after(node.orelse, rest)])
    branch(lo, cond, lambda: lo.statements(node.body), lambda: lo.statements(node.orelse))
    return None


def _after(body: list[ast.stmt], rest: list[Any]) -> list[Any]:
    return [] if always_exits(body) else rest


def exiting_if(lo: Lowering, cond: ir.Operand, then: list[Any], orelse: list[Any]) -> bool:
    """An `if` that some path leaves: what follows it stands inside its branches, so every path ends in a branch."""
    origin = lo.origin
    blocks = []
    lo.depth += 1
    for nodes in (then, orelse):
        region = lo.journal.open()
        with lo.into(ir.Block()) as block:
            if lo.statements(nodes):
                fall(lo)
        lo.journal.close()
        lo.journal.restore(region)
        blocks.append(block)
    lo.depth -= 1
    lo.emit(ir.If(cond, blocks[0], blocks[1], origin))
    return False


def fall(lo: Lowering, kind: str = "fall", value: Value | None = None) -> None:
    """The current path ends: note where, and what every name holds there."""
    ends = lo.loops[-1].ends if lo.loops and kind != "return" else lo.frame.returns
    region = lo.loops[-1].region if lo.loops and kind != "return" else {}
    if not lo.loops:
        kind, value = "return", value or ir.Const(None)
    ends.append(PathEnd(lo.block, kind, lo.journal.current(region), value, lo.origin))


def branch(lo: Lowering, cond: ir.Operand, then: Any, orelse: Any) -> None:
    """Emit an `if` whose two paths meet again; names that they write are joined."""
    origin = lo.origin
    regions, blocks, ends = [], [], []
    lo.depth += 1
    for run in (then, orelse):
        region = lo.journal.open()
        with lo.into(ir.Block()) as block:
            run()
        ends.append(lo.journal.current(region))
        lo.journal.close()
        lo.journal.restore(region)
        regions.append(region)
        blocks.append(block)
    lo.depth -= 1
    keys = list(dict.fromkeys([*regions[0], *regions[1]]))
    joined: dict[Key, Value] = {}
    for key in keys:
        before = key[0].get(key[1])
        paths = [end.get(key, before) for end in ends]
        joined[key] = join_paths(lo, list(zip(blocks, paths, strict=True)), hint_of(key))
    lo.emit(ir.If(cond, blocks[0], blocks[1], origin))
    for (frame, name), value in joined.items():
        frame.set(name, value)


def hint_of(key: Key) -> str:
    """A printable name for a carried name or slot."""
    frame, name = key
    text = str(name).strip("<>")
    return f"{frame.name}_{text}" if frame.source is None and frame.name else text


def join_paths(lo: Lowering, paths: list[Path], name: str) -> Value:
    """One value for a name that each path leaves with its own; copies are appended to the paths' blocks."""
    present = [(b, v) for b, v in paths if v is not MISSING]
    if not present:
        return MISSING
    try:
        value = join_values(lo, present, name, partial=len(present) < len(paths))
    except JoinError as error:
        return Unusable(str(error))
    absent = [b for b, v in paths if v is MISSING]
    if absent:
        from .loops import operands_of

        give_default(lo, value, absent, {v for _, one in present for v in operands_of(one)})
    return value


def give_default(lo: Lowering, value: Value, blocks: list[ir.Block], keep: set[ir.Operand] | None = None) -> None:
    """On paths that do not assign a name, give its variables a value: nothing reads it, but copies may pass it on.
    `keep` are variables of other names."""
    from .loops import operands_of

    targets = tuple(v for v in operands_of(value) if isinstance(v, ir.Var) and v not in (keep or ()))
    if targets:
        sources = tuple(default_of(v) for v in targets)
        for block in blocks:
            block.stmts.append(ir.Copy(targets, sources, lo.origin))


def default_of(var: ir.Var) -> ir.Const:
    if isinstance(var.type, Num):
        return ir.Const({"b": False, "i": 0, "u": 0}.get(var.type.kind, 0.0))
    return ir.Const(None)


def join_values(lo: Lowering, paths: list[Path], name: str, partial: bool = False) -> Value:
    first = paths[0][1]
    if not partial and all(same(first, v) for _, v in paths[1:]):
        return first
    if joins([v for _, v in paths]):
        return _join_optional(lo, paths, name)
    if partial and not _scoped(first) and all(same(first, v) for _, v in paths[1:]):
        return first
    kinds = {type(v) for _, v in paths}
    if kinds <= {ir.Var, ir.Const}:
        return _join_operands(lo, paths, name)
    joined_lists(lo, [v for _, v in paths])
    if kinds == {TupleV}:
        tuples = [v for _, v in paths]
        if len({(len(t.items), t.cls) for t in tuples}) != 1:  # type: ignore[union-attr]
            raise JoinError("it has another length on another path")
        items = [join_values(lo, [(b, v.items[i]) for b, v in paths], f"{name}_{i}", partial)  # type: ignore
                 for i in range(len(first.items))]  # type: ignore[union-attr]
        return TupleV(items, first.cls)  # type: ignore[union-attr]
    if kinds == {HeapV}:
        return _join_heaps(lo, paths, name, partial)
    if kinds == {MethodV} and len({v.name for _, v in paths}) == 1:  # type: ignore[union-attr]
        receiver = join_values(lo, [(b, v.receiver) for b, v in paths], name, partial)  # type: ignore[union-attr]
        return MethodV(receiver, first.name, first.function)  # type: ignore[union-attr]
    operands = []
    for block, value in paths:
        with lo.into(block):
            operand = lo.operand(value)
            operands.append((block, lo.call(tuple, (operand,)) if isinstance(operand, ir.Pack) else operand))
    return _join_operands(lo, operands, name)


def _join_optional(lo: Lowering, paths: list[Path], name: str) -> OptionalV:
    """A value that some paths leave as None. There its variables get a number that nothing reads."""
    from .loops import operands_of

    split = [(b, *parts(v)) for b, v in paths]
    given = _join_operands(lo, [(b, g) for b, g, _ in split], f"has_{name}")
    value = join_values(lo, [(b, v) for b, _, v in split if v is not None], name, partial=True)
    fresh = {x for _, _, v in split if v is not None for x in operands_of(v)}
    give_default(lo, value, [b for b, _, v in split if v is None], fresh)
    return OptionalV(given, value)


def _join_heaps(lo: Lowering, paths: list[Path], name: str, partial: bool) -> HeapV:
    """One object that stands for those of several paths. None of them may be written any more."""
    heaps: list[Any] = [v for _, v in paths]
    first = heaps[0]
    if any(h.cls is not first.cls or list(h.slots) != list(first.slots) for h in heaps):
        raise JoinError("its class, length or keys differ between paths")
    out = HeapV(first.cls, new_heap_frame(lo, first.frame.name), frozen=True, site=first.site)
    for k in first.slots:
        out.slots[k] = join_values(lo, [(b, h.slots[k]) for (b, _), h in zip(paths, heaps, strict=True)],
                                   f"{name}_{k}", partial)
    for h in heaps:
        h.frozen = True
    return out


def new_heap_frame(lo: Lowering, name: str) -> Frame:
    return Frame(None, lo.journal, {}, name=name)


def _scoped(value: Value) -> bool:
    return isinstance(value, ir.Var)


def _join_operands(lo: Lowering, paths: list[Path], name: str) -> ir.Var:
    first = paths[0][1]
    assert isinstance(first, (ir.Var, ir.Const))
    t = type_of(first)
    for _, v in paths[1:]:
        t = join_type(ir.Var("", t), v)  # type: ignore[arg-type]
    if isinstance(t, Passive) and not all(isinstance(v, (ir.Var, ir.Const)) and isinstance(type_of(v), Passive)
                                          for _, v in paths):
        raise JoinError("it is of another kind on another path")
    if isinstance(t, Num) and t.dim is not None:
        t = Num(t.dtype, t.weak)
    var = ir.Var(name, t)
    for block, v in paths:
        block.stmts.append(ir.Copy((var,), (v,), lo.origin))  # type: ignore[arg-type]
    return var


def truth(lo: Lowering, value: Value, node: ast.AST | None) -> ir.Operand:
    """A value as a condition; constants stay constants."""
    match value:
        case ir.Const():
            return ir.Const(bool(value.value))
        case TupleV(items):
            return ir.Const(bool(items))
        case HeapV() if value.cls in (list, dict):
            return ir.Const(bool(value.slots))
        case ir.Var():
            if isinstance(value.type, (Num, Passive)):
                return value
            if isinstance(value.type, Array):
                return lo.call(bool, (value,), type_=BOOL, text="bool")
            if isinstance(value.type, ListOf):
                return lo.call(bool, (value,), type_=BOOL, text="bool")
            return value
        case ir.Pack():
            return ir.Const(bool(value.items))
        case _:
            from ..values import ExternalV

            if isinstance(value, OptionalV):
                lo.fail("AD120", node, "a value that may be None is used as a condition", "test `is not None`")
            if isinstance(value, ExternalV):
                return ir.Const(bool(value.value))
            return ir.Const(True)


def lower_if_expr(lo: Lowering, node: ast.IfExp, hint: str | None) -> Value:
    cond = truth(lo, lo.expr(node.test), node.test)
    if isinstance(cond, ir.Const):
        return lo.expr(node.body if cond.value else node.orelse, hint)
    return choose(lo, cond, lambda: lo.expr(node.body), lambda: lo.expr(node.orelse), hint or "t", node)


def choose(lo: Lowering, cond: ir.Operand, then: Any, orelse: Any, hint: str, node: ast.AST) -> Value:
    """A value that one of two expressions gives."""
    name = f"<{hint}>"
    branch(lo, cond, lambda: lo.frame.set(name, then()), lambda: lo.frame.set(name, orelse()))
    value = lo.frame.get(name)
    lo.frame.set(name, MISSING)
    if isinstance(value, Unusable):
        lo.fail("AD122", node, f"the two branches give values of different kinds: {value.why}",
                "give both branches the same type")
    return value


def lower_bool_op(lo: Lowering, node: ast.BoolOp, hint: str | None) -> Value:
    """`and`/`or` evaluate what Python evaluates, in order."""
    stop = isinstance(node.op, ast.Or)

    def chain(i: int) -> Value:
        value = lo.expr(node.values[i])
        if i == len(node.values) - 1:
            return value
        cond = truth(lo, value, node.values[i])
        if isinstance(cond, ir.Const):
            return value if bool(cond.value) is stop else chain(i + 1)
        if _simple(lo, node.values[i + 1:]) and lo.type_of(value) == BOOL:
            other = chain(i + 1)
            if lo.type_of(other) == BOOL or (isinstance(other, ir.Const) and isinstance(other.value, bool)):
                return lo.call(prims.or_ if stop else prims.and_, (cond, other), style="op", type_=BOOL,  # type: ignore
                               hint=hint)
            return choose(lo, cond, (lambda: value) if stop else (lambda: other),
                          (lambda: other) if stop else (lambda: value), hint or "t", node)
        return choose(lo, cond, (lambda: value) if stop else (lambda: chain(i + 1)),
                      (lambda: chain(i + 1)) if stop else (lambda: value), hint or "t", node)

    return chain(0)


def _simple(lo: Lowering, nodes: list[ast.expr]) -> bool:
    """Whether evaluating the expressions can neither fail nor do anything: comparisons of names and numbers."""
    if any(isinstance(n, ast.Name) and isinstance(lo.lookup(n.id, n), OptionalV)
           for value in nodes for n in ast.walk(value)):
        return False
    return all(isinstance(n, (ast.Compare, ast.Name, ast.Constant, ast.Load, ast.cmpop, ast.UnaryOp, ast.unaryop,
                              ast.BoolOp, ast.boolop)) for value in nodes for n in ast.walk(value))


def lower_compare(lo: Lowering, node: ast.Compare, hint: str | None) -> Value:
    left = lo.expr(node.left)
    result: Value | None = None
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = lo.expr(right_node)
        one = compare(lo, op, left, right, node, hint if len(node.ops) == 1 else None)
        if result is None:
            result = one
        elif isinstance(result, ir.Const) and not result.value:
            return result
        elif isinstance(result, ir.Const):
            result = one
        else:
            result = lo.call(prims.and_, (lo.operand(result), lo.operand(one)), style="op", type_=BOOL, hint=hint)
        left = right
    assert result is not None
    return result


_COMPARE = {ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
            ast.Eq: np.equal, ast.NotEq: np.not_equal}


def compare(lo: Lowering, op: ast.cmpop, left: Value, right: Value, node: ast.AST, hint: str | None) -> Value:
    if isinstance(op, (ast.Is, ast.IsNot)):
        return _identity(lo, left, right, isinstance(op, ast.IsNot))
    if isinstance(op, (ast.In, ast.NotIn)):
        return _membership(lo, left, right, isinstance(op, ast.NotIn), node)
    left, right = present(lo, left, node), present(lo, right, node)
    ufunc = _COMPARE[type(op)]
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        return ir.Const(bool(ufunc(left.value, right.value)) if not isinstance(left.value, (str, type, type(None)))
                        and not isinstance(right.value, (str, type, type(None)))
                        else (left.value == right.value) == isinstance(op, ast.Eq))
    if isinstance(left, TupleV) and isinstance(right, TupleV) and isinstance(op, (ast.Eq, ast.NotEq)):
        if len(left.items) != len(right.items):
            return ir.Const(isinstance(op, ast.NotEq))
    from .structures import is_shape

    if is_shape(left) or is_shape(right) or isinstance(left, TupleV) or isinstance(right, TupleV):
        return lo.call(ufunc, (lo.operand(left), lo.operand(right)), style="op", type_=BOOL, hint=hint)
    a, b = lo.operand(left, node), lo.operand(right, node)
    if isinstance(lo.type_of(left), Passive) or isinstance(lo.type_of(right), Passive):
        return lo.call(ufunc, (a, b), style="op", type_=BOOL, hint=hint)
    return lo.call(ufunc, (a, b), style="op", hint=hint, node=node)


def _identity(lo: Lowering, left: Value, right: Value, negate: bool) -> Value:
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        return ir.Const((left.value is right.value) is not negate)
    if isinstance(right, ir.Const) and right.value is None and isinstance(left, OptionalV):
        return tested(lo, left, negate)
    if isinstance(right, ir.Const) and right.value is None:
        return ir.Const(negate)  # a value that is followed is never None
    from .structures import to_operand

    function = prims.is_not if negate else prims.is_
    return lo.call(function, (to_operand(lo, left), to_operand(lo, right)), style="op", type_=BOOL)


def _membership(lo: Lowering, item: Value, container: Value, negate: bool, node: ast.AST) -> Value:
    from ..values import ExternalV

    if isinstance(container, HeapV) and container.cls is dict and isinstance(item, ir.Const):
        return ir.Const((item.value in container.slots) is not negate)
    if isinstance(container, TupleV) and isinstance(item, ir.Const) and all(
            isinstance(v, ir.Const) for v in container.items):
        return ir.Const(any(same(item, v) for v in container.items) is not negate)
    if isinstance(container, ir.Const) and isinstance(item, ir.Const):
        return ir.Const((item.value in container.value) is not negate)
    if isinstance(container, ExternalV) and isinstance(item, ir.Const):
        return ir.Const((item.value in container.value) is not negate)
    function = prims.not_in if negate else prims.in_
    return lo.call(function, (lo.operand(item), lo.operand(container)), style="op", type_=BOOL)

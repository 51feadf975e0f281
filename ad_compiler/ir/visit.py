"""Walking over IR: operands, variables, nested blocks. One place that knows every node's parts."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, assert_never

from . import nodes as ir


def leaves(arg: ir.Expr | None) -> Iterator[ir.Operand]:
    """The operands inside an expression, left to right."""
    match arg:
        case None:
            return
        case ir.Var() | ir.Const():
            yield arg
        case ir.Pack():
            for item in arg.items:
                yield from leaves(item)
        case ir.Call():
            for item in arg.args:
                yield from leaves(item)
            for _, item in arg.kwargs:
                yield from leaves(item)


def variables(arg: ir.Expr | None) -> Iterator[ir.Var]:
    return (leaf for leaf in leaves(arg) if isinstance(leaf, ir.Var))


def reads(stmt: ir.Stmt) -> Iterator[ir.Var]:
    """Variables that a statement reads itself (not its nested blocks)."""
    match stmt:
        case ir.Assign(_, value) | ir.Return(value) | ir.Effect(value):
            yield from variables(value)
        case ir.Copy(_, sources):
            for s in sources:
                yield from variables(s)
        case ir.Store():
            yield stmt.base
            yield from variables(stmt.index)
            yield from variables(stmt.value)
        case ir.SetSlot():
            yield stmt.base
            yield from variables(stmt.value)
        case ir.Push():
            yield stmt.stack
            yield from variables(stmt.value)
        case ir.Pop():
            yield stmt.stack
        case ir.Invoke():
            for a in stmt.args:
                yield from variables(a)
        case ir.If() | ir.While():
            yield from variables(stmt.cond)
        case ir.For():
            for a in (stmt.start, stmt.stop, stmt.step, stmt.limit):
                yield from variables(a)
        case ir.Raise():
            yield from variables(stmt.cond)
            yield from variables(stmt.value)
        case ir.With():
            yield from variables(stmt.context)
        case ir.Try():
            for kind, _, _ in stmt.handlers:
                yield from variables(kind)
        case ir.Break() | ir.Comment():
            return
        case _:
            assert_never(stmt)


def defines(stmt: ir.Stmt) -> tuple[ir.Var, ...]:
    """Variables that a statement assigns itself."""
    match stmt:
        case ir.Assign(target, _) | ir.Pop(target, _):
            return (target,)
        case ir.Copy(targets, _):
            return targets
        case ir.Invoke():
            return stmt.results
        case ir.For():
            return (stmt.target,) if stmt.trips is None else (stmt.target, stmt.trips)
        case ir.While():
            return () if stmt.trips is None else (stmt.trips,)
        case ir.With():
            return () if stmt.target is None else (stmt.target,)
        case ir.Try():
            return tuple(v for _, v, _ in stmt.handlers if v is not None)
        case _:
            return ()


def blocks(stmt: ir.Stmt) -> tuple[ir.Block, ...]:
    """The blocks nested in a statement, in the order they are written."""
    match stmt:
        case ir.If():
            return (stmt.then, stmt.orelse)
        case ir.For() | ir.With():
            return (stmt.body,)
        case ir.While():
            return (stmt.header, stmt.body)
        case ir.Try():
            return (stmt.body, *(b for _, _, b in stmt.handlers), stmt.final)
        case _:
            return ()


def walk(block: ir.Block) -> Iterator[ir.Stmt]:
    """Every statement of a block and of the blocks inside it, in textual order."""
    for stmt in block:
        yield stmt
        for inner in blocks(stmt):
            yield from walk(inner)


def map_arg(arg: Any, f: Callable[[ir.Operand], Any]) -> Any:
    """The expression with every operand replaced by `f(operand)`."""
    match arg:
        case None:
            return None
        case ir.Var() | ir.Const():
            return f(arg)
        case ir.Pack():
            return ir.Pack(arg.kind, tuple(map_arg(i, f) for i in arg.items), arg.keys)
        case ir.Call():
            return ir.Call(arg.function, tuple(map_arg(i, f) for i in arg.args),
                           tuple((k, map_arg(i, f)) for k, i in arg.kwargs), arg.style, arg.text)
    raise TypeError(arg)


def map_stmt(stmt: ir.Stmt, f: Callable[[ir.Operand], Any], g: Callable[[ir.Block], ir.Block],
             d: Callable[[ir.Var], ir.Var] | None = None) -> ir.Stmt:
    """The statement with operands read mapped by `f`, nested blocks by `g`, assigned variables by `d` (default f)."""
    d = d or f
    match stmt:
        case ir.Assign():
            return replace(stmt, target=d(stmt.target), value=map_arg(stmt.value, f))
        case ir.Copy():
            return replace(stmt, targets=tuple(map(d, stmt.targets)), sources=tuple(map(f, stmt.sources)))
        case ir.Store():
            return replace(stmt, base=f(stmt.base), index=map_arg(stmt.index, f), value=f(stmt.value))
        case ir.SetSlot():
            return replace(stmt, base=f(stmt.base), value=f(stmt.value))
        case ir.Push():
            return replace(stmt, stack=f(stmt.stack), value=map_arg(stmt.value, f))
        case ir.Pop():
            return replace(stmt, target=d(stmt.target), stack=f(stmt.stack))
        case ir.Effect() | ir.Return():
            return replace(stmt, value=map_arg(stmt.value, f))
        case ir.Invoke():
            return replace(stmt, results=tuple(map(d, stmt.results)), args=tuple(map(f, stmt.args)))
        case ir.If():
            return replace(stmt, cond=f(stmt.cond), then=g(stmt.then), orelse=g(stmt.orelse))
        case ir.For():
            return replace(stmt, target=d(stmt.target), start=f(stmt.start), stop=f(stmt.stop), step=f(stmt.step),
                           body=g(stmt.body), trips=stmt.trips and d(stmt.trips),
                           limit=None if stmt.limit is None else f(stmt.limit))
        case ir.While():
            return replace(stmt, header=g(stmt.header), cond=f(stmt.cond), body=g(stmt.body),
                           trips=stmt.trips and d(stmt.trips))
        case ir.Raise():
            return replace(stmt, value=map_arg(stmt.value, f), cond=None if stmt.cond is None else f(stmt.cond))
        case ir.With():
            return replace(stmt, context=map_arg(stmt.context, f), body=g(stmt.body),
                           target=stmt.target and d(stmt.target))
        case ir.Try():
            handlers = tuple((map_arg(k, f), v and d(v), g(b)) for k, v, b in stmt.handlers)
            return replace(stmt, body=g(stmt.body), handlers=handlers, final=g(stmt.final))
        case ir.Break() | ir.Comment():
            return stmt
        case _:
            assert_never(stmt)


def free_variables(blocks_: Iterable[ir.Block]) -> list[ir.Var]:
    """Variables that the blocks read but do not assign first, in order of first reading (an over-approximation:
    a variable assigned on one path only counts as assigned)."""
    seen: dict[ir.Var, None] = {}
    bound: set[ir.Var] = set()

    def scan(block: ir.Block) -> None:
        for stmt in block:
            if isinstance(stmt, ir.While):  # its condition is read after its header
                scan(stmt.header)
            for v in reads(stmt):
                if v not in bound:
                    seen.setdefault(v)
            bound.update(defines(stmt))
            for inner in blocks(stmt):
                scan(inner)

    for block in blocks_:
        scan(block)
    return list(seen)

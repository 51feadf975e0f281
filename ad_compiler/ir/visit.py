"""Walking over IR: operands, variables, nested blocks. One place that knows every node's parts."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import is_
from typing import Any, assert_never

from . import nodes as ir

# Kinds of statements without blocks, and those of them that assign no variable: nearly all that a pass meets, so that
# they are told by their type before anything is matched.
FLAT = frozenset({ir.Assign, ir.Copy, ir.Store, ir.SetSlot, ir.Push, ir.Pop, ir.Effect, ir.Given, ir.Break, ir.Raise,
                  ir.Return, ir.Comment})
_ASSIGN_NOTHING = frozenset({ir.Store, ir.SetSlot, ir.Push, ir.Effect, ir.If, ir.Break, ir.Raise, ir.Return,
                             ir.Comment})


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
    """The variables inside an expression, left to right."""
    return iter(variable_list(arg))


def variable_list(arg: ir.Expr | None) -> list[ir.Var]:
    """The variables inside an expression, left to right, as a list."""
    if type(arg) is ir.Var:
        return [arg]
    found: list[ir.Var] = []
    if type(arg) is ir.Call:
        if type(arg.function) is ir.Var:  # `raise kind(...)`
            found.append(arg.function)
        for item in arg.args:
            if type(item) is ir.Var:
                found.append(item)
            elif type(item) is not ir.Const:
                found += variable_list(item)
        for _, item in arg.kwargs:
            found += variable_list(item)
    elif type(arg) is ir.Pack:
        for item in arg.items:
            found += variable_list(item)
    return found


def reads(stmt: ir.Stmt) -> list[ir.Var]:
    """Variables that a statement reads itself (not its nested blocks), in the order they are written."""
    kind = type(stmt)
    if kind is ir.Assign or kind is ir.Return or kind is ir.Effect:
        return variable_list(stmt.value)
    if kind is ir.Copy:
        return [s for s in stmt.sources if type(s) is ir.Var]
    if kind is ir.Store:
        return [stmt.base, *variable_list(stmt.index), *variable_list(stmt.value)]
    if kind is ir.Break or kind is ir.Comment:
        return []
    return _more_reads(stmt)


def _more_reads(stmt: ir.Stmt) -> list[ir.Var]:
    match stmt:
        case ir.If() | ir.While():
            return variable_list(stmt.cond)
        case ir.For():
            return [v for a in (stmt.start, stmt.stop, stmt.step, stmt.limit) for v in variable_list(a)]
        case ir.Push():
            return [stmt.stack, *variable_list(stmt.value)]
        case ir.Pop():
            return [stmt.stack]
        case ir.SetSlot():
            return [stmt.base, *variable_list(stmt.value)]
        case ir.Ruled():
            return [v for rule in stmt.rules for v in (*rule.args, *rule.captured)]
        case ir.Given():
            return [s for s in (*stmt.rule.sources, *stmt.rule.args, *stmt.rule.captured) if type(s) is ir.Var]
        case ir.Raise():
            return [*variable_list(stmt.cond), *variable_list(stmt.value)]
        case ir.With():
            return variable_list(stmt.context)
        case ir.Try():
            return [v for kind, _, _ in stmt.handlers for v in variable_list(kind)]
        case ir.Assign() | ir.Return() | ir.Effect() | ir.Copy() | ir.Store() | ir.Break() | ir.Comment():
            return reads(stmt)
        case _:
            assert_never(stmt)


def defines(stmt: ir.Stmt) -> tuple[ir.Var, ...]:
    """Variables that a statement assigns itself."""
    if isinstance(stmt, ir.Assign):
        return (stmt.target,)
    if type(stmt) in _ASSIGN_NOTHING:
        return ()
    match stmt:
        case ir.Copy():
            return stmt.targets
        case ir.Pop():
            return (stmt.target,)
        case ir.Given():
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
    if type(stmt) in FLAT:
        return ()
    match stmt:
        case ir.If():
            return (stmt.then, stmt.orelse)
        case ir.For() | ir.With():
            return (stmt.body,)
        case ir.While():
            return (stmt.header, stmt.body)
        case ir.Try():
            return (stmt.body, *(b for _, _, b in stmt.handlers), stmt.final)
        case ir.Ruled():
            return (stmt.primal,)
        case _:
            return ()


def walk(block: ir.Block) -> Iterator[ir.Stmt]:
    """Every statement of a block and of the blocks inside it, in textual order."""
    for stmt in block.stmts:
        yield stmt
        if type(stmt) not in FLAT:
            for inner in blocks(stmt):
                yield from walk(inner)


def map_arg(arg: Any, f: Callable[[ir.Operand], Any]) -> Any:
    """The expression with every operand replaced by `f(operand)`; itself where all stay the same."""
    kind = type(arg)
    if kind is ir.Var or kind is ir.Const:
        return f(arg)
    if kind is ir.Call:
        function = f(arg.function) if type(arg.function) is ir.Var else arg.function
        args = _mapped(arg.args, f)
        kwargs = tuple([(k, map_arg(i, f)) for k, i in arg.kwargs]) if arg.kwargs else ()
        if function is arg.function and args is arg.args and not kwargs:
            return arg
        return ir.Call(function, args, kwargs, arg.style, arg.text)
    if kind is ir.Pack:
        items = _mapped(arg.items, f)
        return arg if items is arg.items else arg.of(items)
    if arg is None:
        return None
    raise TypeError(arg)


def _mapped(args: tuple[ir.Arg, ...], f: Callable[[ir.Operand], Any]) -> tuple[ir.Arg, ...]:
    new = [map_arg(a, f) for a in args]
    return args if all(map(is_, args, new)) else tuple(new)


def map_stmt(stmt: ir.Stmt, f: Callable[[ir.Operand], Any], g: Callable[[ir.Block], ir.Block],
             d: Callable[[ir.Var], ir.Var] | None = None) -> ir.Stmt:
    """The statement with operands read mapped by `f`, nested blocks by `g`, assigned variables by `d` (default f)."""
    d = d or f
    match stmt:
        case ir.Assign():
            return ir.Assign(d(stmt.target), map_arg(stmt.value, f), stmt.origin)
        case ir.Copy():
            return ir.Copy(tuple(map(d, stmt.targets)), tuple(map(f, stmt.sources)), stmt.origin)
        case ir.Store():
            return ir.Store(f(stmt.base), map_arg(stmt.index, f), stmt.op, f(stmt.value), stmt.origin, stmt.scatter)
        case ir.SetSlot():
            return ir.SetSlot(f(stmt.base), stmt.key, f(stmt.value), stmt.origin)
        case ir.Push():
            return ir.Push(f(stmt.stack), map_arg(stmt.value, f), stmt.origin)
        case ir.Pop():
            return ir.Pop(d(stmt.target), f(stmt.stack), stmt.origin)
        case ir.Effect():
            return ir.Effect(map_arg(stmt.value, f), stmt.origin)
        case ir.Return():
            return ir.Return(map_arg(stmt.value, f), stmt.origin)
        case ir.Raise():
            return ir.Raise(map_arg(stmt.value, f), None if stmt.cond is None else f(stmt.cond), stmt.origin)
        case ir.Break() | ir.Comment():
            return stmt
        case _:
            return _map_compound(stmt, f, g, d)


def _map_compound(stmt: ir.Ruled | ir.Given | ir.If | ir.For | ir.While | ir.With | ir.Try,
                  f: Callable[[ir.Operand], Any], g: Callable[[ir.Block], ir.Block], d: Callable[[ir.Var], ir.Var],
                  ) -> ir.Stmt:
    """`map_stmt` of a statement with blocks or rules in it."""
    match stmt:
        case ir.Ruled():
            rules = tuple(_map_rule(rule, f, g, d) for rule in stmt.rules)
            return ir.Ruled(tuple(map(d, stmt.results)), g(stmt.primal), rules, stmt.origin)
        case ir.Given():
            return ir.Given(tuple(map(d, stmt.results)), _map_rule(stmt.rule, f, g, d), stmt.origin)
        case ir.If():
            return ir.If(f(stmt.cond), g(stmt.then), g(stmt.orelse), stmt.origin)
        case ir.For():
            start, stop, step = f(stmt.start), f(stmt.stop), f(stmt.step)
            limit = None if stmt.limit is None else f(stmt.limit)
            return ir.For(d(stmt.target), start, stop, step, g(stmt.body), stmt.origin, stmt.backward,
                          stmt.trips and d(stmt.trips), limit, _map_plan(stmt.plan, f))
        case ir.While():
            return ir.While(g(stmt.header), f(stmt.cond), g(stmt.body), stmt.origin, stmt.trips and d(stmt.trips),
                            _map_plan(stmt.plan, f))
        case ir.With():
            return ir.With(map_arg(stmt.context, f), g(stmt.body), stmt.target and d(stmt.target), stmt.origin)
        case ir.Try():
            handlers = tuple((map_arg(k, f), v and d(v), g(b)) for k, v, b in stmt.handlers)
            return ir.Try(g(stmt.body), handlers, g(stmt.final), stmt.origin)
        case _:
            assert_never(stmt)


def with_blocks(stmt: ir.Stmt, f: Callable[[ir.Block], ir.Block]) -> ir.Stmt:
    """The statement with its nested blocks mapped by `f`; the statement itself, if it has none."""
    return stmt if type(stmt) in FLAT else map_stmt(stmt, _same, f)


def replaced(block: ir.Block, change: Callable[[ir.Stmt], Iterable[ir.Stmt] | None]) -> ir.Block:
    """The block with `change(stmt)` in the place of each statement, here and in nested blocks. Where it is None the
    statement stays, and the blocks in it are gone through; what it gives is taken as it is."""
    out: list[ir.Stmt] = []
    for stmt in block.stmts:
        new = change(stmt)
        if new is None:
            out.append(with_blocks(stmt, lambda b: replaced(b, change)))
        else:
            out += new
    return ir.Block(out)


def _same(operand: ir.Operand) -> ir.Operand:
    return operand


def _map_plan(plan: ir.Plan | None, f: Callable[[ir.Operand], Any]) -> ir.Plan | None:
    return None if plan is None else ir.Plan(f(plan.snapshots), f(plan.limit))


def _map_rule(rule: ir.Rule, f: Callable[[ir.Operand], Any], g: Callable[[ir.Block], ir.Block],
              d: Callable[[ir.Var], ir.Var]) -> ir.Rule:
    linear = rule.linear
    if linear is not None:
        outputs = tuple(None if o is None else f(o) for o in linear.outputs)
        linear = ir.Linear(tuple(map(d, linear.inputs)), g(linear.body), outputs, linear.transposed)
    return ir.Rule(rule.name, tuple(map(f, rule.args)), g(rule.forward), tuple(map(f, rule.sources)), linear,
                   tuple(map(f, rule.captured)), rule.refusal)


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

"""Loops over generators: the body of the generator is read in place, and the body of the loop where it yields.

So items come one at a time, as Python computes them: a generator may have no end, and may read what the loop writes.
The loop's body is read as a function that the generator calls, whose names are those of the function around the loop.
It gives back how it was left, for the generator to stop there:

    for v in steps(x):                  def body(v):                   while True:
        if v < 0:                           if v < 0:                      ...
            break                               return 1                   left = body(v)
        total += v                          total += v                     if left: return left
                                            return 0
"""
from __future__ import annotations

import ast
import copy
from typing import Any, cast

from ...ir import nodes as ir
from ..frames import MISSING, Frame
from ..lowering import Lowering
from ..values import FunctionV, GeneratorV, TupleV, Value
from .comprehensions import as_loops
from .exits import has_exit
from .names import OUT

BODY, ITEM, LEFT, RESULT = "<body>", "<item>", "<left>", "<result>"
FELL, BROKE, RETURNED, CONTINUED = 0, 1, 2, 3


def loop_over_generator(lo: Lowering, node: ast.For, value: GeneratorV, rest: list[Any]) -> bool | None:
    """`for target in generator: body`"""
    from .inlining import after_call, run_body

    tree, frame = definition(lo, value)
    exits = has_exit(node.body)
    result = any(isinstance(n, ast.Return) and n.value is not None for n in own_nodes(tree))
    leaving = _Leaving(_returned(node)) if exits else None
    frame.set(BODY, FunctionV(_as_function(node, leaving), lo.frame.source, lo.frame, body=True))
    body = _Yielding(lo, exits, result).statements(tree.body)
    kept = _forgotten(lo, _returned(node))
    with lo.inside(frame):
        out = run_body(lo, frame, body)
    after_call(lo, frame, node)
    if result:
        assert isinstance(out, TupleV)
        out, returned = out.items
        if node.type_comment == RESULT:
            lo.frame.set(RESULT, returned)
    if leaving is None:
        rest[:0] = node.orelse
        return None
    lo.frame.set(LEFT, out)
    returns = RETURNED in leaving.ways
    rest[:0] = [*([_if_left(LEFT, RETURNED, [ast.Return(_name(kept))], node)] if returns else []),
                *([_if_left(LEFT, FELL, node.orelse, node)] if node.orelse else [])]
    return None


def within_generator(lo: Lowering, node: ast.With, value: GeneratorV, rest: list[Any]) -> None:
    """`with` of a function under `contextlib.contextmanager`: its generator is read in place, and the body of the
    `with` where it yields. However the body is left, the generator goes on to its end first."""
    from .inlining import after_call, run_body

    tree, frame = definition(lo, value)
    item, *others = node.items
    body = list(node.body) if not others else [ast.copy_location(ast.With(others, node.body), node)]
    held = ast.For(item.optional_vars or ast.Name("<entered>", ast.Store()), item.context_expr, body, [])
    left, kept = f"<left {item.context_expr.lineno} {item.context_expr.col_offset}>", _returned(item.context_expr)
    leaving = _Leaving(kept, left) if has_exit(body) else None
    frame.set(BODY, FunctionV(_as_function(_placed(held, node), leaving), lo.frame.source, lo.frame, body=True))
    steps = _Yielding(lo, False, False).statements(tree.body)
    if leaving is not None:
        lo.frame.set(left, ir.Const(FELL))
        _forgotten(lo, kept)
    with lo.inside(frame):
        run_body(lo, frame, steps)
    after_call(lo, frame, node)
    if leaving is not None:
        rest[:0] = [_if_left(left, how, [stmt], node) for how, stmt in (
            (RETURNED, ast.Return(_name(kept))), (BROKE, ast.Break()), (CONTINUED, ast.Continue()))
            if how in leaving.ways]


def _forgotten(lo: Lowering, name: str) -> str:
    """A name that holds nothing yet. (It belongs to the function around all bodies that are read as functions.)"""
    frame: Frame | None = lo.frame
    while frame is not None:
        if frame.get(name) is not MISSING:
            frame.set(name, MISSING)
        frame = frame.body_of
    return name


def _returned(node: ast.stmt | ast.expr) -> str:
    """The name of what the body returns. (A loop inside has its own: what it returns is how the outer one is left.)"""
    return f"{OUT}{node.lineno} {node.col_offset}>"


def definition(lo: Lowering, value: GeneratorV) -> tuple[ast.FunctionDef, Frame]:
    """What a generator does, and the frame of its names."""
    if value.node is None:
        return cast(ast.FunctionDef, value.function), value.frame
    frame = Frame(value.frame.source, lo.journal, value.frame.globals, value.frame, name=value.frame.name)
    assert value.source is not None, "of a generator expression"
    body = as_loops(value.node, frame, value.source, ast.Expr(ast.Yield(value.node.elt)))
    spec = ast.arguments([], [], None, [], [], None, [])
    return _placed(ast.FunctionDef("<generator>", spec, body, [], None), value.node), frame


def is_lazy(value: Value) -> bool:
    """Whether a value is a generator whose loop may take its items one at a time.

    Where it catches errors around a `yield`, it must not see those of the loop's body."""
    if not isinstance(value, GeneratorV):
        return False
    if value.node is not None:
        return True
    return not any(isinstance(n, ast.Try) and n.handlers and any(
        isinstance(i, (ast.Yield, ast.YieldFrom)) for s in n.body for i in ast.walk(s))
        for n in own_nodes(value.function))


def endless(value: Value) -> bool:
    """Whether a generator may have no end."""
    return isinstance(value, GeneratorV) and value.node is None and any(
        isinstance(n, ast.While) for n in own_nodes(value.function))


def own_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(getattr(tree, "body", []))
    while stack:
        n = stack.pop()
        found.append(n)
        if not isinstance(n, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(n))
    return found


def _as_function(node: ast.For, leaving: _Leaving | None) -> ast.FunctionDef:
    """The body of a loop as a function of the item."""
    target = copy.deepcopy(node.target)
    body: list[ast.stmt] = [ast.Assign([target], _name(ITEM)), *map(copy.deepcopy, node.body)]
    if leaving is not None:
        body = [s for old in body for s in leaving.statement(old)] + leaving.end(FELL)
    spec = ast.arguments([], [ast.arg(ITEM)], None, [], [], None, [])
    return _placed(ast.FunctionDef(BODY, spec, body, [], None), node)


class _Leaving:
    """`break`, `continue` and `return` of a body as the end of its function: of a loop, which gives back how it was
    left; of a context, which notes it under the name `left` (the generator is to go on)."""

    def __init__(self, kept: str, left: str | None = None) -> None:
        self.kept, self.left = kept, left
        self.ways: set[int] = set()

    def end(self, how: int) -> list[ast.stmt]:
        self.ways.add(how)
        if self.left is None:
            return [ast.Return(ast.Constant(how))]
        return [ast.Assign([ast.Name(self.left, ast.Store())], ast.Constant(how)), ast.Return(None)]

    def statement(self, node: ast.stmt, deep: bool = False) -> list[ast.stmt]:
        if isinstance(node, ast.Return):
            out = ast.Assign([ast.Name(self.kept, ast.Store())], node.value or ast.Constant(None))
            return [_placed(n, node) for n in (out, *self.end(RETURNED))]
        if isinstance(node, (ast.Break, ast.Continue)) and not deep:
            on = FELL if self.left is None else CONTINUED
            return [_placed(n, node) for n in self.end(BROKE if isinstance(node, ast.Break) else on)]
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            return [node]
        inner = isinstance(node, (ast.For, ast.While))
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            if block in ("handlers", "cases"):
                for part in getattr(node, block, []):
                    part.body = [s for old in part.body for s in self.statement(old, deep)]
            elif isinstance(getattr(node, block, None), list):
                below = deep or (inner and block == "body")
                setattr(node, block, [s for old in getattr(node, block) for s in self.statement(old, below)])
        return [node]


class _Yielding(ast.NodeTransformer):
    """`yield v` as a call of the loop's body, after which the generator stops where the body has left the loop."""

    def __init__(self, lo: Lowering, exits: bool, result: bool) -> None:
        self.lo, self.exits, self.result, self.count = lo, exits, result, 0

    def statements(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        found = [s for n in nodes for s in self._many(self.visit(copy.deepcopy(n)))]
        last = nodes[-1]
        if self.exits or self.result:
            found.append(_placed(ast.Return(self._end(ast.Constant(FELL), None)), last))
        return [ast.fix_missing_locations(n) for n in found]

    def _many(self, new: Any) -> list[ast.stmt]:
        return new if isinstance(new, list) else [new]

    def _end(self, left: ast.expr, value: ast.expr | None) -> ast.expr:
        return ast.Tuple([left, value or ast.Constant(None)], ast.Load()) if self.result else left

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        if self.exits or self.result:
            return _placed(ast.Return(self._end(ast.Constant(FELL), node.value)), node)
        return ast.copy_location(ast.Return(None), node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Yield):
            return self._given(node.value.value or ast.Constant(None), node)
        if isinstance(node.value, ast.YieldFrom):
            return self._all_of(node.value.value, node)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        if isinstance(node.value, ast.Yield):
            return [*self._given(node.value.value or ast.Constant(None), node),
                    _placed(ast.Assign(node.targets, ast.Constant(None)), node)]
        if isinstance(node.value, ast.YieldFrom):
            none = _placed(ast.Assign([ast.Name(RESULT, ast.Store())], ast.Constant(None)), node)
            loop = self._all_of(node.value.value, node)
            loop[-1].type_comment = RESULT
            return [none, *loop, _placed(ast.Assign(node.targets, _name(RESULT)), node)]
        return self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield) -> Any:
        self._value_used(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        self._value_used(node)

    def _value_used(self, node: ast.AST) -> Any:
        self.lo.fail("AD100", node, "the value of this `yield` is used in an expression",
                     "give `yield` a statement of its own")

    def _given(self, value: ast.expr, node: ast.AST) -> list[ast.stmt]:
        """Hand an item to the loop's body."""
        call = ast.Call(_name(BODY), [value], [])
        if not self.exits:
            return [_placed(ast.Expr(call), node)]
        stop = ast.If(ast.Compare(_name(LEFT), [ast.NotEq()], [ast.Constant(FELL)]),
                      [ast.Return(self._end(_name(LEFT), None))], [])
        return [_placed(n, node) for n in (ast.Assign([ast.Name(LEFT, ast.Store())], call), stop)]

    def _all_of(self, source: ast.expr, node: ast.AST) -> list[Any]:
        """`yield from source`: a loop."""
        self.count += 1
        name, item = f"<from {self.count}>", f"<from item {self.count}>"
        loop = ast.For(ast.Name(item, ast.Store()), _name(name), self._given(_name(item), node), [])
        held = ast.Assign([ast.Name(name, ast.Store())], source)
        return [_placed(held, node), _placed(loop, node)]


def _if_left(name: str, how: int, body: list[ast.stmt], node: ast.AST) -> ast.stmt:
    test = ast.Compare(_name(name), [ast.Eq()], [ast.Constant(how)])
    return _placed(ast.If(test, body, []), node)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _placed(new: Any, old: ast.AST) -> Any:
    for n in ast.walk(new):
        if isinstance(n, (ast.expr, ast.stmt)) and not hasattr(n, "lineno"):
            ast.copy_location(n, old)
    return new

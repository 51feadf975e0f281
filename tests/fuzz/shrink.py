"""Make a failing program small: delta debugging over its syntax tree.

    before:  forty lines that fail            after:  def f(x, s):
                                                          x[1:] += x[:-1]
                                                          return np.sum(x)

Candidates leave statements out, replace blocks by their bodies, expressions by their parts or by constants.
One is kept if `fails(candidate)` still holds; that it still runs is for `fails` to see to.
"""
from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from .generate import Program

Fails = Callable[[Program], bool]
Edit = Callable[[ast.Module], bool]
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def shrink(program: Program, fails: Fails, seconds: float = 20.0, tries: int = 1500) -> Program:
    """The smallest program found that still fails, within a limit of time and of candidates."""
    deadline = time.monotonic() + seconds
    # Memory that was never written holds the numbers of the last run: with less around it, such a program only seems
    # to fail for the old reason.
    filled = replace(program, text=program.text.replace("np.empty", "np.zeros"))
    if filled.text != program.text and fails(filled):
        program = filled
    best = _reprinted(program) if fails(_reprinted(program)) else program
    best = _without_parameters(_shrunk(best, fails, deadline, tries), fails)
    return best


def _shrunk(best: Program, fails: Fails, deadline: float, tries: int) -> Program:
    progress = True
    while progress:
        progress = False
        for edits in (_drop_chunks, _unnest, _inline, _simplify):
            position = 0
            while True:
                if time.monotonic() > deadline or tries <= 0:
                    return best
                candidate = _edited(best, edits, position)
                if candidate is None:
                    break
                tries -= 1
                if _size(candidate) < _size(best) and fails(candidate):
                    best, progress = candidate, True
                else:
                    position += 1
    return best


def _size(program: Program) -> tuple[int, int]:
    return program.text.count("\n"), len(program.text)


def _without_parameters(program: Program, fails: Fails) -> Program:
    """Drop parameters of `f`, with their arguments, as long as it fails without them."""
    best = program
    for place in range(len(program.args) - 1, -1, -1):
        tree = ast.parse(best.text)
        function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "f")
        del function.args.args[place]
        args = best.args[:place] + best.args[place + 1:]
        candidate = replace(best, text=ast.unparse(tree) + "\n", args=args)
        if args and fails(candidate):
            best = candidate
    return best


def fingerprint(text: str) -> str:
    """What is the same for programs that differ in names and constants only."""
    tree = ast.parse(text)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "f")
    words = []
    for node in ast.walk(function):
        words.append(type(node).__name__)
        if isinstance(node, ast.Attribute):
            words.append(node.attr)
    return " ".join(words)


def _reprinted(program: Program) -> Program:
    return replace(program, text=ast.unparse(ast.parse(program.text)) + "\n")


def _edited(program: Program, edits: Callable[[ast.Module], Iterator[Callable[[], None]]],
            position: int) -> Program | None:
    """The program with the edit of this number made; None if there are not so many."""
    tree = ast.parse(program.text)
    for number, edit in enumerate(edits(tree)):
        if number == position:
            edit()
            _fill_empty(tree)
            return replace(program, text=ast.unparse(ast.fix_missing_locations(tree)) + "\n")
    return None


def _statement_lists(tree: ast.AST) -> list[list[ast.stmt]]:
    found = []
    for node in ast.walk(tree):
        for field in BLOCKS:
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                found.append(block)
    return found


def _drop_chunks(tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Leave out runs of statements: long runs first, later ones first."""
    lists = _statement_lists(tree)
    for length in (8, 4, 2, 1):
        for block in lists:
            for start in range(len(block) - length, -1, -1):
                yield lambda b=block, s=start, n=length: b.__delitem__(slice(s, s + n))


def _unnest(tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Put a block in the place of the statement that holds it (a loop's variable becomes its first value)."""
    for block in _statement_lists(tree):
        for place, node in enumerate(block):
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(node, field, None)
                if isinstance(inner, list) and inner and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                    yield lambda b=block, p=place, i=inner, n=node: b.__setitem__(slice(p, p + 1),
                                                                                  [*_bind(n), *i])


def _bind(node: ast.stmt) -> list[ast.stmt]:
    """An assignment of the first item to the loop variable, for a `for` that loses its head."""
    if not isinstance(node, ast.For):
        return []
    first = ast.Call(ast.Name("next", ast.Load()), [ast.Call(ast.Name("iter", ast.Load()), [node.iter], [])],
                     [])
    if isinstance(node.iter, ast.Call) and getattr(node.iter.func, "id", "") == "range":
        first = ast.Constant(1)
    return [ast.Assign([node.target], first)]


class _Substitute(ast.NodeTransformer):
    """Reads of a name become another expression."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.AST:
        read = node.id == self.name and isinstance(node.ctx, ast.Load)
        return copy.deepcopy(self.value) if read else node


def _inline(tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Leave out `name = value` and put the value where the name is read."""
    def substitute(block: list[ast.stmt], node: ast.Assign, name: str) -> None:
        value = node.targets[1] if len(node.targets) > 1 else node.value
        if len(node.targets) > 1:
            del node.targets[0]
        else:
            block.remove(node)
        _Substitute(name, _as_read(value)).visit(tree)

    for block in _statement_lists(tree):
        for node in block:
            if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name):
                yield lambda b=block, n=node, t=target.id: substitute(b, n, t)


def _as_read(value: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(value), mode="eval").body


def _simplify(tree: ast.Module) -> Iterator[Callable[[], None]]:
    """Replace an expression by one of its parts, or by a constant."""
    for node in list(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            if field in ("func", "annotation", "target", "targets", "decorator_list", "slice", "exc", "type"):
                continue
            if isinstance(value, ast.expr) and not isinstance(value, ast.Constant):
                for smaller in _parts(value):
                    yield lambda n=node, f=field, s=smaller: setattr(n, f, copy.deepcopy(s))
            elif isinstance(value, list):
                for k, item in enumerate(value):
                    if isinstance(item, ast.expr) and not isinstance(item, ast.Constant):
                        for smaller in _parts(item):
                            yield lambda v=value, k=k, s=smaller: v.__setitem__(k, copy.deepcopy(s))


def _parts(node: ast.expr) -> list[ast.expr]:
    """Smaller expressions that might stand for this one, most drastic first."""
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return []
    parts: list[ast.expr] = [ast.Constant(1.0)]
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not isinstance(getattr(child, "ctx", None), ast.Store):
            parts.append(child)
        elif isinstance(child, ast.comprehension):
            parts.append(child.iter)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        parts.append(node.func.value)
    return parts


def _fill_empty(tree: ast.Module) -> None:
    """A `pass` in blocks that lost everything; a `try` that lost its handlers becomes its body's holder."""
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list) and not node.body and not isinstance(node,
                                                                                              ast.Module):
            node.body = [ast.Pass()]
        if isinstance(node, ast.Try) and not node.handlers and not node.finalbody:
            node.finalbody = [ast.Pass()]

"""`parallel=True`: loops whose iterations do not depend on each other are shared out among numba's threads.

    for i in range(n):                   def f_rows_1(begin, end, m, x, y):
        for j in range(m):                   for i in range(begin, end):
            y[i * m + j] = ...     ==>           for j in range(m):
                                                     y[i * m + j] = ...

                                         share(pool, threads, n * m, f_rows_1, 0, n, (m, x, y))

`Writer.independent` has the counters of loops of which no iteration touches memory that another one writes (`rows.py`,
`independent.py`). What is left to prove is in the text: no iteration reads a name that an earlier one assigned, none
leaves the loop or takes memory, and each stores at places that move with the counter. A sum over all iterations is
such a name and stays with one thread, so results are those of one thread. A mark that something happened in some
iteration (`far = far | ...`) is a name of each thread's, and put into memory at its end.
"""
from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .writer import RESERVED

_HEADER = re.compile(r"( *)for (\w+) in range\((?:([^,]+), )?([^,]+)\):")
_MARK = re.compile(r" *(\w+) = \1 \| (.*)")
_ONE_THREADS = {"mem", "rec", "top", "rtop", "room", "rroom", "oi", "of", "blas"}



class Shared(NamedTuple):
    """The lines of a kernel, those of the functions that threads run, how many these are, and how many marks one has
    at most (in `marked`)."""

    kernel: list[str]
    functions: list[str]
    count: int
    marks: int


def share_loops(lines: Sequence[str], independent: set[str], name: str) -> Shared:
    """A kernel's lines with such loops as calls of functions."""
    out: list[str] = []
    parts: list[str] = []
    count = marks = at = 0
    while at < len(lines):
        found = _HEADER.fullmatch(lines[at])
        if found and found[2] in independent:
            end = at + 1
            while end < len(lines) and lines[end].startswith(found[1] + " "):
                end += 1
            part = _part(f"{name}_rows_{count + 1}", found, lines[at + 1:end], [*lines[:at], *lines[end:]])
            if part is not None:
                count += 1
                parts += [*part[0], "", ""]
                out += part[1]
                marks = max(marks, part[2])
                at = end
                continue
        out.append(lines[at])
        at += 1
    return Shared(out, parts, count, marks)


def _part(name: str, header: re.Match[str], body: Sequence[str], others: Iterable[str]
          ) -> tuple[list[str], list[str], int] | None:
    """The function that runs some iterations of a loop, the lines that call it, and the number of its marks; None if
    one thread has to run it."""
    indent, counter, first, last = header.groups(default="")
    inside = [line[len(indent):] for line in body]
    tree = ast.parse("\n".join(["def part():", *inside])).body[0]
    nodes = list(ast.walk(tree))
    if any(isinstance(n, (ast.Return, ast.Break, ast.While)) for n in nodes):
        return None
    marks = sorted({found[1] for line in inside if (found := _MARK.fullmatch(line))})
    names = [n for n in nodes if isinstance(n, ast.Name)]
    if any(sum(n.id == mark for n in names) != 2 for mark in marks):
        return None
    assigned = {n.id for n in names if isinstance(n.ctx, ast.Store)} - set(marks)
    loaded = {n.id for n in names} - assigned - {counter, *marks}
    elsewhere = {word for line in others for word in re.findall(r"[A-Za-z_]\w*", line)}
    if loaded & _ONE_THREADS or assigned & elsewhere or counter in elsewhere or _reads_from_before(tree, assigned):
        return None
    stores = [n for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
    if not stores or not all(_moves_with(counter, n.slice, assigned) for n in stores):
        return None
    values = sorted(loaded - RESERVED)
    if not elsewhere.issuperset(values):
        return None
    values += ["marked"] if marks else []
    lines = [f"def {name}({', '.join(['begin', 'end', *values])}):", *(f"    {mark} = 0" for mark in marks),
             f"    for {counter} in range(begin, end):", *(f"    {line}" for line in inside)]
    for k, mark in enumerate(marks):
        lines += [f"    if {mark} != 0:", f"        marked[{k}] = 1"]
    size = f"({last} - ({first}))" if first else f"({last})"
    work = " * ".join([size, *_inner_sizes(tree, assigned | {counter})])
    packed = f"({', '.join(values)}{',' * (len(values) == 1)})"
    call = [f"share(pool, threads, {work}, {name}, {first or 0}, {last}, {packed})"]
    if marks:
        call = [*(f"marked[{k}] = 0" for k in range(len(marks))), *call,
                *(f"{mark} = {mark} | marked[{k}]" for k, mark in enumerate(marks))]
    return lines, [indent + line for line in call], len(marks)


def _reads_from_before(tree: ast.AST, assigned: set[str]) -> bool:
    """Whether an iteration may read one of the names before it has assigned it."""
    def fresh(node: ast.AST, known: set[str]) -> bool:
        return all(not (isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in assigned)
                   or n.id in known for n in ast.walk(node))

    def run(block: Iterable[ast.stmt], known: set[str]) -> bool:
        for s in block:
            if isinstance(s, ast.If):
                then, orelse = set(known), set(known)
                if not (fresh(s.test, known) and run(s.body, then) and run(s.orelse, orelse)):
                    return False
                known |= then & orelse
            elif isinstance(s, ast.For):
                inner = known | {n.id for n in ast.walk(s.target) if isinstance(n, ast.Name)}
                if not (fresh(s.iter, known) and run(s.body, inner)):
                    return False
            else:
                if not fresh(s, known) or (isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name)
                                           and s.target.id not in known):
                    return False
                known |= {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return True

    return not run(getattr(tree, "body", ()), set())


def _moves_with(counter: str, place: ast.expr, assigned: set[str]) -> bool:
    """Whether a place is a sum in which the counter stands once, alone or times something that stays the same."""
    terms: list[ast.expr] = []
    waiting = [place]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            waiting += [node.left, node.right]
        else:
            terms.append(node)
    mine = [t for t in terms if any(isinstance(n, ast.Name) and n.id == counter for n in ast.walk(t))]
    if len(mine) != 1:
        return False
    term = mine[0]
    if isinstance(term, ast.Name):
        return True
    if not (isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult) and isinstance(term.left, ast.Name)):
        return False
    return term.left.id == counter and not any(
        isinstance(n, ast.Name) and n.id in {counter, *assigned} for n in ast.walk(term.right))


def _inner_sizes(tree: ast.AST, changing: set[str]) -> list[str]:
    """How often the loops inside run, as far as that is the same in each iteration: the first one of each depth."""
    found: list[str] = []
    block: Sequence[ast.stmt] = getattr(tree, "body", ())
    while True:
        loop = next((s for s in block if isinstance(s, ast.For)), None)
        if loop is None or not isinstance(loop.iter, ast.Call):
            return found
        sizes = [a for a in loop.iter.args if not (isinstance(a, ast.Constant) and a.value == 0)]
        stays = len(sizes) == 1 and not any(isinstance(n, ast.Name) and n.id in changing for n in ast.walk(sizes[0]))
        found.append(f"({ast.unparse(sizes[0])})" if stays else "8")
        block = loop.body

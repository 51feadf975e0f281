"""What a builtin does to values of unknown length, as a few lines of Python that are read in its place."""
from __future__ import annotations

import ast

from ..lowering import Lowering, Unwound
from ..values import GeneratorV, HeapV, IterV, Value


def gives_items(cls: type) -> bool:
    """Whether objects of a class can be iterated over."""
    return hasattr(cls, "__iter__") or hasattr(cls, "__getitem__")


def gathered(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """What a builtin runs over, as something with items by number."""
    from .collecting import collect

    if isinstance(value, HeapV) and value.cls not in (list, dict, set) and gives_items(value.cls):
        return run_snippet(lo, "out = [item for item in source]", {"source": value}, "out", node)
    return collect(lo, value, node) if isinstance(value, (GeneratorV, IterV)) else value


def run_snippet(lo: Lowering, text: str, env: dict[str, Value], result: str, node: ast.AST) -> Value:
    """Read a few lines of Python that say what a builtin does."""
    from ..frames import Frame

    nodes = ast.parse(text).body
    for n in nodes:
        for inner in ast.walk(n):
            if hasattr(inner, "lineno") and hasattr(node, "lineno"):
                inner.place = (text, inner.lineno, inner.col_offset)
                ast.copy_location(inner, node)
    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, None, name=lo.frame.name)
    frame.env.update(env)
    origin, outer = lo.origin, lo.frame
    lo.frame = frame
    try:
        lo.statements(nodes)
    finally:
        lo.frame, lo.origin = outer, origin
    if result not in frame.env:  # what it was given ends in an error, on the path that is being read
        raise Unwound
    return frame.env[result]

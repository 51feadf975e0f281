"""Dicts from outside that are read with a key known at run time: the key's place among theirs, and the value there."""
from __future__ import annotations

import ast

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import ExternalV, TupleV, Value
from .snippets import run_snippet

_PLACE = """
place = -1
for k, name in enumerate(names):
    if name == key:
        place = k
if place < 0:
    raise KeyError(key)
"""


def keyed_outside(lo: Lowering, base: ExternalV, key: Value, node: ast.AST, hint: str | None) -> Value:
    """`base[key]`. What is read may be a function or an object: which one is then known at run time only."""
    from .items import load_item
    from .names import external
    from .operands import last_name

    values, paths = base.value, {k: f"{base.path}[{k!r}]" for k in base.value}
    names = TupleV([_constant(k) for k in values])
    place = run_snippet(lo, _PLACE, {"names": names, "key": key}, "place", node)
    held = TupleV([external(lo, v, paths[k], last_name(paths[k])) for k, v in values.items()])
    return load_item(lo, held, place, node, hint)


def _constant(key: object) -> Value:
    return TupleV([_constant(k) for k in key]) if isinstance(key, tuple) else ir.Const(key)


__all__ = ["keyed_outside"]

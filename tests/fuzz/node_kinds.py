"""Which kinds of IR node a program lowers to, and which of them inside which."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .features import Features


def node_kinds(f: Callable[..., Any], args: tuple[Any, ...]) -> Features:
    """Kinds of the statements of `f`, lowered for these arguments. Raises what lowering raises."""
    from ad_compiler.frontend.entry import lower_function
    from ad_compiler.frontend.signature import Signer
    signer = Signer()
    names = inspect.signature(f).parameters
    specs = {name: signer.spec(arg, name) for name, arg in zip(names, args, strict=True)}
    found = Features()
    _note_block(lower_function(f, specs).function.body, found)
    return found


def _note_block(block: Any, found: Features) -> None:
    from ad_compiler.ir import nodes as ir
    from ad_compiler.ir.visit import blocks
    for stmt in block:
        kind = type(stmt).__name__
        match stmt:
            case ir.Assign(_, ir.Call(style=style)):
                kind += f" {style}"
            case ir.Assign(_, value):
                kind += f" {type(value).__name__}"
            case ir.Store(index=index, op=op):
                where = "whole" if index is None else getattr(index, "kind", "item")
                kind += f" {where} {op}=" + (" scattered" if stmt.scatter else "")
        found.enter(kind)
        for inner in blocks(stmt):
            _note_block(inner, found)
        found.leave()

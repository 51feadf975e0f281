"""Helpers of the backend's tests: text to IR, IR to text, and running both."""
from __future__ import annotations

import inspect
import itertools
import linecache
import textwrap
from typing import Any

import numpy as np

from ad_compiler.backend.load import load
from ad_compiler.backend.python import print_function
from ad_compiler.frontend.entry import Lowered, lower_function
from ad_compiler.frontend.signature import Signer
from ad_compiler.ir import nodes as ir
from ad_compiler.transform.tidy import tidy

_serial = itertools.count()


def function_of(text: str) -> Any:
    """The function that a text defines, with the text where `inspect` finds it."""
    text = textwrap.dedent(text).strip() + "\n"
    file = f"<backend test {next(_serial)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"np": np, "__name__": "backend_test"}
    exec("import math", scope)
    exec(compile(text, file, "exec"), scope)
    return next(v for v in scope.values() if inspect.isfunction(v))


def lowered(function: Any, *args: Any) -> Lowered:
    bound = inspect.signature(function).bind(*args)
    bound.apply_defaults()
    signer = Signer()
    return lower_function(function, {n: signer.spec(v, n) for n, v in bound.arguments.items()})


def body_of(fn: ir.Function) -> str:
    """The printed statements, without the `def` line and the indentation."""
    lines = print_function(fn).body.splitlines()[1:]
    return textwrap.dedent("\n".join(lines)) + "\n"


def reprinted(text: str, *args: Any, tidied: bool = True) -> str:
    """The body of a function after reading and printing."""
    fn = lowered(function_of(text), *args).function
    return body_of(tidy(fn) if tidied else fn)


def inputs_of(function: Any, read: Lowered, call: Any, args: tuple[Any, ...]) -> tuple[list[Any], dict[str, Any]]:
    """What a printed function is called with: the arguments that are inputs, and values from outside."""
    bound = inspect.signature(function).bind(*args)
    bound.apply_defaults()
    code = call.__code__
    keywords = code.co_varnames[code.co_argcount: code.co_argcount + code.co_kwonlyargcount]
    outside = [value for _, value in read.hidden.values()]
    return [bound.arguments[p.hint] for p in read.params], dict(zip(keywords, outside, strict=True))


def block(*stmts: ir.Stmt) -> ir.Block:
    return ir.Block(list(stmts))


def loaded(fn: ir.Function) -> Any:
    return load(print_function(fn))

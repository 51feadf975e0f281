"""Which lambda a code object is, where its places in the file say little: tools that rewrite modules copy the place of
a whole statement to all that is in it."""
from __future__ import annotations

import ast
import linecache
import types
from typing import Any

import pytest

import ad_compiler as ad

TEXT = """def made(k):
    return [lambda x: x * x * k, lambda x: x * x * x, lambda y: sum(a * y for a in [1.0, k]), lambda *xs: xs[0] * 1.0,
            lambda x: x * 1, lambda x, p=2.0: x * p]
"""


@pytest.fixture
def lambdas() -> Any:
    """Functions of which each has the place of the statement that they are in."""
    file = "<lambdas of one statement>"
    tree = ast.parse(TEXT)
    statement = tree.body[0].body[0]
    for node in ast.walk(statement):
        ast.copy_location(node, statement)
    linecache.cache[file] = (len(TEXT), None, TEXT.splitlines(keepends=True), file)
    module = types.ModuleType("lambdas_of_one_statement")
    exec(compile(tree, file, "exec"), module.__dict__)
    yield module.made(3.0)
    del linecache.cache[file]


def test_each_is_found_by_what_it_does(lambdas: list[Any]) -> None:
    assert [ad.grad(f, on_unsupported="error")(2.0) for f in lambdas] == [12.0, 12.0, 4.0, 1.0, 1.0, 2.0]

"""No module and no function of the product grows beyond what one can read."""
from __future__ import annotations

import ast

from tests.house.sizes import ALLOWED, Size, length, product, sizes


def test_nothing_is_too_long() -> None:
    assert [size for size in sizes(product()) if size.lines > size.limit and size.name not in ALLOWED] == []


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    over = {size.name for size in sizes(product()) if size.lines > size.limit}
    assert set(ALLOWED) <= over
    assert all(len(reason) > 20 for reason in ALLOWED.values())


def test_docstrings_do_not_count() -> None:
    source = 'def f(x):\n    """One.\n\n    Two.\n    """\n    y = x\n    return y\n'
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert length(node) == 3


def test_a_long_module_is_reported() -> None:
    module = Size("somewhere.py", 401, 300, 400)
    assert module.lines > module.limit

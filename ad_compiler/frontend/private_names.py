"""Names with two leading underscores in the body of a class: there `self.__rate` means `self._Model__rate`."""
from __future__ import annotations

import ast
import types


def spell_out(tree: ast.AST, code: types.CodeType) -> None:
    """Give each private name of a method's text the name that Python gives it. The text keeps the short one.

    The language reference, "Private name mangling", says for which names and how.
    """
    owner, _, rest = code.co_qualname.rpartition(".")
    _in_class(tree, "" if not rest or owner.endswith("<locals>") else owner.rpartition(".")[2])


def _in_class(node: ast.AST, owner: str) -> None:
    for name in ("id", "attr", "arg", "name"):
        found = getattr(node, name, None)
        if isinstance(found, str) and found.startswith("__"):
            setattr(node, name, _mangled(found, owner))
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        node.names = [_mangled(name, owner) for name in node.names]
    inner = node.name if isinstance(node, ast.ClassDef) else owner
    for child in ast.iter_child_nodes(node):
        _in_class(child, inner)


def _mangled(name: str, owner: str) -> str:
    owner = owner.lstrip("_")
    private = owner and name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{owner}{name}" if private else name

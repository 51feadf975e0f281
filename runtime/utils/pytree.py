"""Nested tuples, lists and dicts of tensors as flat lists."""
from __future__ import annotations

from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The leaves of a tree in order, and a form from which `unflatten` rebuilds it."""
    leaves: list[Any] = []
    return leaves, _form(tree, leaves)


def _form(tree: Any, leaves: list[Any]) -> Any:
    if isinstance(tree, dict):
        return type(tree), [(key, _form(item, leaves)) for key, item in tree.items()]
    if isinstance(tree, tuple | list):
        return type(tree), [_form(item, leaves) for item in tree]
    leaves.append(tree)
    return None


def unflatten(leaves: list[Any], form: Any) -> Any:
    """The tree of a form with these leaves."""
    return _built(iter(leaves), form)


def _built(leaves: Any, form: Any) -> Any:
    if form is None:
        return next(leaves)
    kind, parts = form
    if issubclass(kind, dict):
        return kind([(key, _built(leaves, part)) for key, part in parts])
    items = [_built(leaves, part) for part in parts]
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def shown(form: Any) -> str:
    """A form as torch shows the structure of a tree: `*` for a leaf."""
    if form is None:
        return "*"
    kind, parts = form
    if issubclass(kind, dict):
        return "{" + ", ".join(f"{key!r}: {shown(part)}" for key, part in parts) + "}"
    inside = ", ".join(map(shown, parts))
    return f"[{inside}]" if issubclass(kind, list) else f"({inside}{',' if len(parts) == 1 else ''})"

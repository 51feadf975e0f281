"""Paths as a user writes them: `wrt="model.layers[0].W"`."""
from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from .structure import Path, children, is_object


@dataclass(frozen=True, slots=True)
class Route:
    """A path that a user wrote: the name it begins with, and the attributes (".W") and keys ("[0]") behind it."""

    text: str
    root: str
    steps: tuple[tuple[str, Any], ...]

    def follow(self, value: Any) -> Any:
        """What the path leads to from the value of its root. Raises ValueError that says what there is."""
        for k, (kind, key) in enumerate(self.steps):
            try:
                value = getattr(value, key) if kind == "." else value[key]
            except (AttributeError, LookupError, TypeError):
                where = self.root + steps_text(self.steps[:k])
                missing = f"`{where}` has no `{steps_text(((kind, key),))}`; {_parts(value)}"
                raise ValueError(f"wrt={self.text!r}: {missing}") from None
        return value

    @property
    def keys(self) -> tuple[Any, ...]:
        """The steps as keys of the parts of structures."""
        return tuple(key for _, key in self.steps)


def routes_of(wrt: Any) -> tuple[tuple[Route, ...], bool]:
    """The paths of `wrt`, and whether it is a single one. Raises TypeError and ValueError for what is no path."""
    single = isinstance(wrt, str)
    texts = (wrt,) if single else wrt
    if not isinstance(texts, (tuple, list)) or not texts or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"wrt must be a path, or a tuple of paths, not {wrt!r}")
    return tuple(map(_route, texts)), single


def _route(text: str) -> Route:
    steps: list[tuple[str, Any]] = []
    try:
        node: Any = ast.parse(text.strip(), mode="eval").body
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                steps.append((".", node.attr))
            else:
                steps.append(("[", ast.literal_eval(node.slice)))
            node = node.value
    except (SyntaxError, ValueError, AttributeError):
        raise ValueError(f"wrt={text!r} is no path: write it as in the program, like 'model.layers[0].W'") from None
    return Route(text, node.id, tuple(reversed(steps)))


def steps_text(steps: tuple[tuple[str, Any], ...]) -> str:
    """Steps as a program writes them."""
    return "".join(f".{key}" if kind == "." else f"[{key!r}]" for kind, key in steps)


def path_in(value: Any, path: Path) -> str:
    """The place of a leaf inside a value, as the front end writes it."""
    out = ""
    for key in path:
        out += f".{key}" if is_object(value) else f"[{key!r}]"
        value = dict(children(value) or ())[key]
    return out


def _parts(value: Any) -> str:
    found = children(value)
    if not found:
        return f"it is a {type(value).__name__}"
    own = [f".{k}" if is_object(value) else f"[{k!r}]" for k, _ in found]
    return f"there are {', '.join(f'`{k}`' for k in own[:12])}{', ...' if len(own) > 12 else ''}"

"""Gradients and options for the transforms that are made of gradients."""
from __future__ import annotations

from typing import Any

from .derivative import Derivative
from .options import compiler_options
from .wrt import Argnums

Settings = dict[str, Any]


def gradient_of(f: Any, argnums: Argnums, options: Settings) -> Derivative:
    """`grad(f, argnums, **options)`."""
    others = dict(options)
    return Derivative(f, False, argnums, others.pop("has_aux", False), None, chosen_options(others))


def chosen_options(options: Settings) -> Any:
    """The compiler's options among those of a transform. Raises TypeError and ValueError for unknown ones."""
    others = dict(options)
    named = {"backend": "numpy", "mode": "fast", "on_unsupported": "tape"}
    return compiler_options(*(others.pop(name, value) for name, value in named.items()), others)

"""Signatures of functions as the table writes them: text, parsed when a call is first bound."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: Literal["positional", "variadic", "keyword", "keywords"]
    default: Any = None
    required: bool = False


class _Omitted:
    """Default of a parameter that has no literal value (`np._NoValue`)."""

    def __repr__(self) -> str:
        return "OMITTED"

    def __deepcopy__(self, memo: Any) -> _Omitted:
        return self


OMITTED = _Omitted()


def parse_signature(signature: str) -> list[Parameter]:
    """`"a, axis=None, *rest, keepdims=False"` as parameters. `...` as a default means "omitted"."""
    import ast  # here: the tape's users import the table, and few of them meet a signature

    arguments = ast.parse(f"def f({signature}): pass").body[0].args

    def default(node: Any) -> Any:
        if node is None:
            return None
        value = ast.literal_eval(node)
        return OMITTED if value is Ellipsis else value

    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[Any] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    out = [
        Parameter(a.arg, "positional", default(d), required=d is None)
        for a, d in zip(positional, defaults, strict=True)
    ]
    if arguments.vararg:
        out.append(Parameter(arguments.vararg.arg, "variadic"))
    out += [
        Parameter(a.arg, "keyword", default(d), required=d is None)
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        out.append(Parameter(arguments.kwarg.arg, "keywords", {}))
    return out

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
    out: list[Parameter] = []
    kind: Literal["positional", "keyword"] = "positional"
    for text in _parts(signature):
        name, _, default = text.partition("=")
        if name.startswith("**"):
            out.append(Parameter(name[2:], "keywords", {}))
        elif name.startswith("*"):
            if name != "*":
                out.append(Parameter(name[1:], "variadic"))
            kind = "keyword"
        elif name != "/":
            out.append(Parameter(name, kind, _value(default) if default else None, required=not default))
    return out


def _parts(signature: str) -> list[str]:
    """The text of each parameter; a default may be a tuple."""
    parts: list[str] = []
    for piece in signature.split(","):
        if parts and parts[-1].count("(") > parts[-1].count(")"):
            parts[-1] += f",{piece}"
        else:
            parts.append(piece.strip())
    return parts if parts != [""] else []


def _value(default: str) -> Any:
    found = _USUAL.get(default)
    if found is None and default != "None":
        from ast import literal_eval  # here: the tape's users import the table, and few of them meet a signature

        return literal_eval(default)
    return found


_USUAL = {"None": None, "False": False, "True": True, "...": OMITTED, "0": 0, "1": 1, "-1": -1}

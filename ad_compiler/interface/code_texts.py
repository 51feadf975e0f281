"""The code of a function as text: its bytecode, the names it looks up, what it imports, its lines in the file."""
from __future__ import annotations

import functools
import linecache
import opcode
import types
from collections.abc import Iterator
from typing import Any

_IMPORT = opcode.opmap["IMPORT_NAME"]


class Doubt(Exception):
    """Whether two programs are the same cannot be said."""


@functools.lru_cache(maxsize=4096)
def names_in(code: types.CodeType) -> frozenset[str]:
    """The names that a function's code looks up, and its strings that may be names of attributes."""
    names = set(code.co_names)
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            names |= names_in(const)
        elif isinstance(const, str) and const.isidentifier():
            names.add(const)
    return frozenset(names)


def imported_in(code: types.CodeType) -> Iterator[str]:
    """The modules that a function's code imports."""
    if _IMPORT in code.co_code[::2]:
        import dis

        for step in dis.get_instructions(code):
            if step.opname == "IMPORT_NAME":
                yield step.argval or "."
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from imported_in(const)


def code_text(code: types.CodeType) -> str:
    """What a code object does, as text: two codes with one text behave alike."""
    return "\n".join([
        code.co_name, code.co_code.hex(), repr((
            code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags, code.co_names,
            code.co_varnames, code.co_freevars, code.co_cellvars)),
        *map(_constant_text, code.co_consts),
    ])


def _constant_text(const: Any) -> str:
    if isinstance(const, types.CodeType):
        return code_text(const)
    if isinstance(const, frozenset):
        return f"frozenset {sorted(map(repr, const))}"
    if isinstance(const, tuple):
        return f"({', '.join(map(_constant_text, const))})"
    return repr(const)


def source_lines(function: types.FunctionType) -> str:
    """The lines of a function in its file, with the comments behind its last statement. Raises Doubt if unknown."""
    code = function.__code__
    if code.co_filename.startswith("<string>"):
        return ""  # made by the standard library (dataclasses, named tuples): its code says all
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    first = code.co_firstlineno - 1
    if not 0 <= first < len(lines):
        raise Doubt
    head = lines[first]
    indent = len(head) - len(head.lstrip())
    last = max(_last_line(code), first + 1)
    while last < len(lines):
        text = lines[last].strip()
        if text and not text.startswith("#") and len(lines[last]) - len(lines[last].lstrip()) <= indent:
            break
        last += 1
    return "".join(lines[first:last])


def _last_line(code: types.CodeType) -> int:
    own = max((line for _, _, line in code.co_lines() if line is not None), default=0)
    return max([own, *(_last_line(const) for const in code.co_consts if isinstance(const, types.CodeType))])

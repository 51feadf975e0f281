"""IR as Python source: one readable function, with the imports it needs above it.

    lap%3 = subtract(t%1, t%2)      ==>     lap = u[2:] - 2.0 * u[1:-1] + u[:-2]

The text is a module of its own; equal functions give equal text.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Passive, Record
from ..naming import Names, sanitise
from .expressions import Expressions
from .namespace import Namespace
from .operators import ATOM, NOT

INDENT = "    "


@dataclass(frozen=True, slots=True)
class Printed:
    """Generated text. `namespace` has the objects that no import can provide (and those that imports do); `imports`
    are the text's import lines, `body` what follows them."""

    name: str
    text: str
    namespace: dict[str, Any]
    imports: tuple[str, ...]
    body: str
    injected: dict[str, Any]


def print_function(fn: ir.Function) -> Printed:
    """The text of a function. Raises InternalError for IR that no Python text can say."""
    printer = Printer(fn)
    body = printer.function()
    space = printer.namespace
    imports = tuple(sorted(space.imports, key=lambda line: (line.startswith("from"), line)))
    head = "\n".join(imports) + "\n\n\n" if imports else ""
    return Printed(printer.title, head + body, space.objects, imports, body, space.injected)


class Printer:
    """Prints one function, statement by statement."""

    def __init__(self, fn: ir.Function) -> None:
        self.fn = fn
        params = [sanitise(p.hint) for p in (*fn.params, *fn.keywords)]
        self.title = sanitise(fn.name)
        self.names = Names(wished=_hints(fn))
        self.namespace = Namespace(self.names) if not {"np", "math"} & set(params) else None  # type: ignore
        self.write = Expressions(self.names, self.namespace)
        for p in (*fn.params, *fn.keywords):
            self.write.name(p)
        if self.namespace is None:
            self.namespace = self.write.namespace = Namespace(self.names)
        self.lines: list[str] = []
        self.indent = INDENT
        self.origin: ir.Origin | None = None
        self.commented: set[tuple[str, int]] = set()
        self.statements: dict[type, Callable[[Any], None]] = {
            ir.Assign: self.assign, ir.Copy: self.copy, ir.Store: self.store, ir.SetSlot: self.set_slot,
            ir.Push: self.push, ir.Pop: self.pop, ir.Effect: self.effect, ir.Invoke: self.invoke, ir.If: self.if_,
            ir.For: self.for_, ir.While: self.while_, ir.Break: self.break_, ir.Raise: self.raise_,
            ir.With: self.with_, ir.Try: self.try_, ir.Return: self.return_, ir.Comment: self.comment,
        }

    def function(self) -> str:
        fn, write = self.fn, self.write
        params = [write.name(p) for p in fn.params]
        if fn.keywords:
            params += ["*", *(write.name(p) for p in fn.keywords)]
        self.lines.append(f"def {self.title}({', '.join(params)}):")
        if fn.doc:
            self.lines += docstring(fn.doc)
        start = len(self.lines)
        for stmt in fn.body:
            self.statements[type(stmt)](stmt)
        if len(self.lines) == start:
            self.lines.append(f"{INDENT}pass")
        return "\n".join(self.lines) + "\n"

    # --- lines --------------------------------------------------------------------------------------------------------
    def line(self, text: str, origin: ir.Origin | None = None) -> None:
        if origin is not None and origin is not self.origin:
            self.remark(origin)
        self.lines.append(self.indent + text)

    def remark(self, origin: ir.Origin) -> None:
        """The comments above the first line of a statement of the user's, or of its adjoint."""
        before, self.origin = self.origin, origin
        if origin == before:
            return
        if origin.adjoint:
            if origin.text:
                self.lines.append(f"{self.indent}# adjoint of: {origin.text}")
        elif origin.comments and (origin.file, origin.line) not in self.commented:
            self.commented.add((origin.file, origin.line))
            self.lines += [self.indent + c for c in origin.comments]

    def block(self, block: ir.Block) -> None:
        """A block one step further in."""
        outer, self.indent = self.indent, self.indent + INDENT
        start = len(self.lines)
        for stmt in block:
            self.statements[type(stmt)](stmt)
        if len(self.lines) == start:
            self.lines.append(f"{self.indent}pass")
        self.indent = outer
        if self.origin is not None and self.origin.adjoint:
            self.origin = None

    # --- simple statements ----------------------------------------------------------------------------------------------
    def assign(self, s: ir.Assign) -> None:
        value = self.write.text(s.value)
        self.line(f"{self.write.name(s.target)} = {value}", s.origin)

    def copy(self, s: ir.Copy) -> None:
        pairs = [(t, v) for t, v in zip(s.targets, s.sources, strict=True) if t is not v]
        sources = [self.write.text(v) for _, v in pairs]
        targets = [self.write.name(t) for t, _ in pairs]
        clash = any(v is t for i, (t, _) in enumerate(pairs) for _, v in pairs[i + 1:])
        if clash:
            self.line(f"{', '.join(targets)} = {', '.join(sources)}", s.origin)
            return
        for target, source in zip(targets, sources, strict=True):
            self.line(f"{target} = {source}", s.origin)

    def store(self, s: ir.Store) -> None:
        write = self.write
        if s.scatter and s.op:
            index = write.pack(s.index) if isinstance(s.index, ir.Pack) else write.text(s.index)
            function = self.namespace.numpy({"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}[s.op])
            self.line(f"{function}.at({write.text(s.base)}, {index}, {write.text(s.value)})", s.origin)
            return
        value = write.text(s.value)
        base = write.text(s.base) if s.index is None else f"{write.receiver(s.base)}[{write.index(s.index)}]"
        self.line(f"{base} {s.op}= {value}", s.origin)

    def set_slot(self, s: ir.SetSlot) -> None:
        value = self.write.text(s.value)
        base = self.write.receiver(s.base)
        cls = s.base.type.cls if isinstance(s.base.type, (Record, Passive)) else None
        if cls in (dict, list):
            self.line(f"{base}[{self.write.text(ir.Const(s.key))}] = {value}", s.origin)
        else:
            self.line(f"{base}.{s.key} = {value}", s.origin)

    def push(self, s: ir.Push) -> None:
        self.line(f"{self.write.receiver(s.stack)}.append({self.write.text(s.value)})", s.origin)

    def pop(self, s: ir.Pop) -> None:
        self.line(f"{self.write.name(s.target)} = {self.write.receiver(s.stack)}.pop()", s.origin)

    def effect(self, s: ir.Effect) -> None:
        self.line(self.write.text(s.value), s.origin)

    def invoke(self, s: ir.Invoke) -> None:
        name = getattr(s.callee, "name", None) or getattr(s.callee, "__name__", "callee")
        callee = self.namespace.reference(s.callee, None, hint=name)
        call = f"{callee}({', '.join(self.write.text(a) for a in s.args)})"
        results = [self.write.name(r) for r in s.results]
        left = f"{results[0]}," if len(results) == 1 else ", ".join(results)
        self.line(f"{left} = {call}" if results else call, s.origin)

    def raise_(self, s: ir.Raise) -> None:
        value = None if s.value is None else self.write.text(s.value)
        if s.cond is not None:
            self.line(f"assert {self.write.text(s.cond)}" + (f", {value}" if value else ""), s.origin)
        else:
            self.line(f"raise {value}" if value else "raise", s.origin)

    def return_(self, s: ir.Return) -> None:
        if isinstance(s.value, ir.Const) and s.value.value is None:
            self.line("return None", s.origin)
        elif isinstance(s.value, ir.Pack) and s.value.kind == "tuple" and len(s.value.items) > 1:
            self.line(f"return {', '.join(self.write.text(i) for i in s.value.items)}", s.origin)
        else:
            self.line(f"return {self.write.text(s.value)}", s.origin)

    def break_(self, s: ir.Break) -> None:
        self.line("break", s.origin)

    def comment(self, s: ir.Comment) -> None:
        self.origin = None
        text = s.text if s.text.startswith("#") else f"# {s.text}"
        if self.lines and not self.lines[-1].rstrip().endswith((":", '"""')):
            self.lines.append("")
        self.lines.append(self.indent + text)

    # --- blocks -----------------------------------------------------------------------------------------------------------
    def if_(self, s: ir.If, keyword: str = "if") -> None:
        if not len(s.then) and len(s.orelse):
            self.line(f"{keyword} not {self.write.text(s.cond, NOT)}:", s.origin)
            self.block(s.orelse)
            return
        self.line(f"{keyword} {self.write.text(s.cond)}:", s.origin)
        self.block(s.then)
        if len(s.orelse) == 1 and isinstance(s.orelse.stmts[0], ir.If):
            self.if_(s.orelse.stmts[0], "elif")
        elif len(s.orelse):
            self.lines.append(f"{self.indent}else:")
            self.block(s.orelse)

    def for_(self, s: ir.For) -> None:
        write = self.write
        if s.trips is not None:
            self.line(f"{write.name(s.trips)} = 0", s.origin)
        numbers = self.numbers(s)
        self.line(f"for {write.name(s.target)} in {numbers}:", s.origin)
        if s.trips is not None:
            self.lines.append(f"{self.indent}{INDENT}{write.name(s.trips)} += 1")
        self.block(s.body)

    def numbers(self, s: ir.For) -> str:
        """The numbers that a loop runs over."""
        write, space = self.write, self.namespace
        start, stop, step = write.text(s.start), write.text(s.stop), write.text(s.step)
        parts = [stop] if (start, step) == ("0", "1") else [start, stop] if step == "1" else [start, stop, step]
        text = f"{space.builtin('range')}({', '.join(parts)})"
        if s.limit is not None:
            text = f"{text}[:{write.text(s.limit)}]"
        return f"{space.builtin('reversed')}({text})" if s.backward else text

    def while_(self, s: ir.While) -> None:
        write = self.write
        if s.trips is not None:
            self.line(f"{write.name(s.trips)} = 0", s.origin)
        if len(s.header):
            self.line("while True:", s.origin)
            self.block(s.header)
            self.lines.append(f"{self.indent}{INDENT}if not {write.text(s.cond, NOT)}:")
            self.lines.append(f"{self.indent}{INDENT}{INDENT}break")
        else:
            self.line(f"while {write.text(s.cond)}:", s.origin)
        if s.trips is not None:
            self.lines.append(f"{self.indent}{INDENT}{write.name(s.trips)} += 1")
        if len(s.body) or not len(s.header):
            self.block(s.body)

    def with_(self, s: ir.With) -> None:
        target = "" if s.target is None else f" as {self.write.name(s.target)}"
        self.line(f"with {self.write.text(s.context)}{target}:", s.origin)
        self.block(s.body)

    def try_(self, s: ir.Try) -> None:
        self.line("try:", s.origin)
        self.block(s.body)
        for kind, var, handler in s.handlers:
            caught = "" if kind is None else f" {self.write.text(kind)}"
            self.lines.append(f"{self.indent}except{caught}" + (f" as {self.write.name(var)}:" if var else ":"))
            self.block(handler)
        if len(s.final):
            self.lines.append(f"{self.indent}finally:")
            self.block(s.final)


def _hints(fn: ir.Function) -> set[str]:
    """The names that the function's variables would like to have."""
    found = {v.hint for v in (*fn.params, *fn.keywords)}
    for stmt in visit.walk(fn.body):
        for v in visit.defines(stmt):
            found.add(v.hint)
    return found


def docstring(doc: str) -> list[str]:
    """A docstring's lines, escaped and indented."""
    text = doc.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = text.splitlines()
    if len(lines) == 1:
        return [f'{INDENT}"""{text}{" " if text.endswith(chr(34)) else ""}"""']
    rest = [f"{INDENT}{line}".rstrip() for line in lines[1:]]
    return [f'{INDENT}"""{lines[0]}', *rest, f'{INDENT}"""']


__all__ = ["ATOM", "Printed", "Printer", "docstring", "prims", "print_function"]

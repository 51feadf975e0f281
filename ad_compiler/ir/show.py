"""IR as text, for people and for golden tests.

    u%1 = method copy(u0)                   : float64[u0.0]
    for step in range(0, steps, 1):
        t%2 = index item(u%1, 2:)           : float64[u0.0-2]

A variable is its hint and a number that counts the variables of the function, so equal functions have equal text.
"""
from __future__ import annotations

from typing import Any

from . import nodes as ir
from . import visit

INDENT = "    "


def show(fn: ir.Function) -> str:
    """The text of a function."""
    return _Show(fn).text()


def show_block(block: ir.Block) -> str:
    """The text of a block by itself."""
    shown = _Show(ir.Function("", (), (), block))
    shown.block(block, 0)
    return "\n".join(shown.lines) + "\n"


class _Show:
    def __init__(self, fn: ir.Function) -> None:
        self.fn = fn
        self.lines: list[str] = []
        self.numbers: dict[ir.Var, int] = {}
        self.types: set[ir.Var] = set()

    def text(self) -> str:
        fn = self.fn
        params = [self._declared(p) for p in fn.params]
        if fn.keywords:
            params += ["*", *map(self._declared, fn.keywords)]
        self.lines.append(f"def {fn.name}({', '.join(params)}):")
        self.block(fn.body, 1)
        return "\n".join(self.lines) + "\n"

    def var(self, v: ir.Var) -> str:
        return f"{v.hint}%{self.numbers.setdefault(v, len(self.numbers))}"

    def _declared(self, v: ir.Var) -> str:
        self.types.add(v)
        return f"{self.var(v)}: {v.type}"

    def arg(self, arg: Any) -> str:
        match arg:
            case None:
                return "-"
            case ir.Var():
                return self.var(arg)
            case ir.Const():
                return arg.text or _literal(arg.value)
            case ir.Pack("slice", (start, stop, step)):
                parts = ["" if isinstance(p, ir.Const) and p.value is None else self.arg(p)
                         for p in (start, stop, step)]
                return ":".join(parts if parts[2] else parts[:2])
            case ir.Pack("object", items, keys, cls):
                parts = ", ".join(f"{k}={self.arg(i)}" for k, i in zip(keys, items, strict=True))
                return f"{getattr(cls, '__name__', cls)}({parts})"
            case ir.Pack("dict", items, keys):
                return "{" + ", ".join(f"{k!r}: {self.arg(i)}" for k, i in zip(keys, items, strict=True)) + "}"
            case ir.Pack(kind, items):
                left, right = "[]" if kind == "list" else "()"
                return f"{left}{', '.join(map(self.arg, items))}{right}"
            case ir.Call():
                parts = [self.arg(a) for a in arg.args] + [f"{k}={self.arg(a)}" for k, a in arg.kwargs]
                style = "" if arg.style == "call" else f"{arg.style} "
                return f"{style}{self._function(arg)}({', '.join(parts)})"
        raise TypeError(arg)

    def _function(self, call: ir.Call) -> str:
        if isinstance(call.function, ir.Var):
            return self.var(call.function)
        return call.text or getattr(call.function, "__name__", repr(call.function))

    # --- statements -----------------------------------------------------------------------------------------------
    def block(self, block: ir.Block, depth: int) -> None:
        start = len(self.lines)
        for stmt in block:
            head, new = self.head(stmt), [v for v in visit.defines(stmt) if v not in self.types]
            self.types.update(new)
            line = f"{INDENT * depth}{head}"
            if new and not visit.blocks(stmt):
                line = f"{line:<60}: {', '.join(str(v.type) for v in new)}"
            self.lines.append(line)
            self._inner(stmt, depth)
        if len(self.lines) == start:
            self.lines.append(f"{INDENT * depth}pass")

    def head(self, stmt: ir.Stmt) -> str:
        arg = self.arg
        match stmt:
            case ir.Assign():
                return f"{self.var(stmt.target)} = {arg(stmt.value)}"
            case ir.Copy():
                return f"{', '.join(map(self.var, stmt.targets))} := {', '.join(map(arg, stmt.sources))}"
            case ir.Store():
                where = "" if stmt.index is None else f"[{arg(stmt.index)}]"
                scatter = " (scatter)" if stmt.scatter else ""
                return f"store {self.var(stmt.base)}{where} {stmt.op}= {arg(stmt.value)}{scatter}"
            case ir.SetSlot():
                return f"set {self.var(stmt.base)}.{stmt.key} = {arg(stmt.value)}"
            case ir.Push():
                return f"push {self.var(stmt.stack)}, {arg(stmt.value)}"
            case ir.Pop():
                return f"{self.var(stmt.target)} = pop {self.var(stmt.stack)}"
            case ir.Effect():
                return f"do {arg(stmt.value)}"
            case ir.Ruled():
                rule = f"the rule of {stmt.rules[0].name}" if stmt.rules else "a rule"
                return f"{', '.join(map(self.var, stmt.results))} by {rule}:"
            case ir.Given():
                sources = ", ".join(map(arg, stmt.rule.sources))
                by = ", ".join(map(arg, stmt.rule.args))
                return f"{', '.join(map(self.var, stmt.results))} := {sources}  (rule of {stmt.rule.name}, by {by})"
            case ir.If():
                return f"if {arg(stmt.cond)}:"
            case ir.For():
                return self._for(stmt)
            case ir.While():
                return "while:" if stmt.trips is None else f"while: (trips {self.var(stmt.trips)})"
            case ir.Raise():
                return f"assert {arg(stmt.cond)}, {arg(stmt.value)}" if stmt.cond else f"raise {arg(stmt.value)}"
            case ir.With():
                return f"with {arg(stmt.context)}" + (f" as {self.var(stmt.target)}:" if stmt.target else ":")
            case ir.Return():
                return f"return {arg(stmt.value)}"
            case ir.Try() | ir.Break() | ir.Comment():
                return {ir.Try: "try:", ir.Break: "break"}.get(type(stmt)) or f"# {stmt.text}"

    def _for(self, stmt: ir.For) -> str:
        numbers = f"range({self.arg(stmt.start)}, {self.arg(stmt.stop)}, {self.arg(stmt.step)})"
        if stmt.limit is not None:
            numbers += f"[:{self.arg(stmt.limit)}]"
        if stmt.backward:
            numbers = f"reversed {numbers}"
        trips = "" if stmt.trips is None else f" (trips {self.var(stmt.trips)})"
        return f"for {self.var(stmt.target)} in {numbers}:{trips}"

    def _inner(self, stmt: ir.Stmt, depth: int) -> None:
        pad = INDENT * depth
        match stmt:
            case ir.If(_, then, orelse):
                self.block(then, depth + 1)
                if len(orelse):
                    self.lines.append(f"{pad}else:")
                    self.block(orelse, depth + 1)
            case ir.While():
                if len(stmt.header):
                    self.block(stmt.header, depth + 1)
                self.lines.append(f"{pad}do while {self.arg(stmt.cond)}:")
                self.block(stmt.body, depth + 1)
            case ir.Try():
                self.block(stmt.body, depth + 1)
                for kind, v, handler in stmt.handlers:
                    self.lines.append(f"{pad}except {self.arg(kind)}" + (f" as {self.var(v)}:" if v else ":"))
                    self.block(handler, depth + 1)
                if len(stmt.final):
                    self.lines.append(f"{pad}finally:")
                    self.block(stmt.final, depth + 1)
            case ir.For() | ir.With():
                self.block(stmt.body, depth + 1)
            case ir.Ruled():
                self.block(stmt.primal, depth + 1)


def _literal(value: Any) -> str:
    if isinstance(value, (type, type(len))) or hasattr(value, "__name__"):
        return str(getattr(value, "__name__", value))
    return repr(value)

"""IR as Python source: one readable function, with the imports it needs above it.

    t%1 = item(u, 2:)
    t%2 = item(u, :-2)
    lap%3 = subtract(t%1, t%2)      ==>     lap = u[2:] - u[:-2]

The text is a module of its own; equal functions give equal text.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..analysis.purity import conduct
from ..ir import nodes as ir
from ..ir.types import Num, Passive, Record
from ..naming import Names, sanitise
from . import control
from .expressions import Expressions
from .lines import Lines, docstring
from .namespace import Beside, Namespace
from .nesting import Nesting, Pending, Uses, movable, operands
from .operators import AUGMENTED
from .unpacking import taken_apart, targets

_UFUNC_OF = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}


@dataclass(frozen=True, slots=True)
class Printed:
    """Generated text: `imports` are its import lines, `body` what follows them. `namespace` holds every object that
    the body refers to, `injected` those of them that no import provides."""

    name: str
    text: str
    imports: tuple[str, ...]
    body: str
    namespace: dict[str, Any]
    injected: dict[str, Any]


def print_function(fn: ir.Function, *, nest: bool = True, beside: Beside | None = None) -> Printed:
    """The text of a function; without `nest`, one call per line; `beside` others in one module. Raises InternalError
    for IR that no Python text can say."""
    printer = Printer(fn, nest, beside)
    body = printer.function()
    space = printer.namespace
    imports = tuple(sorted(space.imports, key=lambda line: (line.startswith("from"), line)))
    head = "\n".join(imports) + "\n\n\n" if imports else ""
    return Printed(printer.title, head + body, imports, body, space.objects, space.injected)


class Printer:
    """Prints one function, statement by statement."""

    def __init__(self, fn: ir.Function, nest: bool = True, beside: Beside | None = None) -> None:
        self.fn = fn
        self.nest = nest
        self.title = sanitise(fn.name)
        self.uses = Uses(fn)
        beside = beside or Beside({})
        names = Names(taken=beside.functions.values(), wished=self.uses.wishes)
        parameters = {p: names.fresh(p.hint) for p in (*fn.params, *fn.keywords)}
        names.fresh(self.title)  # no other function goes by it
        self.namespace = Namespace(names, beside)
        self.out = Lines()
        self.nesting = Nesting(self._write_out, self.out.room)
        self.write = Expressions(names, self.namespace, self.nesting.pending, parameters,
                                 self.uses.reads)
        self.block = fn.body
        self.unused = ir.Var("_", Passive())
        self.written: set[ir.Var] = set()  # temporaries that could not be written in place of their names
        self._statements: dict[type, Callable[[Any], None]] = {
            ir.Assign: self.assign, ir.Copy: self.copy, ir.Store: self.store, ir.SetSlot: self.set_slot,
            ir.Push: self.push, ir.Pop: self.pop, ir.Effect: self.effect,
            ir.Break: self.break_, ir.Raise: self.raise_, ir.Return: self.return_, ir.Comment: self.comment,
            ir.If: lambda s: control.if_(self, s), ir.For: lambda s: control.for_(self, s),
            ir.While: lambda s: control.while_(self, s), ir.With: lambda s: control.with_(self, s),
            ir.Try: lambda s: control.try_(self, s),
        }

    def function(self) -> str:
        fn, name, lines = self.fn, self.write.name, self.out.lines
        params = [name(p) for p in fn.params]
        if fn.keywords:
            params += ["*", *(name(p) for p in fn.keywords)]
        lines.append(f"def {self.title}({', '.join(params)}):")
        if fn.doc:
            lines += docstring(fn.doc)
        start = len(lines)
        self.statements(fn.body)
        if len(lines) == start:
            self.out.plain("pass")
        return "\n".join(lines) + "\n"

    def statements(self, block: ir.Block) -> None:
        """The statements of a block, at the present indentation."""
        self.some(block, block.stmts)
        self.nesting.flush_all()

    def some(self, block: ir.Block, stmts: list[ir.Stmt]) -> None:
        """Statements of a block, some of whose values may be waiting afterwards."""
        outer, self.block = self.block, block
        done = 0
        for i, stmt in enumerate(stmts):
            if i < done:
                continue
            parts = taken_apart(stmts, i, self.uses) if self.nest else []
            if parts:
                self.unpack(stmt, parts)
                done = i + 1 + len(parts)
            elif type(stmt) is ir.Assign and self.may_wait(stmt, stmts[i + 1] if i + 1 < len(stmts) else None):
                self.nesting.wait(stmt, self.write.value)
            else:
                self._statements[type(stmt)](stmt)
        self.block = outer

    def may_wait(self, stmt: ir.Assign, following: ir.Stmt | None) -> bool:
        """Whether the value may be written where it is read: a temporary, or the result that is returned next."""
        if not self.nest or not movable(stmt.value):
            return False
        var = stmt.target
        if self.uses.nestable(var, self.block):
            return True
        return (type(following) is ir.Return and following.value is var and var.hint == "out"
                and self.uses.reads[var] == 1)

    def _write_out(self, p: Pending) -> None:
        self.written.add(p.target)
        self.out.add(f"{self.write.name(p.target)} = {p.text}", p.origin)

    # --- statements -------------------------------------------------------------------------------------------------
    def assign(self, s: ir.Assign) -> None:
        value, target = s.value, s.target
        pure = movable(value)
        raises = not pure or (isinstance(value, ir.Call) and conduct(value, target)[0])
        self.nesting.settle(operands(value), ordered=raises, writes=not pure, defines=(target,))
        if isinstance(value, ir.Call) and value.style == "op" and value.args[0] is target:
            symbol = AUGMENTED.get(value.function)
            if symbol is not None and isinstance(target.type, Num) and _augments(s.origin, symbol):
                self.out.add(f"{self.write.name(target)} {symbol} {self.write.text(value.args[1])}", s.origin)
                return
        text = self.write.value(value)[0]
        self.out.add(f"{self.write.name(target)} = {text}", s.origin)

    def unpack(self, s: ir.Assign, parts: list[ir.Assign]) -> None:
        """A tuple that is taken apart at once."""
        names = [self.unused if v is None else v for v in targets(s.target, parts)]
        self.nesting.settle(operands(s.value), writes=not movable(s.value), defines=tuple(p.target for p in parts))
        text = self.write.value(s.value)[0]
        comma = "," if len(names) == 1 else ""
        self.out.add(f"{', '.join(map(self.write.name, names))}{comma} = {text}", s.origin)

    def copy(self, s: ir.Copy) -> None:
        pairs = [(t, v) for t, v in zip(s.targets, s.sources, strict=True) if t is not v]
        used = [v for _, v in pairs if isinstance(v, ir.Var)]
        targets = tuple(t for t, _ in pairs)
        self.nesting.settle(used, ordered=False, defines=targets)
        pending = self.nesting.pending
        reads = [(pending[v].mentions if v in pending else {v}) if isinstance(v, ir.Var) else () for _, v in pairs]
        if all(t not in reads[j] for i, t in enumerate(targets) for j in range(i + 1, len(pairs))):
            for t, v in pairs:
                self.out.add(f"{self.write.name(t)} = {self.write.text(v)}", s.origin)
            return
        sources = ", ".join(self.write.text(v) for _, v in pairs)
        self.out.add(f"{', '.join(map(self.write.name, targets))} = {sources}", s.origin)

    def store(self, s: ir.Store) -> None:
        write = self.write
        index = [] if s.index is None else operands(s.index)
        value = operands(s.value)
        base = [] if s.index is None else [s.base]
        order = [*base, *index, *value] if s.op or s.scatter else [*value, *base, *index]
        self.nesting.settle(order, writes=True, named=s.base if s.index is None else None)
        if s.scatter and s.op:
            where = write.value(s.index)[0]
            function = self.namespace.numpy(_UFUNC_OF[s.op])
            self.out.add(f"{function}.at({write.text(s.base)}, {where}, {write.text(s.value)})", s.origin)
            return
        text = write.text(s.value)
        left = write.text(s.base) if s.index is None else f"{write.receiver(s.base)}[{write.index(s.index)}]"
        self.out.add(f"{left} {s.op}= {text}", s.origin)

    def set_slot(self, s: ir.SetSlot) -> None:
        self.nesting.settle([*operands(s.value), s.base], writes=True)
        value = self.write.text(s.value)
        base = self.write.receiver(s.base)
        cls = s.base.type.cls if isinstance(s.base.type, (Record, Passive)) else None
        left = f"{base}[{self.write.text(ir.Const(s.key))}]" if cls in (dict, list) else f"{base}.{s.key}"
        self.out.add(f"{left} = {value}", s.origin)

    def push(self, s: ir.Push) -> None:
        self.nesting.settle([s.stack, *operands(s.value)], ordered=False, writes=True)
        self.out.add(f"{self.write.receiver(s.stack)}.append({self.write.text(s.value)})", s.origin)

    def pop(self, s: ir.Pop) -> None:
        self.nesting.settle([s.stack], writes=True, defines=(s.target,))
        self.out.add(f"{self.write.name(s.target)} = {self.write.receiver(s.stack)}.pop()", s.origin)

    def effect(self, s: ir.Effect) -> None:
        self.nesting.settle(operands(s.value), writes=True)
        self.out.add(self._item_set(s.value) or self.write.text(s.value), s.origin)

    def _item_set(self, call: ir.Call) -> str | None:
        """`a[i] = v` and `del a[i]` for calls of the methods that do it."""
        if call.style != "passive" or call.text not in ("__setitem__", "__delitem__"):
            return None
        place = f"{self.write.receiver(call.args[0])}[{self.write.index(call.args[1])}]"
        return f"del {place}" if call.text == "__delitem__" else f"{place} = {self.write.text(call.args[2])}"

    def raise_(self, s: ir.Raise) -> None:
        conds = [] if s.cond is None else operands(s.cond)
        self.nesting.settle([*conds, *([] if s.value is None else operands(s.value))], alone=True)
        cond = None if s.cond is None else self.write.text(s.cond)
        value = None if s.value is None else self.write.text(s.value)
        if cond is not None:
            self.out.add(f"assert {cond}, {value}" if value else f"assert {cond}", s.origin)
        else:
            self.out.add(f"raise {value}" if value else "raise", s.origin)

    def return_(self, s: ir.Return) -> None:
        self.nesting.settle(operands(s.value), alone=True)
        if isinstance(s.value, ir.Pack) and s.value.kind == "tuple" and len(s.value.items) > 1:
            text = ", ".join(self.write.text(i) for i in s.value.items)
        else:
            text = self.write.text(s.value)
        self.out.add(f"return {text}", s.origin)

    def break_(self, s: ir.Break) -> None:
        self.nesting.flush_all()
        self.out.add("break", s.origin)

    def comment(self, s: ir.Comment) -> None:
        if s.text:
            self.nesting.flush_all()
        else:
            self.nesting.settle((), ordered=False, defines=s.forgotten)
        named = [v for v in s.forgotten if not (self.nest and self.uses.nestable(v, self.block)) or v in self.written]
        if len(named) > 1 or not s.text:
            self.out.wrapped("del ", [self.write.name(v) for v in named])
        if s.text:
            self.out.comment(s.text)


def _augments(origin: ir.Origin | None, symbol: str) -> bool:
    """Whether `x = x + e` is written `x += e`: where the user wrote it so, and in code of ours."""
    return origin is None or origin.ours or symbol in origin.text


__all__ = ["Printed", "Printer", "print_function"]

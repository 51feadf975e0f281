"""What the compiler did with a function, line by line: active or not, what is recorded, which rules are used."""
from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import support
from .interface.specialize import Specialization
from .ir import nodes as ir
from .ir import visit
from .ir.types import Array, DictOf, Dim, ListOf, Num, Passive, Record, Seq, Type
from .report_peak import peak_of

REVERSE = "--- reverse ---"

_UNNAMED = ("t", "out")  # names of values that the program gives none


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that the reverse sweep reads. `bytes` is None where its size is known only at run time."""

    name: str
    bytes: int | None
    in_loop: bool


@dataclass(slots=True)
class Line:
    """One line of the user's program.

    `active`: derivatives pass through it. `kept`: what is recorded at it. `rules`: the functions it applies.
    """

    number: int
    text: str
    active: bool = False
    kept: list[Kept] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)

    @property
    def recorded_bytes(self) -> int:
        """Bytes recorded at this line, as far as they are known."""
        return sum(kept.bytes or 0 for kept in self.kept)


@dataclass(frozen=True, slots=True)
class Report:
    """`backend` that runs ("numpy", "native", "tape", or "python" for a function of `jit` that is not compiled),
    `lines` of the program, `fallbacks` (what could not be compiled, with the reason), `recorded_bytes` in total, and
    `peak_bytes`: what a call has in use at its peak beside its arguments
    (None on the tape and in machine code), `threads`: what became of `parallel=True`, in words. `complete` is False if
    some sizes are known only at run time: then the total is without them. Sizes are those of the example arguments;
    without any, of one of the first calls of the signature."""

    name: str
    backend: str
    lines: tuple[Line, ...]
    fallbacks: tuple[str, ...]
    peak_bytes: int | None = None
    peak_known: bool = True
    threads: str = ""

    @property
    def recorded_bytes(self) -> int:
        return sum(line.recorded_bytes for line in self.lines)

    @property
    def complete(self) -> bool:
        return self.peak_known and all(kept.bytes is not None for line in self.lines for kept in line.kept)

    def __str__(self) -> str:
        width = min(max((len(line.text) for line in self.lines), default=0), 70)
        rows = [f"{self.name}: backend {self.backend}, {'' if self.complete else 'at least '}"
                f"{readable(self.recorded_bytes)} recorded"
                + ("" if self.peak_bytes is None else f", {readable(self.peak_bytes)} at the peak")]
        for line in self.lines:
            notes = [f"keeps {k.name}{' each time' if k.in_loop else ''} ({readable(k.bytes)})" for k in line.kept]
            if line.rules:
                notes.append("rules: " + ", ".join(line.rules))
            mark = "*" if line.active else " "
            rows.append(f"{line.number:5} {mark} {line.text[:width]:{width}}  {'; '.join(notes)}".rstrip())
        rows += [f"falls back: {reason}" for reason in self.fallbacks]
        rows += [f"parallel=True: {self.threads}"] if self.threads else []
        rows.append("* active: derivatives pass through the line")
        return "\n".join(rows)


def readable(size: int | None) -> str:
    """A number of bytes for people: `1.5 kB`."""
    if size is None:
        return "size known at run time"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"


def report_of(special: Specialization) -> Report:
    """The report of one compiled form."""
    main = special.main
    lines: dict[tuple[str, int], Line] = {}

    def line_of(origin: ir.Origin | None) -> Line | None:
        if origin is None:
            return None
        return lines.setdefault((origin.file, origin.line), Line(origin.line, origin.text))

    for stmt in visit.walk(main.lowered.function.body):
        line = line_of(stmt.origin)
        if line is not None:
            line.active = line.active or any(var in main.active for var in visit.defines(stmt))
            line.rules += [name for name in _rules(stmt) if name not in line.rules]
    for origin, kept in _kept(main.function, Sizes(special.sizes)):
        line = line_of(origin or main.function.origin)
        if line is not None:
            line.kept.append(kept)
    ordered = tuple(lines[key] for key in sorted(lines))
    kernels = main.native.kernels if main.native is not None else ()
    refused = tuple(dict.fromkeys(f"{kernel.name}: {kernel.refusal}" for kernel in kernels if kernel.refusal))
    peak = peak_of(main.function, Sizes(dict(special.sizes))) if main.backend == "numpy" else None
    if peak is not None:
        border = next((i for i, s in enumerate(main.function.body) if isinstance(s, ir.Comment)), 0)
        forward = ir.Block(main.function.body.stmts[:border])
        peak.bytes += sum(kept.bytes or 0 for _, kept in _snapshots(forward, Sizes(special.sizes)))
    return Report(main.lowered.function.name, "numpy" if refused else main.backend, ordered, main.fallbacks + refused,
                  None if peak is None else peak.bytes, peak is None or peak.complete, _threads(special))


def _threads(special: Specialization) -> str:
    """What became of `parallel=True`; nothing if it was not asked for."""
    if not special.request.options.parallel:
        return ""
    main = special.main
    texts = [text for kernel in main.native.kernels for text in kernel.used_texts()] if main.native is not None else []
    if not texts:
        return "ignored, as there is no machine code for threads to run"
    count = sum(text.parallel for text in texts)
    if not count:
        return "one thread, as there is no loop whose iterations are proven independent"
    return f"threads share {count} loop{'s' * (count > 1)}, where {'they are' if count > 1 else 'it is'} long enough"


def _rules(stmt: ir.Stmt) -> Iterator[str]:
    """Names of the functions that a statement applies."""
    value = getattr(stmt, "value", None)
    if isinstance(value, ir.Call) and value.style in ("call", "method", "op"):
        yield getattr(value.function, "__name__", str(value.function))


def _kept(fn: ir.Function, sizes: Sizes) -> Iterator[tuple[ir.Origin | None, Kept]]:
    """What the reverse sweep reads of the forward sweep: recorded in loops, or simply still there."""
    border = next((i for i, s in enumerate(fn.body) if isinstance(s, ir.Comment) and s.text == REVERSE), None)
    if border is None:
        return
    forward, reverse = ir.Block(fn.body.stmts[:border]), ir.Block(fn.body.stmts[border:])
    made = {var: stmt for stmt in visit.walk(forward) if stmt.origin for var in visit.defines(stmt)}
    for var, size, in_loop in _pushed(forward, 1, False, sizes):
        stmt = made.get(var)
        yield None if stmt is None else stmt.origin, Kept(_name(var, stmt), size, in_loop)
    yield from _snapshots(forward, sizes)
    read = {var for stmt in visit.walk(reverse) for var in visit.reads(stmt)}
    for stmt in forward:
        for var in visit.defines(stmt):
            if var in read and isinstance(var.type, Array) and not _is_view(stmt):
                read.discard(var)
                yield stmt.origin, Kept(_name(var, stmt), sizes.bytes(var.type), False)


def _name(var: ir.Var, stmt: ir.Stmt | None) -> str:
    """The name of what is kept; of a value without one, the function that gave it."""
    value = getattr(stmt, "value", None)
    if var.hint not in _UNNAMED or not isinstance(value, ir.Call):
        return var.hint
    return f"{getattr(value.function, '__name__', value.text)}(...)"


def _snapshots(forward: ir.Block, sizes: Sizes) -> Iterator[tuple[ir.Origin | None, Kept]]:
    """The snapshots of loops over `checkpointed`, in total."""
    made = {s.target: s.value for s in visit.walk(forward) if isinstance(s, ir.Assign)}
    for loop in visit.walk(forward):
        body = loop.body.stmts if isinstance(loop, (ir.For, ir.While)) else []
        inner = [s for outer in body if isinstance(outer, ir.If) for s in outer.then]
        for stmt in inner:
            if isinstance(stmt, ir.Effect) and stmt.value.function is support.keep:
                taken, state = stmt.value.args
                yield loop.origin, _of_snapshots(loop, made.get(taken), state, sizes)


def _of_snapshots(loop: ir.For | ir.While, taken: Any, state: ir.Pack, sizes: Sizes) -> Kept:
    one = sum(sizes.bytes(getattr(part, "type", None)) or 0 for part in state.items)
    count, limit = ((None if arg is None else sizes.number(arg)) for arg in taken.args[1:3])
    steps = sizes.trips(loop) if isinstance(loop, ir.For) else None
    total = limit if count is None else one * (count if steps is None else min(count, steps))
    known = [count] if steps is None else [count, steps]
    number = min(n for n in known if n is not None) if any(n is not None for n in known) and count else None
    return Kept(f"{'its' if number is None else number} snapshots", total, False)


def _is_view(stmt: ir.Stmt) -> bool:
    from .analysis.alias import view_kind

    return isinstance(stmt, ir.Assign) and (isinstance(stmt.value, ir.Var) or view_kind(stmt.value) != "never")


def _pushed(block: ir.Block, times: int | None, in_loop: bool, sizes: Sizes
            ) -> Iterator[tuple[ir.Var, int | None, bool]]:
    """Variables that are recorded, the bytes it takes, and whether that happens in a loop."""
    for stmt in block:
        if isinstance(stmt, ir.Push):
            for var in visit.variables(stmt.value):
                one = sizes.bytes(var.type)
                yield var, None if one is None or times is None else one * times, in_loop
        trips = times
        if isinstance(stmt, ir.For):
            count = sizes.trips(stmt)
            trips = None if count is None or times is None else times * count
        elif isinstance(stmt, ir.While):
            trips = None
        for inner in visit.blocks(stmt):
            yield from _pushed(inner, trips, in_loop or isinstance(stmt, (ir.For, ir.While)), sizes)


class Sizes:
    """Sizes in bytes, from the values that the symbols of a signature had in a call."""

    def __init__(self, symbols: dict[str, int]) -> None:
        self.symbols = symbols

    def dim(self, dim: Dim | None) -> int | None:
        if dim is None or any(symbol not in self.symbols for symbol, _ in dim.terms):
            return None
        return dim.const + sum(self.symbols[symbol] * factor for symbol, factor in dim.terms)

    def bytes(self, type_: Type | None) -> int | None:
        """The size of a value; references to containers count nothing of their own."""
        match type_:
            case Num():
                return type_.dtype.itemsize
            case Array():
                dims = [self.dim(dim) for dim in type_.dims]
                known = [dim for dim in dims if dim is not None]
                return type_.dtype.itemsize * math.prod(known) if len(known) == len(dims) else None
            case Seq(items):
                parts = [self.bytes(item) for item in items]
                return None if None in parts else sum(part or 0 for part in parts)
            case ListOf() | DictOf() | Record():
                return None
            case Passive(cls) if getattr(cls, "holds_memory", False):
                return None  # what the tape keeps of a call
        return 0

    def trips(self, loop: ir.For) -> int | None:
        """How often a loop runs, if its bounds are known."""
        bounds = [self.number(operand) for operand in (loop.start, loop.stop, loop.step)]
        known = [bound for bound in bounds if bound is not None]
        return len(range(*known)) if len(known) == 3 and known[2] != 0 else None

    def number(self, operand: ir.Operand) -> int | None:
        if isinstance(operand, ir.Const):
            return operand.value if isinstance(operand.value, int) else None
        dim: Any = operand.type.dim if isinstance(operand.type, Num) else None
        return self.dim(dim)

"""The text of a kernel while it is written: lines, fresh names, and integers that are computed once.

Integers (sizes, strides, offsets) are linear forms over names of the kernel, `ir.types.Dim`. What is no linear form,
such as a product of two sizes, becomes a name of its own, shared wherever the same text is wanted again.
"""
from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..ir import nodes as ir
from ..ir.types import Dim, size, symbol

Int = Dim
ZERO, ONE = size(0), size(1)
RESERVED = frozenset(keyword.kwlist) | {
    "math", "cmath", "np", "flat", "abs", "min", "max", "int", "float", "complex", "bool", "range", "mem", "rec", "top",
    "rtop", "room", "rroom", "oi", "of", "exp", "log", "tanh", "expm1", "log1p", "sin", "cos", "pow",
    "near_sin", "near_cos", "FAR", "bits", "from_bits", "plus", "eliminate",
    "triangular", "factorise", "order", "gemm", "blas", "share", "pool", "threads", "begin", "end", "marked",
}


class CannotLower(Exception):
    """A statement has no form as loops; the text says why. `reached`: the index, in the region that was tried, of the
    first statement that any region which can be lowered leaves out."""

    reached: int | None = None
    origin: ir.Origin | None = None


@dataclass(slots=True)
class Facts:
    """What is known of names: `low <= name <= high`, both linear forms, either may be missing. `also`: a second form
    that a name is not below."""

    low: dict[str, Int] = field(default_factory=dict)
    high: dict[str, Int] = field(default_factory=dict)
    also: dict[str, Int] = field(default_factory=dict)

    def never_negative(self, form: Int) -> bool:
        """Whether a linear form is certainly not negative."""
        if self._not_negative(form, self.low):
            return True
        return any(name in self.also for name, _ in form.terms) and self._not_negative(form, {**self.low, **self.also})

    def _not_negative(self, form: Int, low: dict[str, Int]) -> bool:
        """Each name is replaced by the bound that makes the form least, the names that were bounded last first."""
        for name in reversed(list({**low, **self.high})):
            factor = dict(form.terms).get(name, 0)
            bound = low.get(name) if factor > 0 else self.high.get(name)
            if factor and bound is not None:
                form = form - symbol(name).scaled(factor) + bound.scaled(factor)
        return not form.terms and form.const >= 0


class Writer:
    """Lines of a function, indented; `open` and `close` nest them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.taken: set[str] = set(RESERVED)
        self.shared: list[dict[str, str]] = [{}]
        self.facts = Facts()
        self.parallel = False
        self.independent: set[str] = set()  # with it, the counters of loops that threads may share (`threads.py`)

    def fresh(self, hint: str) -> str:
        """A name that is not used yet."""
        base = re.sub(r"\W", "_", hint).strip("_") or "t"
        base = f"t_{base}" if base[0].isdigit() else base
        name, n = base, 0
        while name in self.taken:
            n += 1
            name = f"{base}_{n}"
        self.taken.add(name)
        return name

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def open(self, header: str) -> None:
        self.line(header)
        self.depth += 1
        self.shared.append({})

    def close(self) -> None:
        if self.lines[-1].endswith(":"):
            self.line("pass")
        self.depth -= 1
        self.shared.pop()

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        self.open(header)
        yield
        self.close()

    def once(self, text: str, hint: str) -> str:
        """The name of an expression whose parts never change, computed where it is wanted first."""
        return self.once_as(text, text, hint)

    def once_as(self, key: str, text: str, hint: str) -> str:
        """The name that stands for `key`; where there is none yet, a new one for `text`."""
        for scope in reversed(self.shared):
            if key in scope:
                return scope[key]
        name = self.fresh(hint)
        self.line(f"{name} = {text}")
        self.shared[-1][key] = name
        return name

    def said(self, text: str) -> bool:
        """Whether this line stands before here already, on every path; if not, it is noted as standing here."""
        if any(text in scope for scope in self.shared):
            return True
        self.shared[-1][text] = ""
        return False

    def fail_if(self, condition: str) -> None:
        """Leave the kernel if the condition holds: NumPy does the work again, and says what is wrong."""
        text = f"if {condition}: return 1"
        if not self.said(text):
            self.line(f"if {condition}:")
            self.line("    return 1")

    # --- integers -------------------------------------------------------------------------------------------
    def times(self, a: Int, b: Int) -> Int:
        if a.known:
            return b.scaled(a.const)
        if b.known:
            return a.scaled(b.const)
        first, second = sorted((text(a), text(b)))
        name = self.once(f"{tight(first)} * {tight(second)}", "n")
        if self.facts.never_negative(a) and self.facts.never_negative(b):
            self.facts.low[name] = ZERO
        return symbol(name)

    def named(self, form: Int, hint: str = "n") -> str:
        """A form as a name or a literal."""
        if form.known or (form.const == 0 and len(form.terms) == 1 and form.terms[0][1] == 1):
            return text(form)
        return self.once(text(form), hint)

    def at_least_zero(self, form: Int) -> Int:
        """`max(0, form)`"""
        if form.known:
            return size(max(0, form.const))
        if self.facts.never_negative(form):
            return form
        name = self.once(f"max(0, {text(form)})", "n")
        self.facts.low[name], self.facts.also[name] = ZERO, form
        return symbol(name)


def text(form: Int) -> str:
    """A linear form as an expression."""
    parts = []
    for name, factor in form.terms:
        term = name if abs(factor) == 1 else f"{abs(factor)} * {name}"
        parts.append(f"- {term}" if factor < 0 else f"+ {term}")
    if form.const or not parts:
        parts.append(f"- {-form.const}" if form.const < 0 else f"+ {form.const}")
    joined = " ".join(parts)
    return joined[2:] if joined.startswith("+ ") else "-" + joined[2:]


def tight(expression: str) -> str:
    """The expression, in parentheses unless it is a name or a number."""
    return expression if re.fullmatch(r"\w+(\.\d+)?", expression) else f"({expression})"
